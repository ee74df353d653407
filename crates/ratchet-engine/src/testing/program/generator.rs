//! Random commands: a naive model runs beside and says what would be legal now.

mod amendments;
mod capital;
mod mall;
mod mechanisms;
mod payments;
mod promotions;

use self::capital::Capital;
use self::mall::Mall;
use self::mechanisms::Mechanism;
use self::payments::Payment;
use self::promotions::Promotion;
use super::Profile;
use crate::amount::{AMOUNT_MAX, Money, Points};
use crate::command::{
    Command, DisposalMethod, Envelope, LineId, MallTerms, OrderLine, OrderTerms, RefundLine, RefundSize,
    Region, SellQuantity, Tender,
};
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::Plan;
use crate::testing::naive::{Line, Naive, NaiveOutcome, WindDown};
use crate::testing::rng::Rng;
use crate::time::{DAY_US, SECOND_US, Timestamp};

/// 2026-01-01T00:00:00Z.
const START_US: i64 = 1_767_225_600 * SECOND_US;
const HOUR_US: i64 = 3_600 * SECOND_US;
/// Money a program may bring in: below the engine's limit, which the naive model does not have.
const MONEY_MAX: i64 = 8_000_000_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Join,
    Place,
    PayPlaced,
    Buy,
    Ship,
    Receive,
    Close,
    Refund,
    Advance,
    Sell,
    Inject,
    Propose,
    ApproveDisposal,
    Withdraw,
    Approve,
    Reject,
    Sent,
    Unknown,
    Paid,
    Failed,
    Illegal,
    Script,
    Mechanism(Mechanism),
    Mall(Mall),
    Promotion(Promotion),
    Capital(Capital),
    Payment(Payment),
    ReturnGoods,
}

const KINDS: [Kind; 70] = [
    Kind::Join,
    Kind::Place,
    Kind::PayPlaced,
    Kind::Buy,
    Kind::Ship,
    Kind::Receive,
    Kind::Close,
    Kind::Refund,
    Kind::Advance,
    Kind::Sell,
    Kind::Inject,
    Kind::Propose,
    Kind::ApproveDisposal,
    Kind::Withdraw,
    Kind::Approve,
    Kind::Reject,
    Kind::Sent,
    Kind::Unknown,
    Kind::Paid,
    Kind::Failed,
    Kind::Illegal,
    Kind::Script,
    Kind::Mechanism(Mechanism::Bind),
    Kind::Mechanism(Mechanism::Suspend),
    Kind::Mechanism(Mechanism::Task),
    Kind::Mechanism(Mechanism::Midnight),
    Kind::Mechanism(Mechanism::Agent),
    Kind::Mechanism(Mechanism::Shareholder),
    Kind::Mechanism(Mechanism::Merchant),
    Kind::Mechanism(Mechanism::Product),
    Kind::Mechanism(Mechanism::BuyProduct),
    Kind::Mechanism(Mechanism::Tip),
    Kind::Mechanism(Mechanism::Issue),
    Kind::Mechanism(Mechanism::Payout),
    Kind::Mechanism(Mechanism::Illegal),
    Kind::Mechanism(Mechanism::Script),
    Kind::Mall(Mall::Sku),
    Kind::Mall(Mall::Stock),
    Kind::Mall(Mall::Buy),
    Kind::Mall(Mall::Coupon),
    Kind::Mall(Mall::Deposit),
    Kind::Mall(Mall::Illegal),
    Kind::Mall(Mall::End),
    Kind::Promotion(Promotion::Open),
    Kind::Promotion(Promotion::Commit),
    Kind::Promotion(Promotion::Buy),
    Kind::Promotion(Promotion::Fill),
    Kind::Promotion(Promotion::PayAgain),
    Kind::Promotion(Promotion::Reveal),
    Kind::Promotion(Promotion::Cancel),
    Kind::Promotion(Promotion::Attest),
    Kind::Promotion(Promotion::Redeem),
    Kind::Promotion(Promotion::Goods),
    Kind::Promotion(Promotion::Leave),
    Kind::Promotion(Promotion::Illegal),
    Kind::Capital(Capital::Offer),
    Kind::Capital(Capital::CancelOffer),
    Kind::Capital(Capital::Halt),
    Kind::Capital(Capital::Round),
    Kind::Capital(Capital::Window),
    Kind::Capital(Capital::Commit),
    Kind::Capital(Capital::Allot),
    Kind::Capital(Capital::Import),
    Kind::Capital(Capital::ApproveClaim),
    Kind::Capital(Capital::Grant),
    Kind::Capital(Capital::IllegalMarket),
    Kind::Capital(Capital::Illegal),
    Kind::Payment(Payment::Receive),
    Kind::Payment(Payment::Desk),
    Kind::ReturnGoods,
];

/// Which amounts a program likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// 1 to 100 minor units.
    Tiny,
    /// 100.00 to 5,000.00.
    Ordinary,
    /// The same amount again and again.
    Same(i64),
    /// Up to the largest amount.
    Huge,
    /// All of these.
    Wild,
}

pub(super) struct Generator {
    rng: Rng,
    /// Draws of its own, so that programs are about the same under any keys.
    key_rng: Rng,
    /// The same for amendments.
    amend_rng: Rng,
    /// Per cent of turns at which somebody does something about amendments.
    amends: u64,
    plan: Plan,
    profile: Profile,
    naive: Naive,
    now: i64,
    commands: Vec<Envelope>,
    /// Positions of commands that were applied.
    applied: Vec<usize>,
    /// For new ids.
    counter: u64,
    weights: Vec<u64>,
    scale: Scale,
    members_max: usize,
    /// Per cent of payments followed by the receipt at once.
    prompt: u64,
    /// Per cent of commands that come later than the one before.
    moving: u64,
    entered: i64,
    /// Whether the plan has any mechanism beside the pool.
    rich: bool,
    /// Per cent of joins below the newest member, and below the oldest; the rest anywhere.
    shape: (u64, u64),
    /// Commitments and their seeds.
    seeds: Vec<(Hash32, Hash32)>,
}

