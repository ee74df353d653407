//! Undo: containers that remember, from a moment on, what stood in each place that is written, and can go back to it.
//!
//! A preview carries a command out on the state itself and then takes back what it did; so it costs what the command
//! touches. The state is made of these containers, which read like those of the standard library and write under the same
//! names, and of plain values, which are copied when the recording begins. While nothing is recorded a write costs one
//! branch, adding to the end of a column nothing.
//!
//! Nothing can be forgotten: [`undo_fields`] takes every struct of the state apart without `..`, so that a new field has to
//! be named, and a field among `parts` has to be one of these containers or made of them.

use std::any::Any;
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::collections::btree_map::{self, BTreeMap};
use std::collections::vec_deque::{self, VecDeque};
use std::fmt;
use std::ops::{Deref, Index, IndexMut};
use std::slice::{self, SliceIndex};

/// A part of the state that can record and go back.
pub(crate) trait Undo {
    /// Begins to record, or goes back to where the recording began.
    fn walk(&mut self, walk: &mut Walk);
}

/// One walk over all parts of a state: to begin a recording, or to go back.
pub(crate) struct Walk {
    goes_back: bool,
    /// Plain values as they were, in the order of the walk.
    values: Vec<Box<dyn Any>>,
    /// Of these, those that were given back.
    given_back: usize,
    written: usize,
}

impl Walk {
    /// Begins to record what is written to a state.
    pub(crate) fn begin(state: &mut impl Undo) -> Walk {
        let mut walk = Walk { goes_back: false, values: Vec::new(), given_back: 0, written: 0 };
        state.walk(&mut walk);
        walk
    }

    /// Goes back to where the recording began, and ends it. Returns how many cells had been written, added or taken away.
    pub(crate) fn roll_back(mut self, state: &mut impl Undo) -> usize {
        self.goes_back = true;
        state.walk(&mut self);
        assert!(self.given_back == self.values.len(), "both walks visit the same parts");
        self.written
    }

    /// Visits a part.
    pub(crate) fn part(&mut self, part: &mut impl Undo) {
        part.walk(self);
    }

    /// Visits a plain value.
    pub(crate) fn value<T: Copy + 'static>(&mut self, value: &mut T) {
        self.copy(value);
    }

    fn copy<T: Clone + 'static>(&mut self, value: &mut T) {
        if !self.goes_back {
            self.values.push(Box::new(value.clone()));
            return;
        }
        let before = self.values.get_mut(self.given_back).and_then(|kept| kept.downcast_mut::<T>());
        std::mem::swap(value, before.expect("both walks visit the same parts"));
        self.given_back += 1;
    }

    /// Counts cells that were written.
    pub(crate) fn count(&mut self, written: usize) {
        self.written += written;
    }

    /// Begins the recording of one container, or ends it and returns what was recorded.
    pub(crate) fn container<R>(&mut self, record: &mut Option<R>, begin: R) -> Option<R> {
        if self.goes_back {
            let record = record.take();
            // One that was put in another's place has recorded nothing: what was there cannot be had back.
            assert!(record.is_some(), "a container of the state is written to, never replaced");
            return record;
        }
        *record = Some(begin);
        None
    }
}

impl<T: Undo> Undo for Option<T> {
    fn walk(&mut self, walk: &mut Walk) {
        if let Some(part) = self {
            walk.part(part);
        }
    }
}

/// What is shared is not written to; another may take its place.
impl<T: 'static> Undo for std::sync::Arc<T> {
    fn walk(&mut self, walk: &mut Walk) {
        walk.copy(self);
    }
}

