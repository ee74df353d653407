//! Commands: what the outside world may ask for (SPEC 15), and the envelope they travel in.
//!
//! JSON Lines, one object a line: `{"key":…,"at":…,"actor":…,"type":"order.pay",…}`. The HTTP API and the
//! journal use the same form. A `Command` that exists is well-formed; whether it may be done is the engine's
//! decision.

mod json;

pub use json::{COMMAND_TYPES, CommandError};

use smallvec::SmallVec;

use crate::amount::{Money, Points};
use crate::id::Id;
use crate::keys::{Hash128, HashSeed, Hashes, KeyKind, Named};
use crate::time::Timestamp;

/// Most lines one order may have.
pub const ORDER_LINES_MAX: usize = 500;

/// A command with who sends it, when, and under which idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Idempotency key (IDEM-1).
    pub key: Id,
    /// When, as the sender's clock said; the engine has none (TIME-1).
    pub at: Timestamp,
    /// Who; defaults to the member concerned, else to `operator`.
    pub actor: Id,
    /// What.
    pub command: Command,
}

/// What the outside world may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `member.join`: a member joins, with or without a referrer.
    MemberJoin {
        /// Who joins.
        member: Id,
        /// Who invited; must exist.
        referrer: Option<Id>,
        /// GB/T 2260 code of where the member lives.
        region: Option<Region>,
    },
    /// `order.place`: an unpaid order.
    OrderPlace {
        /// The order's id.
        order: Id,
        /// What is bought.
        terms: OrderTerms,
    },
    /// `order.pay`: pays a placed order (no terms) or places and pays at once.
    OrderPay {
        /// The order's id.
        order: Id,
        /// What is bought; absent if the order was placed before.
        terms: Option<OrderTerms>,
    },
    /// `order.ship`
    OrderShip {
        /// The order's id.
        order: Id,
    },
    /// `order.receive`: the buyer confirms receipt; the settlement clock starts.
    OrderReceive {
        /// The order's id.
        order: Id,
    },
    /// `order.close`: closes an unpaid order.
    OrderClose {
        /// The order's id.
        order: Id,
    },
    /// `order.refund`: full (no lines) or partial, in any paid state.
    OrderRefund {
        /// The refund's id.
        refund: Id,
        /// The order's id.
        order: Id,
        /// What is refunded; absent: all that is left.
        lines: Option<Vec<RefundLine>>,
    },
    /// `time.advance`: lets due work happen.
    TimeAdvance,
    /// `points.sell`
    PointsSell {
        /// Who sells.
        member: Id,
        /// How many.
        points: SellQuantity,
    },
    /// `pool.inject`: adds outside money to the pool, with a named source (POOL-10).
    PoolInject {
        /// How much.
        amount: Money,
        /// Where it comes from: subsidy, funding round, advertising.
        source: Id,
    },
    /// `residual.propose`: proposes what to do with the pool residual (POOL-8).
    ResidualPropose {
        /// The disposal's id.
        disposal: Id,
        /// What is to happen.
        method: DisposalMethod,
    },
    /// `residual.approve`: a second person approves; the disposal happens.
    ResidualApprove {
        /// The disposal's id.
        disposal: Id,
    },
    /// `wallet.withdraw`: asks for a withdrawal; the amount moves to a hold.
    WalletWithdraw {
        /// The withdrawal's id.
        withdrawal: Id,
        /// Whose.
        member: Id,
        /// How much.
        amount: Money,
    },
    /// `wallet.approve`: by a person other than the requester; above a limit by two different people.
    WalletApprove {
        /// The withdrawal's id.
        withdrawal: Id,
    },
    /// `wallet.reject`: the hold returns.
    WalletReject {
        /// The withdrawal's id.
        withdrawal: Id,
        /// Why, for the member.
        reason: String,
    },
    /// `wallet.sent`: handed to the payment provider.
    WalletSent {
        /// The withdrawal's id.
        withdrawal: Id,
    },
    /// `wallet.unknown`: the provider's answer is unknown; never retried under a new id.
    WalletUnknown {
        /// The withdrawal's id.
        withdrawal: Id,
    },
    /// `wallet.paid`: the money has arrived.
    WalletPaid {
        /// The withdrawal's id.
        withdrawal: Id,
    },
    /// `wallet.failed`: the hold returns.
    WalletFailed {
        /// The withdrawal's id.
        withdrawal: Id,
    },
}

