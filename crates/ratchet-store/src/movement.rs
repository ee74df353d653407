//! Movements of accounts: every posting once more, with the balance after it and the way back to the account's movement before.
//!
//! They are written in runs, blobs of at most [`RUN_MAX`] movements in the order of the journal, and never changed or indexed: an
//! account's history is a walk back along its chain ([ADR 26](../../../docs/adr/0026-the-store.md)).

use ratchet_engine::event::Event;
use ratchet_engine::journal::EntryBatch;
use ratchet_engine::ledger::{Account, AccountKind, Asset, Posting};

/// Most movements in one run.
pub(crate) const RUN_MAX: usize = 256;
/// The form of a run.
const FORMAT: u8 = 1;

/// One change of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Its place among all movements of the programme, from 0.
    pub position: u64,
    /// Which account.
    pub account: Account,
    /// The entry that caused it.
    pub seq: u64,
    /// As posted: minor units of money, or units of 10⁻¹² of anything else but shares; positive credits the account.
    pub amount: i128,
    /// The balance after it, as the ledger keeps it.
    pub balance: i128,
    /// How often the units of points had been split (POOL-9): each later split makes a number of points a thousand times as large.
    pub splits: u32,
    /// Where the account's movement before it stands.
    pub previous: Option<u64>,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    balance: i128,
    /// The position of its last movement, plus 1; 0 before the first.
    last: u64,
    splits: u32,
}

/// A run of movements as it is stored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first_position: u64,
    pub(crate) first_seq: u64,
    pub(crate) body: Vec<u8>,
}

/// The heads of all accounts' chains, and the run that is being written.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    /// By kind, then by owner.
    heads: Vec<Vec<Head>>,
    /// The stored number of each kind.
    kinds: Vec<Option<u64>>,
    /// Kinds in the order of their stored numbers.
    stored: Vec<AccountKind>,
    next: u64,
    splits: u32,
    run: Run,
    run_count: usize,
    /// The entry of the last movement in the run.
    last_seq: u64,
}

impl Chains {
    /// Before the first entry; `stored` are the kinds of accounts that have numbers, in their order.
    pub(crate) fn new(stored: Vec<AccountKind>) -> Chains {
        let mut chains = Chains::default();
        for kind in stored {
            chains.number_of(kind);
        }
        chains
    }

    /// The kinds that have numbers, in their order.
    pub(crate) fn stored(&self) -> &[AccountKind] {
        &self.stored
    }

    /// How many movements there are.
    pub(crate) fn count(&self) -> u64 {
        self.next
    }

    /// The position of an account's last movement.
    pub(crate) fn last_of(&self, account: Account) -> Option<u64> {
        self.heads.get(place(account.kind))?.get(account.owner as usize)?.last.checked_sub(1)
    }

    /// Takes the movements of entries; each run that is complete goes to `each`.
    pub(crate) fn push_batch(&mut self, batch: &EntryBatch, mut each: impl FnMut(Run)) {
        for (entry, _) in batch.iter() {
            for (event, postings) in entry.steps() {
                if matches!(event, Event::UnitsSplit {}) {
                    // Numbers of points in one run are in the same units.
                    self.end_run(&mut each);
                    self.splits += 1;
                }
                for posting in postings {
                    self.push(entry.seq, posting);
                    if self.run_count == RUN_MAX {
                        self.end_run(&mut each);
                    }
                }
            }
        }
        self.end_run(&mut each);
    }

