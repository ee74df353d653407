//! Articles, their stock, and what order lines hold of them (CAT-1 to CAT-6). Records and arithmetic; what they lead to is
//! in `flow/catalogue.rs`.

use crate::amount::Money;
use crate::id::{Id, LineNo, MemberNo, MerchantNo, SkuNo};
use crate::plan::FreightPlan;
use crate::region::{Level, Region};
use crate::undo::{Column, Table, undo_fields};

/// What an order would have to state (CAT-2, CAT-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderPrice {
    /// The amount of each line; of one without an article what it states.
    pub amounts: Vec<Money>,
    /// The sum of the amounts.
    pub goods: Money,
    /// What coupons take off.
    pub discount: Money,
    /// What the plan charges; where it does not, what the order states.
    pub freight: Money,
}

impl OrderPrice {
    /// Goods and freight.
    pub fn total(&self) -> Money {
        self.goods.add_within_limit(self.freight)
    }
}

/// An article that is or was listed (CAT-1).
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Sku {
    pub(crate) id: Id,
    /// The product it is a variant of.
    pub(crate) product: Option<Id>,
    pub(crate) merchant: Option<MerchantNo>,
    /// Price of one.
    pub(crate) price: Money,
    /// Cost of one.
    pub(crate) cost: Option<Money>,
    /// Its award zone, as its place in the plan.
    pub(crate) zone: Option<u16>,
    /// Its class, as its place in the plan (CAT-7).
    pub(crate) class: Option<u16>,
    pub(crate) stock: Stock,
    pub(crate) limit_per_order: Option<u32>,
    pub(crate) limit_per_member: Option<u32>,
    pub(crate) points_only: bool,
    pub(crate) listed: bool,
}

/// Pieces of an article (CAT-3). Every sum is of fewer than 2³² commands of fewer than 2³² pieces each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Stock {
    /// Whether there are only so many.
    pub(crate) limited: bool,
    pub(crate) added: u64,
    pub(crate) removed: u64,
    /// Of orders that have not left.
    pub(crate) held: u64,
    /// Gone with orders that left.
    pub(crate) out: u64,
}

impl Stock {
    /// How many can still be ordered; `None` if as many as are ordered.
    pub(crate) fn available(&self) -> Option<u64> {
        let gone = self.removed + self.held + self.out;
        self.limited.then(|| self.added.checked_sub(gone).expect("CAT-3: never more is held than there is"))
    }
}

/// Where the item of a blind box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub(crate) enum Place {
    /// Held for the order.
    Held,
    /// Gone with it.
    Out,
    /// Back in stock: it was refunded before it left.
    Back,
}

/// What an order line has of an article. What is not back is held for it or has left with it, and counts for its member's limit
/// (CAT-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Pieces {
    pub(crate) sku: SkuNo,
    pub(crate) quantity: u32,
    /// Back in stock: closed, refunded before they left, or returned.
    pub(crate) back: u32,
    /// What was not back then has left with the order.
    pub(crate) left: bool,
}

impl Pieces {
    /// Those that hold stock or have left.
    fn gone(&self) -> u32 {
        self.quantity.saturating_sub(self.back)
    }

    /// Held for the order.
    pub(crate) fn held(&self) -> u32 {
        if self.left { 0 } else { self.gone() }
    }

    /// Gone with the order.
    pub(crate) fn out(&self) -> u32 {
        if self.left { self.gone() } else { 0 }
    }
}

/// All articles, and the pieces of all lines that ordered one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    skus: Column<Sku>,
    pieces: Table<LineNo, Pieces>,
    /// CAT-4: pieces that count, of articles with a limit per member.
    bought: Table<(MemberNo, SkuNo), u64>,
}

undo_fields!(Catalogue { parts: skus, pieces, bought; });

impl Catalogue {
    /// How many articles there have been.
    pub(crate) fn count(&self) -> usize {
        self.skus.len()
    }

    pub(crate) fn sku(&self, sku: SkuNo) -> &Sku {
        &self.skus[sku.index()]
    }

    pub(crate) fn sku_mut(&mut self, sku: SkuNo) -> &mut Sku {
        &mut self.skus[sku.index()]
    }

