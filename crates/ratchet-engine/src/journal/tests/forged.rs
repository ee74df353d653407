//! Entries that somebody has forged: what they name does not exist, what they say cannot have happened.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{Cause, Engine, is_applying_recorded};
use crate::event::Event;
use crate::journal::{EntryBatch, Genesis};
use crate::ledger::Posting;
use crate::testing::program::{Profile, Program};
use crate::wire::Wire;

/// How often events of a kind are forged: often enough that every field is there once.
const OF_A_KIND: u32 = 12;

/// Fields that name a place without a type of number of its own.
const PLACES: [&str; 27] = [
    "round_opened.round",
    "round_streamed.round",
    "order_subsidised.round",
    "window_opened.window",
    "points_committed.window",
    "shares_bought.window",
    "window_closed.window",
    "claim_imported.claim",
    "claim_approved.claim",
    "resolution_proposed.resolution",
    "resolution_approved.resolution",
    "wind_down_proposed.number",
    "wind_down_approved.number",
    "plan_proposed.number",
    "plan_approved.number",
    "plan_withdrawn.number",
    "plan_lapsed.number",
    "plan_took_effect.number",
    "plan_cancelled.number",
    "fund_deposited.fund",
    "campaign_opened.promotion",
    "coupon_issued.rule",
    "order_sourced.source",
    "task_counted.task",
    "ranks_changed.from",
    "ranks_changed.to",
    "daily_emission_issued.rank",
];