impl Generator {
    pub(super) fn new(mut rng: Rng, plan: &Plan, profile: Profile) -> Generator {
        let mut weights = Vec::new();
        let rich = mechanisms::is_rich(plan);
        for kind in KINDS {
            weights.push(weight(&mut rng, plan, profile, kind));
        }
        let same = 100_000;
        let scale = match rng.below(20) {
            _ if profile == Profile::Cascade && rng.chance(60) => Scale::Same(same),
            0..=8 => Scale::Ordinary,
            9..=11 => Scale::Same(same),
            12..=13 => Scale::Tiny,
            14..=15 => Scale::Huge,
            _ => Scale::Wild,
        };
        let members_max = match profile {
            Profile::Cascade => rng.between(4, 10),
            Profile::Churn => rng.between(2, 4),
            Profile::Mixed
            | Profile::RefundStorm
            | Profile::Coalition
            | Profile::DailyBatch
            | Profile::Withdrawals
            | Profile::Mall
            | Profile::Promotions
            | Profile::Draws
            | Profile::Market
            | Profile::Capital
            | Profile::WindDown => rng.between(2, 8),
        };
        let members_max = if rich { members_max + rng.between(2, 10) } else { members_max };
        let shape = [(80, 10), (10, 80), (40, 20)].get(rng.index(3)).copied().unwrap_or((40, 20));
        let start = if rich { mechanisms::start(&mut rng) } else { START_US };
        let prompt = match rng.below(4) {
            0 => 30,
            1 => 100,
            _ => 85,
        };
        let moving = [5, 25, 60].get(rng.index(3)).copied().unwrap_or(25);
        let key_rng = Rng::new(rng.clone().bits());
        let mut amend_rng = Rng::new(key_rng.clone().bits());
        // Most programmes keep their plan: they are what the other kinds of commands are about.
        let amends = [4, 15].get(amend_rng.index(10)).copied().unwrap_or(0);
        Generator {
            rng,
            key_rng,
            amend_rng,
            amends,
            plan: plan.clone(),
            profile,
            naive: Naive::new(plan),
            now: start,
            commands: Vec::new(),
            applied: Vec::new(),
            counter: 0,
            weights,
            scale,
            members_max: usize::try_from(members_max).unwrap_or(4),
            prompt,
            moving,
            entered: 0,
            rich,
            shape,
            seeds: Vec::new(),
        }
    }

    pub(super) fn run(mut self, length: usize) -> Vec<Envelope> {
        if (self.rich || self.profile.is_mall()) && self.rng.chance(80) {
            self.plant_tree();
        }
        if self.plan.catalogue.is_some() {
            for _ in 0..self.rng.between(1, 4) {
                self.list_article();
            }
        }
        if self.plan.merchant.is_some() && self.rng.chance(60) {
            self.set_up_merchant();
        }
        if self.plan.promotions.iter().any(|plan| plan.chain.is_some()) && self.rng.chance(40) {
            self.set_up_chain();
        }
        // After the end only withdrawals go on; a few commands show that.
        let mut after_the_end = 12;
        while self.commands.len() < length && after_the_end > 0 {
            if self.naive.wind_down == WindDown::Done {
                after_the_end -= 1;
                if !self.rng.chance(40) && self.withdraw() {
                    for kind in [Kind::Approve, Kind::Approve, Kind::Sent, Kind::Paid] {
                        self.act(kind);
                    }
                    continue;
                }
            }
            if self.rng.chance(self.moving) {
                self.move_time();
            }
            if self.amend_rng.chance(self.amends) {
                self.amend();
            }
            if self.amends > 0 {
                self.plan = self.naive.plan().clone();
            }
            let kind = self.rng.weighted(&self.weights).and_then(|at| KINDS.get(at).copied());
            if !self.act(kind.unwrap_or(Kind::Buy)) {
                // Nothing of that kind is possible now.
                self.buy_something();
            }
        }
        // Let everything that is still due happen.
        self.now += 40 * DAY_US;
        self.send_as("operator", Command::TimeAdvance {});
        self.commands
    }

    fn act(&mut self, kind: Kind) -> bool {
        match kind {
            Kind::Join => self.join(),
            Kind::Place => self.place(),
            Kind::PayPlaced => self.on_order(&["placed"], |order| Command::OrderPay { order, terms: None }),
            Kind::Buy => self.buy_something(),
            Kind::Ship => self.on_order(&["paid"], |order| Command::OrderShip { order }),
            Kind::Receive => self.on_order(&["paid", "shipped"], |order| Command::OrderReceive { order }),
            Kind::Close => self.on_order(&["placed"], |order| Command::OrderClose { order }),
            Kind::Refund => self.refund(),
            Kind::Advance => {
                self.move_time();
                self.send_as("operator", Command::TimeAdvance {})
            }
            Kind::Sell => self.sell(),
            Kind::Inject => self.inject(),
            Kind::Propose => self.propose(),
            Kind::ApproveDisposal => self.approve_disposal(),
            Kind::Withdraw => self.withdraw(),
            Kind::Approve => {
                let actor = ["boss", "auditor", "chief"].get(self.rng.index(3)).copied().unwrap_or("boss");
                self.on_withdrawal(&["requested"], actor, |withdrawal| Command::WalletApprove { withdrawal })
            }
            Kind::Reject => self.on_withdrawal(&["requested", "approved"], "boss", |withdrawal| {
                Command::WalletReject { withdrawal, reason: "not today".to_owned() }
            }),
            Kind::Sent => {
                self.on_withdrawal(&["approved"], "cashier", |withdrawal| Command::WalletSent { withdrawal })
            }
            Kind::Unknown => {
                self.on_withdrawal(&["sent"], "cashier", |withdrawal| Command::WalletUnknown { withdrawal })
            }
            Kind::Paid => self.on_withdrawal(&["sent", "unknown"], "cashier", |withdrawal| {
                Command::WalletPaid { withdrawal }
            }),
            Kind::Failed => self.on_withdrawal(&["sent", "unknown"], "cashier", |withdrawal| {
                Command::WalletFailed { withdrawal }
            }),
            Kind::Illegal => self.illegal(),
            Kind::Script => self.script(),
            Kind::Mechanism(mechanism) => self.act_on(mechanism),
            Kind::Mall(mall) => self.act_in_mall(mall),
            Kind::Promotion(promotion) => self.act_on_promotion(promotion),
            Kind::Capital(capital) => self.act_on_capital(capital),
            Kind::Payment(payment) => self.act_on_payments(payment),
            Kind::ReturnGoods => self.return_goods(),
        }
    }

    // ---- sending

    fn new_id(&mut self, prefix: &str) -> Id {
        self.counter += 1;
        id(&format!("{prefix}{}", self.counter))
    }

    fn send(&mut self, actor: Id, command: Command) -> bool {
        // Commands that were refused did not move the programme's time: it may lie far back by now.
        while let Some(step) = self.naive.latest_at().filter(|latest| self.now > *latest) {
            let key = id(&format!("advance:{}", time(step)));
            let step = Envelope {
                key,
                at: time(step),
                happened_at: None,
                actor: id("system"),
                command: Command::TimeAdvance {},
            };
            self.send_envelope(step);
        }
        let key = self.key_of(&command);
        let happened_at = self.happened_at();
        self.send_envelope(Envelope { key, at: time(self.now), happened_at, actor, command })
    }

    /// Some time ago now and then, or just now (TIME-4).
    fn happened_at(&mut self) -> Option<Timestamp> {
        let ago = match self.key_rng.below(400) {
            0..=3 => 0,
            4..=9 => 9 * 3_600 * SECOND_US,
            10..=15 => 40 * DAY_US,
            _ => return None,
        };
        Some(time((self.now - ago).max(0)))
    }

