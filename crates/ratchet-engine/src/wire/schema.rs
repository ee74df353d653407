//! The description of the types: it stands in every journal, so that a file explains itself, and a later version reads
//! entries of an earlier one by it (`docs/spec/journal.md`).

#![expect(clippy::wildcard_enum_match_arm, reason = "whatever kind it is instead, it is the wrong one")]

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Decoder, NUMBERS, SLOTS, Value, WireError};
use crate::ledger::{AccountKind, Asset, Owner, Side};

/// Deepest nesting of a value: no type of any version comes near it.
const DEPTH_MAX: u32 = 32;

/// What kind a value is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Unsigned,
    /// A whole number with a sign.
    Signed,
    /// Yes or no.
    Flag,
    /// Minor units of money.
    Money,
    /// 10⁻¹² of a point or of a unit like it.
    Points,
    /// A time.
    Time,
    /// An id as the outside world knows it.
    Id,
    /// A text.
    Text,
    /// A SHA-256.
    Hash,
    /// The number of a member, an order …: name and place.
    Number(String, usize),
    /// Any number of values.
    List(Box<Kind>),
    /// A value or nothing.
    Option(Box<Kind>),
    /// These values, one after the other.
    Tuple(Vec<Kind>),
    /// A type of the description.
    Named(String),
}

impl Kind {
    pub(crate) fn of_number(slot: usize) -> Kind {
        Kind::Number(NUMBERS[slot].1.to_owned(), slot)
    }

    fn to_json(&self) -> Json {
        match self {
            Kind::Unsigned => json!("unsigned"),
            Kind::Signed => json!("signed"),
            Kind::Flag => json!("flag"),
            Kind::Money => json!("money"),
            Kind::Points => json!("points"),
            Kind::Time => json!("time"),
            Kind::Id => json!("id"),
            Kind::Text => json!("text"),
            Kind::Hash => json!("hash"),
            Kind::Number(name, _) => json!(format!("number:{name}")),
            Kind::List(of) => json!(["list", of.to_json()]),
            Kind::Option(of) => json!(["option", of.to_json()]),
            Kind::Tuple(of) => {
                let mut all = vec![json!("tuple")];
                all.extend(of.iter().map(Kind::to_json));
                Json::Array(all)
            }
            Kind::Named(name) => json!(format!("type:{name}")),
        }
    }

    fn parse(json: &Json, numbers: &mut Vec<String>) -> Option<Kind> {
        if let Some(text) = json.as_str() {
            if let Some(name) = text.strip_prefix("number:") {
                let known = numbers.iter().position(|known| known == name);
                let slot = known.unwrap_or_else(|| {
                    numbers.push(name.to_owned());
                    numbers.len() - 1
                });
                return (slot < SLOTS).then(|| Kind::Number(name.to_owned(), slot));
            }
            if let Some(name) = text.strip_prefix("type:") {
                return Some(Kind::Named(name.to_owned()));
            }
            return Some(match text {
                "unsigned" => Kind::Unsigned,
                "signed" => Kind::Signed,
                "flag" => Kind::Flag,
                "money" => Kind::Money,
                "points" => Kind::Points,
                "time" => Kind::Time,
                "id" => Kind::Id,
                "text" => Kind::Text,
                "hash" => Kind::Hash,
                _ => return None,
            });
        }
        let [what, of @ ..] = json.as_array()?.as_slice() else { return None };
        match (what.as_str()?, of) {
            ("list", [of]) => Some(Kind::List(Box::new(Kind::parse(of, numbers)?))),
            ("option", [of]) => Some(Kind::Option(Box::new(Kind::parse(of, numbers)?))),
            ("tuple", of) => {
                of.iter().map(|of| Kind::parse(of, numbers)).collect::<Option<_>>().map(Kind::Tuple)
            }
            _ => None,
        }
    }
}

/// Names and kinds of fields, in their order.
pub(crate) type Fields = Vec<(String, Kind)>;

