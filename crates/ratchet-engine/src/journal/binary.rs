//! The binary form of a journal (`docs/spec/journal.md`): entries in batches, a hash chain over the batches, a Merkle tree over
//! the entries.
//!
//! Nothing here does I/O: bytes come from and go to the caller.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::merkle::{Tree, leaf_hash};
use super::{EntryBatch, FORMAT, Genesis, JournalError, JournalFault, RULES};
use crate::command::{Command, Envelope, PAY_KEY, RECEIVE_KEY};
use crate::engine::{Cause, DueKind, Engine, Entry};
use crate::event::Event;
use crate::hash::{Hash32, hex};
use crate::id::Id;
use crate::ledger::{Account, AccountKind, Asset, Owner, Posting};
use crate::message::Message;
use crate::snapshot::layout_hash;
use crate::time::Timestamp;
use crate::wire::{Decoder, Encoder, Schema, Wire, WireError, number_slot};

/// The first bytes of a binary journal.
pub const MAGIC: &[u8; 16] = b"ratchet journal\n";
/// A batch is closed when it has so many entries …
pub const BATCH_ENTRIES: usize = 8_192;
/// … or so many bytes.
pub const BATCH_BYTES: usize = 1 << 20;
/// Most entries that a batch may have.
const BATCH_ENTRIES_MAX: u64 = 1 << 16;
/// Largest record of a file: an entry may hold a cascade of millions of exits.
pub const RECORD_BYTES_MAX: u64 = 1 << 32;
/// Every so many entries a batch says where the next one begins.
const INDEX_EVERY: usize = 64;

const MEMBER: usize = number_slot("MemberNo");
const MERCHANT: usize = number_slot("MerchantNo");

/// What caused an entry, by its number in the journal.
const GENESIS: u8 = 0;
const COMMAND: u8 = 1;
const DUE: u8 = 2;
/// How a command's key is written: as an id …
const KEY: u8 = 0;
/// … or as what stands before the id that the entry says first.
const KEY_PAY: u8 = 1;
const KEY_RECEIVE: u8 = 2;
/// The actor is `operator`.
const OPERATOR: u8 = 4;
/// When it happened follows (TIME-4).
const HAPPENED: u8 = 8;
const OPERATOR_NAME: &str = "operator";

/// What the genesis says, as it is encoded.
#[derive(ratchet_wire_derive::Wire)]
struct GenesisForm {
    ratchet: String,
    plan: String,
    /// JSON, of a plan with a zone.
    zone: Option<String>,
    /// JSON.
    pass: Option<String>,
}

/// The description of this version's types.
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        Schema::of_types(FORMAT, |types| {
            Event::kind(types);
            Command::kind(types);
            DueKind::kind(types);
            GenesisForm::kind(types);
        })
    })
}

/// The hash that a record of the chain has: SHA-256 of the hash before it and the record.
pub fn chain(previous: &[u8; 32], record: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(record);
    hasher.finalize().into()
}

/// Encodes one entry by itself; it is in `encoder` until the next.
fn encode_entry(
    encoder: &mut Encoder,
    entry: &Entry<'_>,
    envelope: Option<&Envelope>,
    genesis: Option<&Genesis>,
) {
    encoder.begin();
    encoder.entry_time(entry.at);
    match entry.cause {
        Cause::Genesis => {
            encoder.byte(GENESIS);
            let genesis = genesis.expect("a genesis is encoded with what it says");
            let pass = genesis.pass.as_ref();
            let form = GenesisForm {
                ratchet: genesis.ratchet.clone(),
                plan: genesis.plan.clone(),
                zone: genesis.zone.as_ref().map(|zone| serde_json::to_string(zone).expect("a zone is JSON")),
                pass: pass.map(|pass| serde_json::to_string(pass).expect("a pass is JSON")),
            };
            form.write(encoder);
        }
        Cause::Command => {
            encoder.byte(COMMAND);
            let envelope = envelope.expect("an entry caused by a command is encoded with its envelope");
            encode_envelope(encoder, envelope);
        }
        Cause::Due(kind) => {
            encoder.byte(DUE);
            kind.write(encoder);
        }
    }
    encoder.count(entry.step_count());
    for (event, postings) in entry.steps() {
        event.write(encoder);
        encode_postings(encoder, postings);
    }
}