/// Says how the fields of a struct record, and that they are in snapshots and in the digest: `parts` are containers and structs
/// made of them, `values` are copied. What follows from other fields or from the plan is in no snapshot: of `derived_parts` and
/// `derived_values` the first are containers. `caches` decide nothing and stay as they are. Every field has to be named.
macro_rules! undo_fields {
    ($type:ty {
        $(parts: $($part:ident),+;)?
        $(values: $($value:ident),+;)?
        $(derived_parts: $($derived_part:ident),+;)?
        $(derived_values: $($derived_value:ident),+;)?
        $(caches: $($cache:ident),+;)?
    }) => {
        impl $crate::undo::Undo for $type {
            fn walk(&mut self, walk: &mut $crate::undo::Walk) {
                let Self {
                    $($($part,)+)? $($($value,)+)? $($($derived_part,)+)? $($($derived_value,)+)? $($($cache: _,)+)?
                } = self;
                $($(walk.part($part);)+)?
                $($(walk.value($value);)+)?
                $($(walk.part($derived_part);)+)?
                $($(walk.value($derived_value);)+)?
            }
        }

        #[allow(unused_mut, unused_variables, reason = "generated; a struct may have nothing in snapshots")]
        impl $crate::snapshot::Part for $type {
            fn part_layout(layout: &mut $crate::snapshot::Layout) -> String {
                layout.named(module_path!(), stringify!($type), |layout| {
                    let mut text = String::new();
                    $($(text += &layout.part_of(|it: &Self| &it.$part, stringify!($part));)+)?
                    $($(text += &layout.value_of(|it: &Self| &it.$value, stringify!($value));)+)?
                    text
                })
            }

            fn feed(&self, out: &mut $crate::snapshot::Output<'_>) {
                $($($crate::snapshot::Part::feed(&self.$part, out);)+)?
                $($(out.value(&self.$value);)+)?
            }

            fn load(
                &mut self,
                input: &mut $crate::snapshot::Input<'_>,
            ) -> Result<(), $crate::snapshot::SnapshotError> {
                $($(input.named(stringify!($part), |input| $crate::snapshot::Part::load(&mut self.$part, input))?;)+)?
                $($(input.named(stringify!($value), |input| {
                    self.$value = $crate::snapshot::Snapshot::read(input)?;
                    Ok(())
                })?;)+)?
                Ok(())
            }
        }
    };
}

pub(crate) use undo_fields;

// ── columns ──

/// A vector.
pub(crate) struct Column<T> {
    cells: Vec<T>,
    record: Option<ColumnRecord<T>>,
}

struct ColumnRecord<T> {
    /// Cells from here on were added since, or are among the old ones already.
    floor: usize,
    old: Vec<OldCells<T>>,
}

enum OldCells<T> {
    /// What stood in a place.
    One(usize, T),
    /// All cells, and the floor then.
    All(Vec<T>, usize),
}

impl<T: Clone> ColumnRecord<T> {
    #[cold]
    #[inline(never)]
    fn keep(&mut self, cells: &[T], at: usize) {
        if at < self.floor
            && let Some(cell) = cells.get(at)
        {
            self.old.push(OldCells::One(at, cell.clone()));
        }
    }

    /// Cells from `len` on go.
    #[cold]
    #[inline(never)]
    fn cut(&mut self, cells: &[T], len: usize) {
        // From the end: going back puts the first of them in its place first.
        for at in (len..self.floor).rev() {
            self.keep(cells, at);
        }
        self.floor = self.floor.min(len);
    }

    fn keep_all(&mut self, cells: Vec<T>) {
        self.old.push(OldCells::All(cells, self.floor));
        self.floor = 0;
    }
}

impl<T> Column<T> {
    pub(crate) const fn new() -> Column<T> {
        Column { cells: Vec::new(), record: None }
    }

    #[inline]
    pub(crate) fn push(&mut self, cell: T) {
        self.cells.push(cell);
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.cells.reserve(more);
    }

    pub(crate) fn reserve_exact(&mut self, more: usize) {
        self.cells.reserve_exact(more);
    }

    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        self.record.is_some()
    }
}

impl<T: Clone> Column<T> {
    #[inline]
    fn keep(&mut self, at: usize) {
        if let Some(record) = &mut self.record {
            record.keep(&self.cells, at);
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.keep(at);
        self.cells.get_mut(at)
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        if let Some(record) = &mut self.record {
            record.cut(&self.cells, self.cells.len().saturating_sub(1));
        }
        self.cells.pop()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        if let Some(record) = &mut self.record {
            record.cut(&self.cells, len.min(self.cells.len()));
        }
        self.cells.truncate(len);
    }

    pub(crate) fn resize(&mut self, len: usize, cell: T) {
        self.truncate(len);
        self.cells.resize(len, cell);
    }

    #[inline]
    pub(crate) fn extend_from_slice(&mut self, cells: &[T]) {
        self.cells.extend_from_slice(cells);
    }

    pub(crate) fn clear(&mut self) {
        match &mut self.record {
            Some(record) => record.keep_all(std::mem::take(&mut self.cells)),
            None => self.cells.clear(),
        }
    }

    /// Puts other cells in the place of all.
    pub(crate) fn replace(&mut self, cells: Vec<T>) {
        let before = std::mem::replace(&mut self.cells, cells);
        if let Some(record) = &mut self.record {
            record.keep_all(before);
        }
    }

    pub(crate) fn retain(&mut self, keeps: impl FnMut(&T) -> bool) {
        self.rewrite(|cells| cells.retain(keeps));
    }

    /// Writes to all cells as one likes; while it is recorded they are copied first.
    pub(crate) fn rewrite(&mut self, change: impl FnOnce(&mut Vec<T>)) {
        if let Some(record) = &mut self.record {
            record.keep_all(self.cells.clone());
        }
        change(&mut self.cells);
    }
}

impl<T> Default for Column<T> {
    fn default() -> Column<T> {
        Column::new()
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(cells: Vec<T>) -> Column<T> {
        Column { cells, record: None }
    }
}

/// A copy records nothing.
impl<T: Clone> Clone for Column<T> {
    fn clone(&self) -> Column<T> {
        Column::from(self.cells.clone())
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.cells
    }
}

impl<T, I: SliceIndex<[T]>> Index<I> for Column<T> {
    type Output = I::Output;

