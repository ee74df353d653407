//! Amendments: proposal, approval by a second person, withdrawal, and the moment a version takes effect (AMEND-1 to AMEND-4).

use crate::amendment::{
    Affected, Binds, Change, GateCheck, Hindrance, LAPSE_DAYS, PROPOSALS_MAX, PlanCheck, PlanProposed,
    ProposalState, Sense, changes, fitted, hash_of,
};
use crate::campaign::Stage;
use crate::coupon::CouponState;
use crate::emission::Schedule;
use crate::engine::Engine;
use crate::event::Event;
use crate::gate::{Bearing, Obstacle, Opinions, judge};
use crate::hash::Hash32;
use crate::id::{Id, index};
use crate::keys::KeyKind;
use crate::lint::lint;
use crate::lint::rules::RuleBook;
use crate::market::OfferState;
use crate::plan::{Bilingual, ClassPlan, ExitBasis, ExitOf, FUNDS_MAX, Mode, Plan};
use crate::rejection::Rejection;
use crate::staged::day_mark;
use crate::time::Timestamp;
use crate::wind_down::WindDownPhase;

/// What is known of a proposed plan at one moment.
pub(crate) struct Examined {
    /// What hinders it.
    pub(crate) hindrances: Vec<Hindrance>,
    /// What differs from the plan that it comes after.
    pub(crate) changes: Vec<Change>,
    check: PlanCheck,
}

impl Examined {
    fn is_adverse(&self) -> bool {
        self.changes.iter().any(|change| change.sense == Sense::Adverse)
    }

    /// Why the gate does not let it pass: rules and obstacles.
    pub(crate) fn refusing(&self) -> Vec<String> {
        let Some(gate) = &self.check.gate else { return Vec::new() };
        let rules = gate.rules.iter().filter(|(_, bearing)| **bearing == *"refuses");
        let obstacles = gate.obstacles.iter().map(|obstacle| obstacle.to_string());
        rules.map(|(rule, _)| rule.to_string()).chain(obstacles).collect()
    }

    fn passes_gate(&self) -> bool {
        self.check.gate.as_ref().is_none_or(|gate| gate.passes)
    }
}

impl Engine {
    /// `plan.propose`. Refuses: limit_reached, winding_down, plan_version_exists, plan_times, plan_invalid, plan_hindered,
    /// plan_gate, plan_notice.
    pub(crate) fn propose_plan(
        &mut self,
        version: &Id,
        text: &str,
        opinions: Option<&str>,
        effective_at: Timestamp,
        by: &Id,
    ) -> Result<(), Rejection> {
        let count = self.state.versions.proposals.len();
        if count >= PROPOSALS_MAX {
            return Err(Rejection::LimitReached);
        }
        self.check_open_for_new_business()?;
        if self.find(KeyKind::Version, version.as_str()).is_some() {
            return Err(Rejection::PlanVersionExists);
        }
        self.check_midnight(effective_at)?;
        let plan = self.read_amendment(text).map_err(|_| Rejection::PlanInvalid)?;
        if opinions.is_some_and(|text| Opinions::parse("opinions", text).is_err()) {
            return Err(Rejection::PlanInvalid);
        }
        let examined = self.examine(&plan, opinions, effective_at, None);
        self.check_examined(&examined, effective_at)?;
        let lapses_at = self.state.now.plus_days(LAPSE_DAYS).unwrap_or(Timestamp::MAX).min(effective_at);
        self.commit(Event::PlanProposed(Box::new(PlanProposed {
            number: u32::try_from(count).expect("few proposals"),
            version: version.clone(),
            plan: text.into(),
            opinions: opinions.map(Into::into),
            effective_at,
            lapses_at,
            by: by.clone(),
            check: examined.check,
        })));
        Ok(())
    }