fn encode_envelope(encoder: &mut Encoder, envelope: &Envelope) {
    let Envelope { key, at: _, happened_at, actor, command } = envelope;
    command.write(encoder);
    let is_of_first = |prefix| key.as_str().strip_prefix(prefix).is_some_and(|id| encoder.is_first_id(id));
    let form = if is_of_first(PAY_KEY) {
        KEY_PAY
    } else if is_of_first(RECEIVE_KEY) {
        KEY_RECEIVE
    } else {
        KEY
    };
    let is_operator = actor.as_str() == OPERATOR_NAME;
    let happened = if happened_at.is_some() { HAPPENED } else { 0 };
    encoder.byte(form | happened | if is_operator { OPERATOR } else { 0 });
    if let Some(happened_at) = happened_at {
        happened_at.write(encoder);
    }
    if !is_operator {
        actor.write(encoder);
    }
    if form == KEY {
        key.write(encoder);
    }
}

/// The place of the last leg of each asset.
#[inline]
fn last_legs(postings: impl Iterator<Item = Asset>) -> [usize; Asset::ALL.len()] {
    let mut last = [usize::MAX; Asset::ALL.len()];
    for (at, asset) in postings.enumerate() {
        last[asset.place()] = at;
    }
    last
}

/// The accounts first, then the amounts; the last of each asset is what makes them sum to zero.
fn encode_postings(encoder: &mut Encoder, postings: &[Posting]) {
    encoder.count(postings.len());
    if postings.is_empty() {
        return;
    }
    let last = last_legs(postings.iter().map(|posting| posting.account.kind.asset_and_owner().0));
    for (at, posting) in postings.iter().enumerate() {
        let Account { kind, owner: of } = posting.account;
        let (asset, owner) = kind.asset_and_owner();
        let is_implied = last[asset.place()] == at;
        encoder.count(kind.place() << 1 | usize::from(posting.amount < 0 && !is_implied));
        match owner {
            Owner::Programme => {}
            Owner::Fund => encoder.varint(u64::from(of)),
            Owner::Merchant => encoder.number(MERCHANT, of),
            Owner::Member => encoder.number(MEMBER, of),
        }
    }
    for (at, posting) in postings.iter().enumerate() {
        if last[posting.account.kind.asset_and_owner().0.place()] != at {
            encoder.amount(posting.amount.unsigned_abs());
        }
    }
}

