//! Random commands of distribution, release, emission and merchants.

use super::{AMOUNT_MAX, DAY_US, Generator, Kind, SECOND_US, START_US, id, money};
use crate::amount::{Money, Points, UNITS_PER_POINT};
use crate::command::{AgentLevel, Command, Millionths, OrderLine, OrderTerms, Region, TipSize};
use crate::id::Id;
use crate::plan::Plan;
use crate::testing::naive::{MerchantState, TERRITORIES};
use crate::testing::rng::Rng;

/// Codes that have the form of a region and stand in no table.
const NOWHERE: [u32; 3] = [330_199, 339_900, 480_000];
/// Days near edges of the calendar, counted from the usual start (2026-01-01): 27 and 29 February 2028, the last of 2026 and of
/// 2027, the last of January.
const STARTS: [i64; 6] = [787, 789, 364, 729, 30, 0];

/// What can be done with the mechanisms beside the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    Bind,
    Suspend,
    Task,
    Midnight,
    Agent,
    Shareholder,
    /// A step of an application.
    Merchant,
    Product,
    BuyProduct,
    Tip,
    Issue,
    /// A merchant's withdrawal.
    Payout,
    Illegal,
    Script,
}

/// Whether the plan has any mechanism beside the pool.
pub(super) fn is_rich(plan: &Plan) -> bool {
    plan.commission.is_some() || !plan.ranks.is_empty() || plan.release.is_some() || plan.value.is_some()
}

/// When a program begins.
pub(super) fn start(rng: &mut Rng) -> i64 {
    let day = STARTS.get(rng.index(12)).copied().unwrap_or(0);
    START_US + day * DAY_US + i64::try_from(rng.below(24)).unwrap_or(0) * 3_600 * SECOND_US
}

/// How often a kind is worth trying with this plan.
pub(super) fn usual_weight(plan: &Plan, mechanism: Mechanism) -> u64 {
    let if_on = |on: bool, weight: u64| if on { weight } else { 0 };
    let commission = plan.commission.as_ref();
    let tasks = plan.release.is_some() || plan.value.is_some();
    let rich = is_rich(plan);
    match mechanism {
        Mechanism::Bind | Mechanism::Suspend => if_on(rich, 2) + 1,
        Mechanism::Task => if_on(tasks, 25),
        Mechanism::Midnight => if_on(rich, 12),
        Mechanism::Agent => if_on(commission.is_some_and(|plan| plan.regional.is_some()), 5),
        Mechanism::Shareholder => if_on(commission.is_some_and(|plan| plan.dividend.is_some()), 3),
        Mechanism::Merchant | Mechanism::Tip | Mechanism::BuyProduct => if_on(plan.merchant.is_some(), 9),
        Mechanism::Product => if_on(plan.merchant.is_some(), 6),
        Mechanism::Issue => if_on(plan.emission.is_some(), 4),
        Mechanism::Payout => if_on(plan.merchant.is_some(), 6),
        Mechanism::Illegal => if_on(rich, 8) + 1,
        Mechanism::Script => if_on(rich, 3) + if_on(plan.merchant.is_some(), 3),
    }
}

impl Generator {
    pub(super) fn act_on(&mut self, mechanism: Mechanism) -> bool {
        match mechanism {
            Mechanism::Bind => self.bind(),
            Mechanism::Suspend => self.suspend(),
            Mechanism::Task => self.tasks(),
            Mechanism::Midnight => self.midnight(),
            Mechanism::Agent => self.agent(),
            Mechanism::Shareholder => self.shareholder(),
            Mechanism::Merchant => self.move_merchant(),
            Mechanism::Product => self.product(),
            Mechanism::BuyProduct => self.buy_product(),
            Mechanism::Tip => self.tip(),
            Mechanism::Issue => self.issue(),
            Mechanism::Payout => self.payout(),
            Mechanism::Illegal => self.illegal_mechanism(),
            Mechanism::Script => match self.rng.below(6) {
                0 | 5 => self.set_up_merchant(),
                1 => self.days_of_tasks(),
                2 => self.everybody_buys_once(),
                3 => self.refund_in_parts(),
                _ => self.claw_back_and_earn(),
            },
        }
    }

    // ---- what orders carry

