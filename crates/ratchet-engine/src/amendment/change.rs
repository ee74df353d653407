//! What differs between two plans, key by key, and whom it hurts (AMEND-2, AMEND-4).

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Key, KeyValue, values};
use super::table::{Absent, Adverse, KeyRow, row_of};
use crate::plan::Plan;

/// In which sense a key changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// It takes something from members: it has to be announced (AMEND-4).
    Adverse,
    /// It does not.
    Neutral,
}

/// A key that two plans set differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its row in the table.
    pub row: &'static KeyRow,
    /// In a list, the item's id.
    pub item: String,
    /// As it was; `None` where it was not set.
    pub old: Option<KeyValue>,
    /// As it becomes.
    pub new: Option<KeyValue>,
    /// Whom it hurts.
    pub sense: Sense,
}

impl Change {
    /// The key, in a list with the item's id.
    pub fn key(&self) -> String {
        if self.item.is_empty() {
            self.row.key.to_owned()
        } else {
            format!("{}[{}]", self.row.key, self.item)
        }
    }
}

/// Everything that differs, in the order of the keys' names.
pub(crate) fn changes(old: &Plan, new: &Plan) -> Vec<Change> {
    let (mut before, after) = (values(old), values(new));
    let sections = |values: &BTreeMap<Key, KeyValue>| values.keys().cloned().collect::<BTreeSet<Key>>();
    let [had, has] = [sections(&before), sections(&after)];
    let mut all: Vec<(Key, Option<KeyValue>, Option<KeyValue>)> = Vec::new();
    for (key, new) in after {
        let old = before.remove(&key);
        if old.as_ref() != Some(&new) {
            all.push((key, old, Some(new)));
        }
    }
    all.extend(before.into_iter().map(|(key, old)| (key, Some(old), None)));
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all.into_iter()
        .map(|((key, item), old, new)| {
            let row = row_of(key).expect("every key has a row: a test enumerates them");
            // Of a section or an item that comes or goes as a whole, that alone is judged.
            let section = key.rsplit_once('.').and_then(|(section, _)| row_of(section));
            let section = section.map(|section| (section.key, item.clone()));
            let stays = section.is_none_or(|section| had.contains(&section) == has.contains(&section));
            let sense = if stays { sense(row, old.as_ref(), new.as_ref()) } else { Sense::Neutral };
            Change { row, item, old, new, sense }
        })
        .collect()
}

fn sense(row: &KeyRow, old: Option<&KeyValue>, new: Option<&KeyValue>) -> Sense {
    let number = |value: Option<&KeyValue>| match value {
        Some(KeyValue::Number(number, _)) => *number,
        Some(KeyValue::Word(_)) => 0,
        None => match row.absent {
            Absent::Least => i128::MIN,
            Absent::Most => i128::MAX,
        },
    };
    let is_adverse = match row.adverse {
        Adverse::Never => false,
        Adverse::Always => true,
        Adverse::Higher => number(new) > number(old),
        Adverse::Lower => number(new) < number(old),
    };
    if is_adverse { Sense::Adverse } else { Sense::Neutral }
}

impl std::fmt::Display for Change {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |value: &Option<KeyValue>| value.as_ref().map_or("-", KeyValue::text).to_owned();
        write!(out, "{}: {} -> {}", self.key(), text(&self.old), text(&self.new))
    }
}