fn decode_postings(
    input: &mut Decoder<'_>,
    accounts: &Accounts<'_>,
    signs: &mut Vec<bool>,
    postings: &mut Vec<Posting>,
) -> Result<(), WireError> {
    let count = input.count()?;
    let start = postings.len();
    signs.clear();
    for _ in 0..count {
        let said = input.varint()?;
        let (kind, owner) = accounts.get(said >> 1)?;
        let of = match owner {
            OwnerForm::Programme => 0,
            OwnerForm::Plain => u32::read(input)?,
            OwnerForm::Number(slot) => input.number(slot)?,
        };
        signs.push(said & 1 == 1);
        postings.push(Posting { account: Account { kind, owner: of }, amount: 0 });
    }
    let legs = &mut postings[start..];
    let last = last_legs(legs.iter().map(|posting| posting.account.kind.asset_and_owner().0));
    let mut sums = [0_i128; Asset::ALL.len()];
    let no_amount = || WireError::new("an amount of a posting is out of range");
    for (at, (posting, is_negative)) in legs.iter_mut().zip(signs.iter()).enumerate() {
        let asset = posting.account.kind.asset_and_owner().0.place();
        if last[asset] == at {
            posting.amount = sums[asset].checked_neg().ok_or_else(no_amount)?;
            if *is_negative {
                return Err(WireError::new("the last posting of an asset has a sign"));
            }
        } else {
            let amount = i128::try_from(input.amount()?).map_err(|_| no_amount())?;
            posting.amount = if *is_negative { -amount } else { amount };
            sums[asset] = sums[asset].checked_add(posting.amount).ok_or_else(no_amount)?;
        }
        if posting.amount == 0 {
            return Err(WireError::new("a posting moves nothing"));
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum OwnerForm {
    Programme,
    Plain,
    Number(usize),
}

/// Accounts by their number in a journal: this version's own, or those of another description.
enum Accounts<'s> {
    Own,
    Of(&'s Schema),
}

impl Accounts<'_> {
    #[inline]
    fn get(&self, number: u64) -> Result<(AccountKind, OwnerForm), WireError> {
        let unknown = || WireError::new(format!("there is no account {number}"));
        let place = usize::try_from(number).map_err(|_| unknown())?;
        match self {
            Accounts::Own => {
                let kind = AccountKind::at(place).ok_or_else(unknown)?;
                let owner = match kind.asset_and_owner().1 {
                    Owner::Programme => OwnerForm::Programme,
                    Owner::Fund => OwnerForm::Plain,
                    Owner::Merchant => OwnerForm::Number(MERCHANT),
                    Owner::Member => OwnerForm::Number(MEMBER),
                };
                Ok((kind, owner))
            }
            Accounts::Of(schema) => {
                let account = schema.accounts.get(place).ok_or_else(unknown)?;
                let kind = account
                    .kind
                    .ok_or_else(|| WireError::new(format!("this version has no account {}", account.name)))?;
                let owner = match &account.owner {
                    None => OwnerForm::Programme,
                    Some((_, None)) => OwnerForm::Plain,
                    Some((_, Some(slot))) => OwnerForm::Number(*slot),
                };
                Ok((kind, owner))
            }
        }
    }
}

/// Encodes entries into batches.
#[derive(Clone, Debug, Default)]
pub struct BlobEncoder {
    encoder: Encoder,
    /// Lengths and entries.
    body: Vec<u8>,
    /// Where every [`INDEX_EVERY`]th entry begins in the body.
    index: Vec<usize>,
    first: u64,
    count: usize,
    rules: u32,
}

impl BlobEncoder {
    /// With nothing in it.
    pub fn new() -> BlobEncoder {
        BlobEncoder::default()
    }

    /// Adds an entry; all entries of one batch were decided by the same rules.
    pub fn push(
        &mut self,
        entry: &Entry<'_>,
        rules: u32,
        envelope: Option<&Envelope>,
        genesis: Option<&Genesis>,
    ) {
        encode_entry(&mut self.encoder, entry, envelope, genesis);
        if self.count == 0 {
            (self.first, self.rules) = (entry.seq, rules);
        } else if self.count.is_multiple_of(INDEX_EVERY) {
            self.index.push(self.body.len());
        }
        let bytes = self.encoder.bytes();
        push_varint(&mut self.body, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.body.extend_from_slice(bytes);
        self.count += 1;
    }

    /// Adds all entries of a batch.
    pub fn push_batch(&mut self, batch: &EntryBatch) {
        for (entry, envelope) in batch.iter() {
            self.push(&entry, batch.rules(), envelope, batch.genesis());
        }
    }

    /// Whether an entry of these rules may be added.
    fn takes(&self, rules: u32) -> bool {
        self.count == 0 || self.rules == rules
    }

    /// Whether there is no entry in it.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether it is time to close it.
    pub fn is_full(&self) -> bool {
        self.count >= BATCH_ENTRIES || self.body.len() >= BATCH_BYTES
    }

    /// Appends the batch of the entries added so far to `out`, and begins anew. Without entries nothing is appended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count == 0 {
            return;
        }
        let start = out.len();
        for number in
            [FORMAT, u64::from(self.rules), self.first, u64::try_from(self.count).unwrap_or(u64::MAX)]
        {
            push_varint(out, number);
        }
        let head = out.len() - start;
        out.extend_from_slice(&self.body);
        for place in &self.index {
            let place = u32::try_from(head + place).unwrap_or(u32::MAX);
            out.extend_from_slice(&place.to_le_bytes());
        }
        self.body.clear();
        self.index.clear();
        self.count = 0;
    }
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// The head of a batch and its parts.
#[derive(Clone, Copy, Debug)]
pub struct Blob<'a> {
    bytes: &'a [u8],
    /// The format of its entries.
    pub format: u64,
    /// The number of the rules they were decided by.
    pub rules: u32,
    /// The number of the first entry.
    pub first: u64,
    /// How many entries it has.
    pub count: usize,
    /// Where the entries begin and end.
    start: usize,
    end: usize,
}

impl<'a> Blob<'a> {
    /// Reads the head and checks that the parts lie inside.
    pub fn new(bytes: &'a [u8]) -> Result<Blob<'a>, WireError> {
        let mut input = Decoder::new(bytes);
        let (format, rules) = (input.varint()?, u32::read(&mut input)?);
        let (first, count) = (input.varint()?, input.varint()?);
        if count == 0 || count > BATCH_ENTRIES_MAX {
            return Err(WireError::new(format!("a batch has 1 to {BATCH_ENTRIES_MAX} entries, not {count}")));
        }
        if first.checked_add(count).is_none() {
            return Err(WireError::new("the number of its first entry is out of range"));
        }
        let start = bytes.len() - input.left();
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let index = (count - 1) / INDEX_EVERY * 4;
        let end = bytes.len().checked_sub(index).filter(|end| *end >= start);
        let end = end.ok_or_else(|| WireError::new("it ends too early"))?;
        Ok(Blob { bytes, format, rules, first, count, start, end })
    }

    /// The bytes of each entry, in order; what ends too early is an error.
    pub fn entries(self) -> impl Iterator<Item = Result<&'a [u8], WireError>> {
        let mut at = self.start;
        (0..self.count).map(move |number| {
            let (entry, next) = self.entry_from(at)?;
            at = next;
            if number + 1 == self.count && at != self.end {
                return Err(WireError::new("something follows its last entry"));
            }
            // What the index says must be true, or a look-up would read something else.
            if number + 1 < self.count
                && (number + 1) % INDEX_EVERY == 0
                && self.indexed((number + 1) / INDEX_EVERY) != at
            {
                return Err(WireError::new("its index does not say where its entries begin"));
            }
            Ok(entry)
        })
    }

    /// The bytes of one entry by its number, found by the index; `None` if it is not in this batch.
    pub fn entry(self, seq: u64) -> Result<Option<&'a [u8]>, WireError> {
        let Some(number) = seq.checked_sub(self.first).and_then(|number| usize::try_from(number).ok()) else {
            return Ok(None);
        };
        if number >= self.count {
            return Ok(None);
        }
        let mut at = match number / INDEX_EVERY {
            0 => self.start,
            indexed => self.indexed(indexed),
        };
        for _ in 0..number % INDEX_EVERY {
            (_, at) = self.entry_from(at)?;
        }
        self.entry_from(at).map(|(entry, _)| Some(entry))
    }

    fn indexed(self, place: usize) -> usize {
        let at = self.end + (place - 1) * 4;
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.bytes[at..at + 4]);
        crate::id::index(u32::from_le_bytes(bytes))
    }

    fn entry_from(self, at: usize) -> Result<(&'a [u8], usize), WireError> {
        let ended = || WireError::new("it ends too early");
        let rest = self.bytes.get(at..self.end).ok_or_else(ended)?;
        let mut input = Decoder::new(rest);
        let length = input.count()?;
        let start = self.end - input.left();
        Ok((&self.bytes[start..start + length], start + length))
    }

    /// What stands before an entry's bytes in its leaf: format, rules and the entry's number.
    fn leaf_head(self, seq: u64) -> Vec<u8> {
        let mut head = Vec::with_capacity(16);
        for number in [self.format, u64::from(self.rules), seq] {
            push_varint(&mut head, number);
        }
        head
    }

    /// The bytes of an entry that stand for themselves: format, rules, its number, then its bytes in the batch.
    pub fn standalone(self, seq: u64) -> Result<Option<Vec<u8>>, WireError> {
        Ok(self.entry(seq)?.map(|entry| [self.leaf_head(seq).as_slice(), entry].concat()))
    }

    /// Adds the hashes of the entries to a tree.
    pub fn grow(self, tree: &mut Tree) -> Result<(), WireError> {
        for (seq, entry) in (self.first..).zip(self.entries()) {
            tree.push(leaf_hash(&[&self.leaf_head(seq), entry?]));
        }
        Ok(())
    }
}