    pub(super) fn zone(&mut self) -> Option<Id> {
        let release = self.plan.release.as_ref()?;
        let zones: Vec<String> = release.zones.iter().map(|(name, _)| name.clone()).collect();
        if zones.is_empty() {
            return self.rng.chance(5).then(|| id("anything"));
        }
        if self.rng.chance(45) { self.rng.pick(&zones).map(|zone| id(zone)) } else { None }
    }

    pub(super) fn address(&mut self) -> Option<Region> {
        if !self.rich || self.rng.chance(25) {
            return None;
        }
        let code = if self.rng.chance(85) {
            // Mostly districts: those have all three levels.
            [330_106, 330_106, 330_203, 440_106, 330_102, 330_100, 440_000].get(self.rng.index(7)).copied()
        } else {
            [110_101, 650_102, 820_000, 330_199, 999_999].get(self.rng.index(5)).copied()
        };
        Region::parse(&code.unwrap_or(330_106).to_string())
    }

    /// The last moment or the first of a month, a year, a February, a week; a year later now and then.
    pub(super) fn calendar_edge(&mut self) -> i64 {
        let today = self.now.div_euclid(DAY_US);
        let edges = [1, 28, 29, 31, 32, 59, 60, 7];
        let next = match self.rng.below(12) {
            0 => today + 365,
            1 => today + 366,
            _ => today + edges.get(self.rng.index(8)).copied().unwrap_or(1),
        };
        let midnight = self.naive.next_midnight(next * DAY_US);
        midnight - i64::try_from(self.rng.below(2)).unwrap_or(0)
    }

    // ---- the tree

    pub(super) fn referrer(&mut self) -> Id {
        let (newest, oldest) = self.shape;
        let known = self.naive.members.len();
        let at = match self.rng.below(100) {
            roll if roll < newest => known.saturating_sub(1),
            roll if roll < newest + oldest => 0,
            _ => self.rng.index(known),
        };
        self.naive.members.get(at).map_or_else(|| id("m1"), |member| member.id.clone())
    }

    pub(super) fn plant_tree(&mut self) {
        for _ in 0..self.rng.between(2, 9) {
            self.join();
        }
    }

    pub(super) fn pick_member(&mut self) -> Option<Id> {
        let at = self.rng.index(self.naive.members.len());
        self.naive.members.get(at).map(|member| member.id.clone())
    }

    fn bind(&mut self) -> bool {
        let roots = self.naive.members.iter().enumerate().skip(1).filter(|(_, m)| m.referrer.is_none());
        let roots: Vec<(usize, Id)> = roots.map(|(number, member)| (number, member.id.clone())).collect();
        let Some((number, member)) = self.rng.pick(&roots).cloned() else {
            return false;
        };
        let above = self.rng.index(number);
        let Some(referrer) = self.naive.members.get(above).map(|member| member.id.clone()) else {
            return false;
        };
        self.send_as("operator", Command::MemberBind { member, referrer })
    }

    fn suspend(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let known = self.naive.members.iter().find(|known| known.id == member);
        let command = if known.is_some_and(|known| known.suspended) {
            Command::MemberResume { member }
        } else {
            Command::MemberSuspend { member, reason: "sold soap".to_owned() }
        };
        self.send_as("operator", command)
    }

    // ---- days

    fn tasks(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let task = self.task();
        self.send(member.clone(), Command::TaskComplete { member, task })
    }

    /// One of the plan's tasks, if they have names.
    fn task(&mut self) -> Option<Id> {
        let tasks: Vec<String> = self.plan.tasks.iter().map(|task| task.id.clone()).collect();
        self.rng.pick(&tasks).map(|task| id(task))
    }

    fn midnight(&mut self) -> bool {
        self.now =
            self.naive.next_midnight(self.now) + i64::try_from(self.rng.below(2)).unwrap_or(0) * SECOND_US;
        self.send_as("operator", Command::TimeAdvance {})
    }

    /// Several days on which many do the task.
    fn days_of_tasks(&mut self) -> bool {
        if self.plan.release.is_none() && self.plan.value.is_none() {
            return false;
        }
        for _ in 0..self.rng.between(1, 3) {
            let members: Vec<Id> = self.naive.members.iter().map(|member| member.id.clone()).collect();
            for member in members {
                if self.rng.chance(70) {
                    for _ in 0..=self.plan.tasks.len().min(1) {
                        let (member, task) = (member.clone(), self.task());
                        self.send(member.clone(), Command::TaskComplete { member, task });
                    }
                }
            }
            self.midnight();
        }
        true
    }

