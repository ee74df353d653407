//! Idempotency keys, those that follow from an order's id among them (IDEM-1, IDEM-1b).

use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, Envelope, OrderTerms};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::Id;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;

const PLAN: &str = include_str!("../../../../plans/value-growth.toml");

fn id(text: &str) -> Id {
    Id::new(text).expect("a valid id")
}

fn engine(seed: u64) -> Engine {
    Engine::genesis_with_seed(Plan::parse("plan", PLAN).expect("it parses"), seed)
}

fn by(actor: &str, key: &str, command: Command) -> Envelope {
    Envelope { key: id(key), at: Timestamp::MIN, happened_at: None, actor: id(actor), command }
}

fn join(key: &str, member: &str) -> Envelope {
    by(member, key, Command::MemberJoin { member: id(member), referrer: None, region: None, person: None })
}

fn terms(minor: i64) -> OrderTerms {
    OrderTerms::plain(id("ann"), Money::from_minor(minor).expect("not negative"))
}

fn place(key: &str, order: &str, minor: i64) -> Envelope {
    by("ann", key, Command::OrderPlace { order: id(order), terms: terms(minor) })
}

fn pay(key: &str, order: &str, minor: i64) -> Envelope {
    by("ann", key, Command::OrderPay { order: id(order), terms: Some(terms(minor)) })
}

fn pay_placed(key: &str, order: &str) -> Envelope {
    by("ann", key, Command::OrderPay { order: id(order), terms: None })
}

fn receive(key: &str, order: &str) -> Envelope {
    by("ann", key, Command::OrderReceive { order: id(order) })
}

/// What became of it: the entry's number, behind `+` if it was written and behind `=` if it was there, or the refusal's code.
fn submit(engine: &mut Engine, envelope: &Envelope) -> String {
    match engine.submit(envelope) {
        Outcome::Applied { seq } => format!("+{seq}"),
        Outcome::Duplicate { seq } => format!("={seq}"),
        Outcome::Rejected(rejection) => rejection.code().to_owned(),
    }
}

/// IDEM-1b: keys that follow from an order's id are kept with the order, and do what any key does.
#[test]
fn keys_of_orders_are_keys() {
    for seed in [1, 2] {
        let mut engine = engine(seed);
        let mut says = |envelope: Envelope, outcome: &str| {
            assert_eq!(submit(&mut engine, &envelope), outcome, "{envelope:?}");
        };
        // Refused: the key is free.
        says(receive("receive:o1", "o1"), "order_unknown");
        says(pay("pay:o1", "o1", 0), "amount_not_positive");
        says(pay("pay:o1", "o1", 500), "+1");
        says(receive("receive:o1", "o1"), "+2");
        // Once is once, whatever came meanwhile.
        says(pay("pay:o2", "o2", 500), "+3");
        says(pay("pay:o1", "o1", 500), "=1");
        says(receive("receive:o1", "o1"), "=2");
        // Other content, another actor, another command, another key.
        says(pay("pay:o1", "o1", 501), "key_reused");
        says(pay_placed("pay:o1", "o1"), "key_reused");
        says(by("eve", "receive:o1", Command::OrderReceive { order: id("o1") }), "key_reused");
        says(join("pay:o1", "bob"), "key_reused");
        says(join("receive:o1", "bob"), "key_reused");
        says(pay("pay:o2", "o1", 500), "key_reused");
        says(receive("pay:o1", "o1"), "key_reused");
        says(pay("k", "o1", 500), "order_exists");
        // A key of that form that went to another command, before its order came and after.
        says(join("pay:o3", "bob"), "+4");
        says(join("receive:o2", "cyd"), "+5");
        says(pay("pay:o3", "o3", 500), "key_reused");
        says(join("pay:o3", "bob"), "=4");
        says(pay("any", "o3", 500), "+6");
        says(pay("pay:o3", "o3", 500), "key_reused");
        says(receive("receive:o3", "o3"), "+7");
        says(receive("receive:o2", "o2"), "key_reused");
        says(join("receive:o2", "cyd"), "=5");
        says(receive("any", "o2"), "key_reused");
        says(receive("receive:", "o2"), "+8");
        // Of an order that was placed under any key.
        says(place("pay:o5", "o4", 500), "+9");
        says(pay_placed("pay:o4", "o4"), "+10");
        says(pay_placed("pay:o4", "o4"), "=10");
        says(pay("pay:o4", "o4", 500), "key_reused");
        says(pay("pay:o5", "o5", 500), "key_reused");
        engine.check_invariants().expect("nothing is broken");
    }
}

/// IDEM-1b, FILE-13: which keys commands come under changes no balance; but it decides what is answered to those that come under them again,
/// so that the digest covers them.
#[test]
fn keys_of_orders_change_no_balance() {
    let run = |keys: fn(u32) -> [String; 2]| {
        let mut engine = engine(1);
        for number in 0..300 {
            let ([paid, received], order) = (keys(number), format!("o{number}"));
            assert!(submit(&mut engine, &pay(&paid, &order, 500 + i64::from(number))).starts_with('+'));
            assert!(submit(&mut engine, &receive(&received, &order)).starts_with('+'));
        }
        (engine.accounts().collect::<Vec<_>>(), engine.digest())
    };
    let runs = [
        run(|number| [format!("pay:o{number}"), format!("receive:o{number}")]),
        run(|number| [format!("p{number}"), format!("r{number}")]),
        run(|number| [format!("receive:o{number}"), format!("pay:o{number}")]),
        run(|number| match number % 3 {
            0 => [format!("pay:o{number}"), format!("r{number}")],
            1 => [format!("p{number}"), format!("receive:o{number}")],
            _ => [format!("p{number}"), format!("r{number}")],
        }),
    ];
    for (one, other) in runs.iter().flat_map(|one| runs.iter().map(move |other| (one, other))) {
        assert_eq!(one.0, other.0);
        assert_eq!(std::ptr::eq(one, other), one.1 == other.1);
    }
}

/// A recorded entry is taken as it is: under an order's key, though no order comes of it, it is seen again all the same.
#[test]
fn an_order_key_without_its_order_is_kept() {
    let mut engine = engine(1);
    let paid = pay("pay:o1", "o1", 500);
    // The entry of a command that did nothing, from a programme of its own.
    let mut other = engine.clone();
    let idle = Envelope { command: Command::TimeAdvance {}, ..paid.clone() };
    submit(&mut other, &idle);
    let entry = other.entries().next().expect("an entry");
    engine.replay_entry(&entry, Some(&paid)).expect("it fits");
    assert_eq!(submit(&mut engine, &paid), "=1");
    assert_eq!(submit(&mut engine, &pay("k", "o1", 500)), "+2");
    assert_eq!(submit(&mut engine, &paid), "=1");
    assert_eq!(submit(&mut engine, &receive("receive:o1", "o1")), "+3");
}
