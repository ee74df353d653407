//! The table of every key of a plan: what it binds, and in which direction a change takes something from members (AMEND-2,
//! AMEND-4). What hinders a change is in `flow/amendment.rs`; the same table stands in `docs/spec/amendments.md`.

/// What a key binds (AMEND-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    /// Nobody changes it while the programme runs.
    Fixed,
    /// An order, by the version when it was placed.
    Order,
    /// What was granted, by the version when it was.
    Grant,
    /// What was asked for, by the version when it was.
    Request,
    /// Everybody, from the moment the version takes effect.
    Programme,
}

impl Binds {
    /// The word in the table of the rules.
    pub fn name(self) -> &'static str {
        match self {
            Binds::Fixed => "fixed",
            Binds::Order => "order",
            Binds::Grant => "grant",
            Binds::Request => "request",
            Binds::Programme => "programme",
        }
    }
}

/// Which change of a key takes something from members (AMEND-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adverse {
    /// None.
    Never,
    /// Every one: nobody can say who gains.
    Always,
    /// A higher value; of a section or an item, that it comes.
    Higher,
    /// A lower value; of a section or an item, that it goes.
    Lower,
}

impl Adverse {
    /// The word in the table of the rules.
    pub fn name(self) -> &'static str {
        match self {
            Adverse::Never => "never",
            Adverse::Always => "any change",
            Adverse::Higher => "higher",
            Adverse::Lower => "lower",
        }
    }
}

/// How a key counts that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Less than any value.
    Least,
    /// More than any value: it is a limit.
    Most,
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The key, with the names of its sections.
    pub key: &'static str,
    /// What it binds.
    pub binds: Binds,
    /// Which change of it is adverse.
    pub adverse: Adverse,
    pub(super) absent: Absent,
}

const fn row(key: &'static str, binds: Binds, adverse: Adverse) -> KeyRow {
    KeyRow { key, binds, adverse, absent: Absent::Least }
}

const fn limit(key: &'static str, binds: Binds, adverse: Adverse) -> KeyRow {
    KeyRow { key, binds, adverse, absent: Absent::Most }
}

/// The row of a key.
pub fn row_of(key: &str) -> Option<&'static KeyRow> {
    TABLE.iter().find(|row| row.key == key)
}