/// Reads batches into entries by a description, in reused memory.
#[derive(Clone, Debug, Default)]
pub struct BlobDecoder {
    /// None where it is this version's own.
    schema: Option<Box<Schema>>,
    signs: Vec<bool>,
    postings: Vec<Posting>,
}

impl BlobDecoder {
    /// By this version's own description.
    pub fn new() -> BlobDecoder {
        BlobDecoder::default()
    }

    /// By the description in a journal.
    pub fn of_text(text: &[u8]) -> Result<BlobDecoder, WireError> {
        let schema = Schema::of_text(text)?;
        let is_own = schema == *self::schema();
        Ok(BlobDecoder { schema: (!is_own).then(|| Box::new(schema)), ..BlobDecoder::default() })
    }

    /// Adds the entries of a batch to `into`. After an error the entries before the wrong one are in it; the error says which
    /// that is.
    pub fn decode(&mut self, blob: &[u8], into: &mut EntryBatch) -> Result<(), (Option<u64>, WireError)> {
        let blob = Blob::new(blob).map_err(|error| (None, error))?;
        let format = self.schema.as_ref().map_or(FORMAT, |schema| schema.format);
        if blob.format != format {
            let text = format!("its format is {}, the description is of {format}", blob.format);
            return Err((None, WireError::new(text)));
        }
        into.set_rules(blob.rules);
        let mut input = Decoder::new(&[]);
        for (seq, entry) in (blob.first..).zip(blob.entries()) {
            let decoded = entry.and_then(|entry| {
                input.begin(entry);
                self.entry(seq, &mut input, into)
            });
            if let Err(error) = decoded {
                return Err((Some(seq), error));
            }
        }
        Ok(())
    }