    /// `plan.approve`. Refuses: winding_down, plan_version_unknown, plan_version_state, plan_hash, same_person, plan_times,
    /// plan_hindered, plan_gate, plan_notice.
    pub(crate) fn approve_plan(&mut self, version: &Id, hash: Hash32, by: &Id) -> Result<(), Rejection> {
        self.check_open_for_new_business()?;
        let number = self.proposal_in(version, &[ProposalState::Proposed])?;
        let proposal = self.state.versions.proposals[index(number)].clone();
        if hash != hash_of(&proposal.text) {
            return Err(Rejection::PlanHash);
        }
        if self.is_same_person(&proposal.by, by) {
            return Err(Rejection::SamePerson);
        }
        self.check_midnight(proposal.effective_at)?;
        let plan = self.read_proposal(number);
        let examined = self.examine(&plan, proposal.opinions.as_deref(), proposal.effective_at, None);
        self.check_examined(&examined, proposal.effective_at)?;
        let check = Box::new(examined.check);
        self.commit(Event::PlanApproved { number, by: by.clone(), check });
        Ok(())
    }

    /// `plan.withdraw`. Refuses: plan_version_unknown, plan_version_state.
    pub(crate) fn withdraw_plan(&mut self, version: &Id, by: &Id) -> Result<(), Rejection> {
        let states = [ProposalState::Proposed, ProposalState::Approved];
        let number = self.proposal_in(version, &states)?;
        self.commit(Event::PlanWithdrawn { number, by: by.clone() });
        Ok(())
    }

    /// A proposal was not approved in time.
    pub(crate) fn lapse_proposal(&mut self, number: u32) {
        self.commit(Event::PlanLapsed { number });
    }

    /// The day of an approved proposal has come: it is in force from now on, or cancelled with its reasons.
    pub(crate) fn amend(&mut self, number: u32) {
        let proposal = self.state.versions.proposals[index(number)].clone();
        let at = proposal.effective_at;
        let plan = self.read_proposal(number);
        let mut examined = self.examine(&plan, proposal.opinions.as_deref(), at, Some(number));
        let noticed = proposal.approved_at.and_then(|approved| self.notice_from(approved));
        let mut reasons: Vec<Box<str>> =
            examined.hindrances.iter().map(|hindrance| hindrance.en().into()).collect();
        if self.state.wind_down.phase != WindDownPhase::None {
            reasons.push("the programme is being wound down".into());
        }
        if !examined.passes_gate() {
            reasons.push("the gate does not let it pass".into());
        }
        if examined.is_adverse() && noticed.is_none_or(|noticed| at < noticed) {
            reasons.push("it takes something from members and was not announced long enough".into());
        }
        let cancelled = !reasons.is_empty();
        examined.check.reasons = reasons;
        let check = Box::new(examined.check);
        if cancelled {
            self.commit(Event::PlanCancelled { number, check });
        } else {
            let plan = fitted(&self.plan, &plan);
            let terms = Box::new(self.version_terms(&plan, day_mark(self.today())));
            self.commit(Event::PlanTookEffect { number, terms, check });
            self.set_plan(plan);
            self.set_caps();
            self.end_with_cascade();
        }
    }

    // ── checks ──

    /// What would be refused of a proposal now, apart from its text: used by the facts of refusals too.
    pub(crate) fn examine(
        &self,
        plan: &Plan,
        opinions: Option<&str>,
        effective_at: Timestamp,
        number: Option<u32>,
    ) -> Examined {
        let base = self.state.versions.before(effective_at, number);
        let base = base.map(|number| self.proposed_plan(number, &self.plan));
        let base = base.as_ref().unwrap_or(&self.plan);
        let fitted = fitted(base, plan);
        let changes = changes(base, &fitted);
        let hindrances = self.hindrances(base, &fitted, &changes, Some(effective_at));
        let adverse = changes.iter().filter(|change| change.sense == Sense::Adverse);
        let check = PlanCheck {
            findings: lint(plan).iter().map(|finding| finding.code.into()).collect(),
            adverse: adverse.map(|change| change.key().into()).collect(),
            gate: self.ask_gate(plan, opinions),
            reasons: Vec::new(),
        };
        Examined { hindrances, changes, check }
    }

    fn check_examined(&self, examined: &Examined, effective_at: Timestamp) -> Result<(), Rejection> {
        if !examined.hindrances.is_empty() {
            return Err(Rejection::PlanHindered);
        }
        if !examined.passes_gate() {
            return Err(Rejection::PlanGate);
        }
        let noticed = self.notice_from(self.state.now);
        if examined.is_adverse() && noticed.is_none_or(|noticed| effective_at < noticed) {
            return Err(Rejection::PlanNotice);
        }
        Ok(())
    }

