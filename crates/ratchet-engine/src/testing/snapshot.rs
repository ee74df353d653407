//! What the engine and the naive model must agree on after every command: plain values a person can read.
//!
//! Money is in minor units of the programme's currency and written as a non-negative magnitude ("the
//! platform has 5", "the operator owes 5"); only `bank` can be negative, by at most `operator_due`. Points are in
//! units of 10⁻¹², in *today's* units: a split (POOL-9) has multiplied every one of them by 10³.

use std::collections::BTreeMap;

/// The whole state, comparable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The programme's time in microseconds since 1970: `at` of the last command that was applied, or the due
    /// time of the last due work if that is later (a refused command moves time no further than the work
    /// that was due before it). 0 at genesis.
    pub now_us: i64,
    /// Every member that ever joined, by outside id.
    pub members: BTreeMap<String, MemberSnapshot>,
    /// Merchants by outside id, the unnamed supplier under `""`. Only those with a payable or a receivable.
    pub merchants: BTreeMap<String, MerchantSnapshot>,
    /// State of every order ever placed, by outside id: `placed`, `paid`, `shipped`, `received`, `settled`, `closed`
    /// or `refunded`.
    pub orders: BTreeMap<String, String>,
    /// State of every withdrawal, by outside id: `requested` (also after the first of two approvals), `approved`, `sent`,
    /// `unknown`, `paid`, `failed` or `rejected`.
    pub withdrawals: BTreeMap<String, String>,
    /// The pool.
    pub pool: PoolSnapshot,
    /// The programme's money accounts.
    pub accounts: AccountsSnapshot,
    /// Sums since genesis.
    pub totals: TotalsSnapshot,
    /// Distribution, release, emission and merchants, under dotted names; what is zero is left out.
    ///
    /// `members.ID.` `suspended` (1), `receivable`, `rank` (place in the plan, from 1), `team_volume` (as counted at the last
    /// close of a day with a settlement), `release_points`, `release_remaining`, `value_units`, `emission_points` (with shares
    /// of ranks), `emission_reserved`, `weight_millionths`. `merchants.ID.` `hold`, `state` (1 applied, 2 approved, 3 rejected,
    /// 4 suspended). `accounts.` `commission_payable`, `dividend_pot`, `value_released`, `emission_platform`. `dividend.deficit`,
    /// `release.shortfall`, `emission.issued` (ever, also what was burned since), `emission.reserve`, `guide.released`, `guide.issued`.
    /// Between commands nothing stands in `commission_payable`.
    ///
    /// Catalogue, coupons and loyalty points: `members.ID.loyalty`; `sku.ID.` `available` (only with stock), `held`, `out`;
    /// `coupons.ID` 1 free, 2 reserved, 3 used.
    ///
    /// Payments: `accounts.suspense`; `payments.ID.left`, in minor units of its own currency; `payments.ID.REASON` 1 where it did
    /// not pay its order.
    pub others: BTreeMap<String, i128>,
}

/// One member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberSnapshot {
    /// `wallet.cash`: what can be withdrawn.
    pub cash: i128,
    /// `wallet.reconsume`.
    pub reconsume: i128,
    /// `wallet.hold`: amounts of withdrawals that are requested, approved, sent or unknown.
    pub hold: i128,
    /// The part of `cash` from which the retention has not been taken yet (POOL-3b); 0 with `retention_point = "sale"`.
    pub retention_pending: i128,
    /// Points held, including those asked to be sold at the close of the day.
    pub points: u128,
    /// Σ bases of paid lines (pending and settled) − refunded bases (DISC-1a).
    pub spent: i128,
    /// Σ credits to `wallet.cash` and `wallet.reconsume` from sales, exits, rebates, commissions, dividends and released money
    /// (DISC-1a): the net, with `retention_point = "withdrawal"` the gross; with what was netted against a receivable (COMM-9).
    /// Never reduced; not what a withdrawal moves to `reconsume`.
    pub cash_received: i128,
    /// Cap exits (POOL-6c); with `basis = "lot"` one for each lot.
    pub exits: u64,
    /// The present cycle's cap base: Σ settled bases − late refunds, or Σ contribution legs with `exit.of =
    /// "contribution"` (bases if the plan has no `[pool.exit]`). Counted from settlement, whether or not minted. 0 between cycles
    /// and in a plan without pool.
    pub cap_base: i128,
    /// The present cycle's `earned`: points minted in it − t of late refunds (ORDER-6a), at most 2⁹⁶ − 1 (POOL-9a). 0 between
    /// cycles.
    pub earned: u128,
}

