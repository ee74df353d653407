//! What is missing after late refunds: who owes it, who advances it, and who gets it back (ORDER-6).
//!
//! Each beneficiary answers for its own part alone. A caller takes what it can ([`Engine::claw_back`],
//! [`Engine::charge`]), commits its event, then books what is owed ([`Engine::book_receivable`]). What of an order's
//! legs nobody paid is advanced by reserve, platform and operator ([`Engine::absorb_shortfall`]). What debtors
//! earn is netted ([`Engine::net`]) and goes back in the reverse order ([`Engine::repay`]).

use smallvec::SmallVec;

use crate::amount::{Money, Rate, Rounding, mul_div};
use crate::commission::CommissionClawback;
use crate::debt::{Advanced, Clawback, Debt, DebtOrigin, Debtor, Repaid};
use crate::engine::Engine;
use crate::event::{Event, PostSettlementRefund};
use crate::id::{MemberNo, MerchantNo, OrderNo};
use crate::ledger::{Account, AccountKind};

/// What a member's wallet has to give for its debts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OwedOfWallet {
    /// Out of money whose retention was taken, or needs none.
    pub(super) free: Money,
    /// Out of the rest, with its retention.
    pub(super) part: Money,
    /// That retention.
    pub(super) kept: Money,
}

impl OwedOfWallet {
    /// By how much the wallet falls.
    pub(crate) fn sum(self) -> Money {
        self.free.add_within_limit(self.part)
    }
}

/// What reversing an order's legs did to their beneficiaries, beyond what their accounts paid at once (ORDER-6).
#[derive(Default)]
pub(super) struct Reversal {
    /// What of its leg each lacks and owes from now on.
    pub(super) shortfalls: SmallVec<[(Debtor, DebtOrigin, Money); 4]>,
    /// What somebody got, to be netted: legs may move by a few minor units.
    pub(super) gains: SmallVec<[(Debtor, Money); 4]>,
}

impl Reversal {
    /// What a member got in this refund.
    pub(super) fn gained(&self, member: MemberNo) -> Money {
        let gains = self.gains.iter().filter(|(debtor, _)| *debtor == Debtor::Member(member));
        gains.fold(Money::ZERO, |sum, (_, gain)| sum.add_within_limit(*gain))
    }

    pub(super) fn falls_short(&mut self, debtor: Debtor, origin: DebtOrigin, amount: Money) {
        if !amount.is_zero() {
            self.shortfalls.push((debtor, origin, amount));
        }
    }
}

/// What becomes of an earning of a member.
pub(crate) struct Earning {
    /// Taken for what the member owes (COMM-9).
    pub(crate) netted: Money,
    /// For the cash wallet.
    pub(crate) cash: Money,
    /// For the re-consumption wallet.
    pub(crate) goods: Money,
}

impl Engine {
    /// Balance of an account after the transaction being prepared.
    pub(crate) fn available(&self, account: Account) -> Money {
        let balance = self.state.ledger.balance(account) + self.log.pending(account);
        Money::from_wide(u128::try_from(balance).unwrap_or(0)).unwrap_or(Money::ZERO)
    }

    /// What a debt account shows after the transaction being prepared.
    fn owing(&self, account: Account) -> Money {
        let balance = self.state.ledger.balance(account) + self.log.pending(account);
        Money::from_wide(u128::try_from(-balance).unwrap_or(0)).unwrap_or(Money::ZERO)
    }

    /// Takes a member's part of something back out of its cash wallet, as far as that reaches. The caller posts where
    /// it goes, and books the rest with [`Engine::book_receivable`] after its event.
    pub(crate) fn claw_back(&mut self, member: MemberNo, amount: Money) -> Clawback {
        let wallet = Account::member(AccountKind::WalletCash, member);
        self.charge(amount, &[wallet])
    }

    /// Takes an amount from accounts, each as far as it reaches.
    pub(super) fn charge(&mut self, amount: Money, accounts: &[Account]) -> Clawback {
        let mut receivable = amount;
        for account in accounts {
            let taken = receivable.min(self.available(*account));
            self.post(*account, -i128::from(taken.minor()));
            receivable = receivable.saturating_sub(taken);
        }
        Clawback { recovered: amount.saturating_sub(receivable), receivable }
    }