    fn entry(&mut self, seq: u64, input: &mut Decoder<'_>, into: &mut EntryBatch) -> Result<(), WireError> {
        let at = input.entry_time()?;
        let schema = self.schema.as_deref();
        let cause = match input.byte()? {
            GENESIS => {
                let form: GenesisForm = read_type(schema, input)?;
                let pass = form.pass.map(|pass| {
                    serde_json::from_str(&pass).map_err(|error| WireError::new(error.to_string()))
                });
                let pass = pass.transpose()?;
                let zone = form.zone.map(|zone| {
                    serde_json::from_str(&zone).map_err(|error| WireError::new(error.to_string()))
                });
                let zone = zone.transpose()?;
                into.set_genesis(Genesis { ratchet: form.ratchet, plan: form.plan, zone, pass });
                Cause::Genesis
            }
            COMMAND => {
                let command = read_type(schema, input)?;
                let form = input.byte()?;
                let happened_at = if form & HAPPENED == 0 { None } else { Some(Timestamp::read(input)?) };
                let actor = if form & OPERATOR == 0 { input.id()? } else { operator() };
                let of_first = |prefix: &str, input: &Decoder<'_>| {
                    Id::prefixed(prefix, &input.first_id()?)
                        .map_err(|error| WireError::new(error.to_string()))
                };
                let key = match form & !(OPERATOR | HAPPENED) {
                    KEY => input.id()?,
                    KEY_PAY => of_first(PAY_KEY, input)?,
                    KEY_RECEIVE => of_first(RECEIVE_KEY, input)?,
                    other => return Err(WireError::new(format!("there is no form {other} of a key"))),
                };
                let envelope = Envelope { key, at, happened_at, actor, command };
                if !envelope.is_well_formed() {
                    return Err(WireError::new("its command is none that may be sent"));
                }
                into.push_command(envelope);
                Cause::Command
            }
            DUE => Cause::Due(read_type(schema, input)?),
            other => return Err(WireError::new(format!("there is no cause {other} of an entry"))),
        };
        into.log_mut().begin_recorded(seq, at, cause);
        let steps = self.steps(input, into);
        if steps.is_err() {
            into.log_mut().drop_recorded();
        }
        steps
    }

    fn steps(&mut self, input: &mut Decoder<'_>, into: &mut EntryBatch) -> Result<(), WireError> {
        let schema = self.schema.as_deref();
        let accounts = schema.map_or(Accounts::Own, Accounts::Of);
        let steps = input.count()?;
        for _ in 0..steps {
            let event: Event = read_type(schema, input)?;
            self.postings.clear();
            decode_postings(input, &accounts, &mut self.signs, &mut self.postings)?;
            let log = into.log_mut();
            for posting in &self.postings {
                log.push_posting(*posting);
            }
            log.end_step(event);
        }
        input.end()?;
        into.log_mut().end_recorded();
        Ok(())
    }
}