    // ---- agents and shareholders

    fn territory(&mut self) -> (Region, AgentLevel) {
        // Mostly where the orders go.
        let code = if self.rng.chance(40) { Some(&330_106) } else { self.rng.pick(&TERRITORIES) };
        let code = code.copied().unwrap_or(330_106);
        let level = match code {
            code if code % 10_000 == 0 => AgentLevel::Province,
            code if code % 100 == 0 => AgentLevel::City,
            _ => AgentLevel::District,
        };
        (region(code), level)
    }

    fn agent(&mut self) -> bool {
        if self.rng.chance(25) && !self.naive.agents.is_empty() {
            let at = self.rng.index(self.naive.agents.len());
            if let Some(agent) = self.naive.agents.get(at).copied()
                && let Some(member) = self.naive.members.get(agent.member).map(|member| member.id.clone())
            {
                let territory = agent.territory;
                return self.send_as("operator", Command::AgentDismiss { member, territory });
            }
        }
        let Some(member) = self.pick_member() else {
            return false;
        };
        let (territory, level) = self.territory();
        self.send_as("operator", Command::AgentAppoint { member, territory, level })
    }

    fn shareholder(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let weights = [0, 1, 100_000, 200_000, 300_000, 1_000_000, 1_000_000_000_000];
        let weight_millionths = self.rng.pick(&weights).copied().unwrap_or(1);
        self.send_as(
            "operator",
            Command::ShareholderSet { member, weight: Millionths { millionths: weight_millionths } },
        )
    }

    // ---- merchants

    fn merchant_in(&mut self, states: &[Option<MerchantState>]) -> Option<Id> {
        let found: Vec<Id> = ["s1", "s2", "s3"]
            .into_iter()
            .filter(|name| {
                let known = self.naive.merchants.get(*name).and_then(|m| m.application.as_ref());
                states.contains(&known.map(|application| application.state))
            })
            .map(id)
            .collect();
        self.rng.pick(&found).cloned()
    }

    /// A member without a merchant, with an order that would do.
    fn pack(&mut self) -> Option<(Id, Id)> {
        let taken: Vec<usize> = self
            .naive
            .merchants
            .values()
            .filter_map(|merchant| merchant.application.as_ref())
            .filter(|application| application.state != MerchantState::Rejected)
            .map(|application| application.member)
            .collect();
        let paid = ["paid", "shipped", "received", "settled"];
        let orders = self.naive.orders.iter().filter(|order| paid.contains(&order.state.name()));
        let orders: Vec<(Id, Id)> = orders
            .filter(|order| !taken.contains(&order.member))
            .filter_map(|order| Some((self.naive.members.get(order.member)?.id.clone(), order.id.clone())))
            .collect();
        self.rng.pick(&orders).cloned()
    }

    fn apply(&mut self) -> bool {
        let free = self.merchant_in(&[None, Some(MerchantState::Rejected)]);
        let (Some(merchant), Some((member, order))) = (free, self.pack()) else {
            return false;
        };
        self.send(member.clone(), Command::MerchantApply { merchant, member, order })
    }

    fn move_merchant(&mut self) -> bool {
        let reason = "papers".to_owned();
        let (state, command): (MerchantState, fn(Id, String) -> Command) = match self.rng.below(10) {
            0..=2 => return self.apply(),
            3..=5 => (MerchantState::Applied, |merchant, _| Command::MerchantApprove { merchant }),
            6 => (MerchantState::Applied, |merchant, reason| Command::MerchantReject { merchant, reason }),
            7 => (MerchantState::Approved, |merchant, reason| Command::MerchantSuspend { merchant, reason }),
            _ => (MerchantState::Suspended, |merchant, _| Command::MerchantResume { merchant }),
        };
        match self.merchant_in(&[Some(state)]) {
            Some(merchant) => self.send_as("reviewer", command(merchant, reason)),
            None => self.apply(),
        }
    }