    #[inline]
    fn index(&self, at: I) -> &I::Output {
        &self.cells[at]
    }
}

impl<T: Clone> IndexMut<usize> for Column<T> {
    #[inline]
    fn index_mut(&mut self, at: usize) -> &mut T {
        self.keep(at);
        &mut self.cells[at]
    }
}

impl<T> Extend<T> for Column<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, cells: I) {
        self.cells.extend(cells);
    }
}

impl<'a, T> IntoIterator for &'a Column<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.cells.iter()
    }
}

impl<T: PartialEq> PartialEq<Vec<T>> for Column<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        self.cells == *other
    }
}

impl<T: PartialEq> PartialEq<Column<T>> for Vec<T> {
    fn eq(&self, other: &Column<T>) -> bool {
        *self == other.cells
    }
}

impl<T: fmt::Debug> fmt::Debug for Column<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cells.fmt(out)
    }
}

impl<T: Clone> Undo for Column<T> {
    fn walk(&mut self, walk: &mut Walk) {
        let begin = ColumnRecord { floor: self.cells.len(), old: Vec::new() };
        let Some(record) = walk.container(&mut self.record, begin) else { return };
        walk.count(record.old.len() + self.cells.len() - record.floor);
        self.cells.truncate(record.floor);
        for old in record.old.into_iter().rev() {
            match old {
                OldCells::One(at, cell) => match self.cells.get_mut(at) {
                    Some(place) => *place = cell,
                    None => self.cells.push(cell),
                },
                OldCells::All(cells, floor) => {
                    self.cells = cells;
                    self.cells.truncate(floor);
                }
            }
        }
    }
}

// ── tables ──

/// An ordered map.
pub(crate) struct Table<K, V> {
    map: BTreeMap<K, V>,
    record: Option<Vec<OldEntry<K, V>>>,
}

enum OldEntry<K, V> {
    /// What was there under a key.
    One(K, Option<V>),
    /// To what was there under a key, something was added that this takes away again.
    Added(K, fn(&mut V)),
    All(BTreeMap<K, V>),
}

impl<K, V> Table<K, V> {
    pub(crate) const fn new() -> Table<K, V> {
        Table { map: BTreeMap::new(), record: None }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    fn keep<Q: Ord + ?Sized>(&mut self, key: &Q)
    where
        K: Borrow<Q>,
    {
        if let Some(record) = &mut self.record
            && let Some((key, before)) = self.map.get_key_value(key)
        {
            record.push(OldEntry::One(key.clone(), Some(before.clone())));
        }
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Some(record) = &mut self.record else { return self.map.insert(key, value) };
        let before = self.map.insert(key.clone(), value);
        record.push(OldEntry::One(key, before.clone()));
        before
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let Some(record) = &mut self.record else { return self.map.remove(key) };
        let (key, before) = self.map.remove_entry(key)?;
        record.push(OldEntry::One(key, Some(before.clone())));
        Some(before)
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.keep(key);
        self.map.get_mut(key)
    }

    pub(crate) fn entry(&mut self, key: K) -> TableEntry<'_, K, V> {
        TableEntry { table: self, key }
    }

    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        let first = self.map.pop_first()?;
        if let Some(record) = &mut self.record {
            record.push(OldEntry::One(first.0.clone(), Some(first.1.clone())));
        }
        Some(first)
    }

    pub(crate) fn clear(&mut self) {
        let before = std::mem::take(&mut self.map);
        if let Some(record) = &mut self.record {
            record.push(OldEntry::All(before));
        }
    }
}

