//! A snapshot as bytes: a header, the state, its digest. Everything is framed with checksums, so that nothing is taken for a value
//! before it is known to be what was written.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{BLOCK_BYTES, Input, Layout, Output, Part, SnapshotError, SnapshotFault};
use crate::digest::DigestHasher;
use crate::engine::Engine;
use crate::gate::{Admitted, Pass};
use crate::hash::Hash32;
use crate::journal::{Genesis, JournalFault, RULES, check_pass};
use crate::keys::CommandKeys;
use crate::message::Message;
use crate::plan::Plan;
use crate::state::State;
use crate::time::{Timestamp, Zone};

/// What every snapshot begins with.
pub const MAGIC: &[u8; 8] = b"RATSNAP1";
/// Longest block of the state.
const BLOCK_BYTES_MAX: usize = 4 * BLOCK_BYTES;
/// Longest header: it holds the plan.
const HEADER_BYTES_MAX: usize = 1 << 26;

/// Where the journal of a programme stands whose state is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalPosition {
    /// Hash of the last line or record: the journal goes on from it.
    pub head: Hash32,
}

/// What a snapshot says about the state in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotHeader {
    /// The version that wrote it.
    pub ratchet: String,
    /// Hash of the layout of the state ([`layout_hash`]).
    pub layout: Hash32,
    /// The number of the rules by which that version decides.
    pub rules: u32,
    /// Number of the entry that comes next.
    pub seq: u64,
    /// The programme's time.
    pub at: Timestamp,
    /// The journal up to here, as whoever kept the snapshot said.
    pub journal: JournalPosition,
    /// The seed of hashes, as 16 hexadecimal digits.
    pub seed: String,
    /// The plan of the genesis, byte for byte.
    pub plan: String,
    /// The plans of later versions, oldest first (AMEND-1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amended: Vec<String>,
    /// Of a plan with a zone: its rules (TIME-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Of a live programme: what it was admitted by (GATE-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Pass>,
}

impl SnapshotHeader {
    /// The plan, read with the rules of its zone that stand here.
    fn read_plan(&self) -> Result<Plan, Message> {
        Genesis { ratchet: String::new(), plan: self.plan.clone(), zone: self.zone.clone(), pass: None }
            .read_plan()
    }
}

impl Engine {
    /// Writes the whole state between two commands; `journal` is where its journal stands. Returns the digest, which is that of
    /// [`Engine::digest`]. No invariant is checked.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn snapshot(&self, journal: &JournalPosition, sink: impl Write) -> io::Result<Hash32> {
        let plan = self.genesis_plan();
        let mut amended = self.plan_sources();
        amended.remove(0);
        let header = SnapshotHeader {
            ratchet: env!("CARGO_PKG_VERSION").to_owned(),
            layout: *layout_hash(),
            rules: RULES,
            seq: self.next_seq(),
            at: self.now(),
            journal: *journal,
            seed: format!("{:016x}", self.state.seed.0),
            plan: plan.source.clone(),
            amended,
            zone: plan.programme.calendar.zone().cloned(),
            gate: self.pass().cloned(),
        };
        let mut frames = FrameWriter { sink, number: 0 };
        frames.sink.write_all(MAGIC)?;
        frames.frame(&serde_json::to_vec(&header)?)?;
        let mut hasher = DigestHasher::default();
        hasher.update(&self.digest_start());
        let digest = frames.stream(&self.state, hasher)?;
        frames.stream(&self.state.commands, DigestHasher::default())?;
        frames.sink.flush()?;
        Ok(digest)
    }

    /// Reads what [`Engine::snapshot`] wrote: the state, what its header says, and its digest, which the state has been compared
    /// with. What is left out of a snapshot is computed again.
    ///
    /// # Errors
    /// What does not fit, and where: bytes that were changed, cut off or added, or another version's layout. Memory is asked
    /// for as bytes come.
    pub fn restore(source: impl Read) -> Result<(Engine, SnapshotHeader, Hash32), SnapshotError> {
        let mut frames = FrameReader { source, number: 0, offset: 0 };
        let mut magic = [0; MAGIC.len()];
        frames.fill(&mut magic)?;
        if magic != *MAGIC {
            return Err(frames.flaw(SnapshotFault::NotASnapshot {}));
        }
        let header = frames.header()?;
        let plan = header.read_plan().map_err(|error| frames.flaw(SnapshotFault::Plan { error }))?;
        check_pass(&plan, header.gate.as_ref())
            .map_err(|fault| frames.flaw(SnapshotFault::Plan { error: fault.into() }))?;
        let seed = u64::from_str_radix(&header.seed, 16).map_err(|_| frames.flaw(SnapshotFault::Seed {}))?;
        let mut engine = Engine::begin(Admitted::of_journal(plan, header.gate.clone()), seed);
        engine
            .restore_plans(&header.amended)
            .map_err(|errors| JournalFault::Plan { errors })
            .map_err(|fault| frames.flaw(SnapshotFault::Plan { error: fault.into() }))?;
        let mut hasher = DigestHasher::default();
        hasher.update(&engine.digest_start());
        let digest = frames.stream(&mut engine.state, hasher)?;
        frames.stream(&mut engine.state.commands, DigestHasher::default())?;
        frames.end()?;
        if (engine.next_seq(), engine.now()) != (header.seq, header.at) {
            return Err(frames.flaw(SnapshotFault::Place {}));
        }
        engine.state.restore_derived().map_err(|fault| frames.flaw(fault))?;
        Ok((engine, header, digest))
    }
}