    /// Award zones stand in other places of the plan from now on.
    pub(crate) fn renumber_zones(&mut self, to: impl Fn(u16) -> Option<u16>) {
        for at in 0..self.skus.len() {
            if let Some(zone) = self.skus[at].zone {
                self.skus[at].zone = to(zone);
            }
        }
    }

    /// Classes stand in other places of the plan from now on.
    pub(crate) fn renumber_classes(&mut self, to: impl Fn(u16) -> Option<u16>) {
        for at in 0..self.skus.len() {
            if let Some(class) = self.skus[at].class {
                self.skus[at].class = to(class);
            }
        }
    }

    pub(crate) fn skus(&self) -> &[Sku] {
        &self.skus
    }

    pub(crate) fn list(&mut self, sku: Sku) {
        self.skus.push(sku);
    }

    /// What a line has, if it ordered an article.
    pub(crate) fn pieces(&self, line: LineNo) -> Option<Pieces> {
        self.pieces.get(&line).copied()
    }

    /// By line.
    pub(crate) fn all_pieces(&self) -> impl Iterator<Item = (LineNo, Pieces)> {
        self.pieces.iter().map(|(line, pieces)| (*line, *pieces))
    }

    /// CAT-4: what counts of an article for a member's limit.
    pub(crate) fn bought(&self, member: MemberNo, sku: SkuNo) -> u64 {
        self.bought.get(&(member, sku)).copied().unwrap_or(0)
    }

    /// All that count for limits.
    pub(crate) fn all_bought(&self) -> impl Iterator<Item = (MemberNo, SkuNo, u64)> {
        self.bought.iter().map(|((member, sku), pieces)| (*member, *sku, *pieces))
    }

    /// A line ordered an article.
    pub(crate) fn order(&mut self, line: LineNo, member: MemberNo, sku: SkuNo, quantity: u32) {
        self.pieces.insert(line, Pieces { sku, quantity, back: 0, left: false });
        self.hold(sku, quantity);
        if self.skus[sku.index()].limit_per_member.is_some() {
            *self.bought.entry((member, sku)).or_insert(0) += u64::from(quantity);
        }
    }

    /// Pieces are held, for a line or for something else.
    pub(crate) fn hold(&mut self, sku: SkuNo, quantity: u32) {
        self.skus[sku.index()].stock.held += u64::from(quantity);
    }

    /// Held pieces return.
    pub(crate) fn release(&mut self, sku: SkuNo, quantity: u32) {
        let held = &mut self.skus[sku.index()].stock.held;
        *held = held.checked_sub(u64::from(quantity)).expect("no more returns than is held");
    }

    /// Held pieces leave.
    pub(crate) fn take_out(&mut self, sku: SkuNo, quantity: u32) {
        self.release(sku, quantity);
        self.skus[sku.index()].stock.out += u64::from(quantity);
    }

    /// The pieces of a line leave, if it holds any.
    pub(crate) fn leave(&mut self, line: LineNo) {
        let Some(pieces) = self.pieces.get_mut(&line).filter(|pieces| pieces.held() > 0) else { return };
        let (sku, held) = (pieces.sku, pieces.held());
        pieces.left = true;
        self.take_out(sku, held);
    }

