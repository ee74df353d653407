//! A file whose rows are run as they are read.

use std::io::{Read, Seek, SeekFrom};

use ratchet_engine::engine::Expected;
use ratchet_engine::time::Timestamp;

use super::{
    Found, Intake, NOBODY, OrderRow, Orders, OrdersError, Party, ROWS_TOGETHER, ReadOptions, Stop, each_batch,
};
use crate::progress::Progress;

/// The beginning of a file, by which the number of its rows is estimated.
const SAMPLE_BYTES: usize = 1 << 16;

/// Orders for each member, where nobody has counted: in CDNOW's first year and a half they are 2.96.
const ORDERS_FOR_A_MEMBER: usize = 3;

/// An order history for a run: read while it runs, as long as its rows stand in the order of time, each is an order of its
/// own, and nobody's inviter is named after it has joined. A file that is otherwise has to be read whole ([`OrderFile::read_whole`]) and run again from the beginning; so has a
/// pipe, which cannot be read twice.
pub struct OrderFile<R> {
    source: R,
    /// Where the source begins; `None` if it cannot go back there.
    start: Option<u64>,
    name: String,
    bytes: u64,
    options: ReadOptions,
    whole: Option<Orders>,
    /// Of the rows that a run has read.
    found: Found,
    /// What a run will need, by the beginning of the file.
    expected: Expected,
}

/// A row shows that the file has to be read whole.
pub(crate) struct NotAsItComes;

impl<R: Read + Seek + Send> OrderFile<R> {
    /// A file from where it stands now; `name` stands in messages.
    pub fn new(mut source: R, name: &str, options: ReadOptions) -> OrderFile<R> {
        let extent = extent(&mut source);
        let (start, bytes) = extent.map_or((None, 0), |(start, end)| (Some(start), end - start));
        let mut file = OrderFile {
            source,
            start,
            name: name.to_owned(),
            bytes,
            options,
            whole: None,
            found: Found::default(),
            expected: Expected::default(),
        };
        if start.is_some() {
            // What cannot be read now is reported by the run.
            file.expected = file.estimate().unwrap_or_default();
        }
        file
    }

    /// Its name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes it has; 0 if that is not known.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads all of it before anything runs.
    pub fn read_whole(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), OrdersError> {
        self.rewind()?;
        self.whole =
            Some(Orders::read_from(&mut self.source, &self.name, self.bytes, &self.options, progress)?);
        Ok(())
    }

    /// The orders, if it was read whole.
    pub(crate) fn whole(&self) -> Option<&Orders> {
        self.whole.as_ref()
    }

    /// Whether it has to be read whole before it can run.
    pub(crate) fn is_pipe(&self) -> bool {
        self.start.is_none()
    }

    /// What a programme has to hold for it: counted if it was read whole, else estimated.
    pub fn expected(&self) -> Expected {
        self.whole.as_ref().map_or(self.expected, Orders::expected)
    }

    /// What was found besides orders, once it has run.
    pub fn found(&self) -> &Found {
        self.whole.as_ref().map_or(&self.found, |orders| &orders.found)
    }

    /// Hands the rows on as they are read, a few hundred at a time, and says each time how many bytes have been read. Ends
    /// with an error without content at a row that is earlier than the one before or of the same order, or where `take` says
    /// that the file has to be read whole.
    pub(crate) fn each_rows(
        &mut self,
        mut take: impl FnMut(&[OrderRow<'_>], u64) -> Result<(), NotAsItComes>,
    ) -> Result<(), Option<OrdersError>> {
        self.rewind()?;
        let mut intake = Intake::new(&self.options, self.expected.members);
        let mut last = Timestamp::MIN;
        let read = each_batch(&mut self.source, &self.options, |batch| {
            let (mut rows, texts) = (Vec::with_capacity(ROWS_TOGETHER), batch.texts());
            intake.take(batch, |found, numbered| {
                rows.clear();
                for row in numbered {
                    let order = row.parsed;
                    if order.at < last {
                        return Err(None);
                    }
                    last = order.at;
                    let id = texts.get(order.order);
                    // The engine finds those that stand apart, or in two batches: their keys are taken.
                    if rows.last().is_some_and(|before: &OrderRow<'_>| before.order == id) {
                        return Err(None);
                    }
                    found.note(order);
                    let party = |number, span| Party { number, id: texts.get(span) };
                    rows.push(OrderRow {
                        order: id,
                        at: order.at,
                        amount: order.amount,
                        member: party(row.member, order.member),
                        referrer: (row.referrer != NOBODY).then(|| party(row.referrer, order.referrer)),
                        ship_to: order.ship_to,
                        refund: order.refund,
                        lines: &[],
                        line: order.line,
                    });
                }
                take(&rows, batch.bytes_read).map_err(|NotAsItComes| None)
            })
        });
        read.and_then(|()| Ok(intake.check_orders().and_then(|()| intake.check_ids())?))
            .map_err(|halt: Option<Stop>| Some(self.error(halt?)))?;
        self.found = intake.found;
        Ok(())
    }

    fn error(&self, (line, fault): Stop) -> OrdersError {
        OrdersError { file: self.name.clone(), line, fault: Box::new(fault) }
    }

    fn rewind(&mut self) -> Result<(), OrdersError> {
        match self.start.map(|start| self.source.seek(SeekFrom::Start(start))) {
            Some(Err(error)) => Err(self.error((None, super::unreadable(&error)))),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// By the commas of its beginning. More is better than less: what has too little room is moved as it grows.
    fn estimate(&mut self) -> std::io::Result<Expected> {
        let mut sample = Vec::with_capacity(SAMPLE_BYTES);
        self.source.by_ref().take(SAMPLE_BYTES as u64).read_to_end(&mut sample)?;
        let commas = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b',').count().max(1);
        let header = sample.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let rows = (commas(&sample) / commas(header)).max(1);
        let orders = usize::try_from(self.bytes).unwrap_or(usize::MAX) / (sample.len() / rows).max(1);
        let orders = orders + orders / 32 + 1;
        let members = orders / ORDERS_FOR_A_MEMBER + 1;
        Ok(Expected {
            members,
            orders,
            // One in 24 refunded, five of eight members invited; paid and received under the order's keys.
            commands: orders / 24 + members * 5 / 8,
            keyed_orders: orders,
            ..Expected::default()
        })
    }
}

/// Where a source stands and where it ends; it stands there again afterwards.
fn extent(source: &mut impl Seek) -> Option<(u64, u64)> {
    let start = source.stream_position().ok()?;
    let end = source.seek(SeekFrom::End(0)).ok()?;
    source.seek(SeekFrom::Start(start)).ok()?;
    Some((start, end.max(start)))
}
