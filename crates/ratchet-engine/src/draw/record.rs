//! The record of a draw: all that is needed to check it (PROMO-5d).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Numbers, entries_hash, item, winners};
use crate::command::CommandFault;
use crate::hash::Hash32;
use crate::message::Message;
use crate::plan::form;

/// Most entries a record may have.
pub const RECORD_ENTRIES_MAX: usize = 1_000_000;

/// A draw as it is published. Names are for people; what is checked is the arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct DrawRecord {
    /// The campaign.
    pub campaign: Option<String>,
    /// The group, or the order of the box.
    pub draw: Option<String>,
    /// SHA-256 of the seed, published before there were entries.
    pub commitment: Hash32,
    /// 32 bytes.
    pub seed: Hash32,
    /// The entries, in the order of payment.
    pub entries: Vec<String>,
    /// SHA-256 of the entries, each followed by a line feed.
    pub entries_hash: Hash32,
    /// What was drawn.
    pub result: RecordResult,
}

/// What was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordResult {
    /// Of the entries these, in the order in which they were drawn.
    Winners {
        /// Who.
        winners: Vec<String>,
    },
    /// Of the items this one.
    Item {
        /// The items, in the plan's order, the top item first.
        items: Vec<String>,
        /// Their weights, zero where nothing was left.
        weights: Vec<u32>,
        /// Whether the top item was due.
        pity: bool,
        /// SHA-256 of items, weights and pity, as [`terms_hash`] says.
        terms_hash: Hash32,
        /// Which one.
        item: String,
    },
}

/// A record as its file says it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draw: Option<String>,
    kind: Kind,
    commitment: Hash32,
    seed: Hash32,
    entries: Vec<String>,
    entries_hash: Hash32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    winners: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    items: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<Vec<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pity: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms_hash: Option<Hash32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Winners,
    Item,
}

impl TryFrom<Form> for DrawRecord {
    type Error = &'static str;

    fn try_from(form: Form) -> Result<DrawRecord, &'static str> {
        let Form { campaign, draw, commitment, seed, entries, entries_hash, .. } = form;
        let result = match (
            form.kind,
            form.winners,
            form.items,
            form.weights,
            form.pity,
            form.terms_hash,
            form.item,
        ) {
            (Kind::Winners, Some(winners), None, None, None, None, None) => RecordResult::Winners { winners },
            (Kind::Winners, ..) => return Err("a draw of winners has winners, and nothing of an item"),
            (Kind::Item, None, Some(items), Some(weights), Some(pity), Some(terms_hash), Some(item)) => {
                RecordResult::Item { items, weights, pity, terms_hash, item }
            }
            (Kind::Item, ..) => {
                return Err(
                    "a draw of an item has items, weights, pity, terms_hash and item, and no winners",
                );
            }
        };
        Ok(DrawRecord { campaign, draw, commitment, seed, entries, entries_hash, result })
    }
}

impl From<DrawRecord> for Form {
    fn from(record: DrawRecord) -> Form {
        let DrawRecord { campaign, draw, commitment, seed, entries, entries_hash, result } = record;
        let empty = Form {
            campaign,
            draw,
            kind: Kind::Winners,
            commitment,
            seed,
            entries,
            entries_hash,
            winners: None,
            items: None,
            weights: None,
            pity: None,
            terms_hash: None,
            item: None,
        };
        match result {
            RecordResult::Winners { winners } => Form { winners: Some(winners), ..empty },
            RecordResult::Item { items, weights, pity, terms_hash, item } => Form {
                kind: Kind::Item,
                items: Some(items),
                weights: Some(weights),
                pity: Some(pity),
                terms_hash: Some(terms_hash),
                item: Some(item),
                ..empty
            },
        }
    }
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrawFault {
    /// The seed does not have the published hash.
    Seed {
        /// The hash it has.
        has: Hash32,
    },
    /// The entries are not those whose hash stands in the record.
    Entries {
        /// The hash they have.
        has: Hash32,
    },
    /// Items, weights or pity are not those whose hash stands in the record.
    Terms {
        /// The hash they have.
        has: Hash32,
    },
    /// Winners or item do not follow from seed and entries.
    Result {
        /// What follows.
        follows: Vec<String>,
    },
    /// Nothing can be drawn from what it says.
    Nothing,
}

impl DrawFault {
    /// The part of the record that was changed, or does not fit the others.
    pub fn part(&self, record: &DrawRecord) -> &'static str {
        match self {
            DrawFault::Seed { .. } => "seed",
            DrawFault::Entries { .. } => "entries",
            DrawFault::Terms { .. } => "weights",
            DrawFault::Result { .. } | DrawFault::Nothing => match record.result {
                RecordResult::Winners { .. } => "winners",
                RecordResult::Item { .. } => "item",
            },
        }
    }
}