    /// Books what somebody owes from now on. Of legs it is what the refund paid and nobody has borne yet; of the
    /// rest nothing moves but the claim.
    pub(crate) fn book_receivable(&mut self, debtor: Debtor, debt: Debt) {
        let Debt { order, origin, amount, operator } = debt;
        if amount.is_zero() {
            return;
        }
        let contra = if origin.repays_advances() {
            AccountKind::RefundClearing
        } else {
            AccountKind::RefundRecoverable
        };
        self.post(debtor.receivable(), -i128::from(amount.minor()));
        self.credit(contra, amount);
        self.commit(Event::ReceivableBooked { debtor, order, origin, amount, operator });
    }

    /// ORDER-6: what is missing is advanced, in order, by the reserve, the platform and the operator.
    pub(super) fn absorb_shortfall(&mut self, order: OrderNo, shortfall: Money) {
        if shortfall.is_zero() {
            return;
        }
        let mut missing = shortfall;
        let mut from = |engine: &mut Engine, account, advanced| {
            let taken = missing.min(engine.available(Account::programme(account)));
            engine.debit(account, taken);
            engine.credit(advanced, taken);
            missing = missing.saturating_sub(taken);
            taken
        };
        let reserve = from(self, AccountKind::RefundReserve, AccountKind::AdvancedReserve);
        let platform = from(self, AccountKind::PlatformRevenue, AccountKind::AdvancedPlatform);
        let operator = missing;
        let operator_claim = self.charge_operator(operator);
        self.credit(AccountKind::AdvancedOperator, operator);
        let by = Advanced { reserve, platform, operator, operator_claim };
        self.commit(Event::ShortfallAdvanced { order, by: Box::new(by) });
    }

    /// Posts an amount that the operator has to bear: its claim goes first, the rest is due from it. Says what the
    /// claim gave.
    pub(crate) fn charge_operator(&mut self, amount: Money) -> Money {
        let claim = amount.min(self.available(Account::programme(AccountKind::OperatorClaim)));
        self.debit(AccountKind::OperatorClaim, claim);
        self.debit(AccountKind::OperatorDue, amount.saturating_sub(claim));
        claim
    }

    /// Posts an amount that the operator gets: less is due from it; what is beyond that is its claim. Says what
    /// became its claim.
    pub(crate) fn credit_operator(&mut self, amount: Money) -> Money {
        let due = amount.min(self.owing(Account::programme(AccountKind::OperatorDue)));
        let claim = amount.saturating_sub(due);
        self.credit(AccountKind::OperatorDue, due);
        self.credit(AccountKind::OperatorClaim, claim);
        claim
    }

    /// Posts what was recovered of legs to whoever advanced it: operator, platform, reserve; what is left when nobody
    /// has advanced anything goes to the reserve (ORDER-6).
    fn repay(&mut self, recovered: Money) -> Repaid {
        let mut left = recovered;
        let mut back = |engine: &mut Engine, advanced| {
            let repaid = left.min(engine.available(Account::programme(advanced)));
            engine.debit(advanced, repaid);
            left = left.saturating_sub(repaid);
            repaid
        };
        let operator = back(self, AccountKind::AdvancedOperator);
        let platform = back(self, AccountKind::AdvancedPlatform);
        let reserve = back(self, AccountKind::AdvancedReserve);
        let unclaimed = left;
        let operator_claim = self.credit_operator(operator);
        self.credit(AccountKind::PlatformRevenue, platform);
        self.credit(AccountKind::RefundReserve, reserve.add_within_limit(unclaimed));
        self.debit(AccountKind::RefundRecoverable, unclaimed);
        Repaid { operator, operator_claim, platform, reserve, unclaimed, fund: Money::ZERO }
    }