    /// A new key; of an order's payment or receipt mostly the one that follows from its id; seldom such a key of an order that
    /// another command is about, or of one that is still to come (IDEM-1b).
    fn key_of(&mut self, command: &Command) -> Id {
        let of_order = if let Command::OrderPay { order, .. } = command {
            Id::prefixed("pay:", order).ok()
        } else if let Command::OrderReceive { order } = command {
            Id::prefixed("receive:", order).ok()
        } else {
            None
        };
        let key = self.new_id("k");
        match of_order {
            Some(of_order) if self.key_rng.chance(60) => of_order,
            Some(_) | None if self.key_rng.chance(2) => {
                let order = self.naive.orders.len().saturating_sub(self.key_rng.index(4));
                let order = self.naive.orders.get(order).map_or_else(
                    || id(&format!("o{}", self.counter + 1 + self.key_rng.below(3))),
                    |order| order.id.clone(),
                );
                let letters = if self.key_rng.chance(50) { "pay:" } else { "receive:" };
                Id::prefixed(letters, &order).unwrap_or(key)
            }
            Some(_) | None => key,
        }
    }

    fn send_as(&mut self, actor: &str, command: Command) -> bool {
        self.send(id(actor), command)
    }

    /// Sends what may be illegal; the return value only says that something was sent.
    fn send_envelope(&mut self, envelope: Envelope) -> bool {
        if self.naive.submit(&envelope) == NaiveOutcome::Applied {
            self.applied.push(self.commands.len());
        }
        self.commands.push(envelope);
        true
    }

    fn move_time(&mut self) {
        if self.rich && self.rng.chance(4) {
            self.now = self.calendar_edge();
            return;
        }
        let midnight = self.naive.next_midnight(self.now);
        let after_sale = i64::from(self.plan.settlement.after_sale_days) * DAY_US;
        self.now = match self.rng.below(11) {
            0 => self.now + 1,
            1..=2 => self.now + SECOND_US,
            3..=4 => self.now + 3_600 * SECOND_US,
            5 => midnight - 1,
            6..=7 => midnight,
            8 => self.now + DAY_US,
            9 => self.now + after_sale,
            _ => self.now + i64::try_from(self.rng.below(10)).unwrap_or(0) * DAY_US,
        };
        if self.key_rng.below(2_000) == 0 {
            // As far as one command can go.
            self.now = self.naive.latest_at().unwrap_or(self.now);
        }
    }

    // ---- amounts

    fn amount(&mut self) -> i64 {
        let amount = match self.scale {
            Scale::Tiny => self.small(100),
            Scale::Ordinary => self.ordinary(),
            Scale::Same(same) => {
                if self.rng.chance(90) {
                    same
                } else {
                    self.ordinary()
                }
            }
            Scale::Huge => self.huge(),
            Scale::Wild => match self.rng.below(6) {
                0 => 1,
                1 => self.small(100),
                2..=3 => self.ordinary(),
                4 => {
                    let primes = [2, 3, 7, 101, 997, 10_007, 99_991, 1_000_003, 999_999_937];
                    self.rng.pick(&primes).copied().unwrap_or(7)
                }
                _ => self.huge(),
            },
        };
        // An order has at most four lines, and freight and tax.
        if self.entered.saturating_add(amount.saturating_mul(8)) > MONEY_MAX { 1 } else { amount }
    }

    fn small(&mut self, most: u64) -> i64 {
        i64::try_from(self.rng.between(1, most)).unwrap_or(1)
    }

    fn ordinary(&mut self) -> i64 {
        if self.rng.chance(50) { self.small(49) * 10_000 + 10_000 } else { self.small(490_000) + 10_000 }
    }

    /// Up to a quarter of the largest amount, so that four lines still fit into one tender.
    fn huge(&mut self) -> i64 {
        let edges = [1_000_000_000, 999_999_999_999, 1_000_000_000_000, AMOUNT_MAX / 4];
        let edge = self.rng.pick(&edges).copied().unwrap_or(AMOUNT_MAX / 4);
        if self.rng.chance(50) { edge } else { self.small(2_500_000_000_000) }
    }

    /// A part of what there is, on an edge in most cases: 1, half, all but one, all.
    fn part(&mut self, whole: u128) -> u128 {
        match self.rng.below(6) {
            0 => 1,
            1 => whole / 2,
            2 => whole.saturating_sub(1),
            3 => whole * u128::from(self.rng.below(1_000)) / 1_000,
            _ => whole,
        }
        .clamp(1, whole.max(1))
    }

    fn part_of_money(&mut self, whole: i128) -> Money {
        let part = self.part(u128::try_from(whole).unwrap_or(0));
        Money::from_wide(part).unwrap_or(Money::ZERO)
    }

    // ---- members and orders

    fn member(&mut self) -> Id {
        let known = self.naive.members.len();
        let new = if self.rich { 6 } else { 40 };
        if known < self.members_max && self.rng.chance(new) || known == 0 {
            return id(&format!("m{}", known + 1));
        }
        let at = self.rng.index(known);
        self.naive.members.get(at).map_or_else(|| id("m1"), |member| member.id.clone())
    }

    fn join(&mut self) -> bool {
        let known = self.naive.members.len();
        if known >= self.members_max {
            return false;
        }
        let often = if self.rich { 85 } else { 60 };
        let referrer = if known > 0 && self.rng.chance(often) { Some(self.referrer()) } else { None };
        let referrer = referrer.filter(|r| self.naive.members.iter().any(|m| m.id == *r));
        let member = id(&format!("m{}", known + 1));
        let region = if self.rng.chance(20) { Region::parse("330106") } else { None };
        // Few people: some have several positions (ACC-3a).
        let person = self.key_rng.chance(25).then(|| id(&format!("person{}", self.key_rng.below(3))));
        self.send(member.clone(), Command::MemberJoin { member, referrer, region, person })
    }

