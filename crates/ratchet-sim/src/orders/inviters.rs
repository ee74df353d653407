//! Who invited whom, resolved over a whole file before anybody joins (NET-4).

use ratchet_engine::amount::Money;

use super::{LeftOut, NOBODY, Orders};

/// Why a row's inviter is void. Its order counts all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Void {
    /// The member names itself.
    OneSelf,
    /// An earlier row names another one.
    Another,
    /// The member has invited, itself or through others, the one it names.
    Loop,
}

impl Void {
    /// Its permanent name in JSON and tables.
    pub fn code(self) -> &'static str {
        match self {
            Void::OneSelf => "inviter_is_self",
            Void::Another => "inviter_differs",
            Void::Loop => "inviter_loop",
        }
    }
}

impl std::fmt::Display for Void {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Void::OneSelf => "a member cannot invite itself",
            Void::Another => "an earlier row names another inviter",
            Void::Loop => "the member has invited this inviter, itself or through others",
        })
    }
}

/// Rows whose inviter is void, in the order in which they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voided {
    rows: Vec<Kept>,
    /// Order, member and inviter of each, one after the other.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    line: u32,
    why: Void,
    amount: Money,
    /// Where its texts begin, and how many bytes each has.
    start: usize,
    bytes: [u8; 3],
}

/// A row whose inviter is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoidedRow<'a> {
    /// Line in the file.
    pub line: u32,
    /// Why.
    pub why: Void,
    /// Of the row, which counts.
    pub amount: Money,
    /// The order's id.
    pub order: &'a str,
    /// The buyer.
    pub member: &'a str,
    /// Whom it names.
    pub referrer: &'a str,
}

impl Voided {
    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = VoidedRow<'_>> {
        self.rows.iter().map(|row| {
            let mut at = row.start;
            let [order, member, referrer] = row.bytes.map(|bytes| {
                let text = &self.text[at..at + usize::from(bytes)];
                at += usize::from(bytes);
                text
            });
            VoidedRow { line: row.line, why: row.why, amount: row.amount, order, member, referrer }
        })
    }

    /// How many and how much, by reason.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut sums = std::collections::BTreeMap::new();
        for row in &self.rows {
            let sum = sums.entry(row.why).or_insert_with(|| LeftOut::of(row.why.code(), None));
            sum.add(row.line, Some(row.amount.minor()));
        }
        sums.into_values().collect()
    }

    pub(crate) fn push(&mut self, row: &VoidedRow<'_>) {
        let texts = [row.order, row.member, row.referrer];
        let bytes = texts.map(|text| u8::try_from(text.len()).expect("ids have at most 128 bytes"));
        self.rows.push(Kept {
            line: row.line,
            why: row.why,
            amount: row.amount,
            start: self.text.len(),
            bytes,
        });
        texts.iter().for_each(|text| self.text.push_str(text));
    }
}

/// The inviter of each member, by number, and the rows that name one in vain. Rows are looked at in the order of time; those of
/// one order together. An empty field says nothing.
pub(super) fn resolve(orders: &Orders) -> (Vec<u32>, Voided) {
    let mut voided = Voided::default();
    let names_anybody = |place: usize| {
        let row = &orders.rows[place];
        row.referrer != NOBODY
            || orders
                .lines
                .get(row.lines as usize)
                .is_some_and(|lines| lines.iter().any(|line| line.referrer != NOBODY))
    };
    if !(0..orders.rows.len()).any(names_anybody) {
        return (Vec::new(), voided);
    }
    let mut inviters = vec![NOBODY; orders.members.len()];
    let mut tops = Tops((0..orders.members.len() as u32).collect());
    for row in &orders.rows {
        let mut look = |line: u32, referrer: u32, amount: Money| {
            if referrer == NOBODY || inviters[row.member as usize] == referrer {
                return;
            }
            let why = match () {
                () if referrer == row.member => Void::OneSelf,
                () if inviters[row.member as usize] != NOBODY => Void::Another,
                // Without an inviter it stands at the top of all who are below it.
                () if tops.of(referrer) == row.member => Void::Loop,
                () => {
                    inviters[row.member as usize] = referrer;
                    tops.0[row.member as usize] = referrer;
                    return;
                }
            };
            voided.push(&VoidedRow {
                line,
                why,
                amount,
                order: orders.order_text(row.order),
                member: orders.members[row.member as usize].as_str(),
                referrer: orders.members[referrer as usize].as_str(),
            });
        };
        match orders.lines.get(row.lines as usize) {
            None => look(row.line, row.referrer, row.amount),
            Some(lines) => lines.iter().for_each(|line| look(line.line, line.referrer, line.amount)),
        }
    }
    (inviters, voided)
}

/// By number of a member: somebody above it, or itself at the top. Ways up are shortened as they are walked.
struct Tops(Vec<u32>);

impl Tops {
    fn of(&mut self, member: u32) -> u32 {
        let mut at = member;
        loop {
            let above = self.0[at as usize];
            if above == at {
                return at;
            }
            let next = self.0[above as usize];
            self.0[at as usize] = next;
            at = next;
        }
    }
}