/// SHA-256 of `ITEM WEIGHT` for each item, each followed by a line feed, and of `pity true` or `pity false` and a line feed.
pub fn terms_hash<'a>(items: impl IntoIterator<Item = (&'a str, u32)>, pity: bool) -> Hash32 {
    let mut hasher = Sha256::new();
    for (item, weight) in items {
        hasher.update(format!("{item} {weight}\n").as_bytes());
    }
    hasher.update(format!("pity {pity}\n").as_bytes());
    Hash32::new(hasher.finalize().into())
}

impl DrawRecord {
    /// Reads a record; says what is wrong with one that cannot be read.
    pub fn from_json(text: &str) -> Result<DrawRecord, Message> {
        let record: DrawRecord = serde_json::from_str(text).map_err(|error| form(&error.to_string()))?;
        if record.entries.len() > RECORD_ENTRIES_MAX {
            return Err(CommandFault::DrawEntries { most: RECORD_ENTRIES_MAX }.into());
        }
        Ok(record)
    }

    /// The record as a file says it, one field a line.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers can be written");
        text.push('\n');
        text
    }

    /// PROMO-5d: that the seed has the published hash, and that the result follows from seed and entries.
    pub fn check(&self) -> Result<(), DrawFault> {
        let has = Hash32::of(self.seed.bytes());
        if has != self.commitment {
            return Err(DrawFault::Seed { has });
        }
        let has = entries_hash(self.entries.iter().map(String::as_str));
        if has != self.entries_hash {
            return Err(DrawFault::Entries { has });
        }
        let mut numbers = Numbers::new(self.seed, has);
        match &self.result {
            RecordResult::Winners { winners: stated } => {
                let count = |list: &[String]| u32::try_from(list.len()).ok();
                let (Some(n), Some(k)) = (count(&self.entries), count(stated)) else {
                    return Err(DrawFault::Nothing);
                };
                if k == 0 || k > n {
                    return Err(DrawFault::Nothing);
                }
                let drawn = winners(&mut numbers, n, k);
                let follows: Vec<String> =
                    drawn.into_iter().map(|place| self.entries[crate::id::index(place)].clone()).collect();
                if follows == *stated { Ok(()) } else { Err(DrawFault::Result { follows }) }
            }
            RecordResult::Item { items, weights, pity, terms_hash: stated, item: named } => {
                let has = terms_hash(items.iter().map(String::as_str).zip(weights.iter().copied()), *pity);
                if has != *stated || items.len() != weights.len() {
                    return Err(DrawFault::Terms { has });
                }
                let drawn = item(&mut numbers, weights, *pity).and_then(|place| items.get(place));
                let Some(follows) = drawn else { return Err(DrawFault::Nothing) };
                if self.entries.len() != 1 {
                    return Err(DrawFault::Nothing);
                }
                if follows == named {
                    Ok(())
                } else {
                    Err(DrawFault::Result { follows: vec![follows.clone()] })
                }
            }
        }
    }
}
