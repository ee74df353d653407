//! Replay: a state is rebuilt from recorded entries, whose events and postings are applied as they are. Nothing is decided.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::command::Envelope;
use crate::engine::entry_buffer::{Entry, price_holds};
use crate::engine::{Engine, own_seed};
use crate::event::Event;
use crate::gate::Admitted;
use crate::journal::{EntryBatch, JournalFault};
use crate::keys::InsertSlot;
use crate::ledger::{Account, Posting, PostingFault};
use crate::message::{Message, panic_text};
use crate::time::Timestamp;

impl Engine {
    /// Begins a programme whose genesis was recorded: nothing is decided.
    pub(crate) fn replay_genesis(
        plan: Admitted,
        genesis: &Entry<'_>,
        seed: Option<u64>,
    ) -> Result<Engine, ReplayError> {
        let seed = seed.unwrap_or_else(|| own_seed(plan.plan()));
        let mut engine = Engine::begin(plan, seed);
        engine.replay_entry(genesis, None)?;
        Ok(engine)
    }

    /// Begins a programme again from the first batch of its journal, and applies the entries of that batch. `seed` is what the
    /// programme was begun with, where it has a secret one. A live programme has its pass again (GATE-1d); before it goes on, its
    /// admission is reviewed ([`Engine::review_admission`]).
    ///
    /// # Errors
    /// The number of the entry that does not fit, and why: no genesis, a plan that cannot be read, a pass that does not stand.
    pub fn resume(first: &EntryBatch, seed: Option<u64>) -> Result<Engine, ReplayError> {
        let mut entries = first.iter();
        let genesis = first.genesis().zip(entries.next());
        let Some((genesis, (entry, _))) = genesis else {
            return Err(ReplayError { seq: 0, reason: JournalFault::NoGenesis {}.into() });
        };
        let mut engine = genesis.begin(&entry, first.rules(), seed)?;
        for (entry, envelope) in entries {
            engine.replay_entry(&entry, envelope)?;
        }
        Ok(engine)
    }

    /// Applies recorded entries: their events and postings as they are, nothing is decided again. After an error the engine is of no
    /// use: a part of the entry that does not fit may have been applied.
    pub fn replay_batch(&mut self, batch: &EntryBatch) -> Result<(), ReplayError> {
        for (entry, envelope) in batch.iter() {
            self.replay_entry(&entry, envelope)?;
        }
        Ok(())
    }

    /// Applies one recorded entry; `envelope` is that of an entry caused by a command. After an error see [`Engine::replay_batch`].
    pub fn replay_entry(
        &mut self,
        entry: &Entry<'_>,
        envelope: Option<&Envelope>,
    ) -> Result<(), ReplayError> {
        let refuse = |reason: JournalFault<'_>| Err(ReplayError { seq: entry.seq, reason: reason.into() });
        if entry.seq != self.state.seq {
            return refuse(JournalFault::Expected { entry: self.state.seq });
        }
        if entry.at < self.state.now {
            return refuse(JournalFault::TimeBackwards {});
        }
        self.replay_begin(entry.at);
        for (event, postings) in entry.steps() {
            if let Err(reason) = self.try_step(event, postings) {
                return refuse(reason);
            }
        }
        self.replay_end(envelope);
        Ok(())
    }

    /// The same step by step: first this, then each step, then [`Engine::replay_end`].
    pub(crate) fn replay_begin(&mut self, at: Timestamp) {
        self.log.clear();
        self.state.now = at;
        self.state.under_way = None;
    }

    pub(crate) fn replay_step(&mut self, event: &Event, postings: &[Posting]) -> Result<(), Message> {
        Ok(self.try_step(event, postings)?)
    }

    /// Applies a recorded step: what it names is looked at first, then what it changes. `apply` asserts what holds of every event that
    /// a flow decides; here a failed assertion says that nobody has decided this one.
    fn try_step(&mut self, event: &Event, postings: &[Posting]) -> Result<(), JournalFault<'static>> {
        self.check_recorded(event, postings)?;
        let state = &mut self.state;
        let before = state.ledger.price_balances();
        state.ledger.try_post(postings).map_err(|fault| match fault {
            PostingFault::Unbalanced => JournalFault::Unbalanced {},
            PostingFault::Overdrawn(Account { kind, owner }) => {
                JournalFault::Overdrawn { account: kind.name(), of: owner }
            }
            PostingFault::TooLarge(Account { kind, owner }) => {
                JournalFault::TooLarge { account: kind.name(), of: owner }
            }
        })?;
        APPLIES_RECORDED.set(true);
        let applied = catch_unwind(AssertUnwindSafe(|| {
            state.apply(event, before);
            // Pool and supply are balances: without a posting only a split changes them.
            postings.is_empty() || price_holds(state, event, before)
        }));
        APPLIES_RECORDED.set(false);
        match applied {
            Ok(true) => {}
            Ok(false) => return Err(JournalFault::PriceFalls {}),
            Err(assertion) => {
                return Err(JournalFault::Impossible { broken: panic_text(&*assertion).to_owned() });
            }
        }
        self.follow(event);
        Ok(())
    }

    pub(crate) fn replay_end(&mut self, command: Option<&Envelope>) {
        if let Some(envelope) = command {
            let hashes = envelope.hashes(self.state.seed);
            self.record_key(envelope, &hashes, hashes.named.guess.order, InsertSlot::NONE);
        }
        self.state.seq += 1;
    }
}

thread_local! {
    static APPLIES_RECORDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread applies a recorded event: a panic then becomes an error that names the entry, and a panic hook says nothing.
pub fn is_applying_recorded() -> bool {
    APPLIES_RECORDED.get()
}

/// A recorded entry that does not fit the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayError {
    /// The entry's number.
    pub seq: u64,
    /// Why it does not fit.
    pub reason: Message,
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "entry {}: {}", self.seq, self.reason)
    }
}

impl std::error::Error for ReplayError {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::entry_buffer::step;
    use crate::engine::{Cause, Engine};
    use crate::plan::Plan;
    use crate::testing::program::{Profile, Program};

    /// JRN-17: events say everything. Applied to a state whose programme has another plan, one that says nothing at all, they
    /// lead to the state that was decided: an amendment, and rules to come, change no entry's meaning.
    #[test]
    fn entries_are_applied_without_their_plan() {
        for (seed, profile) in (100..).zip(Profile::ALL) {
            let program = Program::of_profile(seed, profile);
            let mut decided = Engine::genesis(program.plan());
            let nothing = "[programme]\nname = { zh = \"无\", en = \"Nothing\" }\n[split]\n";
            let mut replayed = Engine::begin(program.plan(), decided.state.seed.0);
            replayed.plan = Arc::new(Plan::parse("nothing", nothing).expect("it parses"));
            let apply = |replayed: &mut Engine, decided: &Engine, envelope| {
                for entry in decided.entries() {
                    replayed.replay_begin(entry.at);
                    entry.steps().for_each(|(event, postings)| step(&mut replayed.state, event, postings));
                    replayed.replay_end(if entry.cause == Cause::Command { envelope } else { None });
                }
            };
            apply(&mut replayed, &decided, None);
            for envelope in &program.commands {
                decided.submit(envelope);
                apply(&mut replayed, &decided, Some(envelope));
            }
            (replayed.plan, replayed.plans) = (Arc::clone(&decided.plan), decided.plans.clone());
            assert_eq!(replayed.digest(), decided.digest(), "{profile:?}, seed {seed}");
        }
    }
}
