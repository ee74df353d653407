//! The naive reference model: every rule of this release, written the slow and obvious way.
//!
//! Written from `docs/spec/` and never from the engine, so that a difference between the two is a mistake in
//! one of them or a hole in the text. Plain lists and maps; the cascade scans everybody each time; products
//! that do not fit in 128 bits are done in big integers; a split multiplies every record there and then.
//! Limits of the engine (`limit_reached`) are modelled only where a rule of the text states them for one command.

mod amendments;
mod arithmetic;
mod campaigns;
mod chain;
mod claims;
mod commission;
mod coupons;
mod debts;
mod draws;
mod emission;
mod equity;
mod funding;
mod loyalty;
mod market;
mod merchant;
mod network;
mod orders;
mod payments;
mod pool;
mod release;
mod relist;
mod stock;
mod timers;
mod wallet;
mod wind_down;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::amendments::Amendment;
use self::arithmetic::{floor_ratio, floor_units, wide};
pub(crate) use self::campaigns::{Campaign, Group, GroupState, VoucherState, amount_of_piece};
use self::chain::Place;
pub(crate) use self::claims::Claim;
pub(crate) use self::coupons::{Coupon, CouponState};
pub(crate) use self::draws::BoxState;
use self::emission::{Issue, ValueLot};
use self::equity::{Commitment, Window};
use self::funding::{Round, RoundTerms};
use self::loyalty::LoyaltyLot;
use self::market::{NewOffer, Offer};
pub(crate) use self::merchant::MerchantState;
use self::merchant::{Application, Product};
use self::network::Agent;
pub(crate) use self::network::TERRITORIES;
pub(crate) use self::orders::Line;
use self::orders::{Order, OrderState};
use self::payments::{Payment, Resolution};
use self::pool::{Disposal, Lot, Queued, RedemptionRequest};
use self::release::ReleaseLot;
pub(crate) use self::relist::GoodsState;
use self::stock::Sku;
use self::wallet::{Withdrawal, WithdrawalState};
use self::wind_down::Proposal;
pub(crate) use self::wind_down::WindDown;
use super::snapshot::{
    AccountsSnapshot, MemberSnapshot, MerchantSnapshot, PoolSnapshot, Snapshot, TotalsSnapshot,
};
use crate::amount::UNITS_PER_POINT;
use crate::command::{AgeBand, Command, Envelope, Region};
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::Plan;
use crate::rejection::Rejection;
use crate::time::{DAY_US, SECOND_US, Timestamp};

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NaiveOutcome {
    /// Done.
    Applied,
    /// Done before under the same key; nothing changed (IDEM-1).
    Replayed,
    /// Not done; only work that was due before it was (TIME-2).
    Rejected(Rejection),
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: Id,
    joined_at: i64,
    pub(crate) cash: i128,
    pub(crate) reconsume: i128,
    pub(crate) hold: i128,
    pub(crate) retention_pending: i128,
    /// Of it, what was sold under older plans with another retention, by version (AMEND-3).
    older: BTreeMap<usize, i128>,
    pub(crate) points: u128,
    spent: i128,
    cash_received: i128,
    exits: u64,
    /// Number of the present cycle; a lot belongs to the cycle in which its line settled.
    cycle: u64,
    cap_base: i128,
    earned: u128,
    /// Gross of the present cycle's sales.
    realised: i128,
    pub(crate) referrer: Option<usize>,
    pub(crate) suspended: bool,
    /// What its refunds were cut by (ORDER-6c).
    set_off: i128,
    /// Owed in loyalty points (LOY-4a).
    pub(super) loyalty_owed: i128,
    /// Days before it count for no tier any more (LOY-5d).
    pub(super) loyalty_since: i64,
    /// Place in the plan.
    pub(crate) rank: Option<usize>,
    /// As counted at the last close with a settlement.
    team_volume: i128,
    /// Own volume above zero at the last close with a settlement (NET-3).
    had_bought: bool,
    /// In the dividend, in millionths.
    pub(crate) weight: u64,
    /// Completions of tasks that counted: the local day, and the task's place in the plan (0 for the one without a name).
    completions: Vec<(i64, usize)>,
    /// Release points released and not yet converted (REL-4).
    release_fraction: u128,
    /// Free emission points.
    pub(crate) emission: u128,
    emission_reserved: u128,
    /// What is left of its legacy claims.
    pub(crate) claim: i128,
    shares: i128,
    /// Its age as far as it matters, and whether a guardian consents.
    pub(crate) age: Option<(AgeBand, bool)>,
    /// In the team tree.
    place: Option<Place>,
    /// Whose position it is (ACC-3a).
    pub(crate) person: Option<Id>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Merchant {
    pub(crate) payable: i128,
    /// Asked to be paid out.
    hold: i128,
    /// None for who is only named in order lines.
    pub(crate) application: Option<Application>,
}

/// What happens by itself when time passes it, after the close of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Settlement { order: usize },
    WaitingContributions { order: usize },
}

#[derive(Clone, Copy, Debug)]
struct Scheduled {
    at: i64,
    /// Order of creation.
    sequence: u64,
    due: Due,
}

/// The naive reference model.
#[derive(Clone, Debug)]
pub struct Naive {
    /// In force.
    plan: Plan,
    /// All that were in force, the one in force last; things keep their place in it.
    versions: Vec<Plan>,
    /// The local days with which they began.
    first_days: Vec<i64>,
    pub(crate) amendments: BTreeMap<Id, Amendment>,
    approvals: u64,
    now: i64,
    /// Of the command being carried out: when it happened (TIME-4).
    happened_at: i64,
    /// Applied commands by key.
    keys: BTreeMap<Id, (Id, Option<Timestamp>, Command)>,