impl<K: Ord + Clone, T: Clone> Table<K, Vec<T>> {
    /// Adds to the list under a key, which begins here if there is none; the list is not copied.
    pub(crate) fn push_to(&mut self, key: K, item: T) {
        fn pop<T>(list: &mut Vec<T>) {
            list.pop();
        }
        if let Some(record) = &mut self.record {
            let is_new = !self.map.contains_key(&key);
            let key = key.clone();
            record.push(if is_new { OldEntry::One(key, None) } else { OldEntry::Added(key, pop) });
        }
        self.map.entry(key).or_default().push(item);
    }
}

/// A place in a table, to be filled if it is empty.
pub(crate) struct TableEntry<'a, K, V> {
    table: &'a mut Table<K, V>,
    key: K,
}

impl<'a, K: Ord + Clone, V: Clone> TableEntry<'a, K, V> {
    pub(crate) fn or_insert_with(self, value: impl FnOnce() -> V) -> &'a mut V {
        let TableEntry { table, key } = self;
        if let Some(record) = &mut table.record {
            record.push(OldEntry::One(key.clone(), table.map.get(&key).cloned()));
        }
        table.map.entry(key).or_insert_with(value)
    }

    pub(crate) fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    pub(crate) fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Table<K, V> {
        Table::new()
    }
}

impl<K, V> From<BTreeMap<K, V>> for Table<K, V> {
    fn from(map: BTreeMap<K, V>) -> Table<K, V> {
        Table { map, record: None }
    }
}

/// A copy records nothing.
impl<K: Clone, V: Clone> Clone for Table<K, V> {
    fn clone(&self) -> Table<K, V> {
        Table { map: self.map.clone(), record: None }
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    #[inline]
    fn deref(&self) -> &BTreeMap<K, V> {
        &self.map
    }
}

impl<'a, K, V> IntoIterator for &'a Table<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = btree_map::Iter<'a, K, V>;

    fn into_iter(self) -> btree_map::Iter<'a, K, V> {
        self.map.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map.fmt(out)
    }
}

impl<K: Ord + Clone, V: Clone> Undo for Table<K, V> {
    fn walk(&mut self, walk: &mut Walk) {
        let Some(record) = walk.container(&mut self.record, Vec::new()) else { return };
        walk.count(record.len());
        for old in record.into_iter().rev() {
            match old {
                OldEntry::One(key, Some(value)) => drop(self.map.insert(key, value)),
                OldEntry::One(key, None) => drop(self.map.remove(&key)),
                OldEntry::Added(key, take_away) => {
                    take_away(self.map.get_mut(&key).expect("what was added to is there"));
                }
                OldEntry::All(map) => self.map = map,
            }
        }
    }
}

// ── sets ──

/// An ordered set.
pub(crate) struct Set<K> {
    keys: BTreeSet<K>,
    /// Keys that were added (`true`) or taken away.
    record: Option<Vec<(K, bool)>>,
}

impl<K> Set<K> {
    pub(crate) const fn new() -> Set<K> {
        Set { keys: BTreeSet::new(), record: None }
    }
}

impl<K: Ord + Clone> Set<K> {
    pub(crate) fn insert(&mut self, key: K) -> bool {
        let Some(record) = &mut self.record else { return self.keys.insert(key) };
        let is_new = self.keys.insert(key.clone());
        if is_new {
            record.push((key, true));
        }
        is_new
    }

    pub(crate) fn clear(&mut self) {
        let before = std::mem::take(&mut self.keys);
        if let Some(record) = &mut self.record {
            record.extend(before.into_iter().map(|key| (key, false)));
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> bool {
        let was_there = self.keys.remove(key);
        if was_there && let Some(record) = &mut self.record {
            record.push((key.clone(), false));
        }
        was_there
    }
}

impl<K> Default for Set<K> {
    fn default() -> Set<K> {
        Set::new()
    }
}

impl<K> From<BTreeSet<K>> for Set<K> {
    fn from(keys: BTreeSet<K>) -> Set<K> {
        Set { keys, record: None }
    }
}

/// A copy records nothing.
impl<K: Clone> Clone for Set<K> {
    fn clone(&self) -> Set<K> {
        Set { keys: self.keys.clone(), record: None }
    }
}

impl<K> Deref for Set<K> {
    type Target = BTreeSet<K>;

    fn deref(&self) -> &BTreeSet<K> {
        &self.keys
    }
}

impl<K: fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.fmt(out)
    }
}