    /// AMEND-4: before this no adverse amendment that is approved at `approved` takes effect.
    fn notice_from(&self, approved: Timestamp) -> Option<Timestamp> {
        approved.plus_days(self.plan.programme.notice_days)
    }

    /// The first local midnight at which an adverse amendment may take effect that is approved at a moment.
    pub(crate) fn earliest_notice(&self, approved: Timestamp) -> Option<Timestamp> {
        let noticed = self.notice_from(approved)?;
        Some(self.first_midnight(noticed))
    }

    /// The first local midnight after a moment.
    pub(crate) fn earliest_midnight(&self, after: Timestamp) -> Timestamp {
        self.plan.programme.calendar.next_midnight(after)
    }

    /// The first local midnight at or after a moment.
    fn first_midnight(&self, at: Timestamp) -> Timestamp {
        let calendar = &self.plan.programme.calendar;
        let begun = calendar.start_of(calendar.day_of(at));
        if begun == at { at } else { calendar.next_midnight(at) }
    }

    fn check_midnight(&self, at: Timestamp) -> Result<(), Rejection> {
        if at <= self.state.now || self.first_midnight(at) != at {
            return Err(Rejection::PlanTimes);
        }
        Ok(())
    }

    fn proposal_in(&self, version: &Id, states: &[ProposalState]) -> Result<u32, Rejection> {
        let number = self.find(KeyKind::Version, version.as_str()).ok_or(Rejection::PlanVersionUnknown)?;
        let state = self.state.versions.proposals[index(number)].state;
        if states.contains(&state) { Ok(number) } else { Err(Rejection::PlanVersionState) }
    }

    /// GATE-1: what the gate says of the plan of a live programme; where the answer is on record, that.
    fn ask_gate(&self, plan: &Plan, opinions: Option<&str>) -> Option<GateCheck> {
        if plan.programme.mode == Mode::Sandbox {
            return None;
        }
        if let Some(recorded) = &self.recorded_gate {
            return Some((**recorded).clone());
        }
        let built_in;
        let book = match &self.rules {
            Some(book) => book,
            None => {
                built_in = RuleBook::built_in();
                &built_in
            }
        };
        let opinions = opinions.and_then(|text| Opinions::parse("opinions", text).ok()).unwrap_or_default();
        let on = plan.programme.calendar.day_of(self.state.now);
        let verdict = judge(plan, book, &opinions, &plan.programme.jurisdictions, on, &[]);
        let mut relied: Vec<Box<str>> = Vec::new();
        let rules = verdict.rules.iter().map(|judged| {
            let bearing = match &judged.bearing {
                Bearing::Refuses => "refuses",
                Bearing::Licensed(_) => "licensed",
                Bearing::Reviewed(opinion) => {
                    let document: Box<str> = opinion.document.as_str().into();
                    if !relied.contains(&document) {
                        relied.push(document);
                    }
                    "reviewed"
                }
                Bearing::Informational => "to_know",
            };
            (judged.finding.rule.id.as_str().into(), bearing.into())
        });
        let rules = rules.collect();
        let obstacles = verdict.obstacles.iter().map(|obstacle| match obstacle {
            Obstacle::NoPack(of) => format!("no_pack {of}").into(),
            Obstacle::InsufficientRules(of) => format!("pack_too_thin {of}").into(),
            Obstacle::Arithmetic(code) => format!("arithmetic {code}").into(),
            Obstacle::NotItsText => "not_its_text".into(),
        });
        Some(GateCheck {
            passes: verdict.passes(),
            on: on.to_string().into(),
            packs: book.packs().iter().map(|pack| pack.sha256.as_str().into()).collect(),
            rules,
            obstacles: obstacles.collect(),
            opinions: relied,
        })
    }

    // ── the table's hindrances (AMEND-2) ──

    /// Everything that hinders these changes; `effective_at` is `None` for a fork, whose plan holds at once.
    pub(crate) fn hindrances(
        &self,
        old: &Plan,
        new: &Plan,
        changes: &[Change],
        effective_at: Option<Timestamp>,
    ) -> Vec<Hindrance> {
        let mut found: Vec<Hindrance> = Vec::new();
        for change in changes {
            if let Some((reason, affected)) = self.hindrance(old, new, change, effective_at) {
                found.push(Hindrance { key: change.key(), reason, affected });
            }
        }
        found
    }