    pub(crate) members: Vec<Member>,
    member_numbers: BTreeMap<Id, usize>,
    pub(crate) merchants: BTreeMap<String, Merchant>,
    pub(crate) orders: Vec<Order>,
    order_numbers: BTreeMap<Id, usize>,
    refunds: BTreeSet<Id>,
    pub(crate) withdrawals: Vec<Withdrawal>,
    withdrawal_numbers: BTreeMap<Id, usize>,
    pub(crate) disposals: BTreeMap<Id, Disposal>,

    scheduled: Vec<Scheduled>,
    next_sequence: u64,
    alarms: Vec<timers::Set>,
    next_alarm: u64,

    bank: i128,
    escrow: i128,
    commission_undistributed: i128,
    /// In file order.
    funds: Vec<i128>,
    platform_revenue: i128,
    refund_reserve: i128,
    /// In the order in which they were booked.
    debts: Vec<debts::Owed>,
    /// By reserve, platform and operator.
    advanced: [i128; 3],
    pub(crate) operator_due: i128,
    pub(crate) operator_claim: i128,
    operator_hold: i128,
    /// What members were paid in the pass of a release that is going on, to be netted after it.
    to_net: Vec<(usize, i128)>,
    tax_payable: i128,

    pub(crate) assets: i128,
    pub(crate) supply: u128,
    house: u128,
    exponent: u32,
    pub(crate) epoch: u32,
    pub(crate) residual: BTreeMap<u32, i128>,
    /// Gross sold by (epoch, member).
    sellers: BTreeMap<(u32, usize), i128>,
    /// The price the next first mint uses: minor units for so many units of points.
    start_price: (u128, u128),
    lots: Vec<Lot>,
    next_mint: u64,
    queue: Vec<Queued>,
    requests: Vec<RedemptionRequest>,

    contributions: i128,
    injected: i128,
    paid_out: i128,
    retained: i128,
    returned: i128,
    exits: u64,

    /// The local day of the first command that was applied (EMIT-2a).
    first_day: Option<i64>,
    /// The last local day that was closed because there is an emission.
    last_closed: Option<i64>,
    /// When the next dividend is due.
    next_dividend: Option<i64>,
    /// Whether something settled today and the day's close counts volumes.
    settled_today: bool,
    /// The close that today needs because a task was done or something settled.
    asked_close: Option<i64>,
    pub(crate) agents: Vec<Agent>,
    /// Bases settled, and bases refunded late as negative ones, since the period began.
    settled_in_period: Vec<i128>,
    deficit: i128,
    dividend_pot: i128,
    release_lots: Vec<ReleaseLot>,
    release_shortfall: i128,
    value_lots: Vec<ValueLot>,
    /// Ever granted, less what refunds took from lots.
    value_granted: u128,
    value_released: u128,
    emission_scheduled: u128,
    emission_issued: u128,
    pub(crate) emission_reserve: u128,
    emission_platform: u128,
    emission_burned: u128,
    guide_released: u128,
    guide_issued: u128,
    pub(crate) issues: BTreeMap<Id, Issue>,
    pub(crate) tips: BTreeSet<Id>,
    pub(crate) products: BTreeMap<Id, Product>,

    pub(crate) skus: BTreeMap<Id, Sku>,
    pub(crate) coupons: BTreeMap<Id, Coupon>,
    /// In the order of their creation.
    loyalty_lots: Vec<LoyaltyLot>,
    /// What the operator paid for points and did not get back (LOY-1a).
    loyalty_by_operator: i128,
    pub(crate) campaigns: Vec<Campaign>,
    pub(crate) groups: Vec<Group>,
    commitments_used: BTreeSet<Hash32>,
    /// Boxes opened: campaign, member, place of the item.
    openings: Vec<(usize, usize, usize)>,
    pub(crate) purchases: BTreeSet<Id>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) market_halted: bool,
    fund_deposits: i128,
    pub(crate) rounds: Vec<Round>,
    funding_rounds: i128,
    pub(crate) windows: Vec<Window>,
    wishes: Vec<Commitment>,
    /// Ids of commitments and allotments.
    pub(crate) allotments: BTreeSet<Id>,
    shares_issued: i128,
    equity_issuer: i128,
    pub(crate) claims: BTreeMap<Id, Claim>,
    pub(crate) grants: BTreeSet<Id>,
    pub(crate) proposals: BTreeMap<Id, Proposal>,
    pub(crate) wind_down: WindDown,
    /// What the last review found against it (GATE-2).
    pub(crate) findings: Vec<String>,
    pub(crate) payments: BTreeMap<Id, Payment>,
    pub(crate) resolutions: BTreeMap<Id, Resolution>,
    /// Corners of the rules that were reached, for the tests of the random programs.
    corners: BTreeSet<&'static str>,
}

