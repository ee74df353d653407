//! Commands that are prefetched ahead and hashed elsewhere: nothing of it changes a result.

use ratchet_engine::amount::Money;
use ratchet_engine::command::{
    Command, Envelope, HashedEnvelope, LookupHint, OrderTerms, RefundLine, SellQuantity,
};
use ratchet_engine::engine::{Engine, Expected, Lookahead, Outcome};
use ratchet_engine::id::{Id, MemberNo, OrderNo};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;

const MALL: &str = include_str!("../../../../plans/value-growth.toml");
const SHARED: &str = include_str!("../../../../plans/shared-purchase.toml");

fn id(text: String) -> Id {
    Id::new(&text).expect("a valid id")
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor).expect("not negative")
}

/// Joins, orders, receipts, refunds and sales of few members on many days; some refused, some sent twice.
fn commands() -> Vec<Envelope> {
    let mut commands = Vec::new();
    let mut send = |key: String, at: i64, actor: &Id, command: Command| {
        let at = Timestamp::from_us(1_700_000_000_000_000 + at * 3_600_000_000).expect("in range");
        commands.push(Envelope { key: id(key), at, happened_at: None, actor: actor.clone(), command });
    };
    for number in 0..600_i64 {
        let (order, member) = (id(format!("o{number}")), id(format!("m{}", number * number % 37)));
        if number % 5 == 0 {
            let (member, referrer) = (id(format!("m{}", number % 53)), Some(id("m0".to_owned())));
            let command =
                Command::MemberJoin { member: member.clone(), referrer, region: None, person: None };
            send(format!("j{number}"), number, &member, command);
        }
        let terms = Some(OrderTerms::plain(member.clone(), money(1_000 + number * 7_919 % 90_000)));
        let pay = Command::OrderPay { order: order.clone(), terms };
        // Half of the orders have keys that follow from their ids, and some of those went to other commands before.
        let [paid, received] = match number % 2 {
            0 => ["p", "r"].map(|letter| format!("{letter}{number}")),
            _ => ["pay", "receive"].map(|step| format!("{step}:o{number}")),
        };
        if number % 17 == 0 {
            let guest = id(format!("x{number}"));
            let join =
                Command::MemberJoin { member: guest.clone(), referrer: None, region: None, person: None };
            send(paid.clone(), number, &guest, join);
        }
        send(paid.clone(), number, &member, pay.clone());
        if number % 11 == 0 {
            send(paid, number, &member, pay);
        }
        send(received, number, &member, Command::OrderReceive { order: order.clone() });
        if number % 7 == 0 {
            let lines = Some(vec![RefundLine::of_amount(id("1".to_owned()), money(500))]);
            let refunded = id(format!("o{}", number / 2));
            let refund = Command::OrderRefund {
                refund: id(format!("f{number}")),
                order: refunded,
                lines,
                freight: None,
                tax: None,
            };
            send(format!("f{number}"), number, &member, refund);
        }
        if number % 13 == 0 {
            let sell =
                Command::PointsSell { member: member.clone(), points: SellQuantity::All, min_net: None };
            send(format!("s{number}"), number, &member, sell);
        }
    }
    commands
}

fn engines(source: &str) -> Vec<Engine> {
    let days = ["after_sale_days = 0", "after_sale_days = 7"];
    let plans = days.map(|days| source.replace("after_sale_days = 7", days));
    plans.iter().map(|source| Engine::genesis(Plan::parse("plan", source).expect("it parses"))).collect()
}

#[test]
fn what_is_asked_for_ahead_changes_nothing() {
    for begun in [MALL, SHARED].into_iter().flat_map(engines) {
        let commands = commands();
        let mut plain = begun.fork();
        let outcomes: Vec<Outcome> = commands.iter().map(|command| plain.submit(command)).collect();
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_))));
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Duplicate { .. })));

        let mut all = begun.fork();
        let mut seen = Vec::new();
        all.submit_all(&commands, |_, _, outcome| seen.push(outcome));
        assert_eq!((seen, all.digest()), (outcomes.clone(), plain.digest()));

        // With room, hashed for this engine and for another one.
        let mut prepared = begun.fork();
        let (members, orders) = (40, 600);
        let expected =
            Expected { members, orders, commands: 900, keyed_orders: 400, commission_items: 10, lots: 600 };
        prepared.reserve(&expected);
        let other = Engine::genesis_with_seed(prepared.plan().clone(), 1).hash_seed();
        let envelopes: Vec<HashedEnvelope> = (0_u32..)
            .zip(&commands)
            .map(|(number, command)| {
                let seed = if number % 3 == 0 { other } else { prepared.hash_seed() };
                let mut prepared = HashedEnvelope::new(command.clone(), seed);
                // Some guesses are right, most are wrong, some absurd, some missing.
                let guess = LookupHint::default().order(OrderNo(number / 3));
                prepared.guess(match number % 4 {
                    0 => LookupHint::default(),
                    1 => guess.member(Some(MemberNo(number % 37))).referrer(MemberNo(0)),
                    2 => guess.member(plain.member(command.actor.as_str()).map(|member| member.no)),
                    _ => guess.member(Some(MemberNo(u32::MAX - 1))).order(OrderNo(u32::MAX - 1)),
                });
                prepared
            })
            .collect();
        let (mut ahead, mut seen) = (Lookahead::new(envelopes.iter()), Vec::new());
        while let Some((_, outcome)) = prepared.submit_next(&mut ahead) {
            seen.push(outcome);
        }
        assert_eq!((seen, prepared.digest()), (outcomes, plain.digest()));
    }
}

/// What is rewritten is hashed again.
#[test]
fn a_prepared_command_can_be_rewritten() {
    let mut engine = engines(MALL).remove(0);
    let commands = commands();
    let mut prepared = HashedEnvelope::new(commands[0].clone(), engine.hash_seed());
    for command in &commands[..2] {
        prepared.reuse_with(|envelope| envelope.clone_from(command));
        assert_eq!(prepared.envelope(), command);
        engine.submit_next(&mut Lookahead::new([&prepared].into_iter()));
    }
    let mut plain = engines(MALL).remove(0);
    plain.submit_all(&commands[..2], |_, _, _| {});
    assert_eq!(engine.digest(), plain.digest());
}