/// What an order buys and how it is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderTerms {
    /// The buyer; joins without referrer if unknown.
    pub member: Id,
    /// 1 to [`ORDER_LINES_MAX`] lines with distinct line ids.
    pub lines: SmallVec<[OrderLine; 1]>,
    /// Freight, always in cash.
    pub freight: Money,
    /// Tax, always in cash.
    pub tax: Money,
    /// GB/T 2260 code of the delivery address.
    pub ship_to: Option<Region>,
    /// How the goods are paid; absent: all cash. The sum must equal the lines' amounts.
    pub tender: Option<Tender>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The line's id within its order.
    pub line: Id,
    /// What is paid for the goods after discounts; more than zero.
    pub amount: Money,
    /// How many; for the record.
    pub quantity: Option<u32>,
    /// Which article; for the record.
    pub sku: Option<Id>,
    /// Who sells; absent: the unnamed supplier.
    pub merchant: Option<Id>,
    /// The line's own cost instead of the plan's share.
    pub cost: Option<Money>,
    /// The line's own pool contribution instead of the plan's share.
    pub contribution: Option<Money>,
    /// Award zone; for the record.
    pub zone: Option<Id>,
}

/// How the goods of an order are paid (ORDER-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tender {
    /// New money.
    pub cash: Money,
    /// From the re-consumption wallet.
    pub reconsume: Money,
    /// From a legacy claim.
    pub claim: Money,
}

/// One line of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// The line's id within its order.
    pub line: Id,
    /// How much of the line's amount is refunded; more than zero.
    pub amount: Money,
}

/// How many points to sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SellQuantity {
    /// All that the member holds.
    All,
    /// This many.
    Points(Points),
}

/// What happens to the pool residual (POOL-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisposalMethod {
    /// Shared over the sellers of the epoch that left it, by their sales.
    Rebate {
        /// The supply epoch, 0 for the first.
        epoch: u32,
    },
    /// Back into the pool as an injection; refused while the supply is zero.
    Inject {
        /// The supply epoch, 0 for the first.
        epoch: u32,
    },
}

/// A region: a six-digit GB/T 2260 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(u32);

impl Region {
    /// Parses six digits; the first pair is 11 to 82.
    pub fn parse(text: &str) -> Option<Region> {
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Region::from_code(text.parse().ok()?)
    }

    /// The region with this code.
    pub fn from_code(code: u32) -> Option<Region> {
        (110_000..830_000).contains(&code).then_some(Region(code))
    }

    /// The code as a number.
    pub fn code(self) -> u32 {
        self.0
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:06}", self.0)
    }
}

impl Command {
    /// The type as in JSON: `order.pay`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Command::MemberJoin { .. } => "member.join",
            Command::OrderPlace { .. } => "order.place",
            Command::OrderPay { .. } => "order.pay",
            Command::OrderShip { .. } => "order.ship",
            Command::OrderReceive { .. } => "order.receive",
            Command::OrderClose { .. } => "order.close",
            Command::OrderRefund { .. } => "order.refund",
            Command::TimeAdvance => "time.advance",
            Command::PointsSell { .. } => "points.sell",
            Command::PoolInject { .. } => "pool.inject",
            Command::ResidualPropose { .. } => "residual.propose",
            Command::ResidualApprove { .. } => "residual.approve",
            Command::WalletWithdraw { .. } => "wallet.withdraw",
            Command::WalletApprove { .. } => "wallet.approve",
            Command::WalletReject { .. } => "wallet.reject",
            Command::WalletSent { .. } => "wallet.sent",
            Command::WalletUnknown { .. } => "wallet.unknown",
            Command::WalletPaid { .. } => "wallet.paid",
            Command::WalletFailed { .. } => "wallet.failed",
        }
    }
}

