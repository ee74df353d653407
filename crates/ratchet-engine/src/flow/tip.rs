//! Tips: a merchant gives value units and pays emission points, part of which goes to the uplines of both sides and
//! the rest of which is burned (MERCH-2, MERCH-3).

use crate::amount::{AMOUNT_MAX, Money, Points, Rate};
use crate::command::TipSize;
use crate::engine::Engine;
use crate::event::{Event, TipGiven};
use crate::id::{Id, MemberNo, MerchantNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::merchant::{AWARD_MAX, MerchantState, TipStep, concession_value, merchant_value, tip_rewards};
use crate::rejection::Rejection;

/// A tip that nothing refuses.
pub(crate) struct CheckedTip {
    pub(crate) merchant: MerchantNo,
    pub(crate) giver: MemberNo,
    pub(crate) member: MemberNo,
    pub(crate) value: Points,
    /// For the giver.
    pub(crate) own: Points,
    pub(crate) concession: Option<Money>,
    /// What it costs.
    pub(crate) points: Points,
}

impl Engine {
    /// `tip.give`. Refuses: member_unknown, limit_reached, amount_not_positive, no_merchants, merchant_unknown,
    /// merchant_state, tip_exists, tip_to_self, insufficient_emission.
    pub(crate) fn give_tip(
        &mut self,
        tip: &Id,
        merchant: &Id,
        member: &Id,
        size: TipSize,
    ) -> Result<(), Rejection> {
        let checked = self.checked_tip(Some(tip), merchant, member, size)?;

        self.credit_accrued_emission(checked.giver);
        self.state.network.refresh();
        let rewards = self.tip_sides(&checked).concat();
        let CheckedTip { merchant, giver, member, value, own, concession, points } = checked;
        self.move_emission(Account::member(AccountKind::MemberEmission, giver), points, false);
        let mut burned = points;
        for (beneficiary, reward) in &rewards {
            self.move_emission(Account::member(AccountKind::MemberEmission, *beneficiary), *reward, true);
            burned = burned.checked_sub(*reward).expect("TIP_RATE_MAX leaves each side at most half");
        }
        self.move_emission(Account::programme(AccountKind::EmissionIssued), burned, true);
        let given = TipGiven {
            tip: tip.clone(),
            merchant,
            giver,
            member,
            value,
            merchant_value: own,
            points,
            burned,
            rewards,
            concession,
        };
        self.commit(Event::TipGiven(Box::new(given)));
        self.grant_value(member, value);
        self.grant_value(giver, own);
        Ok(())
    }

    /// What a tip is once nothing refuses it. Refuses as `tip.give` does; without an id not tip_exists.
    pub(crate) fn checked_tip(
        &self,
        tip: Option<&Id>,
        merchant: &Id,
        member: &Id,
        size: TipSize,
    ) -> Result<CheckedTip, Rejection> {
        let member = self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        let (value, concession) = self.tip_value(size)?;
        let share = self.plan.merchant.map_or(Rate::ZERO, |plan| plan.merchant_share);
        let own = merchant_value(share, value);
        if !self.state.merchant_records.totals.has_room_for(value.units() + own.units()) {
            return Err(Rejection::LimitReached);
        }
        if value.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let merchant = self.merchant_in(merchant, MerchantState::Approved)?;
        let giver = self.state.merchant_records.get(merchant).ok_or(Rejection::MerchantUnknown)?.member;
        if tip.is_some_and(|tip| self.find(KeyKind::Tip, tip.as_str()).is_some()) {
            return Err(Rejection::TipExists);
        }
        if giver == member {
            return Err(Rejection::TipToSelf);
        }
        let points = self.guide_cost(value);
        if points > self.free_emission(giver) {
            return Err(Rejection::InsufficientEmission);
        }
        Ok(CheckedTip { merchant, giver, member, value, own, concession, points })
    }

    /// What the uplines of the recipient and of the giver get of the points of a tip, near to far.
    pub(crate) fn tip_sides(&self, tip: &CheckedTip) -> [Vec<(MemberNo, Points)>; 2] {
        let of = |member, excluded| tip_rewards(tip.points, &self.tip_chain(member, excluded));
        [of(tip.member, tip.giver), of(tip.giver, tip.member)]
    }

    /// The value of a tip, and the concession if it was stated as one. Refuses: limit_reached.
    fn tip_value(&self, size: TipSize) -> Result<(Points, Option<Money>), Rejection> {
        let (value, concession) = match size {
            TipSize::Value(value) => (value, None),
            TipSize::Concession(concession) if concession.minor() > AMOUNT_MAX => {
                return Err(Rejection::LimitReached);
            }
            TipSize::Concession(concession) => {
                let decimals = self.plan.programme.currency.decimals;
                (concession_value(concession, decimals), Some(concession))
            }
        };
        if value > AWARD_MAX { Err(Rejection::LimitReached) } else { Ok((value, concession)) }
    }

    /// MERCH-3: the rank differential over the upline of one side of a tip, near to far, by the ranks of now. The other
    /// side counts as without rank. Each step is paid from the rate paid so far to its own.
    fn tip_chain(&self, member: MemberNo, excluded: MemberNo) -> Vec<TipStep> {
        let mut chain = Vec::new();
        let mut paid = Rate::ZERO;
        for upline in self.state.network.higher_uplines_without(member, excluded) {
            let rate = self.plan.ranks.get(upline.rank).map_or(Rate::ZERO, |rank| rank.tip_rate);
            if rate > paid {
                chain.push(TipStep { member: upline.member, from: paid, to: rate });
                paid = rate;
            }
        }
        chain
    }
}