/// A type of the description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Fields.
    Struct(Fields),
    /// One of several, by name.
    Enum(Vec<(String, Variant)>),
}

/// What a variant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Fields.
    Has(Fields),
    /// One value.
    Is(Kind),
}

/// Types as they are collected.
#[derive(Debug, Default)]
pub struct Types {
    forms: BTreeMap<String, Form>,
}

impl Types {
    /// Adds a type under its name, if it is not there yet.
    pub(crate) fn named(&mut self, name: &str, form: impl FnOnce(&mut Types) -> Form) -> Kind {
        if !self.forms.contains_key(name) {
            // Its place is taken first: a type may hold itself.
            self.forms.insert(name.to_owned(), Form::Enum(Vec::new()));
            let form = form(self);
            self.forms.insert(name.to_owned(), form);
        }
        Kind::Named(name.to_owned())
    }
}

/// An account of the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountForm {
    pub(crate) name: String,
    /// Its place among the assets.
    pub(crate) asset: usize,
    /// Whose number a posting on it says: a kind of dense number with its place, or `fund`.
    pub(crate) owner: Option<(String, Option<usize>)>,
    /// This version's account of that name.
    pub(crate) kind: Option<AccountKind>,
}

/// The description of a journal's types and accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub(crate) format: u64,
    pub(crate) assets: Vec<String>,
    pub(crate) accounts: Vec<AccountForm>,
    pub(crate) types: BTreeMap<String, Form>,
    /// As it stands in the journal.
    json: Json,
}

impl Schema {
    /// Of this version: the types that `collect` names.
    pub(crate) fn of_types(format: u64, collect: impl FnOnce(&mut Types)) -> Schema {
        let mut types = Types::default();
        collect(&mut types);
        let accounts: Vec<Json> = AccountKind::ALL
            .iter()
            .copied()
            .map(|kind| {
                json!([
                    kind.name(),
                    kind.asset().name(),
                    match kind.owner() {
                        Owner::Programme => "",
                        Owner::Fund => "fund",
                        Owner::Merchant => "merchant",
                        Owner::Member => "member",
                    },
                    match kind.side() {
                        Side::Credit => "credit",
                        Side::Debit => "debit",
                        Side::Either => "any",
                    },
                ])
            })
            .collect();
        let fields = |fields: &Fields| -> Json {
            fields.iter().map(|(name, kind)| json!([name, kind.to_json()])).collect()
        };
        let types: serde_json::Map<String, Json> = types
            .forms
            .iter()
            .map(|(name, form)| {
                let form = match form {
                    Form::Struct(of) => json!({ "struct": fields(of) }),
                    Form::Enum(variants) => {
                        let variants: Vec<Json> = variants
                            .iter()
                            .map(|(name, variant)| match variant {
                                Variant::Has(of) => json!([name, { "has": fields(of) }]),
                                Variant::Is(kind) => json!([name, { "is": kind.to_json() }]),
                            })
                            .collect();
                        json!({ "enum": variants })
                    }
                };
                (name.clone(), form)
            })
            .collect();
        let assets: Vec<&str> = Asset::ALL.iter().map(|asset| asset.name()).collect();
        let json = json!({ "format": format, "assets": assets, "accounts": accounts, "types": types });
        Schema::parse(json).expect("what was just written is read")
    }

    /// From the text in a journal.
    pub(crate) fn of_text(text: &[u8]) -> Result<Schema, WireError> {
        let json: Json = serde_json::from_slice(text)
            .map_err(|error| WireError::new(format!("the description is no JSON: {error}")))?;
        Schema::parse(json).ok_or_else(|| WireError::new("the description has another form"))
    }

    /// The text that stands in journals.
    pub fn text(&self) -> String {
        self.json.to_string()
    }

