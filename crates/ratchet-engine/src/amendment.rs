//! Amendments: the versions of a programme's plan, proposals of new ones, and the table of what each key binds (AMEND-1 to
//! AMEND-4).
//!
//! A thing keeps the version that was in force when it came into being. Most things are numbered in the order in which they
//! come, so a version only says with which number of each kind it begins; nothing is kept with the things themselves.

mod change;
mod keys;
mod table;

use ratchet_wire_derive::Wire;
use serde::{Deserialize, Serialize};

pub use change::{Change, Sense};
pub use keys::KeyValue;
pub use table::{Adverse, Binds, KeyRow, TABLE, row_of};

pub(crate) use change::changes;

use crate::amount::Rate;
use crate::hash::Hash32;
use crate::id::{CampaignNo, CouponNo, Id, OfferNo, OrderNo, WithdrawalNo};
use crate::plan::{Bilingual, Fund, Plan, RetentionPoint, Split};
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// A proposal that is not approved lapses after so many days of 86,400 s.
pub const LAPSE_DAYS: u32 = 7;
/// Most versions and proposals of one programme.
pub const PROPOSALS_MAX: usize = 10_000;

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub enum ProposalState {
    /// Waits for a second person.
    Proposed,
    /// Approved; it waits for its day.
    Approved,
    /// Taken back.
    Withdrawn,
    /// Not approved in time.
    Lapsed,
    /// It was in force from its day on.
    Effective,
    /// On its day it could not take effect.
    Cancelled,
}

impl ProposalState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            ProposalState::Proposed => "proposed",
            ProposalState::Approved => "approved",
            ProposalState::Withdrawn => "withdrawn",
            ProposalState::Lapsed => "lapsed",
            ProposalState::Effective => "effective",
            ProposalState::Cancelled => "cancelled",
        }
    }
}

/// What is or was proposed.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Proposal {
    pub(crate) id: Id,
    /// The whole text of the plan.
    pub(crate) text: Box<str>,
    /// The text of the opinions that came with it.
    pub(crate) opinions: Option<Box<str>>,
    pub(crate) effective_at: Timestamp,
    pub(crate) by: Id,
    pub(crate) approved_at: Option<Timestamp>,
    pub(crate) state: ProposalState,
}

/// With which number of each kind a version begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Firsts {
    pub(crate) order: u32,
    pub(crate) coupon: u32,
    pub(crate) withdrawal: u32,
    pub(crate) offer: u32,
    pub(crate) campaign: u32,
}

/// A version of the plan that is or was in force; the engine has its plan, the state what things of it are numbered.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Version {
    /// That of its proposal; `None` for the plan of the genesis and of a fork.
    pub(crate) id: Option<Id>,
    pub(crate) since: Timestamp,
    /// Its first entry.
    pub(crate) seq: u64,
    /// Grants of this local day and later are of this version, as the day's mark in lots.
    pub(crate) first_day: u32,
    pub(crate) first: Firsts,
    /// What is kept at the withdrawal of cash that was sold under it (POOL-3b).
    pub(crate) retention: Rate,
}

/// What the state has to know of a version that begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct VersionTerms {
    /// Grants of this local day and later are of this version, as the day's mark in lots.
    pub first_day: u32,
    /// What is kept at the withdrawal of cash that is sold under it (POOL-3b), in millionths.
    pub retention_ppm: u32,
    /// How many ranks there are.
    pub ranks: u32,
    /// Whether only who has bought is qualified (COMM-0).
    pub asks_purchase: bool,
    /// Where tasks stand that stood elsewhere in the list, from and to; what is not named is gone. `None` if all stand as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<(u16, u16)>>,
    /// The same of award zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<(u16, u16)>>,
    /// The same of classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<(u16, u16)>>,
}

/// All versions and proposals.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    list: Column<Version>,
    pub(crate) proposals: Column<Proposal>,
    /// Approved proposals whose day is to come, in order of their day, then of their approval.
    approved: Table<(Timestamp, u32), u32>,
    approvals: u32,
}

undo_fields!(Versions { parts: list, proposals, approved; values: approvals; });

impl Versions {
    pub(crate) fn new(retention: Rate) -> Versions {
        let (since, first) = (Timestamp::MIN, Firsts::default());
        let genesis = Version { id: None, since, seq: 0, first_day: 0, first, retention };
        Versions {
            list: Column::from(vec![genesis]),
            proposals: Column::new(),
            approved: Table::new(),
            approvals: 0,
        }
    }