/// One merchant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MerchantSnapshot {
    /// `merchant.payable`: what the programme owes the merchant.
    pub payable: i128,
    /// `receivable`: what the merchant owes after late refunds (ORDER-6b).
    pub receivable: i128,
}

/// The pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolSnapshot {
    /// `pool.assets`, B.
    pub assets: i128,
    /// S, house points included.
    pub supply: u128,
    /// `points.house`.
    pub house: u128,
    /// `pool.residual` by supply epoch; epochs with nothing left are not listed.
    pub residual: BTreeMap<u32, i128>,
    /// How many splits there have been (POOL-9).
    pub exponent: u32,
    /// The supply epoch: 0, and one more each time the supply reaches zero (POOL-8a).
    pub epoch: u32,
    /// Entries in the mint queue (POOL-2a): one for each part of a contribution that could not mint.
    pub mint_queue: usize,
    /// Σ contributions in the mint queue. They are part of `escrow`.
    pub mint_queue_amount: i128,
    /// Σ contributions that wait for a midnight because of `max_contribution` (POOL-11c). Part of `escrow`.
    pub waiting: i128,
}

/// The programme's money accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountsSnapshot {
    /// All money that came in (orders, freight and tax in cash, injections, house points) − all that went out (cash parts of
    /// refunds, withdrawals in cash).
    pub bank: i128,
    /// `escrow`: paid orders before settlement, with freight and tax, and contributions that wait.
    pub escrow: i128,
    /// `commission.undistributed`.
    pub commission_undistributed: i128,
    /// Named funds of the split, all of the plan's, by name.
    pub funds: BTreeMap<String, i128>,
    /// `platform.revenue`.
    pub platform_revenue: i128,
    /// `refund.reserve`.
    pub refund_reserve: i128,
    /// `refund.recoverable`: contra of all receivables, of merchants and of members (COMM-8, REL-5), so equal to their sum.
    pub refund_recoverable: i128,
    /// `operator.due`: what the operator owes the programme for late refunds nothing else could pay.
    pub operator_due: i128,
    /// `tax.payable`.
    pub tax_payable: i128,
}

/// Sums since genesis; none of them ever falls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotalsSnapshot {
    /// Contributions that entered the pool (when they minted). Not reduced by refunds.
    pub contributions: i128,
    /// Money injected from outside: `pool.inject` and house points. Not what `residual.approve` puts back.
    pub injected: i128,
    /// Σ credits to `wallet.cash` from sales and exits: the net, with `retention_point = "withdrawal"` the gross.
    pub paid_out: i128,
    /// Retention kept: at sales and exits (also where it goes to the residual), and at paid withdrawals.
    pub retained: i128,
    /// Pool legs of late refunds paid out of `pool.assets` (ORDER-6a), without what waited in escrow.
    pub returned: i128,
    /// Cap exits of all members.
    pub exits: u64,
}

impl Snapshot {
    /// The differences, one a line: `members.m3.cash: 5 here, 6 there`. Empty if there are none; at most 20.
    pub fn diff(&self, other: &Snapshot) -> String {
        let (here, there) = (self.flat(), other.flat());
        let mut lines = Vec::new();
        for (name, value) in &here {
            match there.get(name) {
                Some(also) if also == value => {}
                Some(also) => lines.push(format!("{name}: {value} here, {also} there")),
                None => lines.push(format!("{name}: {value} here, nothing there")),
            }
        }
        for (name, value) in &there {
            if !here.contains_key(name) {
                lines.push(format!("{name}: nothing here, {value} there"));
            }
        }
        lines.truncate(20);
        lines.join("\n")
    }

