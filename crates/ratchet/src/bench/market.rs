//! The internal market: random offers and cancels in a book of steady depth (MKT-1).

use std::time::Instant;

use ratchet_engine::amount::Points;
use ratchet_engine::command::{Command, Envelope, OrderTerms, SellQuantity, Side, TimeInForce};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::event::Event;
use ratchet_engine::id::Id;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;

use super::{Random, Row, money, submit};

/// Members earn money by selling points and are issued emission points from the reserve; then they trade.
const PLAN: &str = r#"
[programme]
name = { zh = "内部市场", en = "Market" }
[settlement]
after_sale_days = 0
[split]
pool = "100%"
[pool]
mint_ratio = "100%"
opening_price = "1.00"
retention = "0%"
[value]
grant_ratio = "10%"
[emission]
years = [365000000000]
cap = 365000000000
tail = "none"
first_price = "100.00"
[market]
lot = "1"
tick = "0.01"
fee = "2‰"
offers_per_member = 1000
"#;

/// Offers and cancels that are timed.
const COMMANDS: u64 = 1_000_000;
/// Price levels on each side, and the price between them.
const LEVELS: u64 = 500;
const MIDDLE: u64 = 10_000;
/// Commands made in a batch.
const BATCH: usize = 64;

/// Members, the book's open offers as far as they are known, and what becomes of commands.
struct Floor {
    engine: Engine,
    random: Random,
    members: Vec<Id>,
    /// Offers that were left open; some are filled meanwhile.
    open: Vec<Id>,
    /// Those of the batch being made: the engine does not know them yet.
    fresh: Vec<Id>,
    /// Offers made.
    number: u64,
    at: Timestamp,
    fills: u64,
    refused: std::collections::BTreeMap<&'static str, u64>,
    nanoseconds: u128,
}

impl Floor {
    fn new(depth: u64) -> Floor {
        let engine = Engine::genesis(Plan::parse("market.toml", PLAN).expect("a plan"));
        let at = Timestamp::from_us(1_700_000_000_000_000).expect("in range");
        let members = (depth / 50).clamp(1_000, 20_000);
        let members =
            (0..members).map(|member| Id::new(&format!("m{member}")).expect("a valid id")).collect();
        let mut floor = Floor {
            engine,
            random: Random(7),
            members,
            open: Vec::new(),
            fresh: Vec::new(),
            number: 0,
            at,
            fills: 0,
            refused: std::collections::BTreeMap::new(),
            nanoseconds: 0,
        };
        floor.pay_out();
        floor
    }

    fn envelope(&self, key: String, actor: &Id, command: Command) -> Envelope {
        Envelope {
            key: Id::new(&key).expect("a valid id"),
            at: self.at,
            happened_at: None,
            actor: actor.clone(),
            command,
        }
    }

    fn send(&mut self, key: String, actor: &Id, command: Command) {
        let envelope = self.envelope(key, actor, command);
        submit(&mut self.engine, &envelope);
    }

    /// A million of money and 100,000 points for everybody.
    fn pay_out(&mut self) {
        let somebody = Id::new("bench").expect("a valid id");
        let members = self.members.clone();
        for (number, member) in members.iter().enumerate() {
            let order = Id::new(&format!("o{number}")).expect("a valid id");
            let terms = Some(OrderTerms::plain(member.clone(), money(100_000_000)));
            self.send(format!("p{number}"), member, Command::OrderPay { order: order.clone(), terms });
            self.send(format!("r{number}"), member, Command::OrderReceive { order });
            let points = SellQuantity::All;
            self.send(
                format!("s{number}"),
                member,
                Command::PointsSell { member: member.clone(), points, min_net: None },
            );
        }
        self.at = Timestamp::from_us(self.at.us() + 10 * 86_400_000_000).expect("in range");
        self.send("days".to_owned(), &somebody, Command::TimeAdvance {});
        for (number, member) in members.iter().enumerate() {
            let issue = Id::new(&format!("i{number}")).expect("a valid id");
            let points = Points::from_units(100_000 * ratchet_engine::amount::UNITS_PER_POINT);
            let propose = Command::EmissionPropose { issue: issue.clone(), member: member.clone(), points };
            self.send(format!("e{number}"), member, propose);
            self.send(format!("a{number}"), &somebody, Command::EmissionApprove { issue });
        }
    }

