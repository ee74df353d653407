//! Previews: a command is carried out on the state itself, and what it did is taken back.

use crate::command::Envelope;
use crate::engine::entry_buffer::{Entry, EntryBuffer};
use crate::engine::{Engine, Outcome};
use crate::keys::PriorKey;
use crate::ledger::{Account, AccountKind};
use crate::pool::Pair;
use crate::undo::Walk;

/// Most pieces of due work that a preview does before its command.
pub const PREVIEW_DUE_MAX: u64 = 1_000;

/// What [`Engine::submit`] would answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewOutcome {
    /// This.
    Decided(Outcome),
    /// More is due before the command's time than a preview does: once due work has caught up it can be asked for again.
    CatchingUp {
        /// At least so many entries are due first.
        due: u64,
    },
}

/// A balance that would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceChange {
    /// Which account.
    pub account: Account,
    /// Now, as the ledger keeps it: minor units of money or units of 10⁻¹² of the others, debit-normal accounts below zero.
    pub before: i128,
    /// Then. If the units of points would be split meanwhile ([`Preview::splits`]), in units after that.
    pub after: i128,
}

/// What a command would do, with the due work before it.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The answer.
    pub outcome: PreviewOutcome,
    /// Every account that a posting would touch, with its balance before and after all of them, in the order of the chart.
    pub balances: Vec<BalanceChange>,
    /// Pool and supply now, which make the price.
    pub pair_before: Pair,
    /// The same then.
    pub pair_after: Pair,
    /// Splits of the units of points that would happen (POOL-9): each makes every number of them a thousand times as large.
    pub splits: u32,
    /// How many cells of the state were written and taken back: what the preview cost.
    pub written: usize,
    log: EntryBuffer,
}

impl Preview {
    /// The entries that would be written, in order: due work first, then the command's own unless it is refused. Nothing while
    /// the engine is catching up.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.log.written()
    }

    /// Whether the command would be carried out.
    pub fn is_applied(&self) -> bool {
        matches!(self.outcome, PreviewOutcome::Decided(Outcome::Applied { .. }))
    }
}

impl Engine {
    /// What [`Engine::submit`] would do now: exact, with due work, cascades and refusals. The state is written to and put back,
    /// so that a preview costs what the command touches; afterwards it is as if nothing had been asked, and
    /// [`Engine::entries`] are still those of the last command.
    pub fn preview(&mut self, envelope: &Envelope) -> Preview {
        self.preview_within(envelope, PREVIEW_DUE_MAX)
    }

    /// The same with another limit of due work.
    pub fn preview_within(&mut self, envelope: &Envelope, due_max: u64) -> Preview {
        let hashes = envelope.hashes(self.state.seed);
        let (last, fetched) = (std::mem::take(&mut self.log), self.fetched);
        // The network's pointers are no state. Set anew here they are set once; below they would be in each preview.
        self.state.network.refresh();
        let (pair_before, exponent) = (self.state.pair(), self.state.ledger.exponent());

        let walk = Walk::begin(&mut self.state);
        let (outcome, pair_after, splits) =
            match self.submit_within(envelope, &hashes, PriorKey::Unknown, due_max) {
                Some(outcome) => {
                    let splits = self.state.ledger.exponent() - exponent;
                    (PreviewOutcome::Decided(outcome), self.state.pair(), splits)
                }
                None => {
                    let due = due_max.saturating_add(self.known_due(envelope.at));
                    self.log.clear();
                    (PreviewOutcome::CatchingUp { due }, pair_before, 0)
                }
            };
        let mut balances = self.touched(splits > 0);
        let written = walk.roll_back(&mut self.state);
        self.drop_later_plans();

        for balance in &mut balances {
            balance.before = self.state.ledger.balance(balance.account);
        }
        self.check_small();
        self.fetched = fetched;
        let log = std::mem::replace(&mut self.log, last);
        Preview { outcome, balances, pair_before, pair_after, splits, written, log }
    }

    /// The accounts that the last call's postings touched, with what they hold now.
    fn touched(&self, splits: bool) -> Vec<BalanceChange> {
        let mut accounts: Vec<Account> = self.log.postings.iter().map(|posting| posting.account).collect();
        if splits {
            // A split restates these without a posting; members' points are restated when they are next looked at.
            accounts.extend([AccountKind::PointsIssued, AccountKind::PointsHouse].map(Account::programme));
        }
        accounts.sort_unstable();
        accounts.dedup();
        let held = |account| BalanceChange { account, before: 0, after: self.state.ledger.balance(account) };
        accounts.into_iter().map(held).collect()
    }
}