fn operator() -> Id {
    Id::new(OPERATOR_NAME).expect("a valid id")
}

/// Reads a type by this version's description, or by another.
#[inline]
fn read_type<T: Wire>(schema: Option<&Schema>, input: &mut Decoder<'_>) -> Result<T, WireError> {
    match schema {
        None => T::read(input),
        Some(schema) => T::from_value(schema.read(T::NAME, input)?),
    }
}

/// Writes a binary journal into a caller's buffer.
#[derive(Clone, Debug)]
pub struct BinaryWriter {
    previous: [u8; 32],
    tree: Tree,
    blob: BlobEncoder,
    scratch: Vec<u8>,
    is_begun: bool,
}

impl Default for BinaryWriter {
    fn default() -> BinaryWriter {
        BinaryWriter::new()
    }
}

impl BinaryWriter {
    /// A journal that begins.
    pub fn new() -> BinaryWriter {
        BinaryWriter {
            previous: [0; 32],
            tree: Tree::new(),
            blob: BlobEncoder::new(),
            scratch: Vec::new(),
            is_begun: false,
        }
    }

    /// One that goes on after its last record: the hash of that and the tree so far.
    pub fn resume(head: [u8; 32], tree: Tree) -> BinaryWriter {
        BinaryWriter { previous: head, tree, is_begun: true, ..BinaryWriter::new() }
    }

    /// Hash of the last record, and the tree of all entries up to it.
    pub fn head(&self) -> ([u8; 32], &Tree) {
        (self.previous, &self.tree)
    }

    /// Takes the entries that the engine's last call wrote; `envelope` is the command of that call. A batch that is full is
    /// appended to `out`.
    pub fn write(&mut self, engine: &Engine, envelope: Option<&Envelope>, out: &mut Vec<u8>) {
        let mut genesis = None;
        for entry in engine.entries() {
            if entry.cause == Cause::Genesis {
                genesis = Some(Genesis::of(engine));
            }
            self.push(&entry, RULES, (envelope, genesis.as_ref()), out);
        }
    }

    /// Takes all entries of a batch.
    pub fn write_batch(&mut self, batch: &EntryBatch, out: &mut Vec<u8>) {
        for (entry, envelope) in batch.iter() {
            self.push(&entry, batch.rules(), (envelope, batch.genesis()), out);
        }
    }

    fn push(
        &mut self,
        entry: &Entry<'_>,
        rules: u32,
        (envelope, genesis): (Option<&Envelope>, Option<&Genesis>),
        out: &mut Vec<u8>,
    ) {
        if !self.is_begun {
            self.is_begun = true;
            out.extend_from_slice(MAGIC);
            let text = schema().text();
            self.record(text.as_bytes(), out);
        }
        if !self.blob.takes(rules) {
            self.commit(out);
        }
        self.blob.push(entry, rules, envelope, genesis);
        if self.blob.is_full() {
            self.commit(out);
        }
    }

