//! Bounded work: due work in slices (TIME-2c), keys of some days (IDEM-1).

use ratchet_engine::amount::Currency;
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome, PriorKey};
use ratchet_engine::plan::Plan;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::testing::keys::window_answers_as_if_all_were_kept;
use ratchet_engine::testing::program::{Profile, Program};
use ratchet_engine::testing::slices::lead_where_all_at_once_does;

/// Over all profiles, with pieces of few members and slices of few entries: the state is that of doing all at once and of the
/// naive model; replay, copies and previews work between two slices.
#[test]
fn slices_of_any_size_lead_where_all_at_once_does() {
    let wanted = std::env::var("RATCHET_RANDOM_COMMANDS").ok().and_then(|text| text.parse().ok());
    let wanted = wanted.unwrap_or(1_000_000_u64) / 25_000 + 12;
    let mut pauses = 0;
    for seed in 0..wanted {
        let (members, limit) =
            [(1, 1), (2, 3), (3, 2), (7, 1_000), (1, 4)][usize::try_from(seed % 5).expect("small")];
        for profile in Profile::ALL {
            let program = Program::of_profile(seed, profile);
            pauses += lead_where_all_at_once_does(&program, members, limit).unwrap_or_else(|difference| {
                panic!("seed {seed}, {profile:?}, {members} members: {difference}")
            });
        }
    }
    assert!(pauses > 100, "due work stood in the middle of a piece {pauses} times only");
}

/// IDEM-1: the answer to a repeated key never depends on its age, wherever it is found, and over all profiles.
#[test]
fn a_window_of_keys_answers_as_if_all_were_kept() {
    let (mut dropped, mut known) = (0, 0);
    for seed in 100..110 {
        for profile in Profile::ALL {
            let found = window_answers_as_if_all_were_kept(&Program::of_profile(seed, profile));
            let found = found.unwrap_or_else(|difference| panic!("seed {seed}, {profile:?}: {difference}"));
            (dropped, known) = (dropped + found.0, known + found.1);
        }
    }
    assert!(dropped > 100 && known > 100, "{dropped} keys were dropped, {known} asked of the index");
}

/// IDEM-1c: a key is dropped at the first local midnight that is 30 times 86,400 s or more after its entry; from then on the
/// caller's index answers for it.
#[test]
fn a_key_is_dropped_at_a_local_midnight() {
    let plan = Plan::parse("plan", include_str!("../../../../plans/value-growth.toml")).expect("it parses");
    let mut engine = Engine::genesis(plan);
    engine.keep_recent_keys();
    let envelope = |key: &str, at: &str, rest: &str| {
        let json = format!(r#"{{"key":"{key}","at":"{at}","actor":"op",{rest}}}"#);
        Envelope::from_json(&json, &Currency::CNY).expect("a command")
    };
    let join = |member: &str, at: &str| {
        envelope(member, at, &format!(r#""type":"member.join","member":"{member}""#))
    };
    let advance = |at: &str| envelope(at, at, r#""type":"time.advance""#);
    // Midnight in China, and a moment later.
    let at_midnight = join("a", "2025-12-31T16:00:00Z");
    for command in [&at_midnight, &join("b", "2025-12-31T16:00:00.000001Z"), &advance("2026-01-30T15:59:59Z")]
    {
        assert!(matches!(engine.submit(command), Outcome::Applied { .. }));
    }
    let again = |engine: &mut Engine, member: &str, prior| {
        engine.submit_with_prior(&join(member, "2026-01-01T00:00:00Z"), prior)
    };
    assert_eq!(again(&mut engine, "a", PriorKey::Unknown), Outcome::Duplicate { seq: 1 });
    engine.submit(&advance("2026-01-30T16:00:00Z"));
    assert_eq!(engine.keys_kept(), 3);
    let unknown = again(&mut engine, "a", PriorKey::Unknown);
    assert_eq!(unknown, Outcome::Rejected(Rejection::TimeWentBackwards));
    let known = PriorKey::Known { seq: 1, fingerprint: engine.fingerprint(&at_midnight) };
    assert_eq!(again(&mut engine, "a", known), Outcome::Duplicate { seq: 1 });
    let other = PriorKey::Known { seq: 1, fingerprint: engine.fingerprint(&advance("2026-01-30T16:00:00Z")) };
    assert_eq!(again(&mut engine, "a", other), Outcome::Rejected(Rejection::KeyReused));
    // The other one is there for another day, and what is in memory comes first.
    assert_eq!(again(&mut engine, "b", other), Outcome::Duplicate { seq: 2 });
    engine.submit(&advance("2026-01-31T16:00:00Z"));
    assert_ne!(again(&mut engine, "b", PriorKey::Unknown), Outcome::Duplicate { seq: 2 });
}