    /// Money on an account of a debtor pays `amount` of one of its debts.
    fn pay_debt(&mut self, debtor: Debtor, from: Account, debt: Debt, amount: Money) {
        let Debt { order, origin, operator, .. } = debt;
        self.post(from, -i128::from(amount.minor()));
        self.post(debtor.receivable(), i128::from(amount.minor()));
        let mut of_operator = Money::ZERO;
        let to = match origin {
            DebtOrigin::Leg | DebtOrigin::Pool => self.repay(amount),
            DebtOrigin::Release(fund) => {
                self.debit(AccountKind::RefundRecoverable, amount);
                self.post(Account::fund(AccountKind::Fund, fund), i128::from(amount.minor()));
                Repaid { fund: amount, ..Repaid::default() }
            }
            DebtOrigin::Bonus => {
                self.debit(AccountKind::RefundRecoverable, amount);
                of_operator = amount.min(operator);
                self.return_bonus(amount, of_operator)
            }
        };
        let (operator, to) = (of_operator, Box::new(to));
        let retention_pending_cut = match debtor {
            Debtor::Member(member) => self.retention_pending_cut(member),
            Debtor::Merchant(_)
            | Debtor::Platform
            | Debtor::Reserve
            | Debtor::Undistributed
            | Debtor::Fund(_) => Money::ZERO,
        };
        self.commit(Event::ReceivableNetted {
            debtor,
            order,
            origin,
            amount,
            operator,
            retention_pending_cut,
            to,
        });
    }

    /// COMM-8a: of a wallet that is charged, money whose retention was taken goes first. By how much what a member has before
    /// retention falls with the transaction being prepared.
    pub(super) fn retention_pending_cut(&self, member: MemberNo) -> Money {
        let retention_pending = self.state.withdrawals.retention_pending(member);
        if retention_pending.is_zero() {
            return retention_pending;
        }
        beyond(retention_pending, self.wallet_after(member))
    }

    fn wallet_after(&self, member: MemberNo) -> i128 {
        let wallet = Account::member(AccountKind::WalletCash, member);
        self.state.ledger.balance(wallet) + self.log.pending(wallet)
    }

    /// The same of everybody whom a late refund charges, each as if the charges were made one after the other.
    pub(super) fn cut_retention_pending(&self, late: &mut PostSettlementRefund, buyer: MemberNo) {
        let of = |member: MemberNo, back: &[CommissionClawback]| -> i128 {
            let own = back.iter().filter(|back| back.member == member);
            own.map(|back| i128::from(back.adjustment.minor() - back.recovered.minor())).sum()
        };
        let cut_of = |member: MemberNo, done: &[CommissionClawback], later: &[CommissionClawback]| {
            let cut = done.iter().filter(|back| back.member == member);
            let cut = cut.fold(Money::ZERO, |sum, back| sum.add_within_limit(back.retention_pending_cut));
            let retention_pending = self.state.withdrawals.retention_pending(member).saturating_sub(cut);
            beyond(retention_pending, self.wallet_after(member) - of(member, later))
        };
        for at in 0..late.commissions.len() {
            let (done, rest) = late.commissions.split_at_mut(at);
            if let Some((charged, later)) =
                rest.split_first_mut().filter(|(back, _)| !back.recovered.is_zero())
            {
                charged.retention_pending_cut = cut_of(charged.member, done, later);
            }
        }
        if !late.from_buyer.is_zero() {
            late.retention_pending_cut = cut_of(buyer, &late.commissions, &late.commissions);
        }
    }

    /// Posts a bonus that comes back to who paid it: `operator` of it to the operator first, the rest to the platform.
    /// It is no income of the platform (ORDER-6).
    pub(crate) fn return_bonus(&mut self, amount: Money, operator: Money) -> Repaid {
        let platform = amount.saturating_sub(operator);
        let operator_claim = self.credit_operator(operator);
        self.credit(AccountKind::PlatformRevenue, platform);
        Repaid { operator, operator_claim, platform, ..Repaid::default() }
    }

    /// Nets what somebody just got on an account against what it owes, the oldest debt first (ORDER-6, COMM-9). Each
    /// debt that is paid is an event of its own, after that of the income.
    #[inline]
    pub(crate) fn net(&mut self, debtor: Debtor, from: Account, amount: Money) {
        if !self.state.debts.is_empty() {
            self.net_debts(debtor, from, amount);
        }
    }

    #[inline(never)]
    fn net_debts(&mut self, debtor: Debtor, from: Account, amount: Money) {
        let mut left = amount;
        while !left.is_zero() {
            let Some(debt) = self.state.debts.oldest(debtor) else { return };
            let part = left.min(debt.amount);
            left = left.saturating_sub(part);
            self.pay_debt(debtor, from, debt, part);
        }
    }

    /// The same of a member's cash.
    #[inline]
    pub(crate) fn net_member(&mut self, member: MemberNo, amount: Money) {
        let debtor = Debtor::Member(member);
        self.net(debtor, debtor.income(), amount);
    }

