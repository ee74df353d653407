//! Previews: they say what the command then does, and leave nothing behind.

use super::program::Program;
use crate::command::Envelope;
use crate::engine::{Cause, Engine, Entry, Outcome, Preview, PreviewOutcome};
use crate::event::Event;
use crate::ledger::Posting;
use crate::time::Timestamp;

/// One day.
const DAY_US: i64 = 86_400_000_000;

/// Whether the engine, which has just carried out the command that was previewed before, did what the preview said.
pub(super) fn came_true(preview: &Preview, engine: &Engine, outcome: Outcome) -> Result<(), String> {
    if preview.outcome != PreviewOutcome::Decided(outcome) {
        return Err(format!("preview {:?}, then {outcome:?}", preview.outcome));
    }
    let [foreseen, written] = [contents(preview.entries()), contents(engine.entries())];
    if foreseen != written {
        return Err(format!("preview {foreseen:?}\nthen {written:?}"));
    }
    if preview.pair_after != engine.state.pair() {
        return Err(format!("preview {:?}, then {:?}", preview.pair_after, engine.state.pair()));
    }
    let mut touched: Vec<_> = postings(&written).map(|posting| posting.account).collect();
    touched.sort_unstable();
    touched.dedup();
    for account in touched {
        let change = preview.balances.iter().find(|change| change.account == account);
        let change = change.ok_or_else(|| format!("the preview lacks {account:?}"))?;
        let now = engine.state.ledger.balance(account);
        let sum: i128 = postings(&written).filter(|it| it.account == account).map(|it| it.amount).sum();
        // A split changes balances without a posting.
        if change.after != now || (preview.splits == 0 && change.after - change.before != sum) {
            return Err(format!("preview {change:?}, then {now} after {sum}"));
        }
    }
    Ok(())
}

pub(super) type Written = Vec<(u64, Timestamp, Cause, Vec<(Event, Vec<Posting>)>)>;

pub(super) fn contents<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Written {
    let steps = |entry: &Entry<'_>| {
        entry.steps().map(|(event, postings)| (event.clone(), postings.to_vec())).collect::<Vec<_>>()
    };
    entries.map(|entry| (entry.seq, entry.at, entry.cause, steps(&entry))).collect()
}

fn postings(written: &Written) -> impl Iterator<Item = &Posting> {
    written.iter().flat_map(|(.., steps)| steps).flat_map(|(_, postings)| postings)
}

/// Previews commands all along a program: the next one, the same on later days, others of the program out of their order. The
/// state as a whole is what it was after each, whether the command would be refused or not; the error says where it is not.
/// Says how many previews would have been applied, refused, and put off because too much was due.
pub fn leave_no_trace(program: &Program) -> Result<[usize; 3], String> {
    let mut engine = Engine::genesis(program.plan());
    let mut counts = [0; 3];
    for (number, envelope) in program.commands.iter().enumerate() {
        engine.state.network.refresh();
        let (before, digest, written) = (whole(&engine), engine.digest(), contents(engine.entries()));
        let later = |days: i64| {
            let at = Timestamp::from_us(envelope.at.us() + days * DAY_US).unwrap_or(envelope.at);
            Envelope { at, ..envelope.clone() }
        };
        let other = |far: usize| {
            let other = &program.commands[(number * 7 + far) % program.commands.len()];
            Envelope { at: other.at.max(envelope.at), ..other.clone() }
        };
        let tries = [envelope.clone(), later(1), later(9), later(400), other(3), other(5), other(11)];
        for (tried, due_max) in tries.iter().zip([1_000, 1_000, 1_000, 50, 1_000, 2, 0]) {
            let preview = engine.preview_within(tried, due_max);
            let kind = match preview.outcome {
                PreviewOutcome::Decided(Outcome::Applied { .. } | Outcome::Duplicate { .. }) => 0,
                PreviewOutcome::Decided(Outcome::Rejected(_)) => 1,
                PreviewOutcome::CatchingUp { due } => {
                    let is_empty = preview.entries().next().is_none() && preview.balances.is_empty();
                    if due <= due_max || !is_empty {
                        return Err(format!(
                            "command {number}: {due} due, at most {due_max} done: {preview:?}"
                        ));
                    }
                    2
                }
            };
            counts[kind] += 1;
            let after = whole(&engine);
            if after != before {
                let difference = difference(&before, &after);
                return Err(format!("command {number}: {tried:?} left a trace:\n{difference}"));
            }
            if contents(engine.entries()) != written {
                return Err(format!("command {number}: the entries of the last command are gone"));
            }
        }
        if engine.digest() != digest {
            return Err(format!("command {number}: another digest"));
        }
        engine.submit(envelope);
    }
    Ok(counts)
}

/// All that the state is, down to the order of cells that no result depends on.
fn whole(engine: &Engine) -> String {
    format!("{:?}", engine.state)
}

fn difference(before: &str, after: &str) -> String {
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let part = text.as_bytes().get(same.saturating_sub(300)..(same + 200).min(text.len()));
        String::from_utf8_lossy(part.unwrap_or_default()).into_owned()
    };
    format!("before: {}\nafter: {}", around(before), around(after))
}