    /// Appends what was taken and not appended yet as one batch.
    pub fn commit(&mut self, out: &mut Vec<u8>) {
        let mut blob = std::mem::take(&mut self.scratch);
        blob.clear();
        self.blob.finish(&mut blob);
        if !blob.is_empty() {
            let grown = Blob::new(&blob).and_then(|blob| blob.grow(&mut self.tree));
            grown.expect("what was just written is read");
            self.record(&blob, out);
        }
        self.scratch = blob;
    }

    fn record(&mut self, content: &[u8], out: &mut Vec<u8>) {
        self.previous = chain(&self.previous, content);
        out.extend_from_slice(&u64::try_from(content.len()).unwrap_or(u64::MAX).to_le_bytes());
        out.extend_from_slice(content);
        out.extend_from_slice(&self.previous);
    }

    /// Ends the journal with the record that says what it comes to.
    pub fn finish(&mut self, engine: &Engine, out: &mut Vec<u8>) {
        self.commit(out);
        let closing = Closing {
            entries: self.tree.size(),
            head: hex(&self.previous),
            root: hex(&self.tree.root()),
            layout: layout_hash().to_string(),
            digest: engine.digest(),
            totals: totals(engine),
        };
        self.record(closing.text().as_bytes(), out);
    }
}

/// Sums of the accounts of each kind that are not zero, by name.
fn totals(engine: &Engine) -> BTreeMap<String, i128> {
    let mut totals: BTreeMap<String, i128> = BTreeMap::new();
    for (account, balance) in engine.accounts() {
        if balance != 0 {
            *totals.entry(account.kind.name().to_owned()).or_default() += balance;
        }
    }
    totals.retain(|_, total| *total != 0);
    totals
}

/// What the last record of a journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// How many entries there are: the size of the tree.
    pub entries: u64,
    /// Hash of the record before.
    pub head: String,
    /// Root of the tree.
    pub root: String,
    /// Layout of the state that the digest is of ([`layout_hash`]).
    pub layout: String,
    /// Digest of the state.
    pub digest: String,
    /// Sums of the accounts of each kind, in the smallest unit of their asset.
    pub totals: BTreeMap<String, i128>,
}

impl Closing {
    fn text(&self) -> String {
        let totals: serde_json::Map<String, serde_json::Value> =
            self.totals.iter().map(|(name, total)| (name.clone(), json!(total.to_string()))).collect();
        json!({
            "closing": {
                "entries": self.entries,
                "head": self.head,
                "root": self.root,
                "layout": self.layout,
                "digest": self.digest,
                "totals": totals,
            }
        })
        .to_string()
    }

    fn parse(text: &[u8]) -> Option<Closing> {
        let json: serde_json::Value = serde_json::from_slice(text).ok()?;
        let closing = &json["closing"];
        let text = |name: &str| closing[name].as_str().map(str::to_owned);
        let mut totals = BTreeMap::new();
        for (name, total) in closing["totals"].as_object()? {
            totals.insert(name.clone(), total.as_str()?.parse().ok()?);
        }
        Some(Closing {
            entries: closing["entries"].as_u64()?,
            head: text("head")?,
            root: text("root")?,
            layout: text("layout")?,
            digest: text("digest")?,
            totals,
        })
    }

    /// Whether a state is the one that it names; else what is different.
    pub(crate) fn check(&self, engine: &Engine) -> Result<(), JournalFault<'static>> {
        // A version that lays the state out differently has another digest of the same state.
        let is_own = self.layout == layout_hash().to_string();
        if is_own && self.digest != engine.digest() {
            return Err(JournalFault::ClosingState {});
        }
        if self.totals != totals(engine) {
            return Err(JournalFault::ClosingTotals {});
        }
        Ok(())
    }
}