    fn hindrance(
        &self,
        old: &Plan,
        new: &Plan,
        change: &Change,
        effective_at: Option<Timestamp>,
    ) -> Option<(Bilingual, Option<(Affected, u64)>)> {
        let state = &self.state;
        let members = Some((Affected::Members, u64::try_from(state.members.len()).unwrap_or(u64::MAX)));
        let exit = |plan: &Plan| plan.pool.and_then(|pool| pool.exit);
        let key = change.row.key;
        match key {
            "programme.currency" => {
                Some((said("余额都是原来的货币", "all balances are in the old currency"), members))
            }
            "programme.utc_offset" | "programme.time_zone" => Some((
                said("已经过去的每一天按原来的时区划分", "the days gone by were cut at the old offset"),
                None,
            )),
            "programme.mode" => Some((
                said("沙盒还是正式，开始时就定下", "sandbox or live was decided at the beginning (GATE-1)"),
                None,
            )),
            // Caps that come or go as a whole count by member and spend, as the records do where there are none.
            "pool.exit.basis" | "pool.exit.of" if exit(old).is_none() || exit(new).is_none() => {
                let plain = |plan: &Plan| {
                    exit(plan).is_none_or(|exit| {
                        if key == "pool.exit.of" {
                            exit.of == ExitOf::Spend
                        } else {
                            exit.basis == ExitBasis::Member
                        }
                    })
                };
                let fits = plain(old) && plain(new);
                (!fits).then(|| {
                    (
                        said(
                            "没有上限时按会员和消费额记录",
                            "without caps records are by member and spend; caps of another kind neither come nor go",
                        ),
                        members,
                    )
                })
            }
            "ranking.window_days" if old.ranks.is_empty() && new.ranks.is_empty() => None,
            "rank" => self.rank_hindrance(old, new, change),
            "commission.qualified" => (!state.volumes.is_kept()).then(|| {
                (
                    said("没有记录谁消费过", "who has bought was not recorded: the plan began without ranks"),
                    members,
                )
            }),
            "split.funds" => (new.split.funds.len() > FUNDS_MAX).then(|| {
                (
                    said(
                        "专项基金过多（包括已停用的）",
                        "too many funds, those included that have no share any more",
                    ),
                    None,
                )
            }),
            "pool.sale_price" => {
                let open = state.requests.len();
                (effective_at.is_none() && open > 0).then(|| {
                    (
                        said("当天的卖出申请等待收市", "sales of the day wait for its close"),
                        Some((Affected::Members, u64::try_from(open).unwrap_or(u64::MAX))),
                    )
                })
            }
            "release.zones" if change.new.is_none() => {
                let place = old
                    .release
                    .as_ref()
                    .and_then(|release| release.zones.iter().position(|(zone, _)| *zone == change.item))?;
                let skus = state.catalogue.skus().iter();
                let listed = skus.filter(|sku| sku.listed && sku.zone.map(usize::from) == Some(place));
                some_of(
                    listed.count(),
                    Affected::Articles,
                    "还有上架商品在这个奖励区",
                    "articles are listed in it",
                )
            }
            "class" if change.new.is_none() => {
                let place = ClassPlan::place_of(&old.classes, &change.item)?;
                let skus = state.catalogue.skus().iter();
                let listed = skus.filter(|sku| sku.listed && sku.class == Some(place));
                some_of(
                    listed.count(),
                    Affected::Articles,
                    "还有上架商品属于这个类别",
                    "articles of this class are listed",
                )
            }
            "task.once" if change.old.is_some() && change.new.is_some() => Some((
                said(
                    "只对一次性任务记录谁做过",
                    "who has done a task is recorded only of tasks that count once",
                ),
                members,
            )),
            "market.lot" => {
                let open = state.market.offers().filter(|(_, offer)| offer.state == OfferState::Open);
                some_of(open.count(), Affected::Offers, "还有未成交的挂单", "offers are open")
            }
            _ if key.starts_with("emission.") => {
                let until = effective_at.unwrap_or(state.now);
                self.begun_years_differ(old, new, until).then(|| {
                    (
                        said(
                            "已经开始的年度按原时间表发行",
                            "a year that has begun is issued by the old schedule",
                        ),
                        members,
                    )
                })
            }
            _ if (key == "coupon" || key.starts_with("coupon.")) && !is_words(key) => {
                let held = state.coupons.list().iter().enumerate().filter(|(number, coupon)| {
                    let number = crate::id::CouponNo::at(*number).expect("coupons have numbers");
                    let rule = self.plan_of_coupon(number).coupons.get(usize::from(coupon.rule));
                    let lives = coupon.state == CouponState::Reserved
                        || (coupon.state == CouponState::Free && state.now < coupon.expires_at);
                    lives && rule.is_some_and(|rule| rule.id == change.item)
                });
                some_of(
                    held.count(),
                    Affected::Coupons,
                    "会员手里还有这种优惠券",
                    "members hold coupons of it",
                )
            }
            _ if (key == "promotion" || key.starts_with("promotion.")) && !is_words(key) => {
                let id = change.item.split('/').next().unwrap_or_default();
                let until = effective_at.unwrap_or(state.now);
                let open = state.campaigns.iter().filter(|(number, campaign)| {
                    let plan = self.plan_of_campaign(*number);
                    let is = plan.promotions.get(campaign.promotion).is_some_and(|plan| plan.id == id);
                    let waits = |stage: Stage| matches!(stage, Stage::Unpaid | Stage::Undecided);
                    is && (campaign.is_open(until)
                        || state
                            .campaigns
                            .orders()
                            .any(|(_, order)| order.campaign == *number && waits(order.stage)))
                });
                some_of(open.count(), Affected::Campaigns, "活动还在进行", "campaigns of it are open")
            }
            _ => (change.row.binds == Binds::Fixed).then(|| {
                let reason = said(
                    "在开始时定下，此后的记录都以它为准",
                    "it was fixed at the beginning, and what was recorded since rests on it",
                );
                (reason, members)
            }),
        }
    }

