//! The containers of `undo.rs` in a snapshot: how many cells, then the cells in their order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Input, Layout, Output, Part, Snapshot, SnapshotError, SnapshotFault, room};
use crate::undo::{Column, Queue, Set, Table};

fn feed<'a, T: Snapshot + 'a>(cells: impl ExactSizeIterator<Item = &'a T>, out: &mut Output<'_>) {
    out.value(&cells.len());
    cells.for_each(|cell| out.value(cell));
}

impl<T: Snapshot> Part for Column<T> {
    fn part_layout(layout: &mut Layout) -> String {
        format!("column of {}", T::layout(layout))
    }

    fn feed(&self, out: &mut Output<'_>) {
        feed(self.iter(), out);
    }

    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError> {
        *self = Column::from(Vec::read(input)?);
        Ok(())
    }
}

impl<T: Snapshot> Part for Queue<T> {
    fn part_layout(layout: &mut Layout) -> String {
        format!("queue of {}", T::layout(layout))
    }

    fn feed(&self, out: &mut Output<'_>) {
        feed(self.iter(), out);
    }

    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError> {
        *self = Queue::from(VecDeque::read(input)?);
        Ok(())
    }
}

/// Reads cells whose keys rise.
fn rising<T: Snapshot, K: Ord>(
    input: &mut Input<'_>,
    key: impl Fn(&T) -> &K,
) -> Result<Vec<T>, SnapshotError> {
    let count = input.count()?;
    let mut cells: Vec<T> = Vec::with_capacity(room(count));
    for _ in 0..count {
        let cell = T::read(input)?;
        if cells.last().is_some_and(|last| key(last) >= key(&cell)) {
            return Err(input.flaw(SnapshotFault::KeyOrder {}));
        }
        cells.push(cell);
    }
    Ok(cells)
}

impl<K: Snapshot + Ord + Clone, V: Snapshot + Clone> Part for Table<K, V> {
    fn part_layout(layout: &mut Layout) -> String {
        format!("table of {} to {}", K::layout(layout), V::layout(layout))
    }

    fn feed(&self, out: &mut Output<'_>) {
        out.value(&self.len());
        for (key, value) in self {
            out.value(key);
            out.value(value);
        }
    }

    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError> {
        let map: BTreeMap<K, V> = rising(input, |(key, _): &(K, V)| key)?.into_iter().collect();
        *self = Table::from(map);
        Ok(())
    }
}

impl<K: Snapshot + Ord> Part for Set<K> {
    fn part_layout(layout: &mut Layout) -> String {
        format!("set of {}", K::layout(layout))
    }

    fn feed(&self, out: &mut Output<'_>) {
        feed(self.iter(), out);
    }

    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError> {
        let keys: BTreeSet<K> = rising(input, |key: &K| key)?.into_iter().collect();
        *self = Set::from(keys);
        Ok(())
    }
}

/// A part that a plan may not have.
impl<T: Part> Part for Option<T> {
    fn part_layout(layout: &mut Layout) -> String {
        format!("optional ({})", T::part_layout(layout))
    }

    fn feed(&self, out: &mut Output<'_>) {
        out.value(&self.is_some());
        if let Some(part) = self {
            part.feed(out);
        }
    }

    fn load(&mut self, input: &mut Input<'_>) -> Result<(), SnapshotError> {
        match (bool::read(input)?, self) {
            (true, Some(part)) => part.load(input),
            (false, None) => Ok(()),
            (true, None) | (false, Some(_)) => Err(input.flaw(SnapshotFault::OtherPlan {})),
        }
    }
}