    /// An approved merchant and its member's free emission points.
    fn approved(&mut self) -> Option<(Id, Id, u128)> {
        let merchant = self.merchant_in(&[Some(MerchantState::Approved)])?;
        let application = self.naive.merchants.get(merchant.as_str())?.application.as_ref()?;
        let member = self.naive.members.get(application.member)?;
        Some((merchant, member.id.clone(), member.emission))
    }

    /// About as many value units as these points pay for, at most what any command may carry here.
    fn units_for(&mut self, points: u128) -> u128 {
        let mut units: u128 = 1;
        while units < 1_000_000 * UNITS_PER_POINT && self.naive.points_for_units(units * 2) <= points {
            units *= 2;
        }
        units
    }

    fn tip(&mut self) -> bool {
        let Some((merchant, owner, free)) = self.approved() else {
            return false;
        };
        let Some(member) = self.pick_member().filter(|member| *member != owner) else {
            return false;
        };
        let most = self.units_for(free);
        let size = if self.rng.chance(25) {
            TipSize::Concession(money(i64::try_from(self.rng.between(1, 5_000)).unwrap_or(1)))
        } else {
            TipSize::Value(Points::from_units(self.part(most)))
        };
        let used: Vec<Id> = self.naive.tips.iter().cloned().collect();
        let tip = match self.rng.pick(&used).cloned() {
            Some(used) if self.rng.chance(8) => used,
            _ => self.new_id("t"),
        };
        self.send(owner, Command::TipGive { tip, merchant, member, size })
    }

    fn product(&mut self) -> bool {
        if self.rng.chance(12) {
            let listed = self.naive.products.iter().filter(|(_, product)| product.listed);
            let listed: Vec<Id> = listed.map(|(id, _)| id.clone()).collect();
            if let Some(product) = self.rng.pick(&listed).cloned() {
                return self.send_as("operator", Command::ProductDelist { product });
            }
        }
        let Some((merchant, _, free)) = self.approved() else {
            return false;
        };
        let most = self.units_for(free / 3 + 1);
        let per_minor = self.naive.units_per_minor();
        // As high as its points allow, but at least as many units as the price has.
        let price = i64::try_from((most / per_minor).clamp(1, 1_000_000)).unwrap_or(1);
        let price = if self.rng.chance(70) { (price / 4).max(1) } else { price };
        let least = u128::from(price.unsigned_abs()) * per_minor;
        let award = if self.rng.chance(40) { least } else { least + least / 3 + 1 };
        let concession = match self.rng.below(3) {
            0 => None,
            1 => Some(money(price / 5)),
            _ => Some(money(price)),
        };
        let product = self.new_id("p");
        let (price, value_award) = (money(price), Points::from_units(award));
        self.send_as("operator", Command::ProductList { product, merchant, price, value_award, concession })
    }

    fn listed(&mut self) -> Option<(Id, String)> {
        let listed = self.naive.products.iter().filter(|(_, product)| product.listed);
        let listed: Vec<(Id, String)> =
            listed.map(|(id, product)| (id.clone(), product.merchant.clone())).collect();
        self.rng.pick(&listed).cloned()
    }

    fn product_terms(&mut self) -> Option<OrderTerms> {
        let (product, merchant) = self.listed()?;
        let member = self.pick_member()?;
        let mut terms = self.terms(member);
        let names = self.rng.chance(40);
        let quantity = [None, Some(1), Some(2), Some(3)].get(self.rng.index(4)).copied().flatten();
        let line: &mut OrderLine = terms.lines.first_mut()?;
        line.sku = Some(product);
        line.merchant = names.then(|| id(&merchant));
        line.quantity = quantity;
        if self.rng.chance(70) {
            line.contribution = None;
        }
        Some(terms)
    }

    fn buy_product(&mut self) -> bool {
        let Some(terms) = self.product_terms() else {
            return false;
        };
        let member = terms.member.clone();
        let order = self.new_id("o");
        if self.rng.chance(20) {
            self.send(member, Command::OrderPlace { order: order.clone(), terms });
            if self.rng.chance(70) {
                self.send_as("operator", Command::OrderPay { order: order.clone(), terms: None });
            }
        } else {
            self.send(member, Command::OrderPay { order: order.clone(), terms: Some(terms) });
        }
        match self.rng.below(4) {
            0 => self.send_as("courier", Command::OrderReceive { order }),
            1 => self.refund_order(order),
            _ => true,
        }
    }