/// Every key of a plan, sections included.
pub const TABLE: &[KeyRow] = &[
    row("programme", Binds::Programme, Adverse::Never),
    row("programme.name", Binds::Programme, Adverse::Never),
    row("programme.name.zh", Binds::Programme, Adverse::Never),
    row("programme.name.en", Binds::Programme, Adverse::Never),
    row("programme.currency", Binds::Fixed, Adverse::Never),
    row("programme.utc_offset", Binds::Fixed, Adverse::Never),
    row("programme.time_zone", Binds::Fixed, Adverse::Never),
    row("programme.mode", Binds::Fixed, Adverse::Never),
    row("programme.jurisdictions", Binds::Programme, Adverse::Never),
    row("programme.notice_days", Binds::Programme, Adverse::Lower),
    row("split", Binds::Programme, Adverse::Never),
    row("split.cost", Binds::Order, Adverse::Never),
    row("split.pool", Binds::Order, Adverse::Lower),
    row("split.commission", Binds::Order, Adverse::Lower),
    row("split.funds", Binds::Order, Adverse::Lower),
    row("settlement", Binds::Programme, Adverse::Never),
    row("settlement.after_sale_days", Binds::Order, Adverse::Higher),
    row("pool", Binds::Fixed, Adverse::Never),
    row("pool.mint_ratio", Binds::Order, Adverse::Lower),
    row("pool.opening_price", Binds::Fixed, Adverse::Never),
    row("pool.retention", Binds::Programme, Adverse::Higher),
    row("pool.retention_point", Binds::Fixed, Adverse::Never),
    row("pool.house_points", Binds::Fixed, Adverse::Never),
    row("pool.sale_price", Binds::Programme, Adverse::Always),
    limit("pool.max_contribution", Binds::Programme, Adverse::Lower),
    row("pool.exit", Binds::Programme, Adverse::Higher),
    limit("pool.exit.multiple", Binds::Programme, Adverse::Lower),
    row("pool.exit.basis", Binds::Fixed, Adverse::Never),
    row("pool.exit.counts", Binds::Programme, Adverse::Always),
    row("pool.exit.of", Binds::Fixed, Adverse::Never),
    row("pool.exit.clamp", Binds::Programme, Adverse::Higher),
    row("pool.exit.retention_to", Binds::Programme, Adverse::Never),
    row("refund", Binds::Programme, Adverse::Never),
    row("refund.reserve_share", Binds::Order, Adverse::Never),
    row("refund.reserve_required", Binds::Programme, Adverse::Higher),
    row("refund.set_off_sales", Binds::Order, Adverse::Higher),
    row("wallet", Binds::Programme, Adverse::Never),
    row("wallet.withdrawal_fee", Binds::Request, Adverse::Higher),
    row("wallet.withdrawal_minimum", Binds::Request, Adverse::Higher),
    limit("wallet.withdrawal_daily_limit", Binds::Request, Adverse::Lower),
    row("wallet.withdrawal_cool_down_hours", Binds::Request, Adverse::Higher),
    row("wallet.two_approvals_above", Binds::Programme, Adverse::Never),
    row("wallet.reconsume_share", Binds::Request, Adverse::Higher),
    row("wallet.net_receivables", Binds::Programme, Adverse::Higher),
    row("commission", Binds::Fixed, Adverse::Never),
    row("commission.cap", Binds::Order, Adverse::Lower),
    row("commission.qualified", Binds::Order, Adverse::Always),
    row("commission.direct", Binds::Order, Adverse::Never),
    row("commission.direct.rate", Binds::Order, Adverse::Lower),
    row("commission.indirect", Binds::Order, Adverse::Never),
    row("commission.indirect.rate", Binds::Order, Adverse::Lower),
    row("commission.differential", Binds::Order, Adverse::Lower),
    row("commission.peer", Binds::Order, Adverse::Lower),
    row("commission.peer.rates", Binds::Order, Adverse::Lower),
    row("commission.peer.base", Binds::Order, Adverse::Always),
    row("commission.regional", Binds::Order, Adverse::Lower),
    row("commission.regional.district", Binds::Order, Adverse::Lower),
    row("commission.regional.city", Binds::Order, Adverse::Lower),
    row("commission.regional.province", Binds::Order, Adverse::Lower),
    row("commission.regional.mode", Binds::Order, Adverse::Always),
    row("commission.dividend", Binds::Fixed, Adverse::Never),
    row("commission.dividend.rate", Binds::Programme, Adverse::Lower),
    row("commission.dividend.fund", Binds::Programme, Adverse::Never),
    row("commission.dividend.period", Binds::Programme, Adverse::Always),
    row("commission.rate", Binds::Order, Adverse::Always),
    row("commission.rate.class", Binds::Order, Adverse::Never),
    row("commission.rate.direct", Binds::Order, Adverse::Lower),
    row("commission.rate.indirect", Binds::Order, Adverse::Lower),
    row("commission.rate.district", Binds::Order, Adverse::Lower),
    row("commission.rate.city", Binds::Order, Adverse::Lower),
    row("commission.rate.province", Binds::Order, Adverse::Lower),
    row("commission.rate.ranks", Binds::Order, Adverse::Lower),
    row("rank", Binds::Programme, Adverse::Lower),
    row("rank.id", Binds::Programme, Adverse::Never),
    row("rank.name", Binds::Programme, Adverse::Never),
    row("rank.name.zh", Binds::Programme, Adverse::Never),
    row("rank.name.en", Binds::Programme, Adverse::Never),
    row("rank.volume", Binds::Programme, Adverse::Higher),
    row("rank.rate", Binds::Order, Adverse::Lower),
    row("rank.tip_rate", Binds::Programme, Adverse::Lower),
    row("rank.legs", Binds::Programme, Adverse::Higher),
    row("rank.leg_rank", Binds::Programme, Adverse::Always),
    row("ranking", Binds::Programme, Adverse::Never),
    row("ranking.volume", Binds::Programme, Adverse::Always),
    row("ranking.include_self", Binds::Programme, Adverse::Lower),
    row("ranking.window_days", Binds::Fixed, Adverse::Never),
    row("ranking.demotion", Binds::Programme, Adverse::Higher),
    row("release", Binds::Fixed, Adverse::Never),
    row("release.grant_ratio", Binds::Order, Adverse::Lower),
    row("release.rate", Binds::Grant, Adverse::Lower),
    row("release.base", Binds::Grant, Adverse::Always),
    row("release.fund", Binds::Programme, Adverse::Never),
    row("release.reconsume_share", Binds::Programme, Adverse::Higher),
    row("release.boost", Binds::Programme, Adverse::Lower),
    row("release.tasks_required", Binds::Programme, Adverse::Higher),
    row("release.acceleration", Binds::Programme, Adverse::Never),
    row("release.acceleration.direct", Binds::Programme, Adverse::Lower),
    row("release.acceleration.indirect", Binds::Programme, Adverse::Lower),
    row("release.zones", Binds::Order, Adverse::Lower),
    row("release.tiers", Binds::Grant, Adverse::Lower),
    row("release.tiers.from", Binds::Grant, Adverse::Higher),
    row("release.tiers.rate", Binds::Grant, Adverse::Lower),
    row("value", Binds::Fixed, Adverse::Never),
    row("value.grant_ratio", Binds::Order, Adverse::Lower),
    row("value.rate", Binds::Grant, Adverse::Lower),
    row("value.referral", Binds::Order, Adverse::Lower),
    row("emission", Binds::Fixed, Adverse::Never),
    row("emission.years", Binds::Programme, Adverse::Lower),
    row("emission.tail", Binds::Programme, Adverse::Always),
    row("emission.cap", Binds::Programme, Adverse::Lower),
    row("emission.first_price", Binds::Programme, Adverse::Always),
    row("emission.members", Binds::Programme, Adverse::Lower),
    row("emission.platform", Binds::Programme, Adverse::Never),
    row("emission.ranks", Binds::Programme, Adverse::Lower),
    row("merchant", Binds::Fixed, Adverse::Never),
    row("merchant.activation_pack", Binds::Request, Adverse::Higher),
    row("merchant.merchant_share", Binds::Programme, Adverse::Lower),
    row("catalogue", Binds::Fixed, Adverse::Never),
    row("catalogue.hold_minutes", Binds::Order, Adverse::Lower),
    row("catalogue.listed_only", Binds::Order, Adverse::Never),
    row("freight", Binds::Order, Adverse::Higher),
    row("freight.base", Binds::Order, Adverse::Higher),
    limit("freight.free_above", Binds::Order, Adverse::Higher),
    row("freight.regions", Binds::Order, Adverse::Never),
    row("freight.regions.code", Binds::Order, Adverse::Never),
    row("freight.regions.amount", Binds::Order, Adverse::Higher),
    row("coupon", Binds::Grant, Adverse::Lower),
    row("coupon.id", Binds::Grant, Adverse::Never),
    row("coupon.name", Binds::Grant, Adverse::Never),
    row("coupon.name.zh", Binds::Grant, Adverse::Never),
    row("coupon.name.en", Binds::Grant, Adverse::Never),
    row("coupon.off", Binds::Grant, Adverse::Lower),
    row("coupon.rate", Binds::Grant, Adverse::Lower),
    row("coupon.minimum", Binds::Grant, Adverse::Higher),
    row("coupon.product", Binds::Grant, Adverse::Always),
    row("coupon.merchant", Binds::Grant, Adverse::Always),
    row("coupon.valid_days", Binds::Grant, Adverse::Lower),
    row("coupon.stackable", Binds::Grant, Adverse::Lower),
    row("class", Binds::Order, Adverse::Never),
    row("class.id", Binds::Order, Adverse::Never),
    row("class.name", Binds::Order, Adverse::Never),
    row("class.name.zh", Binds::Order, Adverse::Never),
    row("class.name.en", Binds::Order, Adverse::Never),
    row("source", Binds::Order, Adverse::Lower),
    row("source.id", Binds::Order, Adverse::Never),
    row("source.name", Binds::Order, Adverse::Never),
    row("source.name.zh", Binds::Order, Adverse::Never),
    row("source.name.en", Binds::Order, Adverse::Never),
    row("source.split", Binds::Order, Adverse::Always),
    row("source.split.cost", Binds::Order, Adverse::Never),
    row("source.split.pool", Binds::Order, Adverse::Lower),
    row("source.split.commission", Binds::Order, Adverse::Lower),
    row("source.split.funds", Binds::Order, Adverse::Lower),
    row("source.excludes", Binds::Order, Adverse::Never),
    row("source.excludes.commission", Binds::Order, Adverse::Higher),
    row("source.excludes.release", Binds::Order, Adverse::Higher),
    row("source.excludes.value", Binds::Order, Adverse::Higher),
    row("source.excludes.loyalty", Binds::Order, Adverse::Higher),
    row("loyalty", Binds::Fixed, Adverse::Never),
    row("loyalty.earn_rate", Binds::Order, Adverse::Lower),
    row("loyalty.per_full", Binds::Order, Adverse::Higher),
    row("loyalty.points", Binds::Order, Adverse::Lower),
    row("loyalty.worth", Binds::Order, Adverse::Always),
    row("loyalty.minimum", Binds::Order, Adverse::Higher),
    limit("loyalty.monthly_limit", Binds::Order, Adverse::Lower),
    row("loyalty.valid_days", Binds::Grant, Adverse::Lower),
    row("loyalty.set_off", Binds::Order, Adverse::Higher),
    limit("loyalty.tier_days", Binds::Order, Adverse::Lower),
    row("loyalty.keep_days", Binds::Order, Adverse::Lower),
    row("loyalty.tiers", Binds::Order, Adverse::Lower),
    row("loyalty.tiers.name", Binds::Order, Adverse::Never),
    row("loyalty.tiers.name.zh", Binds::Order, Adverse::Never),
    row("loyalty.tiers.name.en", Binds::Order, Adverse::Never),
    row("loyalty.tiers.from", Binds::Order, Adverse::Higher),
    row("loyalty.tiers.from_points", Binds::Order, Adverse::Higher),
    row("loyalty.tiers.rate", Binds::Order, Adverse::Lower),
    row("loyalty.tiers.points", Binds::Order, Adverse::Lower),
    row("loyalty.classes", Binds::Order, Adverse::Always),
    row("loyalty.classes.class", Binds::Order, Adverse::Never),
    row("loyalty.classes.rate", Binds::Order, Adverse::Lower),
    row("loyalty.classes.points", Binds::Order, Adverse::Lower),
    row("task", Binds::Programme, Adverse::Never),
    row("task.id", Binds::Programme, Adverse::Never),
    row("task.name", Binds::Programme, Adverse::Never),
    row("task.name.zh", Binds::Programme, Adverse::Never),
    row("task.name.en", Binds::Programme, Adverse::Never),
    row("task.daily_limit", Binds::Programme, Adverse::Lower),
    row("task.once", Binds::Programme, Adverse::Higher),
    row("promotion", Binds::Order, Adverse::Never),
    row("promotion.id", Binds::Order, Adverse::Never),
    row("promotion.name", Binds::Order, Adverse::Never),
    row("promotion.name.zh", Binds::Order, Adverse::Never),
    row("promotion.name.en", Binds::Order, Adverse::Never),
    row("promotion.price", Binds::Order, Adverse::Never),
    row("promotion.limit_per_member", Binds::Order, Adverse::Never),
    row("promotion.limit_per_order", Binds::Order, Adverse::Never),
    row("promotion.hold_minutes", Binds::Order, Adverse::Never),
    row("promotion.group", Binds::Order, Adverse::Never),
    row("promotion.group.members", Binds::Order, Adverse::Never),
    row("promotion.group.hours", Binds::Order, Adverse::Never),
    row("promotion.group.leader_bonus", Binds::Order, Adverse::Never),
    row("promotion.group.leader_rate", Binds::Order, Adverse::Never),
    row("promotion.lottery", Binds::Order, Adverse::Never),
    row("promotion.lottery.winners", Binds::Order, Adverse::Never),
    row("promotion.lottery.reveal_hours", Binds::Order, Adverse::Never),
    row("promotion.lottery.consolation", Binds::Order, Adverse::Never),
    row("promotion.lottery.consolation_rate", Binds::Order, Adverse::Never),
    row("promotion.lottery.consolation_loyalty", Binds::Order, Adverse::Never),
    row("promotion.lottery.consolation_coupon", Binds::Order, Adverse::Never),
    row("promotion.lottery.fund", Binds::Order, Adverse::Never),
    row("promotion.presale", Binds::Order, Adverse::Never),
    row("promotion.presale.deposit", Binds::Order, Adverse::Never),
    row("promotion.presale.counts_as", Binds::Order, Adverse::Never),
    row("promotion.presale.balance_hours", Binds::Order, Adverse::Never),
    row("promotion.presale.ship_hours", Binds::Order, Adverse::Never),
    row("promotion.presale.forfeit", Binds::Order, Adverse::Never),
    row("promotion.blind_box", Binds::Order, Adverse::Never),
    row("promotion.blind_box.items", Binds::Order, Adverse::Never),
    row("promotion.blind_box.items.sku", Binds::Order, Adverse::Never),
    row("promotion.blind_box.items.weight", Binds::Order, Adverse::Never),
    row("promotion.blind_box.items.stock", Binds::Order, Adverse::Never),
    row("promotion.blind_box.pity", Binds::Order, Adverse::Never),
    row("promotion.blind_box.limit_per_day", Binds::Order, Adverse::Never),
    row("promotion.blind_box.reveal_hours", Binds::Order, Adverse::Never),
    row("promotion.chain", Binds::Order, Adverse::Never),
    row("promotion.chain.quota", Binds::Order, Adverse::Never),
    row("promotion.chain.direct_bonus", Binds::Order, Adverse::Never),
    row("promotion.chain.boss_bonus", Binds::Order, Adverse::Never),
    row("promotion.relist", Binds::Order, Adverse::Never),
    row("promotion.relist.markup", Binds::Order, Adverse::Never),
    row("promotion.relist.fee", Binds::Order, Adverse::Never),
    row("promotion.relist.ceiling", Binds::Order, Adverse::Never),
    row("promotion.voucher", Binds::Order, Adverse::Never),
    row("promotion.voucher.valid_days", Binds::Order, Adverse::Never),
    row("market", Binds::Fixed, Adverse::Never),
    row("market.lot", Binds::Programme, Adverse::Never),
    row("market.tick", Binds::Programme, Adverse::Never),
    row("market.fee", Binds::Request, Adverse::Higher),
    row("market.band", Binds::Programme, Adverse::Always),
    row("market.offers_per_member", Binds::Request, Adverse::Lower),
    row("funding", Binds::Fixed, Adverse::Never),
    row("equity", Binds::Fixed, Adverse::Never),
    row("equity.lock_days", Binds::Grant, Adverse::Higher),
    row("equity.vest_days", Binds::Grant, Adverse::Higher),
    row("claims", Binds::Fixed, Adverse::Never),
    row("claims.share", Binds::Order, Adverse::Lower),
    row("claims.stages", Binds::Grant, Adverse::Higher),
    row("claims.stage_days", Binds::Grant, Adverse::Higher),
    row("facts", Binds::Programme, Adverse::Never),
];

#[cfg(test)]
mod tests {
    use super::{TABLE, row_of};
    use crate::plan::SECTIONS;

    /// AMEND-2: every key that a plan may have stands in the table, once, and nothing else does.
    #[test]
    fn every_key_has_a_row() {
        let mut keys: Vec<String> = Vec::new();
        for (section, own) in SECTIONS {
            for key in *own {
                keys.push(if section.is_empty() { (*key).to_owned() } else { format!("{section}.{key}") });
            }
        }
        for key in &keys {
            assert!(row_of(key).is_some(), "{key} has no row in the table of amendments");
        }
        for row in TABLE {
            assert!(keys.iter().any(|key| key == row.key), "{} is no key of a plan", row.key);
            assert_eq!(TABLE.iter().filter(|other| other.key == row.key).count(), 1, "{}", row.key);
        }
    }
}
