//! Commands written together, to be submitted one after the other.

use ratchet_engine::amount::Money;
use ratchet_engine::command::{
    Command, Envelope, HashSeed, HashedEnvelope, LookupHint, MallTerms, OrderTerms, PAY_KEY, RECEIVE_KEY,
    Region,
};
use ratchet_engine::id::Id;
use ratchet_engine::time::Timestamp;

/// How many commands ahead of its turn the memory of one is prefetched.
const COMMANDS_FETCHED: usize = 16;

/// Commands in their order, each with a note of whoever wrote it. Nearly all are the two commands of an order, and those stay
/// when the batch is cleared: only what differs from one order to the next is written over the one before. So a batch is
/// always filled for the same engine, with orders from the same source.
pub(crate) struct Batch<N> {
    steps: Vec<Step<N>>,
    pays: Orders,
    receives: Orders,
    others: Vec<HashedEnvelope>,
}

/// A command with its note.
pub(crate) struct Step<N> {
    command: Place,
    pub(crate) note: N,
}

/// Where in its batch a command stands.
enum Place {
    Pay(usize),
    Receive(usize),
    Other(usize),
}

/// Commands of one type about orders, of which some are in use.
#[derive(Default)]
struct Orders {
    commands: Vec<HashedEnvelope>,
    used: usize,
}

/// What differs between commands of one type about orders.
pub(crate) struct Head<'a> {
    pub(crate) at: Timestamp,
    pub(crate) buyer: &'a Id,
    pub(crate) order: &'a Id,
    pub(crate) guess: LookupHint,
}

/// What differs between orders of one line.
pub(crate) struct Bought<'a> {
    pub(crate) amount: Money,
    pub(crate) ship_to: Option<Region>,
    /// Which `[[source]]` it comes from; absent: the first.
    pub(crate) source: Option<&'a Id>,
}

impl<N> Default for Batch<N> {
    fn default() -> Batch<N> {
        Batch { steps: Vec::new(), pays: Orders::default(), receives: Orders::default(), others: Vec::new() }
    }
}

impl<N> Batch<N> {
    pub(crate) fn clear(&mut self) {
        self.steps.clear();
        self.pays.used = 0;
        self.receives.used = 0;
        self.others.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn steps(&self) -> &[Step<N>] {
        &self.steps
    }

    /// The commands in the order in which they were written.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &HashedEnvelope> {
        self.steps.iter().map(|step| self.command(step))
    }

    /// The same for another thread than the one that wrote them: each is prefetched a few before it is its turn.
    pub(crate) fn commands_fetched(&self) -> impl Iterator<Item = &HashedEnvelope> {
        self.steps.iter().enumerate().map(|(at, step)| {
            if let Some(coming) = self.steps.get(at + COMMANDS_FETCHED) {
                self.command(coming).fetch();
            }
            self.command(step)
        })
    }

    fn command(&self, step: &Step<N>) -> &HashedEnvelope {
        match step.command {
            Place::Pay(at) => &self.pays.commands[at],
            Place::Receive(at) => &self.receives.commands[at],
            Place::Other(at) => &self.others[at],
        }
    }

    /// `order.pay` of one line, paid in cash, under the order's key (IDEM-1b).
    pub(crate) fn pay(&mut self, seed: HashSeed, head: Head<'_>, bought: &Bought<'_>, note: N) {
        let first = |head: &Head<'_>| {
            let mut terms = OrderTerms::plain(head.buyer.clone(), bought.amount);
            terms.mall = bought
                .source
                .map(|source| Box::new(MallTerms { source: Some(source.clone()), ..MallTerms::default() }));
            Command::OrderPay { order: head.order.clone(), terms: Some(terms) }
        };
        let place = self.pays.write(seed, PAY_KEY, head, first, |command, head| {
            if let Command::OrderPay { order, terms: Some(terms) } = command {
                *order = head.order.clone();
                terms.member = head.buyer.clone();
                terms.ship_to = bought.ship_to;
                terms.lines[0].amount = bought.amount;
            }
        });
        self.steps.push(Step { command: Place::Pay(place), note });
    }

    /// `order.receive`, under the order's key too.
    pub(crate) fn receive(&mut self, seed: HashSeed, head: Head<'_>, note: N) {
        let first = |head: &Head<'_>| Command::OrderReceive { order: head.order.clone() };
        let place = self.receives.write(seed, RECEIVE_KEY, head, first, |command, head| {
            if let Command::OrderReceive { order } = command {
                *order = head.order.clone();
            }
        });
        self.steps.push(Step { command: Place::Receive(place), note });
    }

    /// Any other command.
    pub(crate) fn other(&mut self, seed: HashSeed, envelope: Envelope, guess: LookupHint, note: N) {
        self.steps.push(Step { command: Place::Other(self.others.len()), note });
        let mut prepared = HashedEnvelope::new(envelope, seed);
        prepared.guess(guess);
        self.others.push(prepared);
    }
}

impl Orders {
    /// Writes the next command `over` the one that was there, or over the `first` of its place; says where it stands.
    #[inline]
    fn write(
        &mut self,
        seed: HashSeed,
        letters: &str,
        head: Head<'_>,
        first: impl FnOnce(&Head<'_>) -> Command,
        over: impl FnOnce(&mut Command, &Head<'_>),
    ) -> usize {
        let (place, guess) = (self.used, head.guess);
        let key = Id::prefixed(letters, head.order).expect("order ids leave room for the letters");
        self.used += 1;
        match self.commands.get_mut(place) {
            None => {
                let mut command = first(&head);
                over(&mut command, &head);
                let Head { at, buyer, .. } = head;
                let envelope = Envelope { key, at, happened_at: None, actor: buyer.clone(), command };
                self.commands.push(HashedEnvelope::new(envelope, seed));
            }
            Some(written) => written.reuse_with(|envelope| {
                over(&mut envelope.command, &head);
                envelope.actor = head.buyer.clone();
                envelope.at = head.at;
                envelope.key = key;
            }),
        }
        self.commands[place].guess(guess);
        place
    }
}

#[cfg(test)]
mod tests {
    use ratchet_engine::amount::Money;
    use ratchet_engine::command::{Command, LookupHint, Region};
    use ratchet_engine::engine::Engine;
    use ratchet_engine::id::Id;
    use ratchet_engine::plan::Plan;
    use ratchet_engine::time::Timestamp;

    use super::{Batch, Bought, Head};

    /// The first command of a place says all that one written over it says.
    #[test]
    fn first_and_later_commands_are_equal() {
        let plan =
            Plan::parse("value-growth.toml", include_str!("../../../plans/value-growth.toml")).unwrap();
        let seed = Engine::genesis(plan).hash_seed();
        let id = |text: &str| Id::new(text).unwrap();
        let (buyer, order, source) = (id("ann"), id("o1"), id("shop"));
        let mut batch = Batch::default();
        let mut write = || {
            batch.clear();
            let head =
                || Head { at: Timestamp::MIN, buyer: &buyer, order: &order, guess: LookupHint::default() };
            let bought = Bought {
                amount: Money::from_minor(4_200).unwrap(),
                ship_to: Region::parse("440305"),
                source: Some(&source),
            };
            batch.pay(seed, head(), &bought, ());
            batch.receive(seed, head(), ());
            batch.commands().map(|command| command.envelope().clone()).collect::<Vec<_>>()
        };
        let first = write();
        assert_eq!(first, write());
        let Command::OrderPay { terms: Some(terms), .. } = &first[0].command else { panic!("no order") };
        assert_eq!((terms.ship_to, terms.lines[0].amount.minor()), (Region::parse("440305"), 4_200));
    }
}
