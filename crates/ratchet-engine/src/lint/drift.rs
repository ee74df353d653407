//! What a running programme shows (LINT-2f): how deep it pays, whose purchases are whose income, and where it does
//! something else than its plan and its declarations say.

use super::rules::{FACTS, Fact, Facts, Told, Value, fact};
use crate::amount::{Rounding, mul_div};
use crate::commission::CommissionKind;
use crate::disclosure::Disclosure;
use crate::engine::{Engine, MemberView};
use crate::ledger::AccountKind;
use crate::plan::{Bilingual, Plan};

const MILLION: u128 = 1_000_000;
/// More specified people than this are the public (CN-SEC-01 has the same number).
const PUBLIC_FROM: i64 = 200;
/// From so many on it says something that all of them had bought first (CN-PYR-04 has the same number).
const EARNERS_FROM: u64 = 30;

/// What the journal of a programme shows about the facts that rules need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Facts with what was seen of them.
    pub facts: Vec<(&'static str, Value)>,
    /// Merchants that were owed something.
    pub merchants: u64,
    /// Members who received something for others, and how many of them had not bought anything themselves.
    pub earners: u64,
    /// See `earners`.
    pub earners_without_purchase: u64,
}

/// One place where a programme does not do what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The fact concerned.
    pub fact: &'static Fact,
    /// What plan or declaration say.
    pub said: Option<Value>,
    /// Who says so.
    pub by: Option<String>,
    /// What was seen.
    pub seen: Value,
    /// In words.
    pub text: Bilingual,
}

impl Observed {
    /// What this programme has shown so far.
    pub fn of(engine: &Engine) -> Observed {
        let rows = engine.member_outcomes();
        let disclosure = Disclosure::compute(rows, engine.plan(), &engine.totals());
        let (mut cash, mut from_others) = (0_u128, 0_u128);
        let (mut earners, mut earners_without_purchase, mut levels) = (0_u64, 0_u64, 0_i64);
        // Of each member how many levels it stands below the organiser: a referrer always joined before it or is
        // bound later, so the chain is walked where the number is not known yet.
        let members: Vec<MemberView<'_>> = engine.members().collect();
        let mut depths: Vec<i64> = vec![0; members.len()];
        for (at, member) in members.iter().enumerate() {
            cash += member.cash_received.as_u128();
            from_others += member.commission_income.as_u128();
            if !member.commission_income.is_zero() {
                earners += 1;
                earners_without_purchase += u64::from(member.spent.is_zero());
            }
            levels = levels.max(depth(at, &members, &mut depths));
        }
        let share = |part: u128, whole: u128| -> u64 {
            // Rounded up: what is shown of a danger is never less than it is.
            mul_div(part, MILLION, whole, Rounding::Up).and_then(|ppm| u64::try_from(ppm).ok()).unwrap_or(0)
        };
        let paid_depth = engine
            .commissions()
            .filter(|(kind, _, amount)| !amount.is_zero() && *kind != CommissionKind::ValueReferral)
            .map(|(_, generation, _)| i64::try_from(generation).unwrap_or(i64::MAX))
            .max()
            .unwrap_or(0);
        let losing = disclosure.buyers.saturating_sub(disclosure.outcomes.at_least_one.members);
        let count = |members: usize| i64::try_from(members).unwrap_or(i64::MAX);
        let facts = vec![
            ("ref.paid_depth", Value::Whole(paid_depth)),
            ("ref.pays", Value::Switch(paid_depth > 0)),
            ("ref.income_from_recruits", Value::Rate(share(from_others, cash))),
            // The organiser's own level counts.
            ("tree.levels", Value::Whole(levels + 1)),
            ("tree.members", Value::Whole(count(members.len()))),
            ("report.money_in", Value::Whole(disclosure.spent.minor())),
            ("report.payouts_from_later_orders", Value::Rate(disclosure.payouts.from_others_ppm)),
            (
                "report.share_net_negative",
                Value::Rate(share(u128::from(losing), u128::from(disclosure.buyers))),
            ),
        ];
        let merchants = engine
            .accounts()
            // The first stands for lines that name no merchant; it is one only if such lines were paid.
            .filter(|(account, balance)| {
                account.kind == AccountKind::MerchantPayable && (account.owner != 0 || *balance != 0)
            })
            .filter_map(|(account, _)| engine.account_owner(account))
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        let merchants = u64::try_from(merchants).unwrap_or(u64::MAX);
        Observed { facts, merchants, earners, earners_without_purchase }
    }