impl<K: Ord + Clone> Undo for Set<K> {
    fn walk(&mut self, walk: &mut Walk) {
        let Some(record) = walk.container(&mut self.record, Vec::new()) else { return };
        walk.count(record.len());
        for (key, was_added) in record.into_iter().rev() {
            if was_added {
                self.keys.remove(&key);
            } else {
                self.keys.insert(key);
            }
        }
    }
}

// ── queues ──

/// A double-ended queue.
pub(crate) struct Queue<T> {
    cells: VecDeque<T>,
    record: Option<Vec<OldQueue<T>>>,
}

enum OldQueue<T> {
    /// Something was added at the back.
    Pushed,
    /// This was taken from the front.
    Popped(T),
    /// Something was added at a place.
    Inserted(usize),
    /// This was taken from a place.
    Removed(usize, T),
    /// This stood in a place.
    One(usize, T),
    All(VecDeque<T>),
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Queue<T> {
        Queue { cells: VecDeque::new(), record: None }
    }

    #[inline]
    fn note(&mut self, old: impl FnOnce() -> OldQueue<T>) {
        if let Some(record) = &mut self.record {
            record.push(old());
        }
    }

    #[inline]
    pub(crate) fn push_back(&mut self, cell: T) {
        self.note(|| OldQueue::Pushed);
        self.cells.push_back(cell);
    }

    pub(crate) fn insert(&mut self, at: usize, cell: T) {
        self.note(|| OldQueue::Inserted(at));
        self.cells.insert(at, cell);
    }

    pub(crate) fn clear(&mut self) {
        let before = std::mem::take(&mut self.cells);
        self.note(|| OldQueue::All(before));
    }
}

impl<T: Clone> Queue<T> {
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<T> {
        let cell = self.cells.pop_front()?;
        if let Some(record) = &mut self.record {
            record.push(OldQueue::Popped(cell.clone()));
        }
        Some(cell)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        if let (Some(record), Some(cell)) = (&mut self.record, self.cells.get(at)) {
            record.push(OldQueue::One(at, cell.clone()));
        }
        self.cells.get_mut(at)
    }

    /// Takes what is in a place.
    pub(crate) fn remove(&mut self, at: usize) -> Option<T> {
        let cell = self.cells.remove(at)?;
        if let Some(record) = &mut self.record {
            record.push(OldQueue::Removed(at, cell.clone()));
        }
        Some(cell)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Queue<T> {
        Queue::new()
    }
}

impl<T> From<VecDeque<T>> for Queue<T> {
    fn from(cells: VecDeque<T>) -> Queue<T> {
        Queue { cells, record: None }
    }
}

/// A copy records nothing.
impl<T: Clone> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { cells: self.cells.clone(), record: None }
    }
}

impl<T> Deref for Queue<T> {
    type Target = VecDeque<T>;

    #[inline]
    fn deref(&self) -> &VecDeque<T> {
        &self.cells
    }
}

impl<'a, T> IntoIterator for &'a Queue<T> {
    type Item = &'a T;
    type IntoIter = vec_deque::Iter<'a, T>;

    fn into_iter(self) -> vec_deque::Iter<'a, T> {
        self.cells.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Queue<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cells.fmt(out)
    }
}