    /// Every value under a dotted name.
    pub fn flat(&self) -> BTreeMap<String, String> {
        let mut flat = BTreeMap::new();
        let mut put = |name: String, value: &dyn std::fmt::Display| {
            flat.insert(name, value.to_string());
        };
        put("now_us".to_owned(), &self.now_us);
        for (id, member) in &self.members {
            let MemberSnapshot {
                cash,
                reconsume,
                hold,
                retention_pending,
                points,
                spent,
                cash_received,
                exits,
                cap_base,
                earned,
            } = member;
            put(format!("members.{id}.cash"), cash);
            put(format!("members.{id}.reconsume"), reconsume);
            put(format!("members.{id}.hold"), hold);
            put(format!("members.{id}.retention_pending"), retention_pending);
            put(format!("members.{id}.points"), points);
            put(format!("members.{id}.spent"), spent);
            put(format!("members.{id}.cash_received"), cash_received);
            put(format!("members.{id}.exits"), exits);
            put(format!("members.{id}.cap_base"), cap_base);
            put(format!("members.{id}.earned"), earned);
        }
        for (id, MerchantSnapshot { payable, receivable }) in &self.merchants {
            put(format!("merchants.{id}.payable"), payable);
            put(format!("merchants.{id}.receivable"), receivable);
        }
        for (id, state) in &self.orders {
            put(format!("orders.{id}"), state);
        }
        for (id, state) in &self.withdrawals {
            put(format!("withdrawals.{id}"), state);
        }
        let PoolSnapshot {
            assets,
            supply,
            house,
            residual,
            exponent,
            epoch,
            mint_queue,
            mint_queue_amount,
            waiting,
        } = &self.pool;
        put("pool.assets".to_owned(), assets);
        put("pool.supply".to_owned(), supply);
        put("pool.house".to_owned(), house);
        for (epoch, amount) in residual {
            put(format!("pool.residual.{epoch}"), amount);
        }
        put("pool.exponent".to_owned(), exponent);
        put("pool.epoch".to_owned(), epoch);
        put("pool.mint_queue".to_owned(), mint_queue);
        put("pool.mint_queue_amount".to_owned(), mint_queue_amount);
        put("pool.waiting".to_owned(), waiting);
        let AccountsSnapshot {
            bank,
            escrow,
            commission_undistributed,
            funds,
            platform_revenue,
            refund_reserve,
            refund_recoverable,
            operator_due,
            tax_payable,
        } = &self.accounts;
        put("accounts.bank".to_owned(), bank);
        put("accounts.escrow".to_owned(), escrow);
        put("accounts.commission_undistributed".to_owned(), commission_undistributed);
        for (name, amount) in funds {
            put(format!("accounts.funds.{name}"), amount);
        }
        put("accounts.platform_revenue".to_owned(), platform_revenue);
        put("accounts.refund_reserve".to_owned(), refund_reserve);
        put("accounts.refund_recoverable".to_owned(), refund_recoverable);
        put("accounts.operator_due".to_owned(), operator_due);
        put("accounts.tax_payable".to_owned(), tax_payable);
        let TotalsSnapshot { contributions, injected, paid_out, retained, returned, exits } = &self.totals;
        put("totals.contributions".to_owned(), contributions);
        put("totals.injected".to_owned(), injected);
        put("totals.paid_out".to_owned(), paid_out);
        put("totals.retained".to_owned(), retained);
        put("totals.returned".to_owned(), returned);
        put("totals.exits".to_owned(), exits);
        for (name, value) in &self.others {
            put(name.clone(), value);
        }
        flat
    }
}

#[cfg(test)]
mod tests {
    use super::{MemberSnapshot, Snapshot};

    #[test]
    fn a_difference_is_named() {
        let mut here = Snapshot::default();
        here.members.insert("m1".to_owned(), MemberSnapshot { cash: 5, ..MemberSnapshot::default() });
        let mut there = here.clone();
        assert_eq!(here.diff(&there), "");
        there.members.entry("m1".to_owned()).or_default().cash = 6;
        there.orders.insert("o1".to_owned(), "paid".to_owned());
        assert_eq!(
            here.diff(&there),
            "members.m1.cash: 5 here, 6 there\norders.o1: nothing here, paid there"
        );
    }
}