    /// Ranks are numbered from the lowest: new ones stand above all that there are, and one goes only from the top, where
    /// nobody holds it.
    fn rank_hindrance(
        &self,
        old: &Plan,
        new: &Plan,
        change: &Change,
    ) -> Option<(Bilingual, Option<(Affected, u64)>)> {
        if old.ranks.is_empty() || new.ranks.is_empty() {
            return Some((
                said(
                    "有没有等级，由开始时的计划决定",
                    "whether there are ranks was decided at the beginning: team volumes are counted since then",
                ),
                None,
            ));
        }
        let held = |place: usize| self.state.network.rank_counts().get(place).copied().unwrap_or(0);
        let kept = old.ranks.iter().zip(&new.ranks).take_while(|(old, new)| old.id == new.id).count();
        let place = |plan: &Plan| plan.ranks.iter().position(|rank| rank.id == change.item);
        if let Some(gone) = place(old).filter(|_| change.new.is_none()) {
            let holders = held(gone);
            if holders > 0 {
                let affected = Some((Affected::Members, u64::from(holders)));
                return Some((said("有会员持有这个等级", "members hold it"), affected));
            }
        }
        (kept < old.ranks.len().min(new.ranks.len())).then(|| {
            (
                said(
                    "新等级只能加在最高级之上",
                    "new ranks stand above all that there are, and the others keep their order",
                ),
                None,
            )
        })
    }

    /// Whether a year that has begun before this moment issues another amount.
    fn begun_years_differ(&self, old: &Plan, new: &Plan, until: Timestamp) -> bool {
        let (Some(old), Some(new), Some(begun)) = (&old.emission, &new.emission, self.state.first_day) else {
            return false;
        };
        let calendar = &self.plan.programme.calendar;
        let last = calendar.day_of(until).plus(-1);
        let amounts = |plan| Schedule::new(plan, begun).amounts(plan, last);
        amounts(old) != amounts(new)
    }
}

/// Names alone bind nobody.
fn is_words(key: &str) -> bool {
    key.ends_with(".name") || key.ends_with(".name.zh") || key.ends_with(".name.en")
}

fn said(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.to_owned(), en: en.to_owned() }
}

fn some_of(count: usize, what: Affected, zh: &str, en: &str) -> Option<(Bilingual, Option<(Affected, u64)>)> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    (count > 0).then(|| (said(zh, en), Some((what, count))))
}