    fn terms(&mut self, member: Id) -> OrderTerms {
        let count = if self.rng.chance(70) { 1 } else { self.rng.between(2, 4) };
        let mut lines = smallvec::SmallVec::new();
        let mut goods = 0;
        for number in 1..=count {
            let amount = self.amount();
            goods += amount;
            let merchant = match self.rng.below(4) {
                0 => Some(id("s1")),
                1 => Some(id("s2")),
                _ => None,
            };
            let zone = self.zone();
            let mut left = amount;
            let mut stated = |rng: &mut Rng, often: u64| {
                rng.chance(often).then(|| {
                    let part = left / [1, 2, 3, 10].get(rng.index(4)).copied().unwrap_or(2);
                    left -= part;
                    money(part)
                })
            };
            let cost = stated(&mut self.rng, 12);
            let often = if self.plan.pool.is_some() { 12 } else { 0 };
            let contribution = stated(&mut self.rng, often);
            lines.push(OrderLine {
                line: id(&number.to_string()),
                amount: money(amount),
                quantity: if self.rng.chance(10) { Some(3) } else { None },
                // Only recorded without a catalogue, and unknown in one.
                sku: if self.rng.chance(10) && self.plan.catalogue.is_none() {
                    Some(id("tea"))
                } else {
                    None
                },
                merchant,
                cost,
                contribution,
                zone,
            });
        }
        let wallet = self.naive.members.iter().find(|m| m.id == member).map_or(0, |m| m.reconsume);
        let mut tender = None;
        if wallet > 0 && self.rng.chance(60) {
            let most = i64::try_from(wallet).unwrap_or(goods).min(goods);
            let reconsume = self.part_of_money(i128::from(most));
            let cash = money(goods - reconsume.minor());
            tender = Some(Tender { cash, reconsume, loyalty: Money::ZERO, claim: Money::ZERO });
        } else if goods <= AMOUNT_MAX && self.rng.chance(5) {
            tender = Some(Tender {
                cash: money(goods),
                reconsume: Money::ZERO,
                loyalty: Money::ZERO,
                claim: Money::ZERO,
            });
        }
        if self.profile.is_mall()
            && tender.is_none()
            && lines.iter().all(|line: &OrderLine| line.cost.is_none() && line.contribution.is_none())
        {
            tender = self.tender(&member, goods, false).filter(|_| goods <= AMOUNT_MAX);
        }
        let source = if self.profile.is_mall() { self.source() } else { None };
        let mall = source.map(|source| Box::new(MallTerms { source: Some(source), ..MallTerms::default() }));
        let mut extra = || {
            if self.rng.chance(20) {
                money(i64::try_from(self.rng.below(3_000)).unwrap_or(0))
            } else {
                Money::ZERO
            }
        };
        let (freight, tax) = (extra(), extra());
        let ship_to = self.address();
        self.entered = self.entered.saturating_add(goods).saturating_add(6_000);
        let mut terms = OrderTerms { member, lines, freight, tax, ship_to, tender, mall };
        self.state_classes(&mut terms);
        terms
    }

    fn place(&mut self) -> bool {
        let member = self.member();
        let (order, terms) = (self.new_id("o"), self.terms(member.clone()));
        self.send(member, Command::OrderPlace { order, terms })
    }

    fn buy_something(&mut self) -> bool {
        if self.winding_down() && self.rng.chance(85) {
            if self.rng.chance(50) && (self.act(Kind::Receive) || self.refund()) {
                return true;
            }
            self.move_time();
            return self.sell() || self.withdraw() || self.send_as("operator", Command::TimeAdvance {});
        }
        if self.plan.catalogue.is_some() && self.rng.chance(70)
            || self.plan.catalogue.is_some_and(|plan| plan.listed_only)
        {
            return self.buy_article();
        }
        let member = self.member();
        let terms = self.terms(member);
        self.buy(terms);
        true
    }

    /// Pays, and mostly receives at once. Returns the order's id.
    fn buy(&mut self, terms: OrderTerms) -> Id {
        let order = self.new_id("o");
        let actor = terms.member.clone();
        self.send(actor, Command::OrderPay { order: order.clone(), terms: Some(terms) });
        if self.rng.chance(self.prompt) {
            self.send_as("courier", Command::OrderReceive { order: order.clone() });
        }
        order
    }

    /// Buys for one amount in cash, receives, and lets the order settle.
    fn buy_and_settle(&mut self, member: &Id, amount: i64) -> Id {
        let line = OrderLine {
            line: id("1"),
            amount: money(amount.clamp(1, AMOUNT_MAX)),
            quantity: None,
            sku: None,
            merchant: None,
            cost: None,
            contribution: None,
            zone: None,
        };
        self.entered = self.entered.saturating_add(amount);
        let terms = OrderTerms {
            member: member.clone(),
            lines: smallvec::smallvec![line],
            freight: Money::ZERO,
            tax: Money::ZERO,
            ship_to: None,
            tender: None,
            mall: None,
        };
        let order = self.new_id("o");
        self.send(member.clone(), Command::OrderPay { order: order.clone(), terms: Some(terms) });
        self.send_as("courier", Command::OrderReceive { order: order.clone() });
        if self.plan.settlement.after_sale_days > 0 {
            self.now += i64::from(self.plan.settlement.after_sale_days) * DAY_US;
            self.send_as("operator", Command::TimeAdvance {});
        }
        order
    }

    fn order_in(&mut self, states: &[&str]) -> Option<Id> {
        let orders = self.naive.orders.iter().filter(|order| states.contains(&order.state.name()));
        let orders: Vec<Id> = orders.map(|order| order.id.clone()).collect();
        self.rng.pick(&orders).cloned()
    }

    fn on_order(&mut self, states: &[&str], command: impl Fn(Id) -> Command) -> bool {
        match self.order_in(states) {
            Some(order) => self.send_as("operator", command(order)),
            None => false,
        }
    }

    fn refund(&mut self) -> bool {
        let states: &[&str] =
            if self.rng.chance(60) { &["settled"] } else { &["paid", "shipped", "received", "settled"] };
        let Some(order) = self.order_in(states) else {
            return false;
        };
        let refund = self.new_id("r");
        if self.rng.chance(35) {
            return self.send_as(
                "support",
                Command::OrderRefund { refund, order, lines: None, freight: None, tax: None },
            );
        }
        let known = self.naive.orders.iter().find(|known| known.id == order).cloned().expect("it is known");
        let mut lines = Vec::new();
        for line in &known.lines {
            let left = line.amount - line.refunded;
            if left > 0 && (lines.is_empty() || self.rng.chance(50)) {
                lines.push(self.refund_line(line));
            }
        }
        if self.rng.chance(30) {
            lines.reverse();
        }
        let (freight, tax) = known.freight_and_tax_left();
        let mut stated = |left: i128| (left > 0 && self.rng.chance(25)).then(|| self.part_of_money(left));
        let (freight, tax) = (stated(freight), stated(tax));
        let alone = (freight.is_some() || tax.is_some()) && self.rng.chance(40);
        let lines = if alone { None } else { Some(lines) };
        self.send_as("support", Command::OrderRefund { refund, order, lines, freight, tax })
    }

    /// A line's refund by an amount or, mostly where it has several pieces, by pieces.
    fn refund_line(&mut self, line: &Line) -> RefundLine {
        let left = line.quantity.max(1).saturating_sub(line.pieces_refunded);
        let often = if line.quantity > 1 { 70 } else { 10 };
        if left == 0 || !self.rng.chance(often) {
            return RefundLine::of_amount(line.id.clone(), self.part_of_money(line.amount - line.refunded));
        }
        let pieces = u32::try_from(self.rng.between(1, u64::from(left))).unwrap_or(1);
        let restock = self.rng.chance(if line.sells_an_article() { 40 } else { 3 });
        RefundLine { line: line.id.clone(), size: RefundSize::Pieces(pieces), restock }
    }