impl Naive {
    /// A programme at genesis.
    pub fn new(plan: &Plan) -> Naive {
        let mut naive = Naive {
            plan: plan.clone(),
            versions: vec![plan.clone()],
            first_days: vec![i64::MIN],
            amendments: BTreeMap::new(),
            approvals: 0,
            now: 0,
            happened_at: 0,
            keys: BTreeMap::new(),
            members: Vec::new(),
            member_numbers: BTreeMap::new(),
            merchants: BTreeMap::new(),
            orders: Vec::new(),
            order_numbers: BTreeMap::new(),
            refunds: BTreeSet::new(),
            withdrawals: Vec::new(),
            withdrawal_numbers: BTreeMap::new(),
            disposals: BTreeMap::new(),
            scheduled: Vec::new(),
            next_sequence: 0,
            alarms: Vec::new(),
            next_alarm: 0,
            bank: 0,
            escrow: 0,
            commission_undistributed: 0,
            funds: vec![0; plan.split.funds.len()],
            platform_revenue: 0,
            refund_reserve: 0,
            debts: Vec::new(),
            advanced: [0; 3],
            operator_due: 0,
            operator_claim: 0,
            operator_hold: 0,
            to_net: Vec::new(),
            tax_payable: 0,
            assets: 0,
            supply: 0,
            house: 0,
            exponent: 0,
            epoch: 0,
            residual: BTreeMap::new(),
            sellers: BTreeMap::new(),
            start_price: (0, 1),
            lots: Vec::new(),
            next_mint: 0,
            queue: Vec::new(),
            requests: Vec::new(),
            contributions: 0,
            injected: 0,
            paid_out: 0,
            retained: 0,
            returned: 0,
            exits: 0,
            first_day: None,
            last_closed: None,
            next_dividend: None,
            settled_today: false,
            asked_close: None,
            agents: Vec::new(),
            settled_in_period: Vec::new(),
            deficit: 0,
            dividend_pot: 0,
            release_lots: Vec::new(),
            release_shortfall: 0,
            value_lots: Vec::new(),
            value_granted: 0,
            value_released: 0,
            emission_scheduled: 0,
            emission_issued: 0,
            emission_reserve: 0,
            emission_platform: 0,
            emission_burned: 0,
            guide_released: 0,
            guide_issued: 0,
            issues: BTreeMap::new(),
            tips: BTreeSet::new(),
            products: BTreeMap::new(),
            skus: BTreeMap::new(),
            coupons: BTreeMap::new(),
            loyalty_lots: Vec::new(),
            loyalty_by_operator: 0,
            campaigns: Vec::new(),
            groups: Vec::new(),
            commitments_used: BTreeSet::new(),
            openings: Vec::new(),
            purchases: BTreeSet::new(),
            offers: Vec::new(),
            market_halted: false,
            fund_deposits: 0,
            rounds: Vec::new(),
            funding_rounds: 0,
            windows: Vec::new(),
            wishes: Vec::new(),
            allotments: BTreeSet::new(),
            shares_issued: 0,
            equity_issuer: 0,
            claims: BTreeMap::new(),
            grants: BTreeSet::new(),
            proposals: BTreeMap::new(),
            wind_down: WindDown::Not,
            findings: Vec::new(),
            payments: BTreeMap::new(),
            resolutions: BTreeMap::new(),
            corners: BTreeSet::new(),
        };
        if let Some(pool) = &plan.pool {
            let opening = pool.opening_price.as_u128();
            naive.start_price = (opening, UNITS_PER_POINT);
            // POOL-11a: n whole points at a whole price; nothing to round.
            let injection = i128::from(pool.house_points) * i128::from(pool.opening_price.minor());
            naive.house = u128::from(pool.house_points) * UNITS_PER_POINT;
            naive.supply = naive.house;
            naive.assets = injection;
            naive.injected = injection;
            naive.bank = injection;
        }
        naive
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The programme's time in microseconds.
    pub fn now_us(&self) -> i64 {
        self.now
    }

    /// Takes one command.
    pub fn submit(&mut self, envelope: &Envelope) -> NaiveOutcome {
        // IDEM-1: the key is looked up first, whatever the time is.
        if let Some((actor, happened_at, command)) = self.keys.get(&envelope.key) {
            if (actor, happened_at, command) == (&envelope.actor, &envelope.happened_at, &envelope.command) {
                return NaiveOutcome::Replayed;
            }
            return NaiveOutcome::Rejected(Rejection::KeyReused);
        }
        let at = envelope.at.us();
        if at < self.now {
            return NaiveOutcome::Rejected(Rejection::TimeWentBackwards);
        }
        if self.latest_at().is_some_and(|latest| at > latest) {
            return NaiveOutcome::Rejected(Rejection::AtTooFar);
        }
        if envelope.happened_at.is_some_and(|happened_at| happened_at.us() > at) {
            return NaiveOutcome::Rejected(Rejection::HappenedLater);
        }
        self.happened_at = envelope.happened_at.map_or(at, Timestamp::us);
        self.do_due_work(at);
        let before = self.now;
        self.now = at;
        // Each of these refuses before it changes anything.
        match self.dispatch(envelope) {
            Ok(()) => {
                let content = (envelope.actor.clone(), envelope.happened_at, envelope.command.clone());
                self.keys.insert(envelope.key.clone(), content);
                if self.first_day.is_none() {
                    let day = self.local_day(at);
                    self.first_day = Some(day);
                    self.next_dividend = self.period_end(day).map(|end| self.midnight_of(end));
                }
                NaiveOutcome::Applied
            }
            Err(rejection) => {
                self.now = before;
                NaiveOutcome::Rejected(rejection)
            }
        }
    }

    /// TIME-1: 400 days past the programme's time, once a command has set the start.
    pub(crate) fn latest_at(&self) -> Option<i64> {
        self.first_day.map(|_| self.now + 400 * DAY_US)
    }

    fn dispatch(&mut self, envelope: &Envelope) -> Result<(), Rejection> {
        let actor = &envelope.actor;
        self.allowed_after_close(&envelope.command)?;
        self.is_admitted(&envelope.command)?;
        match &envelope.command {
            Command::MemberJoin { member, referrer, region, person } => {
                self.join(member, referrer.as_ref(), *region, person.as_ref())
            }
            Command::OrderPlace { order, terms } => self.place(order, terms),
            Command::OrderPay { order, terms } => self.pay(order, terms.as_ref()),
            Command::OrderShip { order } => self.ship(order),
            Command::OrderReceive { order } => self.receive(order),
            Command::OrderClose { order } => self.close(order),
            Command::OrderRefund { refund, order, lines, freight, tax } => {
                let stated = [freight, tax].map(|part| part.map(|part| i128::from(part.minor())));
                self.refund(refund, order, lines.as_deref(), stated)
            }
            Command::GoodsReturn { order, line, pieces } => self.return_goods(order, &line.id, *pieces),
            Command::TimeAdvance {} => Ok(()),
            Command::PointsSell { member, points, min_net } => {
                self.sell(member, points, min_net.map(|least| i128::from(least.minor())))
            }
            Command::PoolInject { amount, source: _ } => self.inject(i128::from(amount.minor())),
            Command::ResidualPropose { disposal, method } => self.propose(actor, disposal, *method),
            Command::ResidualApprove { disposal } => self.approve_disposal(actor, disposal),
            Command::OperatorPay { amount } => self.operator_pays(i128::from(amount.minor())),
            Command::OperatorWithdraw { withdrawal, amount } => {
                self.operator_withdraws(actor, withdrawal, i128::from(amount.minor()))
            }
            Command::WalletWithdraw { withdrawal, member, amount } => {
                self.withdraw(actor, withdrawal, member, i128::from(amount.minor()))
            }
            Command::WalletApprove { withdrawal } => self.approve_withdrawal(actor, withdrawal),
            Command::WalletReject { withdrawal, reason } => self.reject_withdrawal(withdrawal, reason),
            Command::WalletSent { withdrawal } => {
                self.move_withdrawal(withdrawal, &[WithdrawalState::Approved], WithdrawalState::Sent)
            }
            Command::WalletUnknown { withdrawal } => {
                self.move_withdrawal(withdrawal, &[WithdrawalState::Sent], WithdrawalState::Unknown)
            }
            Command::WalletPaid { withdrawal } => self.pay_withdrawal(withdrawal),
            Command::WalletFailed { withdrawal } => self.fail_withdrawal(withdrawal),
            Command::MemberBind { member, referrer } => self.bind(member, referrer),
            Command::MemberSuspend { member, reason } => self.suspend(member, reason),
            Command::MemberResume { member } => self.resume(member),
            Command::TaskComplete { member, task } => self.complete_task(member, task.as_ref()),
            Command::AgentAppoint { member, territory, level } => self.appoint(member, *territory, *level),
            Command::AgentDismiss { member, territory } => self.dismiss(member, *territory),
            Command::ShareholderSet { member, weight } => self.set_shareholder(member, weight.millionths),
            Command::MerchantApply { merchant, member, order } => self.apply(actor, merchant, member, order),
            Command::MerchantApprove { merchant } => self.approve_merchant(actor, merchant),
            Command::MerchantReject { merchant, reason } => self.reject_merchant(merchant, reason),
            Command::MerchantSuspend { merchant, reason } => self.suspend_merchant(merchant, reason),
            Command::MerchantResume { merchant } => self.resume_merchant(merchant),
            Command::MerchantWithdraw { withdrawal, merchant, amount } => {
                self.withdraw_merchant(actor, withdrawal, merchant, i128::from(amount.minor()))
            }
            Command::ProductList { product, merchant, price, value_award, concession } => {
                self.list_product(product, merchant, *price, *value_award, *concession)
            }
            Command::ProductDelist { product } => self.delist_product(product),
            Command::TipGive { tip, merchant, member, size } => self.tip(tip, merchant, member, *size),
            Command::EmissionPropose { issue, member, points } => {
                self.propose_issue(actor, issue, member, *points)
            }
            Command::EmissionApprove { issue } => self.approve_issue(actor, issue),
            Command::SkuList { sku, terms } => self.list_sku(sku, terms),
            Command::SkuPrice { sku, price, cost } => self.price_sku(sku, *price, *cost),
            Command::SkuDelist { sku } => self.delist_sku(sku),
            Command::StockAdd { sku, quantity } => self.change_stock(sku, *quantity, true),
            Command::StockRemove { sku, quantity } => self.change_stock(sku, *quantity, false),
            Command::CouponIssue { coupon, rule, member } => self.issue_coupon(coupon, rule, member),
            Command::FundDeposit { fund, amount, source: _ } => {
                self.deposit(fund, i128::from(amount.minor()))
            }
            Command::PromotionOpen { campaign, promotion, sku, from, until, quota } => {
                self.open_campaign(campaign, promotion, sku, (from.us(), until.us()), *quota)
            }
            Command::PromotionCommit { campaign, commitments } => self.commit(campaign, commitments),
            Command::PromotionReveal { draw, seed } => self.reveal(draw, seed),
            Command::PromotionCancel { campaign, reason } => self.cancel_campaign(campaign, reason),
            Command::MemberAttest { member, age, consent } => self.attest(member, *age, *consent),
            Command::VoucherRedeem { order, merchant, code } => self.redeem_voucher(order, merchant, code),
            Command::RelistOffer { order } => self.offer_goods(order),
            Command::RelistBuy { purchase, order, member } => self.buy_goods(purchase, order, member),
            Command::RelistDeliver { order } => self.deliver_goods(order),
            Command::MarketOffer { offer, member, side, price, quantity, time_in_force } => {
                self.offer(NewOffer {
                    id: offer,
                    member,
                    side: *side,
                    price: i128::from(price.minor()),
                    quantity: i128::from(*quantity),
                    time_in_force: *time_in_force,
                })
            }
            Command::MarketCancel { offer } => self.cancel_offer(offer),
            Command::MarketHalt { reason } => self.halt(reason),
            Command::MarketResume {} => self.resume_market(),
            Command::FundRound { round, investor: _, amount, pool, subsidies, per_order, days } => {
                let [pool, subsidies, per_order] =
                    [pool, subsidies, per_order].map(|part| part.unwrap_or_default());
                let [amount, pool, subsidies, per_order] =
                    [*amount, pool, subsidies, per_order].map(|money| i128::from(money.minor()));
                self.fund_round(round, RoundTerms { amount, pool, subsidies, per_order, days: *days })
            }
            Command::EquityOpen { window, shares, price, closes_at } => {
                self.open_window(window, *shares, price.units(), closes_at.us())
            }
            Command::EquityCommit { commitment, window, member, points } => {
                self.commit_points(commitment, window, member, points.units())
            }
            Command::EquityAllot { allotment, member, shares } => self.allot(allotment, member, *shares),
            Command::ClaimImport { claim, member, amount, evidence: _ } => {
                self.import_claim(actor, claim, member, i128::from(amount.minor()))
            }
            Command::ClaimApprove { claim } => self.approve_claim(actor, claim),
            Command::ClaimGrant { grant, member, points, injection } => self.grant_points(
                grant,
                member,
                points.units(),
                i128::from(injection.unwrap_or_default().minor()),
            ),
            Command::PlanPropose { version, plan, opinions, effective_at } => {
                self.propose_plan(actor, version, plan, opinions.as_deref(), effective_at.us())
            }
            Command::PlanApprove { version, hash } => self.approve_plan(actor, version, *hash),
            Command::PlanWithdraw { version } => self.withdraw_plan(version),
            Command::WindDownPropose { wind_down, closes_at, reason } => {
                self.propose_end(actor, wind_down, closes_at.us(), reason)
            }
            Command::WindDownApprove { wind_down } => self.approve_end(actor, wind_down),
            Command::AdmissionReview { gate: _, findings } => self.review_admission(findings),
            Command::PaymentReceive { payment, order, sum } => {
                self.receive_payment(payment, sum.amount, sum.currency, order.as_ref())
            }
            Command::PaymentReturn { payment, sum } => self.return_payment(payment, sum.amount, sum.currency),
            Command::PaymentResolve { resolution, payment, target } => {
                self.resolve_payment(actor, resolution, payment, target)
            }
            Command::PaymentApprove { resolution } => self.approve_resolution(actor, resolution),
        }
    }

    /// TIME-2: everything due at or before `until`, by due time, then kind (TIME-2a: close of day, amendment, dividend, timers, the rest),
    /// then creation. Nothing is due after the end (WIND-4).
    fn do_due_work(&mut self, until: i64) {
        while self.wind_down != WindDown::Done {
            let close = self.next_close();
            let dividend = self.next_dividend;
            let next = self.scheduled.iter().min_by_key(|s| (s.at, s.sequence)).copied();
            let alarm = self.first_alarm();
            let amendment = self.next_amendment();
            let times = [close, amendment, dividend, alarm.map(|set| set.at), next.map(|next| next.at)];
            let Some(at) = times.into_iter().flatten().min().filter(|at| *at <= until) else {
                return;
            };
            if close == Some(at) {
                self.now = at;
                self.close_of_day(at);
            } else if amendment == Some(at) {
                self.now = at;
                self.amend();
            } else if dividend == Some(at) {
                self.now = at;
                self.pay_dividend();
                let next = self.period_end(self.local_day(at)).map(|end| self.midnight_of(end));
                self.next_dividend = next.filter(|next| *next > at);
            } else if let Some(set) = alarm.filter(|set| set.at == at) {
                self.now = at;
                self.ring(set);
            } else if let Some(next) = next {
                self.scheduled.retain(|s| s.sequence != next.sequence);
                if let Due::Settlement { order } = next.due
                    && self.orders[order].state != OrderState::Received
                {
                    // Refunded before it settled: nothing happens, and time does not move.
                    continue;
                }
                self.now = next.at;
                match next.due {
                    Due::Settlement { order } => self.settle(order),
                    Due::WaitingContributions { order } => {
                        self.contribute_waiting(order);
                        if self.waits(order) {
                            // It stays the same piece of work, so it keeps its place.
                            let at = self.next_midnight(self.now);
                            self.scheduled.push(Scheduled { at, ..next });
                        }
                    }
                }
            }
        }
    }

    /// When the next close of a day is due: the end of a day with sale requests (all of one day), with a task done or, where
    /// volumes count, with a settlement; with an emission, of every day from the first on.
    fn next_close(&self) -> Option<i64> {
        let requests = self.requests.first().map(|request| self.next_midnight(request.asked_at));
        let emission = self.plan.emission.as_ref().and(self.first_day).map(|first| {
            let day = self.last_closed.map_or(first, |last| last + 1);
            self.midnight_of(day + 1)
        });
        [requests, self.asked_close, emission].into_iter().flatten().min()
    }

    /// Today has something to close.
    fn needs_close(&mut self) {
        self.asked_close = Some(self.next_midnight(self.now));
    }

    /// The close of the local day that ends at `at`, its steps in their order.
    fn close_of_day(&mut self, at: i64) {
        let day = self.local_day(at - 1);
        self.asked_close = None;
        // A date that the zone leaves out is never the day; what is scheduled for it comes with the day before.
        let last = self.local_day(at) - 1;
        if self.plan.emission.is_some() {
            self.last_closed = Some(last);
        }
        if !self.requests.is_empty() {
            self.close_sales();
        }
        if std::mem::take(&mut self.settled_today) {
            self.close_ranks(day);
        }
        let released = self.close_value(day);
        self.close_release(day);
        self.close_emission(day..=last, &released);
    }

    pub(crate) fn corner(&mut self, name: &'static str) {
        self.corners.insert(name);
    }

    /// WIND-2: no contribution waits any more.
    fn forget_waiting(&mut self) {
        self.scheduled.retain(|s| matches!(s.due, Due::Settlement { .. }));
    }

    fn schedule(&mut self, at: i64, due: Due) {
        self.scheduled.push(Scheduled { at, sequence: self.next_sequence, due });
        self.next_sequence += 1;
    }

    /// Times in which the clock is not changed: from, until before, microseconds east of UTC (TIME-3).
    fn clock(&self) -> Vec<(i64, i64, i64)> {
        let calendar = &self.plan.programme.calendar;
        let Some(zone) = calendar.zone() else {
            let offset = calendar.offset_at(Timestamp::MIN).seconds();
            return vec![(i64::MIN, i64::MAX, i64::from(offset) * SECOND_US)];
        };
        let mut clock = vec![(i64::MIN, i64::MAX, i64::from(zone.offset) * SECOND_US)];
        for (at, offset) in &zone.transitions {
            clock.last_mut().expect("the first is there").1 = at * SECOND_US;
            clock.push((at * SECOND_US, i64::MAX, i64::from(*offset) * SECOND_US));
        }
        clock
    }

    /// TIME-3a: the latest local date that was on the clock up to then.
    fn local_day(&self, at: i64) -> i64 {
        let passed = self.clock().into_iter().filter(|(from, ..)| *from <= at);
        let days = passed.map(|(_, until, offset)| (at.min(until - 1) + offset).div_euclid(DAY_US));
        days.max().expect("the first is there")
    }

    /// The first local midnight after `at`; what is at 00:00 belongs to the new day.
    pub(crate) fn next_midnight(&self, at: i64) -> i64 {
        self.midnight_of(self.local_day(at) + 1)
    }

    /// The beginning of a local day; not past the end of time.
    fn midnight_of(&self, day: i64) -> i64 {
        self.beginning_of(day).min(Timestamp::MAX.us())
    }

    /// TIME-3a: the first instant at which this date or a later one is on the clock.
    fn beginning_of(&self, day: i64) -> i64 {
        for (from, until, offset) in self.clock() {
            let begins = from.max(day * DAY_US - offset);
            if begins < until {
                return begins;
            }
        }
        i64::MAX
    }

    /// TIME-3b: until when it is good what is good for so many days from now on.
    pub(super) fn good_until(&self, days: u32) -> i64 {
        self.beginning_of(self.local_day(self.now) + i64::from(days) + 1)
    }

    fn join(
        &mut self,
        member: &Id,
        referrer: Option<&Id>,
        region: Option<Region>,
        person: Option<&Id>,
    ) -> Result<(), Rejection> {
        if self.member_numbers.contains_key(member) {
            return Err(Rejection::MemberExists);
        }
        if let Some(referrer) = referrer {
            if referrer == member {
                return Err(Rejection::ReferrerIsSelf);
            }
            if !self.member_numbers.contains_key(referrer) {
                return Err(Rejection::ReferrerUnknown);
            }
        }
        Self::check_address(region)?;
        let above = referrer.and_then(|referrer| self.member_numbers.get(referrer).copied());
        let number = self.member_or_new(member);
        self.members[number].referrer = above;
        self.members[number].person = person.cloned();
        Ok(())
    }

    fn member_or_new(&mut self, id: &Id) -> usize {
        if let Some(number) = self.member_numbers.get(id) {
            return *number;
        }
        let number = self.members.len();
        self.member_numbers.insert(id.clone(), number);
        self.members.push(Member {
            id: id.clone(),
            joined_at: self.happened_at,
            cash: 0,
            reconsume: 0,
            hold: 0,
            retention_pending: 0,
            older: BTreeMap::new(),
            points: 0,
            spent: 0,
            cash_received: 0,
            exits: 0,
            cycle: 0,
            cap_base: 0,
            earned: 0,
            realised: 0,
            referrer: None,
            suspended: false,
            set_off: 0,
            loyalty_owed: 0,
            loyalty_since: i64::MIN,
            rank: None,
            team_volume: 0,
            had_bought: false,
            weight: 0,
            completions: Vec::new(),
            release_fraction: 0,
            emission: 0,
            emission_reserved: 0,
            claim: 0,
            shares: 0,
            age: None,
            place: None,
            person: None,
        });
        number
    }

    fn known_member(&self, id: &Id) -> Result<usize, Rejection> {
        self.member_numbers.get(id).copied().ok_or(Rejection::MemberUnknown)
    }

    /// The state as plain values.
    pub fn snapshot(&self) -> Snapshot {
        let members = self.members.iter().map(|member| {
            let values = MemberSnapshot {
                cash: member.cash,
                reconsume: member.reconsume,
                hold: member.hold,
                retention_pending: member.retention_pending,
                points: member.points,
                spent: member.spent,
                cash_received: member.cash_received,
                exits: member.exits,
                cap_base: member.cap_base,
                earned: member.earned.min((1 << 96) - 1),
            };
            (member.id.to_string(), values)
        });
        let merchants = self.merchants.iter().map(|(id, merchant)| {
            let receivable = self.owed_by(&debts::Who::Merchant(id.clone()));
            (id.clone(), MerchantSnapshot { payable: merchant.payable, receivable })
        });
        let merchants = merchants.filter(|(_, m)| m.payable != 0 || m.receivable != 0);
        let orders = self.orders.iter().map(|order| (order.id.to_string(), order.state.name().to_owned()));
        let withdrawals =
            self.withdrawals.iter().map(|w| (w.id.to_string(), w.state.name().to_owned())).collect();
        let residual = self.residual.iter().filter(|(_, amount)| **amount != 0);
        let funds = self.plan.split.funds.iter().zip(&self.funds);
        Snapshot {
            now_us: self.now,
            members: members.collect(),
            merchants: merchants.collect(),
            orders: orders.collect(),
            withdrawals,
            pool: PoolSnapshot {
                assets: self.assets,
                supply: self.supply,
                house: self.house,
                residual: residual.map(|(epoch, amount)| (*epoch, *amount)).collect(),
                exponent: self.exponent,
                epoch: self.epoch,
                mint_queue: self.queue.len(),
                mint_queue_amount: self.queue.iter().map(|queued| queued.amount).sum(),
                waiting: self.orders.iter().flat_map(|order| &order.lines).map(|line| line.waiting).sum(),
            },
            accounts: AccountsSnapshot {
                bank: self.bank,
                escrow: self.escrow,
                commission_undistributed: self.commission_undistributed,
                funds: funds.map(|(fund, amount)| (fund.name.clone(), *amount)).collect(),
                platform_revenue: self.platform_revenue,
                refund_reserve: self.refund_reserve,
                refund_recoverable: self.recoverable(),
                operator_due: self.operator_due,
                tax_payable: self.tax_payable,
            },
            totals: TotalsSnapshot {
                contributions: self.contributions,
                injected: self.injected,
                paid_out: self.paid_out,
                retained: self.retained,
                returned: self.returned,
                exits: self.exits,
            },
            others: self.others(),
        }
    }

    /// What [`Snapshot::others`] asks for.
    fn others(&self) -> BTreeMap<String, i128> {
        let mut others = BTreeMap::new();
        let mut put = |name: String, value: i128| {
            if value != 0 {
                others.insert(name, value);
            }
        };
        let units = |units: u128| i128::try_from(units).expect("points fit in 127 bits");
        let place = |rank: usize| i128::try_from(rank + 1).expect("few ranks");
        for (number, member) in self.members.iter().enumerate() {
            let id = &member.id;
            put(format!("members.{id}.joined_at"), member.joined_at.into());
            put(format!("members.{id}.suspended"), member.suspended.into());
            put(format!("members.{id}.rank"), member.rank.map_or(0, place));
            put(format!("members.{id}.team_volume"), member.team_volume);
            let (points, remaining) = self.release_points(number);
            put(format!("members.{id}.release_points"), units(points));
            put(format!("members.{id}.release_remaining"), units(remaining));
            put(format!("members.{id}.value_units"), units(self.value_units(number)));
            put(format!("members.{id}.emission_points"), units(member.emission));
            put(format!("members.{id}.emission_reserved"), units(member.emission_reserved));
            put(format!("members.{id}.weight_millionths"), member.weight.into());
            let (money, points) = self.held_in_market(number);
            put(format!("members.{id}.loyalty"), self.loyalty_of(number));
            put(format!("members.{id}.loyalty_owed"), self.members[number].loyalty_owed);
            let tier = self.plan.loyalty.as_ref().map_or(0, |plan| self.loyalty_tier(plan, number));
            put(format!("members.{id}.loyalty_tier"), i128::try_from(tier).expect("few tiers"));
            put(format!("members.{id}.market_hold"), money);
            put(format!("members.{id}.market_points"), units(points));
            put(format!("members.{id}.claim"), member.claim);
            put(format!("members.{id}.shares"), member.shares);
            put(format!("members.{id}.locked_points"), units(self.locked_points(number)));
            let (role, upline) = match member.place {
                None => (0, 0),
                Some(Place::Boss) => (1, 0),
                Some(Place::Agent { upline }) => (2, upline + 1),
            };
            put(format!("members.{id}.chain"), role);
            put(format!("members.{id}.chain_upline"), i128::try_from(upline).expect("few members"));
        }
        for (id, merchant) in &self.merchants {
            put(format!("merchants.{id}.hold"), merchant.hold);
            let state = merchant.application.as_ref().map_or(0, |application| match application.state {
                MerchantState::Applied => 1,
                MerchantState::Approved => 2,
                MerchantState::Rejected => 3,
                MerchantState::Suspended => 4,
            });
            put(format!("merchants.{id}.state"), state);
        }
        put("accounts.dividend_pot".to_owned(), self.dividend_pot);
        put("accounts.value_released".to_owned(), units(self.value_released));
        put("accounts.emission_platform".to_owned(), units(self.emission_platform));
        put("loyalty.operator".to_owned(), self.loyalty_by_operator);
        put("dividend.deficit".to_owned(), self.deficit);
        put("release.shortfall".to_owned(), self.release_shortfall);
        put("emission.issued".to_owned(), units(self.emission_issued));
        put("emission.reserve".to_owned(), units(self.emission_reserve));
        put("guide.released".to_owned(), units(self.guide_released));
        put("guide.issued".to_owned(), units(self.guide_issued));
        let wind_down = match self.wind_down {
            WindDown::Not => 0,
            WindDown::UnderWay | WindDown::Closing => 1,
            WindDown::Done => 2,
        };
        put("wind_down".to_owned(), wind_down);
        self.debt_numbers(&mut put);
        self.stock_numbers(&mut put);
        self.coupon_numbers(&mut put);
        self.campaign_numbers(&mut put);
        self.box_numbers(&mut put);
        self.goods_numbers(&mut put);
        self.offer_numbers(&mut put);
        self.round_numbers(&mut put);
        self.window_numbers(&mut put);
        self.claim_numbers(&mut put);
        self.payment_numbers(&mut put);
        others
    }

    /// What must hold in every state, whatever the rules say in detail; the error names what does not.
    pub fn audit(&self) -> Result<(), String> {
        let mut problems = Vec::new();
        let mut equal = |name: &str, left: i128, right: i128| {
            if left != right {
                problems.push(format!("{name}: {left} is not {right}"));
            }
        };
        let of_members: i128 = self.members.iter().map(|m| m.cash + m.reconsume + m.hold).sum();
        let in_market: i128 = (0..self.members.len()).map(|member| self.held_in_market(member).0).sum();
        let loyalty: i128 = self.loyalty_lots.iter().map(|lot| lot.left).sum();
        let payable: i128 = self.merchants.values().map(|m| m.payable + m.hold).sum();
        let residual: i128 = self.residual.values().sum();
        // LEDGER-1: everything that came in and did not go out lies in exactly one account.
        let accounts = of_members
            + in_market
            + loyalty
            + self.equity_issuer
            + self.funding_rounds
            + payable
            + self.escrow
            + self.commission_undistributed
            + self.funds.iter().sum::<i128>()
            + self.platform_revenue
            + self.refund_reserve
            + self.tax_payable
            + self.dividend_pot
            + self.suspense()
            + self.assets
            + residual
            + self.operator_claim
            + self.operator_hold
            - self.operator_due;
        equal("bank", self.bank, accounts);

        let in_orders: i128 = self.orders.iter().map(Order::money_in_escrow).sum();
        let queued: i128 = self.queue.iter().map(|queued| queued.amount).sum();
        equal("escrow", self.escrow, in_orders + queued);

        let held: i128 = self.withdrawals.iter().filter(|w| w.state.is_open()).map(|w| w.amount).sum();
        let holds: i128 = self.members.iter().map(|m| m.hold).sum();
        let holds = holds + self.operator_hold + self.merchants.values().map(|m| m.hold).sum::<i128>();
        equal("wallet.hold and merchant.hold", holds, held);

        let points: u128 = self.members.iter().map(|m| m.points).sum();
        if points.checked_add(self.house) != Some(self.supply) {
            problems.push(format!("supply: {} is not {points} + house {}", self.supply, self.house));
        }
        let mut in_lots = vec![0_u128; self.members.len()];
        for lot in &self.lots {
            in_lots[lot.member] += lot.remaining;
        }
        for (member, in_lots) in self.members.iter().zip(in_lots) {
            if in_lots != member.points {
                problems.push(format!("points of {}: {} is not {in_lots} in lots", member.id, member.points));
            }
            let amounts =
                [member.cash, member.reconsume, member.hold, member.retention_pending, member.cap_base];
            if amounts.iter().any(|amount| *amount < 0) || member.retention_pending > member.cash {
                problems.push(format!("a wallet is short: {member:?}"));
            }
        }
        self.audit_debts(&mut problems);
        self.audit_units(&mut problems);
        self.audit_stock(&mut problems);
        self.audit_campaigns(&mut problems);
        self.audit_chain(&mut problems);
        self.audit_market(&mut problems);
        for member in 0..self.members.len() {
            if self.locked_points(member) > self.members[member].points || self.members[member].claim < 0 {
                problems.push(format!("locks or claims of {}", self.members[member].id));
            }
        }
        // The bank alone may be short: by what the operator has not paid in yet.
        let mut amounts = vec![
            self.bank + self.operator_due,
            self.escrow,
            self.commission_undistributed,
            self.platform_revenue,
            self.refund_reserve,
            self.operator_due,
            self.tax_payable,
            self.dividend_pot,
            self.funding_rounds,
            self.equity_issuer,
            self.deficit,
            self.release_shortfall,
            self.assets,
        ];
        amounts.extend(self.merchants.values().map(|m| m.hold));
        amounts.extend(&self.funds);
        amounts.extend(self.residual.values());
        amounts.extend(self.merchants.values().map(|m| m.payable));
        amounts.extend(self.orders.iter().flat_map(|o| &o.lines).map(|line| line.waiting));
        if amounts.iter().any(|amount| *amount < 0) {
            problems.push(format!("an account is below zero: {amounts:?}"));
        }
        if (self.supply == 0) != (self.assets == 0) {
            problems.push(format!("pool {} with supply {}", self.assets, self.supply));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    }

    /// LEDGER-1 for release points, value units and emission points.
    fn audit_units(&self, problems: &mut Vec<String>) {
        let mut check = |holds: bool, problem: String| {
            if !holds {
                problems.push(problem);
            }
        };
        let remaining: u128 = self.value_lots.iter().map(|lot| lot.remaining).sum();
        check(self.value_granted == remaining + self.value_released, "value units".to_owned());
        let held: u128 = self.members.iter().map(|m| m.emission + m.emission_reserved).sum();
        let held = held + (0..self.members.len()).map(|member| self.held_in_market(member).1).sum::<u128>();
        let issued = held + self.emission_platform + self.emission_burned;
        check(self.emission_issued == issued, "emission issued".to_owned());
        check(self.emission_scheduled == self.emission_issued + self.emission_reserve, "schedule".to_owned());
        let mut of_products = vec![0; self.members.len()];
        for line in self.orders.iter().flat_map(|order| &order.lines).filter(|line| line.reserved > 0) {
            let application = self.merchants.get(&line.merchant).and_then(|m| m.application.as_ref());
            if let Some(application) = application {
                of_products[application.member] += line.reserved;
            }
        }
        for ((number, member), reserved) in self.members.iter().enumerate().zip(of_products) {
            check(member.emission_reserved == reserved, "emission reserved".to_owned());
            check(member.release_fraction < self.units_per_minor(), format!("fraction of {}", member.id));
            let mut above = member.referrer;
            while let Some(up) = above {
                check(up < number, format!("referrer of {} is not older", member.id));
                above = self.members[up].referrer;
            }
        }
        let cap = self.plan.emission.as_ref().map_or(0, |plan| plan.cap.units());
        check(self.emission_scheduled <= cap, "the schedule is above its cap".to_owned());
        check(self.release_lots.iter().all(ReleaseLot::is_sound), "a release lot".to_owned());
        check(self.value_lots.iter().all(ValueLot::is_sound), "a value lot".to_owned());
    }

    /// Whether this is a state in which refunds are legal (ORDER-1a).
    pub(crate) fn refundable(order: &Order) -> bool {
        matches!(
            order.state,
            OrderState::Paid | OrderState::Shipped | OrderState::Received | OrderState::Settled
        )
    }
}