    /// A refund of a part, or of all that is left, of an order in any state.
    pub(super) fn refund_order(&mut self, order: Id) -> bool {
        let refund = self.new_id("r");
        let known = self.naive.orders.iter().find(|known| known.id == order);
        let Some((line, left)) = known
            .and_then(|known| known.lines.first())
            .map(|line| (line.id.clone(), line.amount - line.refunded))
        else {
            return false;
        };
        let lines = if self.rng.chance(60) && left > 0 {
            Some(vec![crate::command::RefundLine::of_amount(line, self.part_of_money(left))])
        } else {
            None
        };
        self.send_as("support", Command::OrderRefund { refund, order, lines, freight: None, tax: None })
    }

    pub(super) fn issue(&mut self) -> bool {
        let reserve = self.naive.emission_reserve;
        let open = self.naive.issues.iter().filter(|(_, issue)| !issue.done && issue.points <= reserve);
        let open: Vec<Id> = open.map(|(id, _)| id.clone()).collect();
        if self.rng.chance(60)
            && let Some(issue) = self.rng.pick(&open).cloned()
        {
            return self.send_as("auditor", Command::EmissionApprove { issue });
        }
        let owner = self.approved().map(|(_, owner, _)| owner);
        let Some(member) = owner.or_else(|| self.pick_member()) else {
            return false;
        };
        let points = Points::from_units(self.part(reserve / 4 + 1));
        let issue = self.new_id("i");
        self.send_as("operator", Command::EmissionPropose { issue, member, points })
    }

    fn payout(&mut self) -> bool {
        let rich: Vec<(String, i128)> = self
            .naive
            .merchants
            .iter()
            .filter(|(_, merchant)| merchant.payable > 0 && merchant.application.is_some())
            .map(|(name, merchant)| (name.clone(), merchant.payable))
            .collect();
        let Some((merchant, payable)) = self.rng.pick(&rich).cloned() else {
            return false;
        };
        let amount = self.part_of_money(payable.min(AMOUNT_MAX.into()));
        let amount = amount.max(self.plan.wallet.withdrawal_minimum);
        let (withdrawal, merchant) = (self.new_id("w"), id(&merchant));
        let actor = if self.rng.chance(30) { merchant.clone() } else { id("operator") };
        self.send(actor, Command::MerchantWithdraw { withdrawal, merchant, amount });
        if self.rng.chance(50) {
            self.act(Kind::Approve);
            self.act(Kind::Approve);
            self.act(Kind::Sent);
            let end = if self.rng.chance(70) { Kind::Paid } else { Kind::Failed };
            self.act(end);
        }
        true
    }

    // ---- several commands with a purpose

    /// From the activation pack to a listed product, with points from the reserve.
    pub(super) fn set_up_merchant(&mut self) -> bool {
        if self.plan.merchant.is_none() {
            return false;
        }
        if self.merchant_in(&[Some(MerchantState::Approved)]).is_none() {
            if self.pack().is_none() {
                let member = self.member();
                let amount = self.amount();
                self.buy_and_settle(&member, amount);
            }
            self.apply();
            if let Some(merchant) = self.merchant_in(&[Some(MerchantState::Applied)]) {
                self.send_as("reviewer", Command::MerchantApprove { merchant });
            }
        }
        if self.naive.emission_reserve == 0 {
            self.midnight();
        }
        if let Some((_, member, _)) = self.approved() {
            let points = Points::from_units((self.naive.emission_reserve / 2).max(1));
            let issue = self.new_id("i");
            self.send_as("operator", Command::EmissionPropose { issue: issue.clone(), member, points });
            self.send_as("auditor", Command::EmissionApprove { issue });
        }
        self.product();
        self.tip();
        for _ in 0..self.rng.below(3) {
            self.buy_product();
        }
        true
    }

    /// Everybody buys on one day; ranks are found at its end.
    fn everybody_buys_once(&mut self) -> bool {
        let members: Vec<Id> = self.naive.members.iter().map(|member| member.id.clone()).collect();
        for member in members {
            if self.rng.chance(60) {
                let terms = self.terms(member);
                self.buy(terms);
            }
        }
        self.midnight()
    }

