//! Entries as values of their own: handed from the engine's thread to those that encode and hash, and from a reader to the
//! engine.

use crate::command::Envelope;
use crate::engine::{Cause, Engine, Entry, EntryBuffer, ReplayError};
use crate::gate::{Admitted, Pass};
use crate::hash::Hash32;
use crate::journal::{JournalFault, RULES, check_pass};
use crate::message::Message;
use crate::plan::Plan;
use crate::time::Zone;

/// What the first entry of a journal says besides its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The version that wrote it.
    pub ratchet: String,
    /// The plan, byte for byte.
    pub plan: String,
    /// Of a plan with a zone: its rules (TIME-3).
    pub zone: Option<Zone>,
    /// Of a live programme: what it was admitted by (GATE-1).
    pub pass: Option<Pass>,
}

impl Genesis {
    /// That of a programme of this version.
    pub fn of(engine: &Engine) -> Genesis {
        Genesis {
            ratchet: env!("CARGO_PKG_VERSION").to_owned(),
            plan: engine.genesis_plan().source.clone(),
            zone: engine.genesis_plan().programme.calendar.zone().cloned(),
            pass: engine.pass().cloned(),
        }
    }

    /// The programme after its first entry, which is decided again where this version's rules decided it. A live one has its pass,
    /// if that stands (GATE-1d).
    pub(crate) fn begin(
        &self,
        entry: &Entry<'_>,
        rules: u32,
        seed: Option<u64>,
    ) -> Result<Engine, ReplayError> {
        let wrong = |reason| ReplayError { seq: entry.seq, reason };
        let plan = self.read_plan().map_err(wrong)?;
        check_pass(&plan, self.pass.as_ref()).map_err(|fault| wrong(fault.into()))?;
        let admitted = Admitted::of_journal(plan, self.pass.clone());
        if rules != RULES {
            return Engine::replay_genesis(admitted, entry, seed);
        }
        let engine = match seed {
            Some(seed) => Engine::genesis_with_seed(admitted, seed),
            None => Engine::genesis(admitted),
        };
        // The version that wrote it may differ; everything after it must not.
        if !engine.entries().all(|again| again.is_same(entry)) {
            return Err(wrong(JournalFault::GenesisDiffers {}.into()));
        }
        Ok(engine)
    }

    /// The plan, read with the rules of its zone that stand here and no others; or why it cannot be.
    pub fn read_plan(&self) -> Result<Plan, Message> {
        let plan = Plan::parse_recorded("plan in the journal", &self.plan, self.zone.as_ref())
            .map_err(|errors| JournalFault::Plan { errors })?;
        if self.zone.is_some() && plan.programme.calendar.zone().is_none() {
            return Err(JournalFault::ZoneWithoutName {}.into());
        }
        Ok(plan)
    }
}

/// Entries in their order, with what caused them. Its buffers are used again.
#[derive(Clone, Debug, Default)]
pub struct EntryBatch {
    log: EntryBuffer,
    /// Envelopes of the entries caused by commands, in their order.
    commands: Vec<Envelope>,
    genesis: Option<Box<Genesis>>,
    /// By which rules the entries were decided.
    rules: u32,
    head: Option<Hash32>,
}

impl EntryBatch {
    /// An empty one.
    pub fn new() -> EntryBatch {
        EntryBatch::default()
    }

    /// Empties it; the memory stays.
    pub fn clear(&mut self) {
        self.log.clear_all();
        self.commands.clear();
        self.genesis = None;
        self.rules = super::RULES;
        self.head = None;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.log.len() == 0
    }

    /// The number of the rules by which the entries were decided; this version's are [`RULES`](super::RULES).
    pub fn rules(&self) -> u32 {
        self.rules
    }

    /// What the genesis says, if it is among the entries.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_deref()
    }

    /// Adds the envelope of the next command that was carried out: as many in the end as entries caused by commands.
    pub fn push_command(&mut self, envelope: Envelope) {
        self.commands.push(envelope);
    }

    /// Says what the genesis says, where it is among the entries.
    pub fn set_genesis(&mut self, genesis: Genesis) {
        self.genesis = Some(Box::new(genesis));
    }

    /// The entries, each with the envelope of its command if one caused it.
    pub fn iter(&self) -> impl Iterator<Item = (Entry<'_>, Option<&Envelope>)> + '_ {
        let mut commands = self.commands.iter();
        (0..self.log.len()).map(move |at| {
            let entry = self.log.entry(at);
            let envelope = match entry.cause {
                Cause::Command => commands.next(),
                Cause::Genesis | Cause::Due(_) => None,
            };
            (entry, envelope)
        })
    }

    /// Hash of the line or record that the entries were read from; of entries that come from an engine there is none.
    pub fn head(&self) -> Option<Hash32> {
        self.head
    }

    pub(crate) fn set_head(&mut self, head: Hash32) {
        self.head = Some(head);
    }

    pub(crate) fn log_mut(&mut self) -> &mut EntryBuffer {
        &mut self.log
    }

    pub(crate) fn set_rules(&mut self, rules: u32) {
        self.rules = rules;
    }
}