    /// All that are or were in force, oldest first.
    pub(crate) fn list(&self) -> &[Version] {
        &self.list
    }

    /// The place of the version in force.
    pub(crate) fn last(&self) -> usize {
        self.list.len() - 1
    }

    /// Whether the plan was never amended.
    #[inline]
    pub(crate) fn is_first(&self) -> bool {
        self.list.len() == 1
    }

    #[inline]
    fn find(&self, began: impl Fn(&Version) -> bool) -> usize {
        if self.is_first() {
            return 0;
        }
        self.list.partition_point(began).saturating_sub(1)
    }

    /// The place of an order's version.
    #[inline]
    pub(crate) fn of_order(&self, order: OrderNo) -> usize {
        self.find(|version| version.first.order <= order.0)
    }

    pub(crate) fn of_coupon(&self, coupon: CouponNo) -> usize {
        self.find(|version| version.first.coupon <= coupon.0)
    }

    pub(crate) fn of_withdrawal(&self, withdrawal: WithdrawalNo) -> usize {
        self.find(|version| version.first.withdrawal <= withdrawal.0)
    }

    pub(crate) fn of_offer(&self, offer: OfferNo) -> usize {
        self.find(|version| version.first.offer <= offer.0)
    }

    pub(crate) fn of_campaign(&self, campaign: CampaignNo) -> usize {
        self.find(|version| version.first.campaign <= campaign.0)
    }

    /// The place of the version of what was granted on a local day.
    #[inline]
    pub(crate) fn of_day(&self, day: u32) -> usize {
        self.find(|version| version.first_day <= day)
    }

    /// The place of the version that was in force at a moment.
    pub(crate) fn at(&self, at: Timestamp) -> usize {
        self.find(|version| version.since <= at)
    }

    pub(crate) fn begin(&mut self, version: Version) {
        self.list.push(version);
    }

    pub(crate) fn propose(&mut self, proposal: Proposal) {
        self.proposals.push(proposal);
    }

    pub(crate) fn approve(&mut self, number: u32, at: Timestamp) {
        let proposal = &mut self.proposals[crate::id::index(number)];
        (proposal.state, proposal.approved_at) = (ProposalState::Approved, Some(at));
        let effective_at = proposal.effective_at;
        self.approved.insert((effective_at, self.approvals), number);
        self.approvals += 1;
    }

    /// A proposal is over.
    pub(crate) fn end(&mut self, number: u32, state: ProposalState) {
        self.proposals[crate::id::index(number)].state = state;
        let place = self.approved.iter().find(|(_, of)| **of == number).map(|(place, _)| *place);
        if let Some(place) = place {
            self.approved.remove(&place);
        }
    }

    /// The approved proposal that takes effect next.
    #[inline]
    pub(crate) fn next(&self) -> Option<(Timestamp, u32)> {
        self.approved.first_key_value().map(|((at, _), number)| (*at, *number))
    }

    /// The programme has ended: none takes effect any more.
    pub(crate) fn clear(&mut self) {
        self.approved.clear();
    }

    /// How many take effect at or before a moment.
    pub(crate) fn due(&self, until: Timestamp) -> usize {
        self.approved.iter().take_while(|((at, _), _)| *at <= until).count()
    }

    /// The proposal that an amendment of this day comes after: the last approved one up to then, if it is itself approved of the
    /// last one before it; `None` for the plan in force.
    pub(crate) fn before(&self, effective_at: Timestamp, number: Option<u32>) -> Option<u32> {
        let earlier = self.approved.iter();
        let earlier = earlier.take_while(|((at, _), of)| *at <= effective_at && Some(**of) != number);
        earlier.last().map(|(_, of)| *of)
    }
}

/// What a plan keeps at the withdrawal of cash that was sold (POOL-3b).
pub(crate) fn retention_at_withdrawal(plan: &Plan) -> Rate {
    match plan.pool {
        Some(pool) if pool.retention_point == RetentionPoint::Withdrawal => pool.retention,
        Some(_) | None => Rate::ZERO,
    }
}