/// The content of a command, folded field by field into 64 bits: a tag for the kind, texts by their own hash, so
/// that contents that differ anywhere differ here but by chance. Kept only as a fingerprint, never stored.
struct Content {
    seed: HashSeed,
    folded: u64,
}

impl Content {
    #[inline]
    fn fold(&mut self, value: u64) {
        self.folded = self.seed.fold(self.folded, value);
    }

    #[inline]
    fn tag(&mut self, tag: u8) {
        self.fold(u64::from(tag));
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.fold(self.seed.of(text.as_bytes()));
    }

    #[inline]
    fn id(&mut self, id: &Id) {
        self.text(id.as_str());
    }

    #[inline]
    fn money(&mut self, money: Money) {
        self.fold(money.minor().unsigned_abs());
    }

    #[inline]
    fn number(&mut self, number: u32) {
        self.fold(u64::from(number));
    }

    /// A tag that says whether the rest is there.
    #[inline]
    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.tag(0),
            Some(value) => {
                self.tag(1);
                write(self, value);
            }
        }
    }

    /// Which of the fields that few orders have are there, as bits; then only those.
    #[inline]
    fn terms(&mut self, terms: &OrderTerms) {
        let OrderTerms { member: _, lines, freight, tax, ship_to, tender } = terms;
        let there = [!freight.is_zero(), !tax.is_zero(), ship_to.is_some(), tender.is_some()];
        self.fold(bits(there) | (u64::try_from(lines.len()).unwrap_or(u64::MAX) << 8));
        for line in lines {
            let OrderLine { line: id, amount, quantity, sku, merchant, cost, contribution, zone } = line;
            let named = id.as_str() != "1";
            let there = [quantity.is_some(), sku.is_some(), merchant.is_some(), cost.is_some()];
            let more = [contribution.is_some(), zone.is_some(), named, false];
            let there = bits(there) | (bits(more) << 4);
            self.fold(there);
            self.money(*amount);
            if there != 0 {
                self.rare(line);
            }
        }
        if !freight.is_zero() {
            self.money(*freight);
        }
        if !tax.is_zero() {
            self.money(*tax);
        }
        if let Some(region) = ship_to {
            self.number(region.code());
        }
        if let Some(tender) = tender {
            self.money(tender.cash);
            self.money(tender.reconsume);
            self.money(tender.claim);
        }
    }

    /// What few lines have, as far as it is there.
    #[cold]
    fn rare(&mut self, line: &OrderLine) {
        self.id(&line.line);
        for id in [&line.sku, &line.merchant, &line.zone].into_iter().flatten() {
            self.id(id);
        }
        if let Some(quantity) = line.quantity {
            self.number(quantity);
        }
        for money in [line.cost, line.contribution].into_iter().flatten() {
            self.money(money);
        }
    }
}

/// Four flags as the lowest bits of a number.
#[inline]
fn bits(flags: [bool; 4]) -> u64 {
    let [a, b, c, d] = flags.map(u64::from);
    a | (b << 1) | (c << 2) | (d << 3)
}

impl Command {
    /// The order and the member that it names; what is looked up first.
    #[inline]
    fn names(&self) -> (Option<&Id>, Option<&Id>) {
        match self {
            Command::OrderPlace { order, terms } | Command::OrderPay { order, terms: Some(terms) } => {
                (Some(order), Some(&terms.member))
            }
            Command::OrderPay { order, terms: None }
            | Command::OrderShip { order }
            | Command::OrderReceive { order }
            | Command::OrderClose { order }
            | Command::OrderRefund { order, .. } => (Some(order), None),
            Command::MemberJoin { member, .. }
            | Command::PointsSell { member, .. }
            | Command::WalletWithdraw { member, .. } => (None, Some(member)),
            Command::TimeAdvance
            | Command::PoolInject { .. }
            | Command::ResidualPropose { .. }
            | Command::ResidualApprove { .. }
            | Command::WalletApprove { .. }
            | Command::WalletReject { .. }
            | Command::WalletSent { .. }
            | Command::WalletUnknown { .. }
            | Command::WalletPaid { .. }
            | Command::WalletFailed { .. } => (None, None),
        }
    }
}

