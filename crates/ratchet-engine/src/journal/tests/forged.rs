//! Entries that somebody has forged: what they name does not exist.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{Cause, Engine};
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
