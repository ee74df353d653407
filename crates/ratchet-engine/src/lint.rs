//! What the arithmetic of a plan says about it (LINT-1), in Chinese and English.
//!
//! Findings are facts that follow from the plan's numbers, nothing about laws: those are the rule packs.
//! A plan without findings is not thereby sound. Codes are permanent; every code and its condition is in
//! `docs/spec/lint.md`.

mod arithmetic;
mod claims;
mod distribution;
pub mod drift;
mod exploits;
mod mall;
mod merchant;
mod promotion;
mod release;
pub mod rules;

use crate::plan::{Bilingual, Plan};

/// Every code a finding can have, in the order of `docs/spec/lint.md`.
pub const CODES: &[&str] = &[
    "LINT-1.bound.points",
    "LINT-1.bound.all",
    "LINT-1.bound.distance",
    "LINT-1.exit.rarely_reached",
    "LINT-1.mint.zero",
    "LINT-1.mint.full",
    "LINT-1.retention.zero",
    "LINT-1.retention.total",
    "LINT-1.pool.no_share",
    "LINT-1.pool.first_day",
    "LINT-1.refund.unfunded",
    "LINT-1.split.no_platform",
    "LINT-1.split.no_cost",
    "LINT-1.slip.small_rate",
    "LINT-1.slip.name_rate",
    "LINT-1.commission.over_cap",
    "LINT-1.commission.cap_over_leg",
    "LINT-1.commission.unpaid",
    "LINT-1.rank.unpaid",
    "LINT-1.rank.for_nothing",
    "LINT-1.release.unfunded",
    "LINT-1.emission.cap_unreachable",
    "LINT-1.emission.first_price",
    "LINT-1.merchant.tips_outweigh",
    "LINT-1.slip.daily_rate",
    "LINT-1.loyalty.over_platform",
    "LINT-1.loyalty.tiers",
    "LINT-1.release.tiers",
    "LINT-1.market.no_band",
    "LINT-1.claims.over_margin",
    "LINT-1.funding.outside",
    "LINT-1.group.leader_over_platform",
    "LINT-1.lottery.expected",
    "LINT-1.lottery.unfunded",
    "LINT-1.presale.forfeit",
    "LINT-1.box.top_item",
    "LINT-1.chain.over_leg",
    "LINT-1.relist.next_buyer",
    "LINT-1.exploit.last_holder",
    "LINT-1.exploit.sale_splitting",
    "LINT-1.exploit.retention_harvest",
    "LINT-1.exploit.cap_on_spend",
    "LINT-1.exploit.stale_price",
    "LINT-1.exploit.refund_after_sale",
    "LINT-1.claim.free",
    "LINT-1.claim.return",
    "LINT-1.claim.capital",
    "LINT-1.claim.price",
    "LINT-1.claim.everyone",
    "LINT-1.claim.multiple",
];

/// Something the arithmetic of a plan says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Permanent code, one of [`CODES`].
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// One line.
    pub title: Bilingual,
    /// Why, with the plan's own numbers, and what can be done.
    pub explanation: Bilingual,
    /// The key of the plan it is about, such as `pool.house_points`.
    pub key: Option<&'static str>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The plan cannot work as written.
    Error,
    /// The plan works, but somebody can be hurt by it or misled.
    Warning,
    /// A fact everybody concerned should know.
    Note,
}

/// All findings about a plan, the gravest first, else in the order of [`CODES`].
pub fn lint(plan: &Plan) -> Vec<Finding> {
    let mut findings = arithmetic::findings(plan);
    findings.extend(distribution::findings(plan));
    findings.extend(release::findings(plan));
    findings.extend(merchant::findings(plan));
    findings.extend(mall::findings(plan));
    findings.extend(promotion::findings(plan));
    findings.extend(exploits::findings(plan));
    findings.extend(claims::findings(plan));
    let position = |code: &str| CODES.iter().position(|known| *known == code);
    findings.sort_by_key(|finding| (finding.severity, position(finding.code)));
    findings
}

/// A text in both languages.
fn both(zh: impl Into<String>, en: impl Into<String>) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}