    /// The same of what became payable to a merchant.
    #[inline]
    pub(crate) fn net_merchant(&mut self, merchant: MerchantNo, amount: Money) {
        let debtor = Debtor::Merchant(merchant);
        self.net(debtor, debtor.income(), amount);
    }

    /// The same of income of a programme account.
    #[inline]
    pub(crate) fn net_income(&mut self, debtor: Debtor, amount: Money) {
        self.net(debtor, debtor.income(), amount);
    }

    /// ORDER-6j: the same of what is no earning: a sale, an exit, a fill, a rebate, the end. Only where the plan has it.
    #[inline]
    pub(crate) fn net_credit(&mut self, member: MemberNo, amount: Money) {
        if !self.state.debts.is_empty() && self.plan.wallet.net_receivables {
            self.net_member(member, amount);
        }
    }

    /// ORDER-6j: the same of cash whose retention is still to be taken: of the part that pays debts it is taken now.
    #[inline]
    pub(crate) fn net_retention_pending(&mut self, member: MemberNo, gross: Money) {
        if !self.state.debts.is_empty() && self.plan.wallet.net_receivables {
            let owed = self.state.debts.sum(Debtor::Member(member));
            let (part, kept) = self.part_for(member, owed, gross);
            self.take_retention(member, part, kept);
            self.net_member(member, part.saturating_sub(kept));
        }
    }

    /// The smallest part of a member's cash with its retention still in it, oldest first, that pays `owed` after it, and that
    /// retention; at most `cash`.
    fn part_for(&self, member: MemberNo, owed: Money, cash: Money) -> (Money, Money) {
        let whole = u128::from(Rate::ONE.ppm());
        let (mut part, mut kept) = (Money::ZERO, Money::ZERO);
        for (version, there) in self.state.withdrawals.oldest(member, cash, self.state.version()) {
            let left = owed.saturating_sub(part.saturating_sub(kept));
            if left.is_zero() {
                break;
            }
            let retention = self.state.retention_at_withdrawal(version);
            let rest = whole.saturating_sub(u128::from(retention.ppm()));
            // ceil(left / (1 − retention)): a charge rounds up, as the retention does.
            let wanted = mul_div(left.as_u128(), whole, rest, Rounding::Up).and_then(Money::from_wide);
            let taken = wanted.map_or(there, |wanted| wanted.min(there));
            (part, kept) = (part.add_within_limit(taken), kept.add_within_limit(retention.ceil_of(taken)));
        }
        (part, kept)
    }

    fn take_retention(&mut self, member: MemberNo, amount: Money, kept: Money) {
        if amount.is_zero() {
            return;
        }
        let to_residual = self.state.pair().supply.is_zero();
        let to = if to_residual { AccountKind::PoolResidual } else { AccountKind::PoolAssets };
        self.post(Account::member(AccountKind::WalletCash, member), -i128::from(kept.minor()));
        self.credit(to, kept);
        self.commit(Event::RetentionTaken { member, amount, retained: kept, to_residual });
    }

    /// ORDER-6j: what a withdrawal takes first of a wallet for debts: money without retention to come, then the rest.
    pub(crate) fn owed_of_wallet(&self, member: MemberNo) -> OwedOfWallet {
        if self.state.debts.is_empty() || !self.plan.wallet.net_receivables {
            return OwedOfWallet::default();
        }
        let owed = self.state.debts.sum(Debtor::Member(member));
        let retention_pending = self.state.withdrawals.retention_pending(member);
        let cash = self.available(Account::member(AccountKind::WalletCash, member));
        let free = owed.min(cash.saturating_sub(retention_pending));
        let (part, kept) = self.part_for(member, owed.saturating_sub(free), retention_pending);
        OwedOfWallet { free, part, kept }
    }

    /// Takes it.
    pub(super) fn take_owed(&mut self, member: MemberNo, owed: OwedOfWallet) {
        let OwedOfWallet { free, part, kept } = owed;
        self.net_member(member, free);
        self.take_retention(member, part, kept);
        self.net_member(member, part.saturating_sub(kept));
    }