    /// One order refunded bit by bit, at once or later.
    fn refund_in_parts(&mut self) -> bool {
        let member = self.member();
        let terms = self.terms(member);
        let order = self.buy(terms);
        for _ in 0..self.rng.between(2, 4) {
            if self.rng.chance(40) {
                self.midnight();
            }
            self.refund_order(order.clone());
        }
        true
    }

    /// A late refund when what was earned has been withdrawn leaves a debt; the next order nets it.
    fn claw_back_and_earn(&mut self) -> bool {
        let member = self.member();
        let amount = self.amount();
        let order = self.buy_and_settle(&member, amount);
        let above = self.naive.members.iter().find(|known| known.id == member).and_then(|m| m.referrer);
        if let Some(known) = above.and_then(|above| self.naive.members.get(above))
            && known.cash > 0
        {
            let (member, amount) = (known.id.clone(), Money::from_wide(known.cash.unsigned_abs()));
            let withdrawal = self.new_id("w");
            let amount = amount.unwrap_or(Money::ZERO).min(money(AMOUNT_MAX));
            self.send(member.clone(), Command::WalletWithdraw { withdrawal, member, amount });
        }
        let refund = self.new_id("r");
        self.send_as(
            "support",
            Command::OrderRefund { refund, order, lines: None, freight: None, tax: None },
        );
        let amount = self.amount();
        self.buy_and_settle(&member, amount);
        true
    }

    // ---- what must be refused

    fn illegal_mechanism(&mut self) -> bool {
        match self.rng.below(5) {
            0 => self.illegal_network(),
            1 => self.illegal_region(),
            2 => self.illegal_merchant(),
            3 => self.illegal_product_or_tip(),
            _ => self.illegal_emission_or_payout(),
        }
    }

    fn illegal_network(&mut self) -> bool {
        let nobody = id("nobody");
        let Some(member) = self.pick_member() else {
            return false;
        };
        let other = self.pick_member().unwrap_or_else(|| nobody.clone());
        let command = match self.rng.below(12) {
            0 => Command::MemberBind { member: nobody, referrer: member },
            1 => Command::MemberBind { referrer: member.clone(), member },
            2 => Command::MemberBind { member, referrer: nobody },
            3 | 4 => Command::MemberBind { member, referrer: other },
            5 => {
                // The oldest never has a referrer, and everybody is younger.
                let oldest = self.naive.members.first().map_or_else(|| nobody.clone(), |m| m.id.clone());
                Command::MemberBind { member: oldest, referrer: member }
            }
            6 => Command::MemberSuspend { member: nobody, reason: "x".to_owned() },
            7 => {
                let long = "长".repeat(501);
                let reason = if self.rng.chance(50) { " ".to_owned() } else { long };
                Command::MemberSuspend { member, reason }
            }
            8 => Command::MemberResume { member },
            9 => {
                let again = Command::MemberSuspend { member: member.clone(), reason: "again".to_owned() };
                self.send_as("operator", again.clone());
                again
            }
            10 => Command::TaskComplete { member: nobody, task: None },
            _ => Command::TaskComplete { member, task: None },
        };
        self.send_as("operator", command)
    }

    fn illegal_region(&mut self) -> bool {
        let nobody = id("nobody");
        let Some(member) = self.pick_member() else {
            return false;
        };
        let (territory, level) = self.territory();
        let other = match level {
            AgentLevel::District => AgentLevel::City,
            AgentLevel::City => AgentLevel::Province,
            AgentLevel::Province => AgentLevel::District,
        };
        let nowhere = region(self.rng.pick(&NOWHERE).copied().unwrap_or(330_199));
        let command = match self.rng.below(9) {
            0 => Command::AgentAppoint { member: nobody, territory, level },
            1 => Command::AgentAppoint { member, territory: nowhere, level },
            2 => Command::AgentAppoint { member, territory, level: other },
            3 => {
                let again = Command::AgentAppoint { member, territory, level };
                self.send_as("operator", again.clone());
                again
            }
            4 => Command::AgentDismiss { member: nobody, territory },
            5 => Command::AgentDismiss { member, territory },
            6 => Command::ShareholderSet { member: nobody, weight: Millionths { millionths: 1 } },
            7 => Command::ShareholderSet { member, weight: Millionths { millionths: 1_000_000_000_001 } },
            _ => Command::ShareholderSet { member, weight: Millionths { millionths: 5 } },
        };
        self.send_as("operator", command)
    }