    fn push(&mut self, seq: u64, posting: &Posting) {
        let Posting { account, amount } = *posting;
        let (position, splits) = (self.next, self.splits);
        let head = self.head_mut(account);
        if account.kind.asset() == Asset::Points {
            while head.splits < splits {
                (head.balance, head.splits) = (head.balance * 1_000, head.splits + 1);
            }
        }
        head.balance += amount;
        let (balance, distance) = (head.balance, if head.last == 0 { 0 } else { position + 1 - head.last });
        head.last = position + 1;

        let number = self.number_of(account.kind);
        if self.run_count == 0 {
            (self.run.first_position, self.run.first_seq, self.last_seq) = (position, seq, seq);
            self.run.body.push(FORMAT);
            push_varint(&mut self.run.body, u128::from(splits));
        }
        let body = &mut self.run.body;
        push_varint(body, u128::from(number));
        push_varint(body, u128::from(account.owner));
        push_varint(body, u128::from(seq - self.last_seq));
        push_varint(body, zigzag(amount));
        push_varint(body, zigzag(balance));
        push_varint(body, u128::from(distance));
        self.last_seq = seq;
        self.run_count += 1;
        self.next += 1;
    }

    fn end_run(&mut self, each: &mut impl FnMut(Run)) {
        if self.run_count > 0 {
            self.run_count = 0;
            each(std::mem::take(&mut self.run));
        }
    }

    fn head_mut(&mut self, account: Account) -> &mut Head {
        let (kind, owner) = (place(account.kind), account.owner as usize);
        if self.heads.len() <= kind {
            self.heads.resize_with(kind + 1, Vec::new);
        }
        let heads = &mut self.heads[kind];
        if heads.len() <= owner {
            heads.resize(owner + 1, Head::default());
        }
        &mut heads[owner]
    }

    fn number_of(&mut self, kind: AccountKind) -> u64 {
        let at = place(kind);
        if self.kinds.len() <= at {
            self.kinds.resize(at + 1, None);
        }
        *self.kinds[at].get_or_insert_with(|| {
            self.stored.push(kind);
            self.stored.len() as u64 - 1
        })
    }
}

/// A kind's place in this program; what is stored is another number, which later programs know too.
fn place(kind: AccountKind) -> usize {
    kind as usize
}

/// Reads the movements of a run; `None` where the bytes are none.
pub(crate) fn read_run(
    (first_position, first_seq): (u64, u64),
    body: &[u8],
    kinds: &[AccountKind],
) -> Option<Vec<Movement>> {
    let mut rest = body.strip_prefix(&[FORMAT])?;
    let splits = u32::try_from(take_varint(&mut rest)?).ok()?;
    let (mut movements, mut seq) = (Vec::with_capacity(RUN_MAX), first_seq);
    for position in first_position.. {
        if rest.is_empty() {
            break;
        }
        let mut number = || take_varint(&mut rest);
        let kind = *kinds.get(usize::try_from(number()?).ok()?)?;
        let owner = u32::try_from(number()?).ok()?;
        seq = seq.checked_add(u64::try_from(number()?).ok()?)?;
        let (amount, balance) = (unzigzag(number()?), unzigzag(number()?));
        let distance = u64::try_from(number()?).ok()?;
        let previous = if distance == 0 { None } else { Some(position.checked_sub(distance)?) };
        let account = Account { kind, owner };
        movements.push(Movement { position, account, seq, amount, balance, splits, previous });
    }
    Some(movements)
}

fn zigzag(value: i128) -> u128 {
    (value.unsigned_abs() << 1) - u128::from(value < 0)
}

fn unzigzag(value: u128) -> i128 {
    let half = (value >> 1) as i128;
    if value & 1 == 0 { half } else { -half - 1 }
}

pub(crate) fn push_varint(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u128> {
    let mut value = 0;
    for shift in (0..128).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u128::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_come_back() {
        let mut numbers = vec![0, 1, -1, 63, -64, 64, i128::MAX / 4, i128::MIN / 4];
        numbers.extend((0..125).flat_map(|bits| [1 << bits, -(1 << bits), (1 << bits) - 1]));
        let mut bytes = Vec::new();
        numbers.iter().for_each(|number| push_varint(&mut bytes, zigzag(*number)));
        let mut rest = bytes.as_slice();
        for number in numbers {
            assert_eq!(take_varint(&mut rest).map(unzigzag), Some(number));
        }
        assert!(rest.is_empty());
        assert_eq!(take_varint(&mut [0x80; 30].as_slice()), None, "a number without an end");
    }
}