    /// Goods come back, mostly of what has left.
    fn return_goods(&mut self) -> bool {
        let back = |line: &Line| line.sells_an_article() && line.back < line.quantity;
        let orders =
            self.naive.orders.iter().flat_map(|order| order.lines.iter().map(move |line| (order, line)));
        let lines = orders.filter(|(order, line)| back(line) && order.state.name() != "closed");
        let lines: Vec<(Id, Id, u32)> = lines
            .map(|(order, line)| (order.id.clone(), line.id.clone(), line.quantity - line.back))
            .collect();
        let Some((order, line, left)) = self.rng.pick(&lines).cloned() else { return false };
        let pieces = match self.rng.below(12) {
            0 => 0,
            1 => left + 1,
            _ => u32::try_from(self.rng.between(1, u64::from(left))).unwrap_or(1),
        };
        self.send_as("storekeeper", Command::GoodsReturn { order, line: LineId { id: line }, pieces })
    }

    // ---- points

    fn holder(&mut self) -> Option<(Id, u128)> {
        let members = self.naive.members.iter().enumerate();
        let holders: Vec<(Id, u128)> = members
            .map(|(number, member)| (member.id.clone(), self.naive.free_points(number)))
            .filter(|(_, free)| *free > 0)
            .collect();
        self.rng.pick(&holders).cloned()
    }

    fn sell(&mut self) -> bool {
        let Some((member, free)) = self.holder() else {
            return false;
        };
        let points = if self.rng.chance(40) {
            SellQuantity::All
        } else {
            SellQuantity::Points(Points::from_units(self.part(free)))
        };
        let min_net = if self.rng.chance(20) { Some(self.least_net(points, free)) } else { None };
        self.send(member.clone(), Command::PointsSell { member, points, min_net })
    }

    /// About what a sale would pay now, after retention (POOL-3).
    fn least_net(&mut self, points: SellQuantity, free: u128) -> Money {
        let points = match points {
            SellQuantity::All => free,
            SellQuantity::Points(points) => points.units(),
        };
        let worth = i128::try_from(self.naive.worth_of(points)).unwrap_or(0);
        let kept = self.naive.plan().pool.map_or(0, |pool| i128::from(pool.retention.ppm()));
        let net = worth - worth * kept / 1_000_000;
        let least = net + i128::from(self.rng.between(0, 4)) - 2;
        money(i64::try_from(least.clamp(0, 1_000_000_000_000)).unwrap_or(0))
    }

    fn sell_all(&mut self, member: &Id) {
        let all = Command::PointsSell { member: member.clone(), points: SellQuantity::All, min_net: None };
        self.send(member.clone(), all);
    }

    fn inject(&mut self) -> bool {
        if self.naive.supply == 0 {
            return false;
        }
        let amount = self.amount();
        self.entered = self.entered.saturating_add(amount);
        self.send_as("operator", Command::PoolInject { amount: money(amount), source: id("subsidy") })
    }

    fn propose(&mut self) -> bool {
        if self.plan.pool.is_none() {
            return false;
        }
        let epochs: Vec<u32> = self.naive.residual.keys().copied().collect();
        let epoch = self.rng.pick(&epochs).copied().unwrap_or(self.naive.epoch);
        let method = if self.rng.chance(60) {
            DisposalMethod::Rebate { epoch }
        } else {
            DisposalMethod::Inject { epoch }
        };
        let disposal = self.new_id("d");
        self.send_as("operator", Command::ResidualPropose { disposal, method })
    }

    fn approve_disposal(&mut self) -> bool {
        let open = self.naive.disposals.iter().filter(|(_, disposal)| !disposal.done);
        // Mostly one that can be carried out.
        let possible = |method: DisposalMethod| match method {
            DisposalMethod::Rebate { epoch } => self.naive.residual.contains_key(&epoch),
            DisposalMethod::Inject { epoch } => {
                self.naive.supply > 0 && self.naive.residual.contains_key(&epoch)
            }
        };
        let open: Vec<Id> = open.filter(|(_, d)| possible(d.method)).map(|(id, _)| id.clone()).collect();
        match self.rng.pick(&open).cloned() {
            Some(disposal) => self.send_as("auditor", Command::ResidualApprove { disposal }),
            None => false,
        }
    }

    // ---- withdrawals

    /// The operator pays in what is due from it, and takes out what was recovered since.
    fn operator(&mut self) -> bool {
        let (due, claim) = (self.naive.operator_due, self.naive.operator_claim);
        if due > 0 {
            let amount = self.part_of_money(due.min(AMOUNT_MAX.into()));
            return self.send_as("operator", Command::OperatorPay { amount });
        }
        if claim > 0 {
            let amount = self.part_of_money(claim.min(AMOUNT_MAX.into()));
            let withdrawal = self.new_id("w");
            return self.send_as("operator", Command::OperatorWithdraw { withdrawal, amount });
        }
        false
    }

    fn withdraw(&mut self) -> bool {
        if self.rng.chance(25) && self.operator() {
            return true;
        }
        let minimum = i128::from(self.plan.wallet.withdrawal_minimum.minor());
        let rich = self.naive.members.iter().filter(|member| member.cash >= minimum.max(1));
        let rich: Vec<(Id, i128)> = rich.map(|member| (member.id.clone(), member.cash)).collect();
        let Some((member, cash)) = self.rng.pick(&rich).cloned() else {
            return false;
        };
        let mut amount = self.part_of_money(cash.min(AMOUNT_MAX.into()));
        if self.rng.chance(85) {
            let limit = self.plan.wallet.withdrawal_daily_limit;
            amount = amount.max(self.plan.wallet.withdrawal_minimum).min(limit.unwrap_or(amount));
        }
        let actor = if self.rng.chance(80) { member.clone() } else { id("boss") };
        let withdrawal = self.new_id("w");
        self.send(actor, Command::WalletWithdraw { withdrawal, member, amount })
    }

    fn on_withdrawal(&mut self, states: &[&str], actor: &str, command: impl Fn(Id) -> Command) -> bool {
        let found = self.naive.withdrawals.iter().filter(|w| states.contains(&w.state.name()));
        // The same person does not act twice, except by accident below.
        let found = found.filter(|w| w.requester != id(actor) && w.approver.as_ref() != Some(&id(actor)));
        let found: Vec<Id> = found.map(|w| w.id.clone()).collect();
        match self.rng.pick(&found).cloned() {
            Some(withdrawal) => self.send_as(actor, command(withdrawal)),
            None => false,
        }
    }

