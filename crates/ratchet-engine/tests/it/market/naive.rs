//! A book kept as one list and searched from end to end, written from the rule, against the engine's (MKT-3).

use proptest::prelude::*;
use ratchet_engine::command::Side;
use ratchet_engine::engine::Outcome;
use ratchet_engine::market::OfferState;

use super::{PLAN, floor};
use crate::world::World;

const MEMBERS: [&str; 4] = ["ann", "ben", "cid", "dan"];
const LOT: i128 = 100_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    id: u32,
    member: usize,
    buys: bool,
    price: i128,
    left: i128,
    hold: i128,
}

/// Balances in minor units and in lots.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Book {
    entries: Vec<Entry>,
    cash: [i128; 4],
    lots: [i128; 4],
    revenue: i128,
    fee_ppm: i128,
    offers_per_member: usize,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
enum Move {
    Offer { member: usize, buys: bool, ticks: i128, quantity: i128, force: usize },
    Cancel { of: u32 },
}

const FORCES: [&str; 3] = ["gtc", "ioc", "fok"];

impl Book {
    fn fee(&self, cost: i128) -> i128 {
        (cost * self.fee_ppm + 999_999) / 1_000_000
    }

    /// Offers of the other side that this one crosses, best price first, then earliest.
    fn met(&self, buys: bool, price: i128) -> Vec<usize> {
        let crosses = |entry: &Entry| {
            entry.buys != buys && if buys { entry.price <= price } else { entry.price >= price }
        };
        let mut met: Vec<usize> = (0..self.entries.len()).filter(|at| crosses(&self.entries[*at])).collect();
        met.sort_by_key(|at| {
            let entry = &self.entries[*at];
            (if buys { entry.price } else { -entry.price }, entry.id)
        });
        met
    }

    fn offer(
        &mut self,
        id: u32,
        member: usize,
        buys: bool,
        price: i128,
        quantity: i128,
        force: usize,
    ) -> Result<(), &'static str> {
        let open = self.entries.iter().filter(|entry| entry.member == member).count();
        if force == 0 && open >= self.offers_per_member {
            return Err("offer_limit");
        }
        let hold = if buys { price * quantity + self.fee(price * quantity) } else { 0 };
        if hold > self.cash[member] {
            return Err("insufficient_cash");
        }
        if !buys && quantity > self.lots[member] {
            return Err("insufficient_emission");
        }
        let mut left = quantity;
        for at in self.met(buys, price) {
            if left > 0 && self.entries[at].member == member {
                return Err("own_offer");
            }
            left -= self.entries[at].left.min(left);
        }
        if force == 2 && left > 0 {
            return Err("not_fillable");
        }
        self.cash[member] -= hold;
        if !buys {
            self.lots[member] -= quantity;
        }
        let mut taker = Entry { id, member, buys, price, left: quantity, hold };
        for at in self.met(buys, price) {
            if taker.left == 0 {
                break;
            }
            let mut maker = self.entries[at];
            let quantity = taker.left.min(maker.left);
            let cost = quantity * maker.price;
            let (buyer, seller) = if buys { (&mut taker, &mut maker) } else { (&mut maker, &mut taker) };
            buyer.left -= quantity;
            seller.left -= quantity;
            let fee = (cost * self.fee_ppm + 999_999) / 1_000_000;
            let fee = fee.min(cost);
            let rest = buyer.price * buyer.left;
            // The hold before, less what the offer may still cost without fees, is what is set aside for them.
            let set_aside = buyer.hold - rest - buyer.price * quantity;
            let buyer_fee = fee.min(set_aside);
            let left_of_hold = buyer.hold - cost - buyer_fee;
            let needed = rest + (rest * self.fee_ppm + 999_999) / 1_000_000;
            buyer.hold = needed.min(rest + set_aside - buyer_fee);
            self.cash[buyer.member] += left_of_hold - buyer.hold;
            self.cash[seller.member] += cost - fee;
            self.lots[buyer.member] += quantity;
            self.revenue += fee + buyer_fee;
            self.entries[at] = maker;
        }
        self.entries.retain(|entry| entry.left > 0);
        if force == 0 && taker.left > 0 {
            self.entries.push(taker);
        } else if taker.left > 0 {
            self.cash[member] += taker.hold;
            if !buys {
                self.lots[member] += taker.left;
            }
        }
        Ok(())
    }

    fn cancel(&mut self, id: u32, made: u32) -> Result<(), &'static str> {
        let Some(at) = self.entries.iter().position(|entry| entry.id == id) else {
            return Err(if id < made { "offer_state" } else { "offer_unknown" });
        };
        let entry = self.entries.remove(at);
        self.cash[entry.member] += entry.hold;
        if !entry.buys {
            self.lots[entry.member] += entry.left;
        }
        Ok(())
    }

    /// Offers of a side as they would be filled: id, member, price, lots, hold.
    fn queue(&self, buys: bool) -> Vec<(usize, i128, i128, i128)> {
        let limit = if buys { 0 } else { i128::MAX };
        let queue = self.met(!buys, limit);
        queue.into_iter().map(|at| self.entries[at]).map(|e| (e.member, e.price, e.left, e.hold)).collect()
    }
}

/// Both books side by side.
struct Both {
    world: World,
    book: Book,
    /// Offers that were made, by number; refused ones have ids that are used again.
    made: u32,
}

