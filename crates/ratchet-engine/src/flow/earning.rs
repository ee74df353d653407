//! What a member earns, less what it owes (COMM-9, WALLET-3).

use crate::amount::{Money, Rate};
use crate::engine::Engine;
use crate::id::MemberNo;
use crate::ledger::{Account, AccountKind};

impl Engine {
    /// Posts an earning to a member: what it owes after late refunds is netted first and goes to the refund
    /// reserve; of the rest `reconsume` goes to the re-consumption wallet. The caller posts where it comes from.
    #[inline]
    pub(crate) fn credit_earning(&mut self, member: MemberNo, money: Money, reconsume: Rate) {
        let receivable = Account::member(AccountKind::Receivable, member);
        let mut rest = money;
        if self.state.ledger.balance(receivable) != 0 {
            // Earlier legs of the same transaction may have netted part of it.
            let owed = self.state.ledger.balance(receivable) + self.log.untaken(receivable);
            let netted = money.wide().min(owed.unsigned_abs());
            let netted = Money::from_wide(netted).unwrap_or(Money::ZERO);
            rest = money.saturating_sub(netted);
            self.post(receivable, i128::from(netted.minor()));
            self.post_out(AccountKind::RefundRecoverable, netted);
            self.post_money(AccountKind::RefundReserve, netted);
        }
        // The cash part rounds down; re-consumption takes the rest (WALLET-3).
        let cash = Rate::from_ppm(Rate::ONE.ppm() - reconsume.ppm()).floor_of(rest);
        self.post(Account::member(AccountKind::WalletCash, member), i128::from(cash.minor()));
        let goods = rest.saturating_sub(cash);
        self.post(Account::member(AccountKind::WalletReconsume, member), i128::from(goods.minor()));
    }
}