    // ---- what must be refused

    fn illegal(&mut self) -> bool {
        let nobody = id("nobody");
        let member = self.member();
        match self.rng.below(30) {
            0 | 1 => self.repeat(true),
            2 => self.repeat(false),
            3 => {
                let back = if self.rng.chance(50) { 1 } else { DAY_US };
                let too_far = self.naive.latest_at().filter(|_| self.key_rng.chance(30));
                let key = self.new_id("k");
                let at = time(too_far.map_or((self.naive.now_us() - back).max(0), |latest| latest + back));
                if too_far.is_none() && self.key_rng.chance(30) {
                    let (at, happened_at) = (time(self.now), Some(time(self.now + back)));
                    let command = Command::TimeAdvance {};
                    return self.send_envelope(Envelope { key, at, happened_at, actor: nobody, command });
                }
                self.send_envelope(Envelope {
                    key,
                    at,
                    happened_at: None,
                    actor: nobody,
                    command: Command::TimeAdvance {},
                })
            }
            4 => self.send(
                member.clone(),
                Command::MemberJoin { member, referrer: None, region: None, person: None },
            ),
            5 => {
                let member = self.new_id("x");
                let referrer = if self.rng.chance(50) { member.clone() } else { nobody };
                let join = Command::MemberJoin {
                    member: member.clone(),
                    referrer: Some(referrer),
                    region: None,
                    person: None,
                };
                self.send(member, join)
            }
            6 => self.send_as("operator", Command::OrderReceive { order: nobody }),
            7 => {
                let terms = None;
                self.send_as("operator", Command::OrderPay { order: nobody, terms })
            }
            // Any order in any state, so most often the wrong one.
            8 => self.on_order(&["placed", "received", "settled", "closed", "refunded"], |order| {
                Command::OrderReceive { order }
            }),
            9 => self.on_order(&["received", "settled", "refunded"], |order| Command::OrderShip { order }),
            10 => self.on_order(&["paid", "settled", "closed"], |order| Command::OrderClose { order }),
            11 => self
                .on_order(&["paid", "closed", "settled"], |order| Command::OrderPay { order, terms: None }),
            12 => {
                let Some(order) = self.order_in(&["placed", "paid", "settled", "closed"]) else {
                    return false;
                };
                let terms = self.terms(member.clone());
                self.send(member, Command::OrderPay { order, terms: Some(terms) })
            }
            13 => self.bad_terms(member),
            14 => self.bad_terms(member),
            15..=17 => self.bad_refund(),
            18 => {
                let number = self.naive.members.iter().position(|known| known.id == member);
                let free = number.map_or(0, |number| self.naive.free_points(number));
                let points = SellQuantity::Points(Points::from_units(free.saturating_add(1)));
                self.send(member.clone(), Command::PointsSell { member, points, min_net: None })
            }
            19 => {
                let points =
                    if self.rng.chance(50) { SellQuantity::Points(Points::ZERO) } else { SellQuantity::All };
                let member = if self.rng.chance(50) { member } else { nobody };
                self.send(member.clone(), Command::PointsSell { member, points, min_net: None })
            }
            20 => {
                let amount = if self.rng.chance(50) { Money::ZERO } else { money(1) };
                self.entered = self.entered.saturating_add(1);
                match self.rng.below(4) {
                    0 => {
                        let more = i64::try_from(self.naive.operator_due + 1).unwrap_or(AMOUNT_MAX);
                        self.send_as("operator", Command::OperatorPay { amount: money(more.min(AMOUNT_MAX)) })
                    }
                    1 => {
                        let more = i64::try_from(self.naive.operator_claim + 1).unwrap_or(AMOUNT_MAX);
                        let amount = if amount.is_zero() { amount } else { money(more.min(AMOUNT_MAX)) };
                        let withdrawal = self.new_id("w");
                        self.send_as("operator", Command::OperatorWithdraw { withdrawal, amount })
                    }
                    _ => self.send(nobody, Command::PoolInject { amount, source: id("subsidy") }),
                }
            }
            21 => {
                let known = self.naive.members.iter().find(|known| known.id == member);
                let cash = known.map_or(0, |known| known.cash);
                let amount = match self.rng.below(3) {
                    0 => Money::ZERO,
                    1 => money(1),
                    _ => money(i64::try_from(cash + 1).unwrap_or(1).min(AMOUNT_MAX)),
                };
                let withdrawal = self.new_id("w");
                self.send(member.clone(), Command::WalletWithdraw { withdrawal, member, amount })
            }
            22 => {
                let known: Vec<Id> = self.naive.withdrawals.iter().map(|w| w.id.clone()).collect();
                let Some(withdrawal) = self.rng.pick(&known).cloned() else {
                    return false;
                };
                let amount = money(1);
                self.send(member.clone(), Command::WalletWithdraw { withdrawal, member, amount })
            }
            23 | 24 => self.same_person(),
            25 => {
                let known: Vec<Id> = self.naive.withdrawals.iter().map(|w| w.id.clone()).collect();
                let withdrawal = self.rng.pick(&known).cloned().unwrap_or(nobody);
                let command = match self.rng.below(5) {
                    0 => Command::WalletSent { withdrawal },
                    1 => Command::WalletUnknown { withdrawal },
                    2 => Command::WalletPaid { withdrawal },
                    3 => Command::WalletFailed { withdrawal },
                    _ => Command::WalletApprove { withdrawal },
                };
                self.send_as("stranger", command)
            }
            26 => {
                let long = "长".repeat(501);
                let reason = if self.rng.chance(50) { String::new() } else { long };
                self.on_withdrawal(&["requested", "approved", "paid"], "boss", |withdrawal| {
                    Command::WalletReject { withdrawal, reason: reason.clone() }
                })
            }
            27 => self.send_as("auditor", Command::ResidualApprove { disposal: nobody }),
            28 => {
                let known: Vec<Id> = self.naive.disposals.keys().cloned().collect();
                let Some(disposal) = self.rng.pick(&known).cloned() else {
                    return false;
                };
                match self.rng.below(3) {
                    0 => self.send_as("operator", Command::ResidualApprove { disposal }),
                    1 => self.send_as("auditor", Command::ResidualApprove { disposal }),
                    _ => {
                        let method = DisposalMethod::Rebate { epoch: 0 };
                        self.send_as("operator", Command::ResidualPropose { disposal, method })
                    }
                }
            }
            _ => {
                let disposal = self.new_id("d");
                let method = DisposalMethod::Inject { epoch: 77 };
                self.send_as("operator", Command::ResidualPropose { disposal: disposal.clone(), method });
                self.send_as("auditor", Command::ResidualApprove { disposal })
            }
        }
    }