impl<T> Undo for Queue<T> {
    fn walk(&mut self, walk: &mut Walk) {
        let Some(record) = walk.container(&mut self.record, Vec::new()) else { return };
        walk.count(record.len());
        for old in record.into_iter().rev() {
            match old {
                OldQueue::Pushed => drop(self.cells.pop_back()),
                OldQueue::Popped(cell) => self.cells.push_front(cell),
                OldQueue::Inserted(at) => drop(self.cells.remove(at)),
                OldQueue::Removed(at, cell) => self.cells.insert(at, cell),
                OldQueue::One(at, cell) => self.cells[at] = cell,
                OldQueue::All(cells) => self.cells = cells,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Column, Queue, Set, Table, Walk};

    #[derive(Clone, Debug, Default)]
    struct State {
        column: Column<u32>,
        table: Table<u32, u32>,
        lists: Table<u32, Vec<u32>>,
        set: Set<u32>,
        queue: Queue<u32>,
        part: Option<Part>,
        sum: u64,
    }

    #[derive(Clone, Debug, Default)]
    struct Part {
        column: Column<String>,
        /// Stays as it is.
        seen: u32,
    }

    undo_fields!(State { parts: column, table, lists, set, queue, part; values: sum; });
    undo_fields!(Part { parts: column; caches: seen; });

    /// One change, of a kind, with two numbers.
    fn change(state: &mut State, kind: u8, a: u32, b: u32) {
        state.sum = state.sum.wrapping_mul(31) + u64::from(a);
        let State { column, table, lists, set, queue, part, .. } = state;
        let place = |len: usize| usize::try_from(a).expect("small") % len.max(1);
        match kind {
            0..=2 => column.push(a),
            3 => column.extend_from_slice(&[a, b]),
            4 => drop(column.pop()),
            5 if !column.is_empty() => {
                let at = place(column.len());
                column[at] = b;
            }
            6 => column.truncate(place(column.len() + 1)),
            7 => column.resize(place(column.len() + 4), b),
            8 if b.is_multiple_of(4) => column.clear(),
            9 => column.retain(|cell| cell % 3 != b % 3),
            10 if b.is_multiple_of(4) => column.replace(vec![a, b, a]),
            11 => {
                if let Some(cell) = column.get_mut(place(column.len() + 1)) {
                    *cell = b;
                }
            }
            12..=14 => drop(table.insert(a, b)),
            15 => drop(table.remove(&a)),
            16 => *table.entry(a).or_default() += b,
            17 => {
                if let Some(value) = table.get_mut(&a) {
                    *value = b;
                }
            }
            18 => drop(table.pop_first()),
            19 if b.is_multiple_of(4) => table.clear(),
            20..=22 => lists.push_to(a, b),
            23 => drop(lists.remove(&a)),
            24 => drop(set.insert(a)),
            25 => drop(set.remove(&a)),
            35 if b.is_multiple_of(4) => set.clear(),
            26..=28 => queue.push_back(a),
            29 => drop(queue.pop_front()),
            30 => queue.insert(place(queue.len() + 1), b),
            31 => drop(queue.remove(place(queue.len() + 1))),
            32 => {
                if let Some(cell) = queue.get_mut(place(queue.len())) {
                    *cell = b;
                }
            }
            33 if b.is_multiple_of(4) => queue.clear(),
            34 => {
                if let Some(part) = part {
                    part.column.push(format!("{a} {}", part.seen));
                }
            }
            _ => {}
        }
    }

    fn changes() -> impl Strategy<Value = Vec<(u8, u32, u32)>> {
        prop::collection::vec((0_u8..36, 0_u32..9, 0_u32..99), 0..120)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// Whatever is done, going back leads to what was there; and what is done while it is recorded is what is done otherwise.
        #[test]
        fn going_back_leads_to_where_it_began(first in changes(), previewed in changes(), then in changes()) {
            let mut state = State { part: Some(Part::default()), ..State::default() };
            first.iter().for_each(|(kind, a, b)| change(&mut state, *kind, *a, *b));
            let (before, mut other) = (format!("{state:?}"), state.clone());
            let walk = Walk::begin(&mut state);
            for (kind, a, b) in &previewed {
                change(&mut state, *kind, *a, *b);
                change(&mut other, *kind, *a, *b);
            }
            prop_assert_eq!(format!("{state:?}"), format!("{other:?}"));
            walk.roll_back(&mut state);
            prop_assert_eq!(format!("{state:?}"), before);
            // A second recording begins anew, and what is written outside of one stays.
            then.iter().for_each(|(kind, a, b)| change(&mut state, *kind, *a, *b));
            let before = format!("{state:?}");
            let walk = Walk::begin(&mut state);
            first.iter().for_each(|(kind, a, b)| change(&mut state, *kind, *a, *b));
            walk.roll_back(&mut state);
            prop_assert_eq!(format!("{state:?}"), before);
        }
    }

    #[test]
    fn what_is_written_is_counted() {
        let mut column = Column::from(vec![0; 1_000]);
        let walk = Walk::begin(&mut column);
        column[7] = 1;
        column.push(2);
        // Added since: it goes as a whole.
        column[1_000] = 3;
        assert_eq!(walk.roll_back(&mut column), 2);
        assert_eq!(column, vec![0; 1_000]);
    }

    #[test]
    #[should_panic(expected = "never replaced")]
    fn a_container_that_was_replaced_is_found() {
        let mut column = Column::from(vec![1]);
        let walk = Walk::begin(&mut column);
        column = Column::from(vec![2]);
        walk.roll_back(&mut column);
    }
}
