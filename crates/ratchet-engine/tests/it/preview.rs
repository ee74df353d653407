//! Previews: a command is carried out on the state and taken back.

use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Lookahead, Outcome, PREVIEW_DUE_MAX, PreviewOutcome};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;
use ratchet_engine::testing::previews::leave_no_trace;
use ratchet_engine::testing::program::{Profile, Program};
use ratchet_engine::time::Timestamp;

const MALL: &str = include_str!("../../../../plans/value-growth.toml");
const SHARED: &str = include_str!("../../../../plans/shared-purchase.toml");

/// Noon in China.
const BEGINNING: i64 = 1_767_240_000_000_000;
const HOUR_US: i64 = 3_600_000_000;

fn envelope(engine: &Engine, key: &str, hours: i64, rest: &str) -> Envelope {
    let at = Timestamp::from_us(BEGINNING + hours * HOUR_US).expect("in range");
    let json = format!(r#"{{"key":"{key}","at":"{at}",{rest}}}"#);
    Envelope::from_json(&json, &engine.plan().programme.currency).expect("a command")
}

fn pay(engine: &Engine, order: &str, member: &str, amount: &str, hours: i64) -> Envelope {
    let lines = format!(r#"[{{"line":"1","amount":"{amount}"}}]"#);
    let rest = format!(r#""type":"order.pay","order":"{order}","member":"{member}","lines":{lines}"#);
    envelope(engine, &format!("pay:{order}"), hours, &rest)
}

fn receive(engine: &Engine, order: &str, hours: i64) -> Envelope {
    let rest = format!(r#""type":"order.receive","order":"{order}""#);
    envelope(engine, &format!("receive:{order}"), hours, &rest)
}

fn advance(engine: &Engine, key: &str, hours: i64) -> Envelope {
    envelope(engine, key, hours, r#""type":"time.advance""#)
}

fn ok(engine: &mut Engine, envelope: &Envelope) {
    let outcome = engine.submit(envelope);
    assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {envelope:?}");
}

fn engine(source: &str, days: u32) -> Engine {
    let source = source.replace("after_sale_days = 7", &format!("after_sale_days = {days}"));
    Engine::genesis(Plan::parse("plan.toml", &source).expect("it parses"))
}

/// A programme of so many members with two orders each, all settled.
fn programme(source: &str, members: usize) -> Engine {
    let mut engine = engine(source, 0);
    for number in 0..2 * members {
        let (order, member) = (format!("o{number}"), format!("m{}", number % members));
        let envelopes = [
            pay(&engine, &order, &member, &format!("{}.00", 10 + number % 7), 0),
            receive(&engine, &order, 0),
        ];
        envelopes.iter().for_each(|envelope| ok(&mut engine, envelope));
    }
    engine
}

/// What is previewed does not show: not in the digest, not in any part of the state, whatever is asked at whatever moment.
#[test]
fn a_preview_leaves_no_trace() {
    let wanted = std::env::var("RATCHET_RANDOM_COMMANDS").ok().and_then(|text| text.parse().ok());
    let wanted = wanted.unwrap_or(1_000_000_usize) / 200;
    for (at, profile) in Profile::ALL.into_iter().enumerate() {
        let (mut seed, mut done, mut counts) = (7_000 + 1_000 * u64::try_from(at).expect("few"), 0, [0; 3]);
        while done < wanted / Profile::ALL.len() + 200 {
            let program = Program::of_profile(seed, profile);
            let found = leave_no_trace(&program);
            let found =
                found.unwrap_or_else(|error| panic!("seed {seed}, {profile:?}: {error}\n{}", program.text()));
            counts = std::array::from_fn(|kind| counts[kind] + found[kind]);
            done += program.commands.len();
            seed += 1;
        }
        assert!(counts[0] > 100 && counts[1] > 100, "{profile:?}: {counts:?}");
    }
}

/// The cost is that of what the command touches: the same among few members and orders as among many.
#[test]
fn a_preview_costs_what_it_touches() {
    for source in [MALL, SHARED] {
        let mut written = [300, 6_000].map(|members| {
            let mut engine = programme(source, members);
            let digest = engine.digest();
            let newcomer = pay(&engine, "next", "new", "100.00", 1);
            let known = pay(&engine, "next", "m7", "100.00", 1);
            let refused = receive(&engine, "o1", 1);
            let unknown = receive(&engine, "never", 1);
            let of = |engine: &mut Engine, envelope: &Envelope| engine.preview(envelope).written;
            let mut written: Vec<usize> = [newcomer, known, refused, unknown]
                .iter()
                .map(|envelope| of(&mut engine, envelope))
                .collect();
            assert_eq!(engine.digest(), digest);
            let paid = pay(&engine, "last", "m9", "100.00", 2);
            ok(&mut engine, &paid);
            let settles = receive(&engine, "last", 2);
            written.push(of(&mut engine, &settles));
            written
        });
        let [few, many] = &mut written;
        assert_eq!(few[2..4], [0, 0], "a refusal writes nothing");
        assert!(few.iter().all(|written| *written < 80), "{few:?}");
        // A heap is as deep as the logarithm of what is in it; nothing else may differ.
        for (few, many) in few.iter().zip(many) {
            assert!(many.abs_diff(*few) <= 12, "{few} written among few, {many} among many");
        }
    }
}

/// Between two commands of a batch whose memory was prefetched ahead a preview changes nothing.
#[test]
fn a_preview_may_come_in_the_middle_of_a_batch() {
    for days in [0, 7] {
        let (mut plain, mut asked) = (engine(MALL, days), engine(MALL, days));
        let mut commands = Vec::new();
        for number in 0..400_i64 {
            let (order, member) = (format!("o{number}"), format!("m{}", number * number % 41));
            commands.push(pay(&plain, &order, &member, &format!("{}.50", 5 + number * 97 % 300), number));
            commands.push(receive(&plain, &order, number));
            if number % 13 == 0 {
                let rest = format!(r#""type":"points.sell","member":"{member}","points":"all""#);
                commands.push(envelope(&plain, &format!("s{number}"), number, &rest));
            }
        }
        let expected: Vec<Outcome> = commands.iter().map(|command| plain.submit(command)).collect();
        let mut ahead = Lookahead::new(commands.iter());
        let mut number = 0;
        loop {
            for other in [number, number + 1, number + 9, (number + 400) % commands.len()] {
                if let Some(command) = commands.get(other) {
                    let preview = asked.preview(command);
                    let outcome = PreviewOutcome::Decided(expected[number.min(expected.len() - 1)]);
                    assert!(other != number || preview.outcome == outcome, "{number}: {:?}", preview.outcome);
                }
            }
            let Some((_, outcome)) = asked.submit_next(&mut ahead) else { break };
            assert_eq!(outcome, expected[number], "command {number}");
            number += 1;
        }
        assert_eq!(asked.digest(), plain.digest());
    }
}

/// An order and what it does to balances; the state is as before, and so are the entries of the last command.
#[test]
fn a_preview_shows_balances_before_and_after() {
    let mut engine = engine(MALL, 0);
    let paid = pay(&engine, "o1", "ann", "100.00", 0);
    ok(&mut engine, &paid);
    let last: Vec<u64> = engine.entries().map(|entry| entry.seq).collect();
    let settles = receive(&engine, "o1", 1);
    let preview = engine.preview(&settles);
    assert!(preview.is_applied());
    assert_eq!(engine.entries().map(|entry| entry.seq).collect::<Vec<_>>(), last);
    let of =
        |kind| preview.balances.iter().find(|change| change.account.kind == kind).expect("it is touched");
    let escrow = of(AccountKind::Escrow);
    assert_eq!((escrow.before, escrow.after), (10_000, 0));
    let pool = of(AccountKind::PoolAssets);
    assert_eq!(
        pool.after - pool.before,
        i128::from((preview.pair_after.assets.minor()) - preview.pair_before.assets.minor())
    );
    assert!(of(AccountKind::MemberPoints).after > 0);
    assert!(preview.balances.is_sorted_by_key(|change| change.account));
    let sum: i128 = preview
        .entries()
        .flat_map(|entry| entry.steps())
        .flat_map(|(_, postings)| postings)
        .map(|it| it.amount)
        .sum();
    assert_eq!(sum, 0);
    assert_eq!(engine.order("o1").map(|(state, _)| state.name()), Some("paid"));
}

/// Where more is due before the command than a preview does, it says so; once it is done it can be asked for again.
#[test]
fn a_preview_says_that_the_engine_is_catching_up() {
    let mut engine = engine(MALL, 7);
    for number in 0..1_500 {
        let (order, member) = (format!("o{number}"), format!("m{}", number % 90));
        for envelope in [pay(&engine, &order, &member, "20.00", 0), receive(&engine, &order, 0)] {
            ok(&mut engine, &envelope);
        }
    }
    let digest = engine.digest();
    let later = advance(&engine, "later", 24 * 8);
    let preview = engine.preview(&later);
    assert_eq!(preview.outcome, PreviewOutcome::CatchingUp { due: 1_500 });
    assert_eq!((preview.entries().count(), preview.balances.len()), (0, 0));
    assert_eq!((preview.pair_after, engine.digest()), (preview.pair_before, digest));
    assert!(preview.written > usize::try_from(PREVIEW_DUE_MAX).expect("small"));
    // A command that was carried out is answered at once, whatever is due.
    let again = pay(&engine, "o1", "m1", "20.00", 24 * 8);
    assert!(matches!(engine.preview(&again).outcome, PreviewOutcome::Decided(Outcome::Duplicate { .. })));
    ok(&mut engine, &later);
    let next = pay(&engine, "next", "m1", "20.00", 24 * 8);
    assert!(engine.preview(&next).is_applied());
}