/// Where whole numbers stand in an event's JSON.
fn numbers(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Number(_) => into.push(path.to_owned()),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                numbers(item, &format!("{path}/{at}"), into);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                numbers(field, &format!("{path}/{name}"), into);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn named(event: &Event) -> Vec<(usize, u32)> {
    let mut named = Vec::new();
    event.numbers(&mut |slot, number| named.push((slot, number)));
    named
}

/// The event with another number in one place, where its type can hold it.
fn with(json: &Value, path: &str, number: u64) -> Option<Event> {
    let mut forged = json.clone();
    *forged.pointer_mut(path)? = number.into();
    serde_json::from_value(forged).ok()
}

/// The entries of a program, as a reader would hand them over.
fn recorded(program: &Program) -> EntryBatch {
    let mut engine = Engine::genesis(program.plan());
    engine.keep_entries(true);
    let mut applied = Vec::new();
    for envelope in &program.commands {
        if matches!(engine.submit(envelope), crate::engine::Outcome::Applied { .. }) {
            applied.push(envelope.clone());
        }
    }
    let mut batch = EntryBatch::new();
    engine.take_entries(&mut batch);
    batch.set_genesis(Genesis::of(&engine));
    applied.into_iter().for_each(|envelope| batch.push_command(envelope));
    batch
}

/// Puts another number into each place of an event that names something: every one of these steps is refused.
fn forge(engine: &mut Engine, event: &Event, postings: &[Posting]) {
    let json = serde_json::to_value(event).expect("an event has a JSON form");
    let kind = json["type"].as_str().expect("a type");
    let (mut paths, mut refused) = (Vec::new(), 0);
    numbers(&json, "", &mut paths);
    for path in paths {
        let field = path.rsplit('/').find(|part| part.parse::<u32>().is_err()).unwrap_or_default();
        for number in [u64::from(u32::MAX), u64::from(u32::MAX) - 1, 65_535, 255] {
            let Some(forged) = with(&json, &path, number).filter(|forged| forged != event) else { continue };
            let names_another = named(&forged) != named(event);
            if names_another || PLACES.contains(&format!("{kind}.{field}").as_str()) {
                let error = engine.replay_step(&forged, postings);
                assert!(error.is_err(), "{path} = {number} in {event:?}");
                refused += 1;
            }
            break;
        }
    }
    assert!(refused > 0 || named(event).is_empty(), "{event:?} names something");
}

/// KEEP-2: an entry that names what does not exist is refused before anything of it is applied, whatever its events are.
#[test]
fn whatever_an_entry_names_has_to_exist() {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for (seed, profile) in (1..).zip(Profile::ALL) {
        let program = Program::of_profile(seed, profile);
        let mut engine: Option<Engine> = None;
        for (entry, envelope) in recorded(&program).iter() {
            if entry.cause == Cause::Genesis {
                engine = Some(Engine::genesis(program.plan()));
                continue;
            }
            let engine = engine.as_mut().expect("the genesis comes first");
            engine.replay_begin(entry.at);
            for (event, postings) in entry.steps() {
                let json = serde_json::to_value(event).expect("an event has a JSON form");
                let seen = kinds.entry(json["type"].as_str().expect("a type").to_owned()).or_default();
                *seen += 1;
                if *seen <= OF_A_KIND {
                    forge(engine, event, postings);
                }
                engine.replay_step(event, postings).expect("it fits");
            }
            engine.replay_end(envelope);
        }
        engine.expect("a genesis").check_invariants().expect("nothing of what was forged was applied");
    }
    assert!(kinds.len() >= 90, "most kinds of events come up: {}", kinds.len());
}

/// What amounts and counts are forged to: the ends of all types that hold them.
fn extremes(of: &Value) -> Vec<Value> {
    let integers = [0, 1, 255, 65_535, u64::from(u32::MAX), i64::MAX.unsigned_abs(), u64::MAX];
    match of {
        Value::Number(_) => {
            let mut all: Vec<Value> = integers.map(Value::from).to_vec();
            all.extend([-1, i64::MIN].map(Value::from));
            all
        }
        Value::String(text) if text.parse::<i128>().is_ok() || text.contains('.') => {
            let wide = [0, 1, i64::MAX.unsigned_abs().into(), (1 << 96) - 1, 1 << 96, u128::MAX];
            wide.map(|number| Value::from(number.to_string())).to_vec()
        }
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

/// Where numbers and amounts stand in an event's JSON.
fn leaves(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Number(_) | Value::String(_) => into.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, &format!("{path}/{at}"), into));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| leaves(field, &format!("{path}/{name}"), into));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Every way in which an event is forged in one place.
fn forgeries(event: &Event) -> Vec<(String, Event)> {
    let json = serde_json::to_value(event).expect("an event has a JSON form");
    let (mut paths, mut all) = (Vec::new(), Vec::new());
    leaves(&json, "", &mut paths);
    for path in paths {
        let real = json.pointer(&path).expect("it is there").clone();
        for extreme in extremes(&real).into_iter().filter(|extreme| *extreme != real) {
            let mut forged = json.clone();
            *forged.pointer_mut(&path).expect("it is there") = extreme.clone();
            // What its type cannot hold is refused when it is read.
            if let Ok(forged) = serde_json::from_value(forged) {
                all.push((format!("{path} = {extreme}"), forged));
            }
        }
    }
    all
}

/// The same postings with another amount in one place; and with two that still sum to zero.
fn forged_postings(postings: &[Posting]) -> Vec<Vec<Posting>> {
    let mut all = Vec::new();
    for at in 0..postings.len().min(12) {
        for amount in [0, 1, -1, i128::from(i64::MAX), i128::from(i64::MIN), 1 << 96, i128::MAX, i128::MIN] {
            let mut forged = postings.to_vec();
            forged[at].amount = amount;
            all.push(forged.clone());
            // The leg after it takes the difference, which keeps the sum where both are of one asset.
            let other = (at + 1) % postings.len();
            let difference = postings[at].amount.checked_sub(amount);
            if let Some(balanced) = difference.and_then(|by| postings[other].amount.checked_add(by)) {
                forged[other].amount = balanced;
                all.push(forged);
            }
        }
    }
    all
}

/// Entries after a forged one that are applied too: what it changed may show later.
const ENTRIES_AFTER: usize = 8;
/// How often the amounts of events of a kind are forged.
const AMOUNTS_OF_A_KIND: u32 = 6;

/// JRN-18: whatever amounts an entry states, applying it and those after it succeeds or ends with an error, never with a panic; and
/// amounts beyond all limits are refused.
#[test]
fn whatever_amounts_an_entry_states_it_is_applied_or_refused() {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    std::panic::set_hook(Box::new(|panic| {
        if !is_applying_recorded() {
            eprintln!("{panic}");
        }
    }));
    for (seed, profile) in (1..).zip(Profile::ALL) {
        let program = Program::of_profile(seed, profile);
        let mut engine: Option<Engine> = None;
        let batch = recorded(&program);
        let entries: Vec<_> = batch.iter().collect();
        for (at, (entry, envelope)) in entries.iter().enumerate() {
            if entry.cause == Cause::Genesis {
                engine = Some(Engine::genesis(program.plan()));
                continue;
            }
            let engine = engine.as_mut().expect("the genesis comes first");
            engine.replay_begin(entry.at);
            for (event, postings) in entry.steps() {
                let seen = kinds.entry(kind_of(event)).or_default();
                *seen += 1;
                if *seen <= AMOUNTS_OF_A_KIND {
                    let events = forgeries(event).into_iter().map(|(_, event)| (event, postings.to_vec()));
                    let postings =
                        forged_postings(postings).into_iter().map(|forged| (event.clone(), forged));
                    for (event, postings) in events.chain(postings) {
                        let mut forged = engine.clone();
                        let mut applied = forged.replay_step(&event, &postings);
                        if applied.is_ok() {
                            forged.replay_end(*envelope);
                        }
                        for (entry, envelope) in entries[at + 1..].iter().take(ENTRIES_AFTER) {
                            let next = |error: crate::engine::ReplayError| error.reason;
                            applied =
                                applied.and_then(|()| forged.replay_entry(entry, *envelope).map_err(next));
                        }
                        if let Err(reason) = applied {
                            *refused.entry(reason.code).or_default() += 1;
                        }
                    }
                }
                engine.replay_step(event, postings).expect("it fits");
            }
            engine.replay_end(*envelope);
        }
    }
    drop(std::panic::take_hook());
    assert!(kinds.len() >= 90, "most kinds of events come up: {}", kinds.len());
    for code in ["unbalanced", "overdrawn", "too_large", "price_falls", "impossible"] {
        assert!(refused.contains_key(format!("journal.{code}").as_str()), "{code}: {refused:?}");
    }
}

fn kind_of(event: &Event) -> String {
    let json = serde_json::to_value(event).expect("an event has a JSON form");
    json["type"].as_str().expect("a type").to_owned()
}
