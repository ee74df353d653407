//! `[facts]`: what somebody declares about the programme that does not follow from its numbers (LINT-2e).

use super::fault::PlanFault;
use super::reader::{Reader, Section, nearest};
use crate::facts::{FACTS, Fact, Kind, Origin, Value, WHOLE_MAX, fact};
use crate::message::{List, Message, Quoted};
use crate::time::Day;

/// Longest text of a declaration in characters.
pub const DECLARATION_CHARS_MAX: usize = 500;

/// One declaration of `[facts]`, with who stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredFact {
    /// What is declared.
    pub fact: &'static Fact,
    /// Its value; of a licence `true`, and its record decides.
    pub value: Value,
    /// Who declares it: a name people can ask.
    pub by: String,
    /// On what evidence.
    pub evidence: String,
    /// On which day.
    pub at: Day,
    /// The record of a licence.
    pub licence: Option<LicenceRecord>,
}

/// What the record of a licence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceRecord {
    /// Who holds it.
    pub holder: String,
    /// Its number.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub until: Day,
}

const KEYS: [&str; 4] = ["value", "by", "evidence", "at"];
const LICENCE_KEYS: [&str; 8] = ["holder", "number", "issuer", "from", "until", "by", "evidence", "at"];

pub(super) fn read_facts(reader: &mut Reader, top: Section<'_, '_>) -> Vec<DeclaredFact> {
    let section = reader.section(top, "facts", "facts");
    let mut declared = Vec::new();
    for (group, group_at) in section.entries() {
        let Some(inner) = section.inner(group) else {
            reader.wrong(group_at, PlanFault::FactForm { found: Quoted(group) });
            continue;
        };
        for (name, at) in inner.entries() {
            let full = format!("{group}.{name}");
            match (fact(&full), inner.inner(name)) {
                (Some(fact), Some(keys)) => declared.extend(read_fact(reader, fact, keys, at)),
                (Some(fact), None) => {
                    let keys =
                        if fact.kind == Kind::Licence { LICENCE_KEYS.as_slice() } else { KEYS.as_slice() };
                    let keys = keys.iter().map(|key| format!("{key} = …")).collect::<Vec<_>>().join(", ");
                    reader.wrong(at, PlanFault::FactRecord { fact: &full, keys });
                }
                (None, _) => reader.wrong(at, unknown(&full)),
            }
        }
    }
    declared
}

/// What a name that nobody can declare is answered with.
fn unknown(name: &str) -> Message {
    let names: Vec<&str> =
        FACTS.iter().filter(|fact| fact.origin == Origin::Declared).map(|fact| fact.name).collect();
    let nearest = nearest(name, &names);
    let name = Quoted(name);
    match nearest {
        Some(nearest) => PlanFault::FactNear { name, nearest }.into(),
        None => PlanFault::FactUnknown { name }.into(),
    }
}

fn read_fact(
    reader: &mut Reader,
    fact: &'static Fact,
    keys: Section<'_, '_>,
    at: usize,
) -> Option<DeclaredFact> {
    let name = fact.name;
    match fact.origin {
        Origin::Derived => {
            reader.wrong(at, PlanFault::FactDerived { fact: name });
            return None;
        }
        Origin::Observed => {
            reader.wrong(at, PlanFault::FactObserved { fact: name });
            return None;
        }
        Origin::Declared => {}
    }
    let known = if fact.kind == Kind::Licence { LICENCE_KEYS.as_slice() } else { KEYS.as_slice() };
    for (key, at) in keys.entries() {
        if !known.contains(&key) {
            let (fact, shown) = (name, Quoted(key));
            let message = match nearest(key, known) {
                Some(nearest) => PlanFault::FactKeyNear { fact, key: shown, nearest },
                None => PlanFault::FactKey { fact, key: shown, known: List::of(known) },
            };
            reader.wrong(at, message);
        }
    }
    let absent: Vec<&str> = known.iter().copied().filter(|key| keys.value(key).is_none()).collect();
    if !absent.is_empty() {
        reader.wrong(at, PlanFault::FactLacks { fact: name, keys: List::of(absent) });
        return None;
    }
    let value = read_value(reader, fact, keys)?;
    let by = read_text(reader, keys, "by");
    let evidence = read_text(reader, keys, "evidence");
    let day = read_day(reader, keys, "at");
    let licence = if fact.kind == Kind::Licence {
        let from = read_day(reader, keys, "from")?;
        let until = read_day(reader, keys, "until")?;
        if until < from {
            reader.wrong(keys.place("until"), PlanFault::FactEnds { fact: name });
        }
        Some(LicenceRecord {
            holder: read_text(reader, keys, "holder")?,
            number: read_text(reader, keys, "number")?,
            issuer: read_text(reader, keys, "issuer")?,
            from,
            until,
        })
    } else {
        None
    };
    Some(DeclaredFact { fact, value, by: by?, evidence: evidence?, at: day?, licence })
}

fn read_value(reader: &mut Reader, fact: &'static Fact, keys: Section<'_, '_>) -> Option<Value> {
    match fact.kind {
        Kind::Licence => Some(Value::Switch(true)),
        Kind::Switch => {
            keys.value("value").and_then(|value| value.get_ref().as_bool()).map(Value::Switch).or_else(|| {
                reader.wrong(keys.place("value"), PlanFault::FactSwitch { fact: fact.name });
                None
            })
        }
        Kind::Whole => reader.optional_whole(keys, "value", 0..=WHOLE_MAX).map(Value::Whole),
        Kind::Rate => reader
            .optional_rate(keys, "value", crate::amount::Rate::from_ppm(700_000))
            .map(|rate| Value::Rate(u64::from(rate.ppm()))),
        Kind::Name(names) => {
            let text = reader.optional_text(keys, "value", "\"own\"")?;
            let known = names.iter().find(|name| **name == text);
            if known.is_none() {
                let options = List::of(names.iter().map(|name| format!("\"{name}\"")));
                let message = match nearest(text, names) {
                    Some(nearest) => PlanFault::FactChoiceNear { fact: fact.name, options, nearest },
                    None => PlanFault::FactChoice { fact: fact.name, options },
                };
                reader.wrong(keys.place("value"), message);
            }
            known.map(|name| Value::Name(name))
        }
    }
}

/// A line of text that says something.
fn read_text(reader: &mut Reader, keys: Section<'_, '_>, key: &str) -> Option<String> {
    let text = reader.optional_text(keys, key, "\"…\"")?;
    if text.trim().is_empty()
        || text.chars().any(char::is_control)
        || text.chars().count() > DECLARATION_CHARS_MAX
    {
        reader.wrong(keys.place(key), PlanFault::FactText { key, most: DECLARATION_CHARS_MAX });
        return None;
    }
    Some(text.trim().to_owned())
}

fn read_day(reader: &mut Reader, keys: Section<'_, '_>, key: &str) -> Option<Day> {
    let text = reader.optional_text(keys, key, "\"2026-01-31\"")?;
    let day = Day::parse(text);
    if day.is_none() {
        reader.wrong(keys.place(key), PlanFault::FactDay { key, found: Quoted(text) });
    }
    day
}