    /// The same for people: a line for each type, variant and account.
    pub fn lines(&self) -> String {
        let list = |values: &Json| {
            let lines: Vec<String> =
                values.as_array().into_iter().flatten().map(|value| format!("   {value}")).collect();
            lines.join(",\n")
        };
        let mut text = format!(
            "{{\n \"format\": {},\n \"assets\": {},\n \"accounts\": [\n{}\n ],\n \"types\": {{\n",
            self.format,
            self.json["assets"],
            list(&self.json["accounts"])
        );
        let types = self.json["types"].as_object();
        let types: Vec<String> = types
            .into_iter()
            .flatten()
            .map(|(name, form)| match form.get("enum") {
                Some(variants) => format!("  \"{name}\": {{\"enum\": [\n{}\n  ]}}", list(variants)),
                None => format!("  \"{name}\": {{\"struct\": [\n{}\n  ]}}", list(&form["struct"])),
            })
            .collect();
        text += &types.join(",\n");
        text + "\n }\n}\n"
    }

    fn parse(json: Json) -> Option<Schema> {
        let mut numbers: Vec<String> = NUMBERS.iter().map(|(_, name)| (*name).to_owned()).collect();
        let numbers = &mut numbers;
        let assets: Vec<String> = strings(&json["assets"])?;
        let mut accounts = Vec::new();
        for account in json["accounts"].as_array()? {
            let texts = strings(account)?;
            let [name, asset, owner, _side] = texts.as_slice() else { return None };
            let slot = numbers.iter().position(|known| known == owner);
            accounts.push(AccountForm {
                name: name.clone(),
                asset: assets.iter().position(|known| known == asset)?,
                owner: (!owner.is_empty()).then(|| (owner.clone(), slot)),
                kind: AccountKind::named(name),
            });
        }
        let mut types = BTreeMap::new();
        for (name, form) in json["types"].as_object()? {
            let form = if let Some(of) = form.get("struct") {
                Form::Struct(parse_fields(of, numbers)?)
            } else {
                let mut variants = Vec::new();
                for variant in form["enum"].as_array()? {
                    let [name, holds] = variant.as_array()?.as_slice() else { return None };
                    let holds = match (holds.get("has"), holds.get("is")) {
                        (Some(of), None) => Variant::Has(parse_fields(of, numbers)?),
                        (None, Some(of)) => Variant::Is(Kind::parse(of, numbers)?),
                        _ => return None,
                    };
                    variants.push((name.as_str()?.to_owned(), holds));
                }
                Form::Enum(variants)
            };
            types.insert(name.clone(), form);
        }
        let format = json["format"].as_u64()?;
        Some(Schema { format, assets, accounts, types, json })
    }

    /// Reads a value of a type by its description.
    pub(crate) fn read(&self, name: &str, input: &mut Decoder<'_>) -> Result<Value, WireError> {
        self.named(name, input, 0)
    }

    fn named(&self, name: &str, input: &mut Decoder<'_>, depth: u32) -> Result<Value, WireError> {
        if depth > DEPTH_MAX {
            return Err(WireError::new("it is nested too deeply"));
        }
        match self.types.get(name) {
            None => Err(WireError::new(format!("the description has no type {name}"))),
            Some(Form::Struct(fields)) => self.fields(name, fields, input, depth),
            Some(Form::Enum(variants)) => {
                let tag = input.varint()?;
                let variant = usize::try_from(tag).ok().and_then(|tag| variants.get(tag));
                let (said, holds) = variant.ok_or_else(|| WireError::unknown_variant(name, tag))?;
                let value = match holds {
                    Variant::Has(fields) => self.fields(name, fields, input, depth)?,
                    Variant::Is(kind) => self.value(kind, input, depth + 1)?,
                };
                Ok(Value::Variant(said.clone(), Box::new(value)))
            }
        }
    }