impl Both {
    /// Each member has so many units of money and ten times as many lots as points.
    fn new(plan: &str, fee_ppm: i128, (yuan, points): (u32, u32), offers_per_member: usize) -> Both {
        let world = floor(plan, &MEMBERS, &yuan.to_string(), &points.to_string());
        let book = Book {
            entries: Vec::new(),
            cash: [i128::from(yuan) * 100; 4],
            lots: [i128::from(points) * 10; 4],
            revenue: 0,
            fee_ppm,
            offers_per_member,
        };
        Both { world, book, made: 0 }
    }

    fn send(&mut self, sent: Move) {
        let (expected, text) = match sent {
            Move::Offer { member, buys, ticks, quantity, force } => {
                let price = ticks * 5;
                let expected = self.book.offer(self.made, member, buys, price, quantity, force);
                let text = format!(
                    r#""type":"market.offer","offer":"f{}","member":"{}","side":"{}","price":"{}.{:02}","quantity":{quantity},"time_in_force":"{}""#,
                    self.made,
                    MEMBERS[member],
                    if buys { "buy" } else { "sell" },
                    price / 100,
                    price % 100,
                    FORCES[force],
                );
                self.made += u32::from(expected.is_ok());
                (expected, text)
            }
            Move::Cancel { of } => {
                (self.book.cancel(of, self.made), format!(r#""type":"market.cancel","offer":"f{of}""#))
            }
        };
        let found = match self.world.send(&text) {
            Outcome::Applied { .. } => Ok(()),
            Outcome::Rejected(rejection) => Err(rejection.code()),
            Outcome::Duplicate { .. } => panic!("every key is new"),
        };
        assert_eq!(found, expected, "{text}");
    }

    /// Balances, holds, and both sides in the order in which they would be filled.
    fn compare(&self) {
        let world = &self.world;
        for (at, id) in MEMBERS.iter().enumerate() {
            let view = world.member(id);
            let lots = i128::try_from(view.emission_points.units()).expect("fits");
            assert_eq!(
                (i128::from(view.cash.minor()), lots),
                (self.book.cash[at], self.book.lots[at] * LOT),
                "{id}"
            );
        }
        let revenue = world.programme(ratchet_engine::ledger::AccountKind::PlatformRevenue);
        assert_eq!(revenue, self.book.revenue);
        for (side, buys) in [(Side::Buy, true), (Side::Sell, false)] {
            let queue: Vec<_> = world
                .engine
                .market_queue(side)
                .map(|view| {
                    assert_eq!(view.state, OfferState::Open);
                    let member = MEMBERS.iter().position(|member| *member == view.member).expect("known");
                    (
                        member,
                        i128::from(view.price.minor()),
                        i128::from(view.left),
                        i128::from(view.hold.minor()),
                    )
                })
                .collect();
            assert_eq!(queue, self.book.queue(buys));
        }
        let best = |side| world.engine.market_depth(side).next().map(|(price, _)| price);
        if let (Some(buy), Some(sell)) = (best(Side::Buy), best(Side::Sell)) {
            assert!(buy < sell, "MKT-3: the book never crosses");
        }
        if let Err(violation) = world.engine.check_invariants() {
            panic!("{violation}");
        }
    }
}

fn any_move() -> impl Strategy<Value = Move> {
    let offers = (0..4_usize, any::<bool>(), 1..40_i128, 1..9_i128, 0..3_usize).prop_map(
        |(member, buys, ticks, quantity, force)| Move::Offer { member, buys, ticks, quantity, force },
    );
    prop_oneof![4 => offers, 1 => (0..40_u32).prop_map(|of| Move::Cancel { of })]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    /// MKT-1, MKT-3: the same outcomes, balances and queues as the naive book after every command, for any fee.
    #[test]
    fn the_book_is_the_naive_book(
        moves in prop::collection::vec(any_move(), 1..80),
        fee in prop::sample::select(vec![("0%", 0), ("1%", 10_000), ("3‰", 3_000), ("100%", 1_000_000)]),
    ) {
        let mut both = Both::new(&PLAN.replace("fee = \"1%\"", &format!("fee = \"{}\"", fee.0)), fee.1, (300, 3), 3);
        for sent in moves {
            both.send(sent);
            both.compare();
        }
        both.world.audit();
    }
}

/// MKT-3: a long run with one seed; prices drift, so that levels come and go.
#[test]
fn a_long_run_beside_the_naive_book() {
    let plan = PLAN.replace("offers_per_member = 3", "offers_per_member = 12");
    let mut both = Both::new(&plan, 10_000, (100_000, 1_000), 12);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut applied, commands) = (0, 60_000);
    for number in 0..commands {
        let drift = i128::from(number / 2_000 % 20);
        let member = usize::try_from(draw(4)).expect("small");
        let sent = match draw(10) {
            0..3 => {
                // Mostly one that is open, else one that was made lately or never.
                let open = both.book.entries.len() as u64;
                let at = usize::try_from(draw(open + 1)).expect("small");
                let lately = both.made.saturating_sub(u32::try_from(draw(9)).expect("small"));
                Move::Cancel { of: both.book.entries.get(at).map_or(lately, |entry| entry.id) }
            }
            kind => Move::Offer {
                member,
                buys: draw(2) == 0,
                ticks: 20 + drift + i128::from(draw(14)),
                quantity: 1 + i128::from(draw(6)),
                force: if kind < 7 { 0 } else { usize::try_from(1 + draw(2)).expect("small") },
            },
        };
        let before = both.world.engine.next_seq();
        both.send(sent);
        applied += both.world.engine.next_seq() - before;
        if number % 50 == 0 {
            both.compare();
        }
    }
    both.compare();
    assert!(applied > commands / 3, "only {applied} of {commands} commands did anything");
    assert!(both.world.engine.market_trades().count() == ratchet_engine::market::TRADES_KEPT);
}