/// The plan that a proposal comes to on a programme that runs `base`: the programme keeps the numbers of its funds and
/// adds new ones behind them; one that the text drops stays without a share.
pub(crate) fn fitted(base: &Plan, plan: &Plan) -> Plan {
    let mut fitted = plan.clone();
    let known = base.split.funds.iter().map(|fund| &fund.name);
    let new = plan.split.funds.iter().map(|fund| &fund.name);
    let mut names: Vec<String> = known.cloned().collect();
    for name in new {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let reorder = |split: &mut Split| {
        let share = |name: &String| {
            split.funds.iter().find(|fund| fund.name == *name).map_or(Rate::ZERO, |fund| fund.share)
        };
        split.funds = names.iter().map(|name| Fund { name: name.clone(), share: share(name) }).collect();
    };
    let place = |old: usize| {
        let name = plan.split.funds.get(old).map(|fund| &fund.name);
        names.iter().position(|known| Some(known) == name).unwrap_or(old)
    };
    reorder(&mut fitted.split);
    fitted.sources.iter_mut().filter_map(|source| source.split.as_mut()).for_each(reorder);
    if let Some(release) = &mut fitted.release {
        release.fund = place(release.fund);
    }
    if let Some(dividend) = fitted.commission.as_mut().and_then(|plan| plan.dividend.as_mut()) {
        dividend.fund = place(dividend.fund);
    }
    for lottery in fitted.promotions.iter_mut().filter_map(|promotion| promotion.lottery.as_mut()) {
        lottery.fund = place(lottery.fund);
    }
    fitted
}

/// Why a plan cannot be amended in one respect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// The key of the plan, such as `pool.opening_price`; in a list with the item's id, such as `rank[gold]`.
    pub key: String,
    /// Why, in Chinese and English.
    pub reason: Bilingual,
    /// Who or what is affected: how many of which kind.
    pub affected: Option<(Affected, u64)>,
}

/// What a hindrance counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affected {
    /// Members.
    Members,
    /// Orders.
    Orders,
    /// Open offers of the market.
    Offers,
    /// Campaigns.
    Campaigns,
    /// Coupons.
    Coupons,
    /// Listed articles.
    Articles,
}

impl Affected {
    /// In Chinese and English, with a number before it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Affected::Members => ("名会员", "members"),
            Affected::Orders => ("笔订单", "orders"),
            Affected::Offers => ("个挂单", "offers"),
            Affected::Campaigns => ("个活动", "campaigns"),
            Affected::Coupons => ("张优惠券", "coupons"),
            Affected::Articles => ("件商品", "articles"),
        }
    }
}

impl Hindrance {
    /// The sentence in English.
    pub fn en(&self) -> String {
        let affected = self.affected.map(|(what, count)| format!(" ({count} {})", what.words().1));
        format!("{}: {}{}", self.key, self.reason.en, affected.unwrap_or_default())
    }

    /// The sentence in Chinese.
    pub fn zh(&self) -> String {
        let affected = self.affected.map(|(what, count)| format!("（{count} {}）", what.words().0));
        format!("{}：{}{}", self.key, self.reason.zh, affected.unwrap_or_default())
    }
}

impl std::fmt::Display for Hindrance {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.en())
    }
}

/// What was found about a proposed plan at one moment: at its proposal, its approval, and when it takes effect. It stands in
/// the entry, and replay takes it from there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct PlanCheck {
    /// What the arithmetic says: codes of LINT-1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Box<str>>,
    /// Keys by which it takes something from members (AMEND-4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adverse: Vec<Box<str>>,
    /// Of a live programme: what the gate says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateCheck>,
    /// Why it cannot take effect: the key and the reason, in English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Box<str>>,
}

/// What the gate says of a plan for a running programme (GATE-1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct GateCheck {
    /// Whether the plan may run live.
    pub passes: bool,
    /// The local day for which it was asked.
    pub on: Box<str>,
    /// SHA-256 of each rule pack asked, in order.
    pub packs: Vec<Box<str>>,
    /// The rules that fire, each with what it means: `refuses`, `licensed`, `reviewed` or `to_know`.
    pub rules: Vec<(Box<str>, Box<str>)>,
    /// What else keeps the plan out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Box<str>>,
    /// SHA-256 of the documents of the opinions that were relied on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<Box<str>>,
}

/// A plan that was proposed. Kept apart: every event is as large as the largest, and this is a rare one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/amendments.md")]
pub struct PlanProposed {
    pub number: u32,
    pub version: Id,
    /// The whole text.
    pub plan: Box<str>,
    /// The whole text of the opinions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinions: Option<Box<str>>,
    pub effective_at: Timestamp,
    pub lapses_at: Timestamp,
    pub by: Id,
    pub check: PlanCheck,
}

/// The SHA-256 of a plan's text: what an approval names.
pub(crate) fn hash_of(text: &str) -> Hash32 {
    Hash32::of(text.as_bytes())
}