    fn fields(
        &self,
        of: &str,
        fields: &Fields,
        input: &mut Decoder<'_>,
        depth: u32,
    ) -> Result<Value, WireError> {
        if fields.len() > 56 {
            return Err(WireError::new(format!("the description gives {of} too many fields")));
        }
        let bits = if fields.is_empty() { 0 } else { input.bits(fields.len())? };
        let mut values = Vec::with_capacity(fields.len());
        for (at, (name, kind)) in fields.iter().enumerate() {
            let value = if bits >> at & 1 == 0 {
                self.absent(kind, input).ok_or_else(|| WireError::missing(of, name))?
            } else {
                match kind {
                    Kind::Flag => Value::Flag(true),
                    Kind::Option(of) => self.value(of, input, depth + 1)?,
                    kind => self.value(kind, input, depth + 1)?,
                }
            };
            values.push((name.clone(), value));
        }
        Ok(Value::Struct(values))
    }

    fn absent(&self, kind: &Kind, input: &Decoder<'_>) -> Option<Value> {
        match kind {
            Kind::Unsigned | Kind::Money | Kind::Points => Some(Value::Unsigned(0)),
            Kind::Signed => Some(Value::Signed(0)),
            Kind::Flag => Some(Value::Flag(false)),
            Kind::Time => Some(Value::Signed(input.said.at)),
            Kind::Text => Some(Value::Text(String::new())),
            Kind::Number(_, slot) => Some(Value::Unsigned(u128::from(input.last_number(*slot)))),
            Kind::List(_) => Some(Value::List(Vec::new())),
            Kind::Option(_) => Some(Value::None),
            Kind::Id | Kind::Hash | Kind::Tuple(_) => None,
            Kind::Named(name) => match self.types.get(name)? {
                Form::Enum(variants) => match variants.first()? {
                    (name, Variant::Has(fields)) if fields.is_empty() => {
                        Some(Value::Variant(name.clone(), Box::new(Value::Struct(Vec::new()))))
                    }
                    _ => None,
                },
                Form::Struct(_) => None,
            },
        }
    }

    fn value(&self, kind: &Kind, input: &mut Decoder<'_>, depth: u32) -> Result<Value, WireError> {
        if depth > DEPTH_MAX {
            return Err(WireError::new("it is nested too deeply"));
        }
        Ok(match kind {
            Kind::Unsigned => Value::Unsigned(input.wide()?),
            Kind::Signed => Value::Signed(super::unzigzag(input.varint()?)),
            Kind::Flag => Value::Flag(input.byte()? != 0),
            Kind::Money | Kind::Points => Value::Unsigned(input.amount()?),
            Kind::Time => Value::Signed(input.time()?.us()),
            Kind::Id => Value::Text(input.id()?.as_str().to_owned()),
            Kind::Text => Value::Text(input.text()?.to_owned()),
            Kind::Hash => Value::Hash(input.hash()?),
            Kind::Number(_, slot) => Value::Unsigned(u128::from(input.number(*slot)?)),
            Kind::List(of) => {
                let count = input.count()?;
                let mut values = Vec::with_capacity(count.min(1_024));
                for _ in 0..count {
                    values.push(self.value(of, input, depth + 1)?);
                }
                Value::List(values)
            }
            Kind::Option(of) => match input.byte()? {
                0 => Value::None,
                _ => self.value(of, input, depth + 1)?,
            },
            Kind::Tuple(of) => {
                let values: Result<Vec<_>, _> =
                    of.iter().map(|kind| self.value(kind, input, depth + 1)).collect();
                Value::List(values?)
            }
            Kind::Named(name) => self.named(name, input, depth + 1)?,
        })
    }
}

fn strings(json: &Json) -> Option<Vec<String>> {
    json.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

fn parse_fields(json: &Json, numbers: &mut Vec<String>) -> Option<Fields> {
    json.as_array()?
        .iter()
        .map(|field| {
            let [name, kind] = field.as_array()?.as_slice() else { return None };
            Some((name.as_str()?.to_owned(), Kind::parse(kind, numbers)?))
        })
        .collect()
}