    /// A key again, with the same content or other content, at any time.
    fn repeat(&mut self, same: bool) -> bool {
        let Some(at) = self.rng.pick(&self.applied).copied() else {
            return false;
        };
        let mut envelope = self.commands.get(at).cloned().expect("applied commands are in the list");
        envelope.at = match self.rng.below(3) {
            0 => envelope.at,
            1 => time(self.now),
            _ => time(self.now + DAY_US),
        };
        if !same {
            if self.key_rng.chance(20) {
                envelope.happened_at = Some(envelope.happened_at.map_or(Timestamp::MIN, |_| time(1)));
            } else if self.rng.chance(50) {
                envelope.actor = id("impostor");
            } else {
                envelope.command = Command::OrderShip { order: id("other") };
            }
        }
        self.send_envelope(envelope)
    }

    fn bad_terms(&mut self, member: Id) -> bool {
        let mut terms = self.terms(member.clone());
        let goods: i64 = terms.lines.iter().map(|line| line.amount.minor()).sum();
        let kind = self.rng.below(7);
        if let Some(line) = terms.lines.first_mut() {
            match kind {
                0 => line.amount = Money::ZERO,
                1 => {
                    terms.tender = None;
                    line.cost = Some(money(line.amount.minor() + 1));
                }
                2 if self.plan.pool.is_some() => {
                    terms.tender = None;
                    line.cost = Some(line.amount);
                    line.contribution = Some(money(1));
                }
                2 | 3 => {
                    let again = line.clone();
                    terms.lines.push(again);
                }
                4 => {
                    line.cost = None;
                    line.contribution = None;
                    let cash = money(goods.min(AMOUNT_MAX) - 1);
                    terms.tender = Some(Tender {
                        cash,
                        reconsume: Money::ZERO,
                        loyalty: Money::ZERO,
                        claim: Money::ZERO,
                    });
                }
                5 => {
                    (line.cost, line.contribution) = (None, None);
                    let part = money(goods.min(AMOUNT_MAX));
                    terms.tender = Some(if self.rng.chance(50) {
                        Tender {
                            cash: Money::ZERO,
                            reconsume: part,
                            loyalty: Money::ZERO,
                            claim: Money::ZERO,
                        }
                    } else {
                        Tender {
                            cash: Money::ZERO,
                            reconsume: Money::ZERO,
                            loyalty: Money::ZERO,
                            claim: part,
                        }
                    });
                }
                _ => line.contribution = Some(money(1)),
            }
        }
        let order = self.new_id("o");
        let command = if self.rng.chance(25) {
            Command::OrderPlace { order, terms }
        } else {
            Command::OrderPay { order, terms: Some(terms) }
        };
        self.send(member, command)
    }

    fn bad_refund(&mut self) -> bool {
        let states = ["placed", "paid", "received", "settled", "settled", "refunded", "closed"];
        let states = [states.get(self.rng.index(7)).copied().unwrap_or("settled")];
        let Some(order) = self.order_in(&states) else {
            return false;
        };
        let known = self.naive.orders.iter().find(|known| known.id == order);
        let Some(line) = known.and_then(|known| known.lines.first()) else {
            return false;
        };
        let (line, left) = (line.id.clone(), line.amount - line.refunded);
        let one = RefundLine::of_amount(line.clone(), money(1));
        let more = money(i64::try_from(left + 1).unwrap_or(1).min(AMOUNT_MAX));
        let lines = match self.rng.below(8) {
            0 => None,
            1 => Some(vec![RefundLine::of_amount(line, more)]),
            2 => Some(vec![one.clone(), one]),
            3 => Some(vec![one, RefundLine::of_amount(id("none"), money(1))]),
            4 => Some(vec![RefundLine::of_amount(line, Money::ZERO)]),
            5 => Some(vec![RefundLine { line, size: RefundSize::Pieces(1_000), restock: false }]),
            6 => Some(vec![RefundLine { line, size: RefundSize::Pieces(1), restock: true }]),
            _ => Some(vec![one]),
        };
        let used: Vec<Id> = self
            .applied
            .iter()
            .filter_map(|at| self.commands.get(*at))
            .filter_map(|envelope| {
                let Command::OrderRefund { refund, .. } = &envelope.command else { return None };
                Some(refund.clone())
            })
            .collect();
        let refund = match self.rng.pick(&used).cloned() {
            Some(used) if self.rng.chance(50) => used,
            _ => self.new_id("r"),
        };
        let freight =
            self.rng.chance(15).then(|| money(i64::try_from(self.rng.below(3)).unwrap_or(0) * 4_000));
        self.send_as("support", Command::OrderRefund { refund, order, lines, freight, tax: None })
    }

    fn same_person(&mut self) -> bool {
        let open: Vec<(Id, Vec<Id>)> = self
            .naive
            .withdrawals
            .iter()
            .map(|w| {
                let mut actors = vec![w.requester.clone()];
                actors.extend(w.approver.clone());
                actors.extend(self.naive.people_of(&w.owner));
                // Other members of the same person, and the person itself.
                let of = |id: &Id| self.naive.members.iter().find(|member| member.id == *id);
                let people: Vec<Id> = actors.iter().filter_map(|actor| of(actor)?.person.clone()).collect();
                let others = self.naive.members.iter();
                let others = others.filter(|other| other.person.as_ref().is_some_and(|p| people.contains(p)));
                actors.extend(others.map(|other| other.id.clone()));
                actors.extend(people);
                (w.id.clone(), actors)
            })
            .collect();
        let Some((withdrawal, actors)) = self.rng.pick(&open).cloned() else {
            return false;
        };
        let actor = self.rng.pick(&actors).cloned().unwrap_or_else(|| id("boss"));
        self.send(actor, Command::WalletApprove { withdrawal })
    }

    // ---- several commands with a purpose

    fn script(&mut self) -> bool {
        if self.plan.pool.is_none() {
            return false;
        }
        match self.profile {
            Profile::Mixed
            | Profile::RefundStorm
            | Profile::Coalition
            | Profile::Mall
            | Profile::Promotions
            | Profile::Draws
            | Profile::Market
            | Profile::Capital
            | Profile::WindDown => match self.rng.below(7) {
                0 => self.pump_and_refund(),
                1 => self.split_sale(),
                2 => self.everybody_sells(),
                3 => self.keep_one_unit(),
                4 => self.dispose(),
                5 => self.harvest_exits(),
                _ => self.buy_and_sell(),
            },
            Profile::Cascade => match self.rng.below(4) {
                0 => self.everybody_buys(),
                1 => self.harvest_exits(),
                2 => self.inject(),
                _ => self.everybody_sells(),
            },
            Profile::Churn => match self.rng.below(8) {
                0 => self.everybody_sells(),
                1 | 2 => self.keep_one_unit(),
                3 => self.dispose(),
                _ => self.buy_and_sell(),
            },
            Profile::DailyBatch => match self.rng.below(4) {
                0 => self.everybody_buys(),
                1 => self.everybody_sells(),
                2 => self.split_sale(),
                _ => self.pump_and_refund(),
            },
            Profile::Withdrawals => self.withdraw_through(),
        }
    }