    /// So many pieces of a line, held or gone, are in stock again and count no longer.
    pub(crate) fn take_back(&mut self, line: LineNo, member: MemberNo, quantity: u32) {
        let pieces = self.pieces.get_mut(&line).expect("only what was ordered comes back");
        let sku = pieces.sku;
        pieces.back += quantity;
        assert!(pieces.back <= pieces.quantity, "no more comes back than was ordered");
        if pieces.left {
            let out = &mut self.skus[sku.index()].stock.out;
            *out = out.checked_sub(u64::from(quantity)).expect("no more comes back than has left");
        } else {
            self.release(sku, quantity);
        }
        if self.skus[sku.index()].limit_per_member.is_some()
            && let Some(bought) = self.bought.get_mut(&(member, sku))
        {
            *bought = bought.checked_sub(u64::from(quantity)).expect("what comes back was counted");
            if *bought == 0 {
                self.bought.remove(&(member, sku));
            }
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.skus.len() * size_of::<Sku>()
            + self.pieces.len() * size_of::<(LineNo, Pieces)>()
            + self.bought.len() * size_of::<((MemberNo, SkuNo), u64)>()
    }
}

/// CAT-5: what the plan charges for an order of goods worth `goods`, sent to `address`.
pub(crate) fn freight(plan: &FreightPlan, address: Option<Region>, goods: Money) -> Money {
    let around = |address: Region| match address.level() {
        Level::District => [Some(address), address.city(), address.province()],
        Level::City => [Some(address), address.province(), None],
        Level::Province => [Some(address), None, None],
    };
    // The most exact first; of two with one code the first.
    let codes = address.map(around).into_iter().flatten().flatten();
    let mut charged = codes.filter_map(|code| plan.regions.iter().find(|(region, _)| *region == code));
    match charged.next() {
        Some((_, amount)) => *amount,
        None if plan.free_above.is_some_and(|from| goods >= from) => Money::ZERO,
        None => plan.base,
    }
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 100_00 is ¥100.00")]
mod tests {
    use super::*;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    fn article(stock: Option<u64>, limit_per_member: Option<u32>) -> Sku {
        Sku {
            id: Id::new("tea").expect("an id"),
            product: None,
            merchant: None,
            price: money(10_00),
            cost: None,
            zone: None,
            class: None,
            stock: Stock { limited: stock.is_some(), added: stock.unwrap_or(0), ..Stock::default() },
            limit_per_order: None,
            limit_per_member,
            points_only: false,
            listed: true,
        }
    }

    #[test]
    fn cat_3_pieces_are_held_until_they_leave_or_return() {
        let (mut catalogue, sku, buyer) = (Catalogue::default(), SkuNo(0), MemberNo(3));
        catalogue.list(article(Some(10), Some(9)));
        for (line, quantity) in [(0, 1), (1, 2), (2, 4)] {
            catalogue.order(LineNo(line), buyer, sku, quantity);
        }
        assert_eq!((catalogue.sku(sku).stock.available(), catalogue.bought(buyer, sku)), (Some(3), 7));
        catalogue.leave(LineNo(0));
        catalogue.take_back(LineNo(1), buyer, 2);
        assert_eq!((catalogue.sku(sku).stock.held, catalogue.sku(sku).stock.out), (4, 1));
        assert_eq!((catalogue.sku(sku).stock.available(), catalogue.bought(buyer, sku)), (Some(5), 5));
        // One piece of four comes back before the rest leaves, two of that rest later; nothing leaves twice.
        catalogue.take_back(LineNo(2), buyer, 1);
        for line in [1, 2, 2] {
            catalogue.leave(LineNo(line));
        }
        assert_eq!((catalogue.sku(sku).stock.held, catalogue.sku(sku).stock.out), (0, 4));
        catalogue.take_back(LineNo(2), buyer, 2);
        assert_eq!((catalogue.sku(sku).stock.available(), catalogue.bought(buyer, sku)), (Some(8), 2));
        assert_eq!(catalogue.pieces(LineNo(2)).map(|pieces| pieces.out()), Some(1));
    }

    #[test]
    fn cat_3_without_stock_there_are_as_many_as_are_ordered() {
        let mut catalogue = Catalogue::default();
        catalogue.list(article(None, None));
        catalogue.order(LineNo(0), MemberNo(0), SkuNo(0), u32::MAX);
        assert_eq!(catalogue.sku(SkuNo(0)).stock.available(), None);
        assert_eq!(catalogue.bought(MemberNo(0), SkuNo(0)), 0, "nothing is counted without a limit");
    }

    #[test]
    fn cat_5_the_most_exact_region_decides() {
        let region = |code| Region::from_code(code).expect("a code");
        let plan = FreightPlan {
            base: money(8_00),
            free_above: Some(money(99_00)),
            regions: vec![
                (region(650_000), money(20_00)),
                (region(650_100), money(15_00)),
                (region(650_102), money(12_00)),
                (region(650_100), money(1_00)),
            ],
        };
        for (address, goods, charged) in [
            (None, 98_99, 8_00),
            (None, 99_00, 0),
            (Some(110_101), 98_99, 8_00),
            (Some(110_101), 99_00, 0),
            (Some(650_102), 500_00, 12_00),
            (Some(650_103), 500_00, 15_00),
            (Some(650_100), 500_00, 15_00),
            (Some(652_301), 500_00, 20_00),
            (Some(650_000), 1, 20_00),
        ] {
            let found = freight(&plan, address.map(region), money(goods));
            assert_eq!(found, money(charged), "{address:?} {goods}");
        }
    }
}