/// Writes frames: length, checksum, content.
struct FrameWriter<W> {
    sink: W,
    number: u64,
}

impl<W: Write> FrameWriter<W> {
    fn frame(&mut self, content: &[u8]) -> io::Result<()> {
        let length = u32::try_from(content.len()).map_err(|_| io::Error::from(ErrorKind::InvalidInput))?;
        self.sink.write_all(&length.to_le_bytes())?;
        self.sink.write_all(&xxh3_64_with_seed(content, self.number).to_le_bytes())?;
        self.sink.write_all(content)?;
        self.number += 1;
        Ok(())
    }

    /// Writes a part of the state, the end of it, and its digest, which it returns.
    fn stream(&mut self, part: &impl Part, mut hasher: DigestHasher) -> io::Result<Hash32> {
        let mut written = Ok(());
        let mut take = |block: Vec<u8>| {
            if written.is_ok() {
                hasher.update(&block);
                written = block.chunks(BLOCK_BYTES_MAX).try_for_each(|part| self.frame(part));
            }
            block
        };
        let mut out = Output::new(&mut take);
        part.feed(&mut out);
        out.finish();
        written?;
        let digest = hasher.finish_hash();
        self.frame(&[])?;
        self.sink.write_all(digest.bytes())?;
        Ok(digest)
    }
}

/// Reads frames and checks them.
struct FrameReader<R> {
    source: R,
    number: u64,
    offset: u64,
}

impl<R: Read> FrameReader<R> {
    fn flaw(&self, reason: SnapshotFault<'_>) -> SnapshotError {
        SnapshotError { offset: self.offset, part: String::new(), reason: reason.into() }
    }

    fn count(&mut self, bytes: usize) {
        self.offset += u64::try_from(bytes).unwrap_or(0);
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        self.source.read_exact(bytes).map_err(|error| {
            let is_cut = error.kind() == ErrorKind::UnexpectedEof;
            self.flaw(if is_cut {
                SnapshotFault::CutOff {}
            } else {
                SnapshotFault::Read { error: error.to_string() }
            })
        })?;
        self.count(bytes.len());
        Ok(())
    }

    /// Reads a frame of at most so many bytes into `content`.
    fn frame(&mut self, max: usize, content: &mut Vec<u8>) -> Result<(), SnapshotError> {
        let (mut length, mut checksum) = ([0; 4], [0; 8]);
        self.fill(&mut length)?;
        self.fill(&mut checksum)?;
        let length = crate::id::index(u32::from_le_bytes(length));
        if length > max {
            return Err(self.flaw(SnapshotFault::BlockTooLong { bytes: length, most: max }));
        }
        content.clear();
        let wanted = u64::try_from(length).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(wanted).read_to_end(content);
        read.map_err(|error| self.flaw(SnapshotFault::Read { error: error.to_string() }))?;
        if content.len() != length {
            return Err(self.flaw(SnapshotFault::CutOff {}));
        }
        if xxh3_64_with_seed(content, self.number) != u64::from_le_bytes(checksum) {
            return Err(self.flaw(SnapshotFault::BlockChanged {}));
        }
        self.number += 1;
        self.count(length);
        Ok(())
    }