    fn any_merchant(&mut self) -> Id {
        id(["s1", "s2", "s3", "nobody"].get(self.rng.index(4)).copied().unwrap_or("s1"))
    }

    fn illegal_merchant(&mut self) -> bool {
        let nobody = id("nobody");
        let merchant = self.any_merchant();
        let Some(member) = self.pick_member() else {
            return false;
        };
        let states = ["placed", "paid", "settled", "settled", "refunded", "closed"];
        let order = self.order_in(&states).unwrap_or_else(|| nobody.clone());
        let reason = "no".to_owned();
        let command = match self.rng.below(12) {
            0 => Command::MerchantApply { merchant, member: nobody, order },
            1 => Command::MerchantApply { merchant, member, order: nobody },
            2 => Command::MerchantApply { merchant, member, order },
            3..=5 => {
                // Its own order, whatever is left of it, for a merchant that may have applied.
                let known = self.naive.orders.iter().find(|known| known.id == order);
                let owner = known.and_then(|known| self.naive.members.get(known.member));
                let member = owner.map_or(member, |owner| owner.id.clone());
                Command::MerchantApply { merchant, member, order }
            }
            6 => {
                let known = self.naive.merchants.get(merchant.as_str());
                let applicant = known.and_then(|m| m.application.as_ref()).map(|a| a.applicant.clone());
                let actor = if self.rng.chance(50) { merchant.clone() } else { applicant.unwrap_or(member) };
                return self.send(actor, Command::MerchantApprove { merchant });
            }
            7 => Command::MerchantApprove { merchant },
            8 => Command::MerchantReject { merchant, reason: String::new() },
            9 => Command::MerchantReject { merchant, reason },
            10 => Command::MerchantSuspend { merchant, reason },
            _ => Command::MerchantResume { merchant },
        };
        self.send_as("reviewer", command)
    }

    fn illegal_product_or_tip(&mut self) -> bool {
        let nobody = id("nobody");
        let merchant = match self.approved() {
            Some((merchant, _, _)) if self.rng.chance(75) => merchant,
            _ => self.any_merchant(),
        };
        let Some(member) = self.pick_member() else {
            return false;
        };
        let (tip, product) = (self.new_id("t"), self.new_id("p"));
        let one = Points::from_units(UNITS_PER_POINT);
        let size = TipSize::Value(one);
        let list = |product: Id, price: i64, award: u128, concession: Option<i64>| Command::ProductList {
            product,
            merchant: merchant.clone(),
            price: money(price),
            value_award: Points::from_units(award),
            concession: concession.map(money),
        };
        let enough = 10 * self.naive.units_per_minor();
        let command = match self.rng.below(17) {
            0 => Command::TipGive { tip, merchant, member: nobody, size },
            1 => Command::TipGive { tip, merchant, member, size: TipSize::Concession(Money::ZERO) },
            2 => Command::TipGive { tip, merchant, member, size },
            3 => {
                let used: Vec<Id> = self.naive.tips.iter().cloned().collect();
                let tip = self.rng.pick(&used).cloned().unwrap_or(tip);
                Command::TipGive { tip, merchant, member, size: TipSize::Value(Points::from_units(1)) }
            }
            4 => {
                let owner = self.naive.merchant_person(merchant.as_str()).unwrap_or(nobody);
                Command::TipGive { tip, merchant, member: owner, size }
            }
            5 => {
                let size = TipSize::Value(Points::from_units(10_000_000_000_000 * UNITS_PER_POINT));
                Command::TipGive { tip, merchant, member, size }
            }
            6 => {
                let size = TipSize::Value(Points::from_units(10_000_000_000_000 * UNITS_PER_POINT + 1));
                Command::TipGive { tip, merchant, member, size }
            }
            7 => list(product, 0, enough, None),
            8 => list(product, 10, 0, None),
            9 => list(product, 10, enough - 1, None),
            10 => list(product, 10, enough, Some(11)),
            11 => {
                let known: Vec<Id> = self.naive.products.keys().cloned().collect();
                let used = self.rng.pick(&known).cloned().unwrap_or(product);
                list(used, 10, enough, None)
            }
            12 => list(product, 10, enough, None),
            13 => Command::ProductDelist { product },
            _ => return self.bad_product_order(),
        };
        self.send_as("operator", command)
    }