/// Reads a whole binary journal; `each` is given the entries with the number of their record. The reader is as after the last.
pub fn read(
    bytes: &[u8],
    mut each: impl FnMut(&EntryBatch, u64) -> Result<(), JournalError>,
) -> Result<BinaryReader, JournalError> {
    let (mut reader, mut batch) = (BinaryReader::new(), EntryBatch::new());
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        return Err(reader.error(None, JournalFault::NotBinary {}));
    };
    while !rest.is_empty() {
        let record = rest.split_first_chunk::<8>().and_then(|(length, after)| {
            let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
            let (content, after) = after.split_at_checked(length)?;
            let (hash, after) = after.split_first_chunk::<32>()?;
            Some((content, hash, after))
        });
        let Some((content, hash, after)) = record else {
            return Err(JournalError {
                line: reader.record + 1,
                seq: None,
                reason: JournalFault::CutOff {}.into(),
            });
        };
        reader.record(content, hash, &mut batch)?;
        each(&batch, reader.record)?;
        rest = after;
    }
    reader.finish()?;
    Ok(reader)
}

/// Takes the records of a binary journal after its first 16 bytes, and checks chain and tree.
#[derive(Debug, Default)]
pub struct BinaryReader {
    previous: [u8; 32],
    tree: Tree,
    record: u64,
    decoder: Option<BlobDecoder>,
    closing: Option<Closing>,
}

impl BinaryReader {
    /// Before the first record.
    pub fn new() -> BinaryReader {
        BinaryReader::default()
    }

    /// Takes the next record with the hash that stands behind it; its entries are in `into` then, which is emptied before.
    pub fn record(
        &mut self,
        content: &[u8],
        hash: &[u8; 32],
        into: &mut EntryBatch,
    ) -> Result<(), JournalError> {
        self.record += 1;
        into.clear();
        let computed = chain(&self.previous, content);
        if computed != *hash {
            return Err(self.error(None, JournalFault::RecordHash {}));
        }
        if self.closing.is_some() {
            return Err(self.error(None, JournalFault::AfterClosing {}));
        }
        if content.first() != Some(&b'{') {
            let Some(decoder) = &mut self.decoder else {
                return Err(self.error(None, JournalFault::NoDescription {}));
            };
            if let Err((seq, error)) = decoder.decode(content, into) {
                return Err(self.error(seq, JournalFault::Damaged { error: error.to_string() }));
            }
            let first = into.iter().next().map(|(entry, _)| entry.seq);
            if first != Some(self.tree.size()) {
                return Err(self.error(first, JournalFault::Expected { entry: self.tree.size() }));
            }
            let grown = Blob::new(content).and_then(|blob| blob.grow(&mut self.tree));
            grown.map_err(|error| self.error(None, JournalFault::Damaged { error: error.to_string() }))?;
        } else if let Some(closing) = Closing::parse(content) {
            if closing.entries != self.tree.size() {
                return Err(self.error(None, JournalFault::ClosingEntries {}));
            }
            if closing.head != hex(&self.previous) {
                return Err(self.error(None, JournalFault::ClosingHead {}));
            }
            if closing.root != hex(&self.tree.root()) {
                return Err(self.error(None, JournalFault::ClosingRoot {}));
            }
            self.closing = Some(closing);
        } else {
            // A later version that went on with the journal says what its types are.
            match BlobDecoder::of_text(content) {
                Ok(decoder) => self.decoder = Some(decoder),
                Err(error) => {
                    return Err(self.error(None, JournalFault::Damaged { error: error.to_string() }));
                }
            }
        }
        self.previous = computed;
        into.set_head(Hash32::new(computed));
        Ok(())
    }

    /// After the last record.
    pub fn finish(&self) -> Result<&Closing, JournalError> {
        self.closing.as_ref().ok_or_else(|| self.error(None, JournalFault::ClosingMissing {}))
    }

    /// Whether the state that the entries led to is the one that the closing record names.
    pub fn check(&self, engine: &Engine) -> Result<(), JournalError> {
        self.finish()?.check(engine).map_err(|reason| self.error(None, reason))
    }

    /// Hash of the last record, and the tree of all entries so far.
    pub fn head(&self) -> ([u8; 32], &Tree) {
        (self.previous, &self.tree)
    }

    fn error(&self, seq: Option<u64>, reason: impl Into<Message>) -> JournalError {
        JournalError { line: self.record, seq, reason: reason.into() }
    }
}