    /// ORDER-6: what the pool returned beyond this refund's part is recovered money: the platform owes less for pool
    /// legs, and who advanced gets it back.
    pub(super) fn recover_surplus(&mut self, order: OrderNo, surplus: Money) {
        let mut left = surplus;
        let pool = |debt: &&Debt| debt.origin == DebtOrigin::Pool;
        let clearing = Account::programme(AccountKind::RefundClearing);
        loop {
            let debt = self.state.debts.of(Debtor::Platform).find(pool).copied();
            let Some(debt) = debt.filter(|_| !left.is_zero()) else { break };
            let part = left.min(debt.amount);
            left = left.saturating_sub(part);
            self.pay_debt(Debtor::Platform, clearing, debt, part);
        }
        if !left.is_zero() {
            self.debit(AccountKind::RefundClearing, left);
            self.credit(AccountKind::RefundRecoverable, left);
            let to = Box::new(self.repay(left));
            self.commit(Event::SurplusRecovered { order, amount: left, to });
        }
    }

    /// Of members who are about to get something, those who owe.
    pub(super) fn who_owes(
        &self,
        earnings: impl Iterator<Item = (MemberNo, Money)>,
    ) -> Vec<(MemberNo, Money)> {
        if self.state.debts.is_empty() {
            return Vec::new();
        }
        earnings.filter(|(member, _)| !self.state.debts.sum(Debtor::Member(*member)).is_zero()).collect()
    }

    /// What a member can be netted of an earning of `amount`, oldest debts first.
    pub(crate) fn netted_of(&self, member: MemberNo, amount: Money) -> Money {
        if self.state.debts.is_empty() {
            return Money::ZERO;
        }
        amount.min(self.state.debts.sum(Debtor::Member(member)))
    }

    /// REL-4b, WALLET-3: what becomes of an earning.
    pub(crate) fn earning_of(&self, member: MemberNo, money: Money, reconsume: Rate) -> Earning {
        let netted = self.netted_of(member, money);
        let rest = money.saturating_sub(netted);
        // The cash part rounds down; re-consumption takes the rest (WALLET-3).
        let cash = Rate::from_ppm(Rate::ONE.ppm() - reconsume.ppm()).floor_of(rest);
        Earning { netted, cash, goods: rest.saturating_sub(cash) }
    }

    /// Posts an earning to a member; of what is left after netting `reconsume` goes to the re-consumption wallet
    /// (WALLET-3). The caller posts where it comes from, and nets it with [`Engine::net_member`] after its event.
    #[inline]
    pub(crate) fn credit_earning(&mut self, member: MemberNo, money: Money, reconsume: Rate) {
        let Earning { netted, cash, goods } = self.earning_of(member, money, reconsume);
        self.post(
            Account::member(AccountKind::WalletCash, member),
            i128::from(cash.add_within_limit(netted).minor()),
        );
        self.post(Account::member(AccountKind::WalletReconsume, member), i128::from(goods.minor()));
    }

    /// Posts what becomes payable to a merchant; the caller nets it with [`Engine::net_merchant`] after its event.
    pub(crate) fn pay_merchant(&mut self, merchant: MerchantNo, amount: Money) {
        self.post(Account::merchant(AccountKind::MerchantPayable, merchant), i128::from(amount.minor()));
    }

    /// Posts the difference of one leg, and says what its beneficiary lacks or got.
    pub(super) fn reverse_leg(
        &mut self,
        debtor: Debtor,
        before: Money,
        after: Money,
        reversal: &mut Reversal,
    ) {
        let gain = after.saturating_sub(before);
        if !gain.is_zero() {
            self.post(debtor.income(), i128::from(gain.minor()));
            reversal.gains.push((debtor, gain));
            return;
        }
        let wanted = before.saturating_sub(after);
        let clawback = match debtor {
            Debtor::Merchant(merchant) => {
                let deposit = Account::merchant(AccountKind::MerchantDeposit, merchant);
                self.charge(wanted, &[debtor.income(), deposit])
            }
            Debtor::Member(_)
            | Debtor::Platform
            | Debtor::Reserve
            | Debtor::Undistributed
            | Debtor::Fund(_) => self.charge(wanted, &[debtor.income()]),
        };
        reversal.falls_short(debtor, DebtOrigin::Leg, clawback.receivable);
    }
}

/// What of the money before retention a wallet with this balance does not hold any more.
fn beyond(retention_pending: Money, wallet: i128) -> Money {
    let left = u128::try_from(wallet).ok().and_then(Money::from_wide);
    left.map_or(Money::ZERO, |left| retention_pending.saturating_sub(left))
}