    fn header(&mut self) -> Result<SnapshotHeader, SnapshotError> {
        let mut bytes = Vec::new();
        self.frame(HEADER_BYTES_MAX, &mut bytes)?;
        let json: serde_json::Value = serde_json::from_slice(&bytes)
            .map_err(|error| self.flaw(SnapshotFault::Header { error: error.to_string() }))?;
        // Said first: the rest of another version's header may be anything.
        let layout = json["layout"].as_str().unwrap_or_default();
        if layout != layout_hash().to_string() {
            let ratchet = json["ratchet"].as_str().unwrap_or("?").to_owned();
            return Err(self.flaw(SnapshotFault::OtherLayout { ratchet }));
        }
        serde_json::from_value(json)
            .map_err(|error| self.flaw(SnapshotFault::Header { error: error.to_string() }))
    }

    /// The next block of the state, and where its content begins; an empty one after the last.
    fn block(&mut self, content: &mut Vec<u8>) -> Result<u64, SnapshotError> {
        self.frame(BLOCK_BYTES_MAX, content)?;
        Ok(self.offset - u64::try_from(content.len()).unwrap_or(0))
    }

    /// Reads a part of the state, and its digest, which it compares and returns.
    fn stream(&mut self, part: &mut impl Part, mut hasher: DigestHasher) -> Result<Hash32, SnapshotError> {
        let mut next = |block: &mut Vec<u8>| {
            let begins = self.block(block)?;
            hasher.update(block);
            Ok((!block.is_empty()).then_some(begins))
        };
        let mut input = Input::new(&mut next);
        part.load(&mut input)?;
        input.end()?;
        let (digest, mut said) = (hasher.finish_hash(), [0; 32]);
        self.fill(&mut said)?;
        if said != *digest.bytes() {
            return Err(self.flaw(SnapshotFault::Digest {}));
        }
        Ok(digest)
    }

    fn end(&mut self) -> Result<(), SnapshotError> {
        let mut more = [0];
        match self.source.read(&mut more) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.flaw(SnapshotFault::MoreBytes {})),
            Err(error) => Err(self.flaw(SnapshotFault::Read { error: error.to_string() })),
        }
    }
}

impl State {
    /// Computes what follows from the rest of a state that was read: indexes, pointers, the queue of caps.
    fn restore_derived(&mut self) -> Result<(), SnapshotFault<'static>> {
        // Without a window nothing is dropped.
        if !self.commands.keeps_recent() && self.commands.kept() != self.key_history.commands {
            return Err(SnapshotFault::Keys {});
        }
        self.commands.restore();
        self.natural.restore();
        self.members.restore();
        self.coupons.restore();
        self.network.restore().ok_or(SnapshotFault::Network {})?;
        self.watch_all_again();
        Ok(())
    }
}

/// The forms of all types of the state, as text: a type's name, then its fields in order.
pub fn layout() -> &'static str {
    static LAYOUT: OnceLock<String> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let mut layout = Layout::default();
        let state = State::part_layout(&mut layout);
        let keys = CommandKeys::part_layout(&mut layout);
        let mut text = format!("the state is {state}\nkeys of commands are {keys}\n");
        for (name, fields) in &layout.types {
            text += &format!("\n{name}\n{fields}");
        }
        text
    })
}

/// SHA-256 of [`layout`]: snapshots and digests of two versions can be compared if theirs is the same.
pub fn layout_hash() -> &'static Hash32 {
    static HASH: OnceLock<Hash32> = OnceLock::new();
    HASH.get_or_init(|| Hash32::of(layout().as_bytes()))
}
