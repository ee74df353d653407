//! Keys of some days only: with an index of all of them behind it, an engine answers as one that keeps them all (IDEM-1).

use std::collections::BTreeMap;

use super::program::Program;
use crate::command::Envelope;
use crate::engine::{Engine, Outcome, PriorKey};

/// Runs a program, and old commands again all along, in both engines. Says how many keys the one dropped, and how often the
/// index alone knew one.
pub fn window_answers_as_if_all_were_kept(program: &Program) -> Result<(u64, usize), String> {
    let begin = || Engine::genesis(program.plan());
    let (mut all, mut recent) = (begin(), begin());
    recent.keep_recent_keys();
    let (mut index, mut known) = (BTreeMap::new(), 0);
    for (number, envelope) in program.commands.iter().enumerate() {
        let mut tries = vec![envelope.clone()];
        for back in [1, 3, 7] {
            let old = &program.commands[number / back];
            tries.push(old.clone());
            // The same key with other content, and the same at the present time.
            tries.push(Envelope { actor: envelope.actor.clone(), ..old.clone() });
            tries.push(Envelope { at: envelope.at.max(old.at), ..old.clone() });
        }
        for tried in &tries {
            known += usize::from(submit(&mut all, &mut recent, tried, &mut index)?);
        }
        if all.digest() != recent.digest() {
            return Err(format!("command {number} {envelope:?}: dropping keys changes the digest"));
        }
    }
    Ok((all.keys_kept() - recent.keys_kept(), known))
}

/// Says whether the index alone knew the key.
fn submit(
    all: &mut Engine,
    recent: &mut Engine,
    envelope: &Envelope,
    index: &mut BTreeMap<String, (u64, Envelope)>,
) -> Result<bool, String> {
    let prior = index.get(envelope.key.as_str()).map_or(PriorKey::Unknown, |(seq, stored)| PriorKey::Known {
        seq: *seq,
        fingerprint: recent.fingerprint(stored),
    });
    let was_kept = recent.entry_of_key(envelope).is_some();
    let (expected, found) = (all.submit(envelope), recent.submit_with_prior(envelope, prior));
    if found != expected {
        return Err(format!("{envelope:?}: {expected:?} with all keys, {found:?} with {prior:?}"));
    }
    if let Outcome::Applied { seq } = expected {
        index.insert(envelope.key.as_str().to_owned(), (seq, envelope.clone()));
    }
    Ok(prior != PriorKey::Unknown && !was_kept)
}