    /// The next command: what keeps the book at its depth is an offer that rests or a cancel of one that did; one in five
    /// takes, half of these all or nothing.
    fn next(&mut self, depth: u64) -> Envelope {
        let draw = self.random.next();
        let key = format!("k{}", self.number);
        self.number += 1;
        let there = (self.open.len() + self.fresh.len()) as u64;
        let takes = draw.is_multiple_of(5) && there >= depth / 2;
        if !takes && there > depth {
            while let Some(place) = self.open.len().checked_sub(1) {
                let place = usize::try_from(self.random.next()).expect("64 bits") % (place + 1);
                let offer = self.open.swap_remove(place);
                let view = self.engine.market_offer(offer.as_str());
                if let Some(view) = view.filter(|view| view.left > 0) {
                    let member = Id::new(view.member).expect("a valid id");
                    return self.envelope(key, &member, Command::MarketCancel { offer });
                }
            }
        }
        let side = if draw & 64 == 0 { Side::Buy } else { Side::Sell };
        let away = self.random.below(LEVELS) + 1;
        let passive = !takes;
        // A taker takes any price there is; one that rests stands on its own side of the middle.
        let price = match (side, passive) {
            (Side::Buy, true) => MIDDLE - away,
            (Side::Sell, true) => MIDDLE + away,
            (Side::Buy, false) => MIDDLE + LEVELS,
            (Side::Sell, false) => MIDDLE - LEVELS,
        };
        let time_in_force = match (takes, draw & 128) {
            (false, _) => TimeInForce::Gtc,
            (true, 0) => TimeInForce::Ioc,
            (true, _) => TimeInForce::Fok,
        };
        let offer = Id::new(&format!("f{}", self.number)).expect("a valid id");
        if passive {
            self.fresh.push(offer.clone());
        }
        let member = self.random.below(self.members.len() as u64);
        let member = self.members[usize::try_from(member).expect("few members")].clone();
        let quantity = u32::try_from(self.random.below(10) + 1).expect("small");
        let command = Command::MarketOffer {
            offer,
            member: member.clone(),
            side,
            price: money(price),
            quantity,
            time_in_force,
        };
        self.envelope(key, &member, command)
    }

    /// Sends so many commands; only the engine is timed.
    fn run(&mut self, depth: u64, commands: u64) {
        let mut done = 0;
        while done < commands {
            let batch: Vec<Envelope> = (0..BATCH).map(|_| self.next(depth)).collect();
            self.open.append(&mut self.fresh);
            let (mut fills, refused) = (0, &mut self.refused);
            let start = Instant::now();
            self.engine.submit_all(&batch, |engine, _, outcome| match outcome {
                Outcome::Applied { .. } => {
                    let events = engine.entries().flat_map(|entry| entry.steps());
                    fills += events.filter(|(event, _)| matches!(event, Event::OfferFilled { .. })).count();
                }
                Outcome::Rejected(rejection) => *refused.entry(rejection.code()).or_default() += 1,
                Outcome::Duplicate { .. } => panic!("every key is new"),
            });
            self.nanoseconds += start.elapsed().as_nanos();
            self.fills += fills as u64;
            done += BATCH as u64;
        }
    }
}

/// A book filled to a depth, then a million random commands that keep it there.
pub(super) fn market(depth: u64, report: &mut dyn FnMut(&Row)) {
    super::lend(depth + 2 * COMMANDS, 200);
    let mut floor = Floor::new(depth);
    while (floor.open.len() as u64) < depth {
        floor.run(depth, depth.clamp(BATCH as u64, 4_096));
    }
    (floor.nanoseconds, floor.fills) = (0, 0);
    floor.refused.clear();
    floor.run(depth, COMMANDS);
    let there: usize =
        [Side::Buy, Side::Sell].map(|side| floor.engine.market_queue(side).count()).iter().sum();
    floor.engine.assert_invariants();
    let refused: Vec<String> = floor.refused.iter().map(|(code, count)| format!("{count} {code}")).collect();
    let note = format!("{} fills, {there} open at the end; refused: {}", floor.fills, refused.join(", "));
    let nanoseconds = floor.nanoseconds;
    report(&Row { name: "market, random offers", size: depth, operations: COMMANDS, nanoseconds, note });
}