    /// Where what was seen goes beyond what the plan says, or against what somebody declared.
    pub fn drifts(&self, plan: &Plan, facts: &Facts) -> Vec<Drift> {
        let mut drifts = Vec::new();
        for known in facts.all().iter().filter(|known| known.told == Told::ByBehaviour) {
            let Some(seen) = known.value else { continue };
            // Observed facts have nothing to drift from; derived ones do.
            if known.fact.origin == super::rules::Origin::Derived {
                let said =
                    Facts::of(plan, crate::time::Calendar::CHINA.day_of(crate::time::Timestamp::MIN), &[]);
                let said = said.known(known.fact).and_then(|known| known.value);
                let said_words = said.map_or_else(|| "?".to_owned(), |value| value.to_string());
                drifts.push(Drift {
                    fact: known.fact,
                    said,
                    by: None,
                    seen,
                    text: Bilingual {
                        zh: format!("{}：按计划为 {said_words}，实际为 {seen}。", known.fact.zh),
                        en: format!("{}: {said_words} by the plan, {seen} in fact.", known.fact.en),
                    },
                });
            }
        }
        let members = self.whole("tree.members");
        let against = [
            (
                "public.offer",
                members > PUBLIC_FROM,
                Value::Switch(true),
                format!("已有 {members} 名会员，超过 {PUBLIC_FROM} 人，不再是特定的少数人。"),
                format!("there are {members} members, more than {PUBLIC_FROM}: no longer a closed group."),
            ),
            (
                "merchants.independent",
                self.merchants > 1,
                Value::Switch(true),
                format!("订单的货款付给了 {} 个商家。", self.merchants),
                format!("orders have paid {} merchants.", self.merchants),
            ),
            (
                "ref.recruits_salespeople",
                self.rate("ref.income_from_recruits") > 500_000,
                Value::Switch(true),
                "会员收入的一半以上来自下级的消费。".to_owned(),
                "more than half of what members received came from purchases below them.".to_owned(),
            ),
        ];
        for (name, contradicts, seen, zh, en) in against {
            let declared = plan.facts.iter().find(|declared| declared.fact.name == name);
            if let (true, Some(declared), Some(fact)) = (contradicts, declared, fact(name))
                && declared.value != seen
            {
                let (said, by) = (declared.value, &declared.by);
                drifts.push(Drift {
                    fact,
                    said: Some(said),
                    by: Some(by.clone()),
                    seen,
                    text: Bilingual {
                        zh: format!("{by} 声明 {name} = {said}，但{zh}"),
                        en: format!("{by} declared {name} = {said}, but {en}"),
                    },
                });
            }
        }
        // Nobody earned who had not bought: a purchase is what it takes, whatever the plan says.
        if self.earners >= EARNERS_FROM
            && self.whole("ref.paid_depth") > 0
            && self.earners_without_purchase == 0
            && let Some(fact) = FACTS.iter().find(|fact| fact.name == "entry.gates_earning")
            && facts.known(fact).and_then(|known| known.value) == Some(Value::Switch(false))
        {
            let earners = self.earners;
            drifts.push(Drift {
                fact,
                said: Some(Value::Switch(false)),
                by: None,
                seen: Value::Switch(true),
                text: Bilingual {
                    zh: format!("从别人的消费中得到报酬的 {earners} 人全都自己买过东西：实际上先买才有资格。"),
                    en: format!(
                        "all {earners} members who earned by others had bought something themselves: in fact one buys to qualify."
                    ),
                },
            });
        }
        drifts
    }

    fn whole(&self, name: &str) -> i64 {
        let found = self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        if let Some(Value::Whole(whole)) = found { whole } else { 0 }
    }

    fn rate(&self, name: &str) -> u64 {
        let found = self.facts.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        if let Some(Value::Rate(ppm)) = found { ppm } else { 0 }
    }
}

/// How many levels a member stands below the organiser; those who came by nobody stand on the first.
fn depth(at: usize, members: &[MemberView<'_>], depths: &mut [i64]) -> i64 {
    let mut chain = Vec::new();
    let mut next = Some(at);
    let mut above = 0;
    while let Some(here) = next {
        let known = depths.get(here).copied().unwrap_or(0);
        // A circle of referrers cannot be (NET-1); the length guards against one all the same.
        if known > 0 || chain.len() > members.len() {
            above = known;
            break;
        }
        chain.push(here);
        next = members.get(here).and_then(|member| member.referrer).map(|referrer| referrer.index());
    }
    for here in chain.into_iter().rev() {
        above += 1;
        if let Some(slot) = depths.get_mut(here) {
            *slot = above;
        }
    }
    above
}