    /// An order of a product or zone that cannot be bought so.
    fn bad_product_order(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let mut terms = match self.product_terms() {
            Some(terms) if self.rng.chance(80) => terms,
            _ => self.terms(member),
        };
        let kind = self.rng.below(5);
        if let Some(line) = terms.lines.first_mut() {
            match kind {
                0 => line.zone = Some(id("nowhere")),
                4 => terms.set_classes(vec![Some(id("nowhere"))]),
                1 => line.merchant = Some(id("s9")),
                // More than any merchant has points for.
                2 => line.quantity = Some(1_000_000),
                _ => {}
            }
        }
        let order = self.new_id("o");
        let member = terms.member.clone();
        let command = if self.rng.chance(35) {
            Command::OrderPlace { order: order.clone(), terms }
        } else {
            Command::OrderPay { order: order.clone(), terms: Some(terms) }
        };
        self.send(member, command);
        if kind == 3
            && let Some(merchant) = self.merchant_in(&[Some(MerchantState::Approved)])
        {
            // Its products cannot be bought now.
            self.send_as("reviewer", Command::MerchantSuspend { merchant, reason: "look".to_owned() });
            self.send_as("operator", Command::OrderPay { order, terms: None });
            if let Some(terms) = self.product_terms() {
                let (order, member) = (self.new_id("o"), terms.member.clone());
                self.send(member, Command::OrderPay { order, terms: Some(terms) });
            }
        }
        true
    }

    fn illegal_emission_or_payout(&mut self) -> bool {
        let nobody = id("nobody");
        let Some(member) = self.pick_member() else {
            return false;
        };
        let known: Vec<Id> = self.naive.issues.keys().cloned().collect();
        let issue = self.rng.pick(&known).cloned().unwrap_or_else(|| nobody.clone());
        let new = self.new_id("i");
        let one = Points::from_units(1);
        let merchant = self.any_merchant();
        let withdrawal = self.new_id("w");
        let command = match self.rng.below(14) {
            0 => Command::EmissionPropose { issue: new, member: nobody, points: one },
            1 => Command::EmissionPropose { issue: new, member, points: Points::ZERO },
            2 => Command::EmissionPropose { issue, member, points: one },
            3 => Command::EmissionApprove { issue: nobody },
            4 => Command::EmissionApprove { issue },
            5 => {
                let done = self.naive.issues.iter().filter(|(_, issue)| issue.done);
                let done: Vec<Id> = done.map(|(id, _)| id.clone()).collect();
                let issue = self.rng.pick(&done).cloned().unwrap_or(issue);
                return self.send_as("auditor", Command::EmissionApprove { issue });
            }
            6 => {
                let points = Points::from_units(self.naive.emission_reserve.saturating_add(1));
                self.send_as("operator", Command::EmissionPropose { issue: new.clone(), member, points });
                return self.send_as("auditor", Command::EmissionApprove { issue: new });
            }
            7 => Command::MerchantWithdraw { withdrawal, merchant, amount: Money::ZERO },
            8 => {
                let used: Vec<Id> = self.naive.withdrawals.iter().map(|w| w.id.clone()).collect();
                let withdrawal = self.rng.pick(&used).cloned().unwrap_or(withdrawal);
                Command::MerchantWithdraw { withdrawal, merchant, amount: money(1) }
            }
            9 => Command::MerchantWithdraw { withdrawal, merchant, amount: money(AMOUNT_MAX) },
            10 => {
                let minimum = self.plan.wallet.withdrawal_minimum.minor();
                Command::MerchantWithdraw { withdrawal, merchant, amount: money((minimum - 1).max(1)) }
            }
            _ => {
                // Payable, but perhaps to somebody who has not applied, or in a plan without merchants.
                let payable =
                    self.naive.merchants.iter().filter(|(name, m)| m.payable > 0 && !name.is_empty());
                let payable: Vec<Id> = payable.map(|(name, _)| id(name)).collect();
                let merchant = self.rng.pick(&payable).cloned().unwrap_or(merchant);
                let amount = self.plan.wallet.withdrawal_minimum;
                Command::MerchantWithdraw { withdrawal, merchant, amount }
            }
        };
        self.send_as("operator", command)
    }
}

fn region(code: u32) -> Region {
    Region::parse(&code.to_string()).expect("six digits")
}