    /// A big purchase lifts the price, the coalition sells, the purchase is refunded.
    fn pump_and_refund(&mut self) -> bool {
        let (pumper, seller) = (self.member(), self.holder());
        let amount = self.amount().saturating_mul(10).min(AMOUNT_MAX);
        if self.entered.saturating_add(amount) > MONEY_MAX {
            return false;
        }
        let order = self.buy_and_settle(&pumper, amount);
        if let Some((seller, _)) = seller {
            self.sell_all(&seller);
        }
        if self.rng.chance(50) {
            self.sell_all(&pumper);
        }
        if self.rng.chance(30) {
            self.move_time();
        }
        let refund = self.new_id("r");
        self.send_as("support", Command::OrderRefund { refund, order, lines: None, freight: None, tax: None })
    }

    /// One holding sold in many small parts.
    fn split_sale(&mut self) -> bool {
        let Some((member, free)) = self.holder() else {
            return false;
        };
        let parts = self.rng.between(2, 6);
        let part = SellQuantity::Points(Points::from_units((free / u128::from(parts)).max(1)));
        for _ in 0..parts {
            self.send(
                member.clone(),
                Command::PointsSell { member: member.clone(), points: part, min_net: None },
            );
        }
        self.sell_all(&member);
        true
    }

    fn holders(&self) -> Vec<Id> {
        let holders = self.naive.members.iter().filter(|member| member.points > 0);
        holders.map(|member| member.id.clone()).collect()
    }

    /// The supply empties; with a bit of luck the next buyer begins an epoch.
    fn everybody_sells(&mut self) -> bool {
        let holders = self.holders();
        for member in &holders {
            self.sell_all(member);
        }
        if self.rng.chance(50) {
            let member = self.member();
            let amount = self.amount();
            self.buy_and_settle(&member, amount);
        }
        !holders.is_empty()
    }

    fn everybody_buys(&mut self) -> bool {
        for number in 1..=self.members_max {
            let amount = self.amount();
            self.buy_and_settle(&id(&format!("m{number}")), amount);
        }
        true
    }

    /// All but one unit is sold, by one holder or by all, then others buy.
    fn keep_one_unit(&mut self) -> bool {
        let mut holders = self.holders();
        if self.rng.chance(30) {
            holders.truncate(1);
        }
        for member in &holders {
            let number = self.naive.members.iter().position(|known| known.id == *member);
            let free = number.map_or(0, |number| self.naive.free_points(number));
            if free > 1 {
                let points = SellQuantity::Points(Points::from_units(free - 1));
                self.send(
                    member.clone(),
                    Command::PointsSell { member: member.clone(), points, min_net: None },
                );
            }
        }
        let member = self.member();
        let amount = self.amount();
        self.buy_and_settle(&member, amount);
        !holders.is_empty()
    }

    fn buy_and_sell(&mut self) -> bool {
        let member = self.member();
        for _ in 0..self.rng.between(1, 4) {
            let amount = self.amount();
            self.buy_and_settle(&member, amount);
            self.sell_all(&member);
        }
        true
    }

    /// Buys until others are forced out, then sells what their retention has lifted.
    fn harvest_exits(&mut self) -> bool {
        let member = self.member();
        for _ in 0..self.rng.between(1, 5) {
            let amount = self.amount();
            self.buy_and_settle(&member, amount);
        }
        self.sell_all(&member);
        true
    }

    fn dispose(&mut self) -> bool {
        self.propose() && self.approve_disposal()
    }

    /// A withdrawal from request to payment.
    fn withdraw_through(&mut self) -> bool {
        if !self.naive.members.iter().any(|member| member.cash > 0) {
            return self.sell();
        }
        if !self.withdraw() {
            return false;
        }
        for actor in ["auditor", "chief"] {
            self.on_withdrawal(&["requested"], actor, |withdrawal| Command::WalletApprove { withdrawal });
        }
        self.act(Kind::Sent);
        if self.rng.chance(20) {
            self.act(Kind::Unknown);
        }
        let end = if self.rng.chance(75) { Kind::Paid } else { Kind::Failed };
        self.act(end);
        true
    }
}

/// Swarm: some kinds are off, the others differ by orders of magnitude; each profile has its own tendency.
fn weight(rng: &mut Rng, plan: &Plan, profile: Profile, kind: Kind) -> u64 {
    let usual = match kind {
        Kind::Buy => 25,
        Kind::Sell => 20,
        Kind::Refund => {
            if profile == Profile::RefundStorm {
                40
            } else {
                8
            }
        }
        Kind::Receive => 6,
        Kind::Script => match profile {
            Profile::Churn | Profile::Coalition | Profile::Cascade => 25,
            Profile::DailyBatch | Profile::Withdrawals => 12,
            Profile::Mixed
            | Profile::RefundStorm
            | Profile::Mall
            | Profile::Promotions
            | Profile::Draws
            | Profile::Market
            | Profile::Capital
            | Profile::WindDown => 2,
        },
        Kind::Withdraw | Kind::Approve | Kind::Sent | Kind::Paid => {
            if profile == Profile::Withdrawals {
                15
            } else {
                3
            }
        }
        Kind::Advance => {
            if profile == Profile::DailyBatch {
                12
            } else {
                4
            }
        }
        Kind::Illegal => 8,
        Kind::Join | Kind::Place | Kind::PayPlaced | Kind::Ship | Kind::Inject => 3,
        Kind::Propose | Kind::ApproveDisposal => 2,
        Kind::Close | Kind::Reject | Kind::Unknown | Kind::Failed => 1,
        Kind::Mechanism(mechanism) => mechanisms::usual_weight(plan, mechanism),
        Kind::Mall(mall) => {
            let ends = profile == Profile::WindDown || (profile.is_mall() && rng.chance(10));
            mall::usual_weight(plan, ends, mall)
        }
        Kind::Promotion(promotion) => promotions::usual_weight(plan, promotion),
        Kind::Capital(capital) => capital::usual_weight(plan, capital),
        Kind::Payment(_) => 2,
        Kind::ReturnGoods => 2 * u64::from(plan.catalogue.is_some()),
    };
    match rng.below(10) {
        // Buying stays possible, else nothing happens at all.
        0 | 1 if kind != Kind::Buy => 0,
        2 => usual * 8,
        3 => usual * 30 / 10,
        4 => usual.div_ceil(4),
        _ => usual * 2,
    }
}

fn id(text: &str) -> Id {
    Id::new(text).expect("a plain id")
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor).expect("not below zero")
}

fn time(us: i64) -> Timestamp {
    Timestamp::from_us(us).expect("within four digits of years")
}