impl Envelope {
    /// The hashes of the key, of the names, and of actor and command without `at`.
    #[inline]
    pub(crate) fn hashes(&self, seed: HashSeed) -> Hashes {
        let (order, member) = self.command.names();
        let mut content = Content { seed, folded: 0 };
        // Mostly the actor is the member; the names' own hashes serve here too.
        match member {
            Some(member) if *member == self.actor => content.tag(1),
            Some(_) | None => content.id(&self.actor),
        }
        let named = Named {
            order: order.map(|order| seed.key(KeyKind::Order, order.as_str())),
            member: member.map(|member| seed.of(member.as_str().as_bytes())),
        };
        content.fold(named.order.map_or(0, Hash128::half));
        content.fold(named.member.unwrap_or(0));
        self.fold_command(&mut content);
        Hashes { key: seed.key(KeyKind::Command, self.key.as_str()), content: content.folded, named }
    }

    /// The command but for its order and its member.
    #[inline]
    fn fold_command(&self, content: &mut Content) {
        match &self.command {
            Command::MemberJoin { member: _, referrer, region } => {
                content.tag(1);
                content.optional(referrer.as_ref(), Content::id);
                content.optional(*region, |content, region| content.number(region.code()));
            }
            Command::OrderPlace { order: _, terms } => {
                content.tag(2);
                content.terms(terms);
            }
            Command::OrderPay { order: _, terms: None } => content.tag(3),
            Command::OrderPay { order: _, terms: Some(terms) } => {
                content.tag(103);
                content.terms(terms);
            }
            Command::OrderShip { order: _ } => content.tag(4),
            Command::OrderReceive { order: _ } => content.tag(5),
            Command::OrderClose { order: _ } => content.tag(6),
            Command::OrderRefund { refund, order: _, lines } => {
                content.tag(7);
                content.id(refund);
                content.optional(lines.as_ref(), |content, lines| {
                    for line in lines {
                        content.tag(1);
                        content.id(&line.line);
                        content.money(line.amount);
                    }
                });
            }
            Command::TimeAdvance => content.tag(8),
            Command::PointsSell { member: _, points } => {
                content.tag(9);
                content.optional(
                    match points {
                        SellQuantity::All => None,
                        SellQuantity::Points(points) => Some(points),
                    },
                    |content, points| content.text(&points.units().to_string()),
                );
            }
            Command::PoolInject { amount, source } => {
                content.tag(10);
                content.money(*amount);
                content.id(source);
            }
            Command::ResidualPropose { disposal, method } => {
                let (tag, epoch) = match method {
                    DisposalMethod::Rebate { epoch } => (11, epoch),
                    DisposalMethod::Inject { epoch } => (12, epoch),
                };
                content.tag(tag);
                content.id(disposal);
                content.number(*epoch);
            }
            Command::ResidualApprove { disposal } => {
                content.tag(13);
                content.id(disposal);
            }
            Command::WalletWithdraw { withdrawal, member: _, amount } => {
                content.tag(14);
                content.id(withdrawal);
                content.money(*amount);
            }
            Command::WalletApprove { withdrawal } => {
                content.tag(15);
                content.id(withdrawal);
            }
            Command::WalletReject { withdrawal, reason } => {
                content.tag(16);
                content.id(withdrawal);
                content.text(reason);
            }
            Command::WalletSent { withdrawal } => {
                content.tag(17);
                content.id(withdrawal);
            }
            Command::WalletUnknown { withdrawal } => {
                content.tag(18);
                content.id(withdrawal);
            }
            Command::WalletPaid { withdrawal } => {
                content.tag(19);
                content.id(withdrawal);
            }
            Command::WalletFailed { withdrawal } => {
                content.tag(20);
                content.id(withdrawal);
            }
        }
    }
}
