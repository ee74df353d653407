//! Fields of commands in JSON: how each type of value is read, written and described. The table of commands in
//! [`command`](super) is made of them, and so are the reference page and the JSON Schema.

use compact_str::CompactString;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smallvec::SmallVec;

use super::fault::CommandFault;
use super::json::CommandError;
use super::{
    AgeBand, AgentLevel, Command, DisposalMethod, LineId, MallTerms, Millionths, ORDER_COUPONS_MAX,
    ORDER_LINES_MAX, OrderLine, OrderTerms, PaymentSum, PaymentTarget, RefundLine, RefundSize, Region,
    SellQuantity, Side, SkuTerms, Tender, TimeInForce, TipSize,
};
use crate::amount::{Currency, DecimalError, Money, Points, parse_decimal};
use crate::gate::Pass;
use crate::hash::Hash32;
use crate::id::{ID_BYTES_MAX, Id};
use crate::message::List;
use crate::time::Timestamp;
use crate::wire::name_of;

/// A type of command as the table has it.
#[derive(Clone, Debug)]
pub struct CommandForm {
    /// The type as in JSON: `order.pay`.
    pub name: &'static str,
    /// What it asks for.
    pub words: String,
    /// The field that names the actor if `actor` is absent; without one it is `operator`.
    pub actor: Option<&'static str>,
    /// The fields besides `key`, `at`, `happened_at`, `actor` and `type`.
    pub fields: Vec<FieldForm>,
}

/// A field of a command.
#[derive(Clone, Debug)]
pub struct FieldForm {
    /// The name in JSON.
    pub name: &'static str,
    /// What it says.
    pub words: String,
    /// What values it has.
    pub shape: Shape,
}

/// What values a field has.
#[derive(Clone, Debug)]
pub struct Shape {
    /// In words: `money`.
    pub words: String,
    /// As JSON Schema (2020-12).
    pub schema: Value,
    /// Whether it may be absent.
    pub is_optional: bool,
}

impl Shape {
    fn new(words: &str, schema: Value) -> Shape {
        Shape { words: words.to_owned(), schema, is_optional: false }
    }
}

/// The words of a doc comment.
pub(super) fn words_of(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A type of values of fields.
pub(super) trait Field: Sized {
    /// What stands in JSON.
    type Json: Serialize + for<'de> Deserialize<'de>;

    /// The value of a field with this name; money is in this currency.
    fn read(json: Self::Json, name: &str, currency: &Currency) -> Result<Self, CommandError>;

    /// As in JSON.
    fn write(&self, currency: &Currency) -> Self::Json;

    /// Whether it is left out of the JSON.
    fn is_absent(&self) -> bool {
        false
    }

    /// What values there are.
    fn shape() -> Shape;
}

/// A value of which JSON has several fields: its parts, in the order of the table.
pub(super) trait Group<Parts>: Sized {
    /// Puts it together, or says which parts do not go together.
    fn join(parts: Parts, currency: &Currency) -> Result<Self, CommandError>;

    /// Takes it apart.
    fn split(&self, currency: &Currency) -> Parts;
}

/// Who a field names.
pub(super) trait Names {
    /// Nobody if it is absent.
    fn named(&self) -> Option<Id>;
}

impl Names for Id {
    fn named(&self) -> Option<Id> {
        Some(self.clone())
    }
}

impl Names for Option<Id> {
    fn named(&self) -> Option<Id> {
        self.clone()
    }
}

fn value_fault<'a>(field: &'a str, text: &'a str) -> impl Fn(DecimalError) -> CommandError + 'a {
    move |error| CommandError::new(CommandFault::Value { field, text, error })
}

macro_rules! plain {
    ($($type:ty: $words:literal, $schema:expr;)*) => {
        $(impl Field for $type {
            type Json = $type;

            fn read(json: $type, _: &str, _: &Currency) -> Result<$type, CommandError> {
                Ok(json)
            }

            fn write(&self, _: &Currency) -> $type {
                self.clone()
            }

            fn shape() -> Shape {
                Shape::new($words, $schema)
            }
        })*
    };
}

plain! {
    Id: "id", json!({"$ref": "#/$defs/id"});
    String: "text", json!({"type": "string"});
    CompactString: "text", json!({"type": "string"});
    u32: "whole number", json!({"type": "integer", "minimum": 0, "maximum": u32::MAX});
    Timestamp: "time", json!({"$ref": "#/$defs/time"});
    Hash32: "hash", json!({"$ref": "#/$defs/hash"});
    Box<Pass>: "object", json!({"type": "object"});
}

/// An example of every type, in the order of the table, as a line of JSON. It is well-formed; whether it may be done depends on
/// the programme.
pub fn command_examples() -> impl Iterator<Item = &'static str> {
    include_str!("examples.jsonl").lines()
}

/// The JSON Schema (2020-12) of one command, whatever its type.
pub fn commands_schema() -> Value {
    let mut definitions = json!({
        "id": {"type": "string", "minLength": 1, "maxLength": ID_BYTES_MAX},
        "time": {"type": "string", "format": "date-time"},
        "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "decimal": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"},
    });
    let mut types = Vec::new();
    for (CommandForm { name, words, actor: _, fields }, example) in
        Command::forms().into_iter().zip(command_examples())
    {
        let mut properties = json!({
            "key": {"$ref": "#/$defs/id"},
            "at": {"$ref": "#/$defs/time"},
            "happened_at": {"$ref": "#/$defs/time"},
            "actor": {"$ref": "#/$defs/id"},
            "type": {"const": name},
        });
        let mut required = vec!["key", "at", "type"];
        for field in fields {
            let mut schema = field.shape.schema;
            schema["description"] = field.words.into();
            properties[field.name] = schema;
            if !field.shape.is_optional {
                required.push(field.name);
            }
        }
        definitions[name] = json!({
            "type": "object",
            "description": words,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
            "examples": [serde_json::from_str::<Value>(example).unwrap_or_default()],
        });
        types.push(json!({"$ref": format!("#/$defs/{name}")}));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A command of Ratchet",
        "oneOf": types,
        "$defs": definitions,
    })
}

impl Field for Money {
    type Json = CompactString;

    fn read(json: CompactString, name: &str, currency: &Currency) -> Result<Money, CommandError> {
        currency.parse_money(&json).map_err(value_fault(name, &json))
    }

    fn write(&self, currency: &Currency) -> CompactString {
        currency.format(*self).into()
    }

    fn shape() -> Shape {
        Shape::new("money", json!({"$ref": "#/$defs/decimal"}))
    }
}

impl Field for Points {
    type Json = CompactString;

    fn read(json: CompactString, name: &str, _: &Currency) -> Result<Points, CommandError> {
        Points::parse(&json).map_err(value_fault(name, &json))
    }

    fn write(&self, _: &Currency) -> CompactString {
        self.to_string().into()
    }

    fn shape() -> Shape {
        Shape::new("points", json!({"$ref": "#/$defs/decimal"}))
    }
}

impl Field for Millionths {
    type Json = CompactString;

    fn read(json: CompactString, name: &str, _: &Currency) -> Result<Millionths, CommandError> {
        let millionths = parse_decimal(&json, 6).map_err(value_fault(name, &json))?;
        let millionths = u64::try_from(millionths).map_err(|_| DecimalError::TooLarge);
        millionths.map(|millionths| Millionths { millionths }).map_err(value_fault(name, &json))
    }

    fn write(&self, _: &Currency) -> CompactString {
        Points::from_units(u128::from(self.millionths) * 1_000_000).to_string().into()
    }

    fn shape() -> Shape {
        Shape::new("decimal of at most six places", json!({"$ref": "#/$defs/decimal"}))
    }
}

impl Field for SellQuantity {
    type Json = CompactString;

    fn read(json: CompactString, name: &str, currency: &Currency) -> Result<SellQuantity, CommandError> {
        match json.as_str() {
            "all" => Ok(SellQuantity::All),
            _ => Points::read(json, name, currency).map(SellQuantity::Points),
        }
    }

    fn write(&self, currency: &Currency) -> CompactString {
        match self {
            SellQuantity::All => "all".into(),
            SellQuantity::Points(points) => points.write(currency),
        }
    }

    fn shape() -> Shape {
        let schema = json!({"anyOf": [{"const": "all"}, {"$ref": "#/$defs/decimal"}]});
        Shape::new("points or `all`", schema)
    }
}

impl Field for Region {
    type Json = CompactString;

    fn read(json: CompactString, name: &str, _: &Currency) -> Result<Region, CommandError> {
        Region::parse(&json)
            .ok_or_else(|| CommandError::new(CommandFault::Region { field: name, text: &json }))
    }

    fn write(&self, _: &Currency) -> CompactString {
        self.to_string().into()
    }

    fn shape() -> Shape {
        Shape::new("region", json!({"type": "string", "pattern": "^[0-9]{6}$"}))
    }
}

impl Field for Currency {
    type Json = CompactString;

    fn read(json: CompactString, _: &str, _: &Currency) -> Result<Currency, CommandError> {
        Currency::any(&json).ok_or_else(|| CommandError::new(CommandFault::Currency { text: &json }))
    }

    fn write(&self, _: &Currency) -> CompactString {
        self.code().into()
    }

    fn shape() -> Shape {
        Shape::new("currency", json!({"type": "string", "pattern": "^[A-Z]{3}$"}))
    }
}

/// A switch that is off unless it says otherwise.
impl Field for bool {
    type Json = Option<bool>;

    fn read(json: Option<bool>, _: &str, _: &Currency) -> Result<bool, CommandError> {
        Ok(json.unwrap_or(false))
    }

    fn write(&self, _: &Currency) -> Option<bool> {
        self.then_some(true)
    }

    fn is_absent(&self) -> bool {
        !self
    }

    fn shape() -> Shape {
        Shape {
            is_optional: true,
            ..Shape::new("`true` or `false`; absent: `false`", json!({"type": "boolean"}))
        }
    }
}

/// The value with this name in such a list.
fn choice<T: Copy>(field: &str, text: &str, named: &[(&'static str, T)]) -> Result<T, CommandError> {
    let found = named.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let options = List::of(named.iter().map(|(name, _)| format!("\"{name}\"")));
        CommandError::new(CommandFault::Choice { field, text, options })
    })
}

fn choice_shape<T>(named: &[(&'static str, T)]) -> Shape {
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let words = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Shape::new(&words, json!({"enum": names}))
}

macro_rules! choices {
    ($($type:ty),*) => {
        $(impl Field for $type {
            type Json = CompactString;

            fn read(json: CompactString, name: &str, _: &Currency) -> Result<$type, CommandError> {
                choice(name, &json, &<$type>::NAMED)
            }

            fn write(&self, _: &Currency) -> CompactString {
                name_of(&<$type>::NAMED, self).into()
            }

            fn shape() -> Shape {
                choice_shape(&<$type>::NAMED)
            }
        })*
    };
}

choices!(AgeBand, AgentLevel, Side);

impl Field for TimeInForce {
    type Json = Option<CompactString>;

    fn read(json: Option<CompactString>, name: &str, _: &Currency) -> Result<TimeInForce, CommandError> {
        json.map_or(Ok(TimeInForce::Gtc), |text| choice(name, &text, &TimeInForce::NAMED))
    }

    fn write(&self, _: &Currency) -> Option<CompactString> {
        (!self.is_absent()).then(|| name_of(&TimeInForce::NAMED, self).into())
    }

    fn is_absent(&self) -> bool {
        *self == TimeInForce::Gtc
    }

    fn shape() -> Shape {
        let shape = choice_shape(&TimeInForce::NAMED);
        Shape { words: format!("{}; absent: `gtc`", shape.words), is_optional: true, ..shape }
    }
}

impl<T: Field> Field for Option<T> {
    type Json = Option<T::Json>;

    fn read(json: Option<T::Json>, name: &str, currency: &Currency) -> Result<Option<T>, CommandError> {
        json.map(|json| T::read(json, name, currency)).transpose()
    }

    fn write(&self, currency: &Currency) -> Option<T::Json> {
        self.as_ref().map(|value| value.write(currency))
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    fn shape() -> Shape {
        Shape { is_optional: true, ..T::shape() }
    }
}

impl<T: Field> Field for Vec<T> {
    type Json = Vec<T::Json>;

    fn read(json: Vec<T::Json>, name: &str, currency: &Currency) -> Result<Vec<T>, CommandError> {
        json.into_iter().map(|json| T::read(json, name, currency)).collect()
    }

    fn write(&self, currency: &Currency) -> Vec<T::Json> {
        self.iter().map(|value| value.write(currency)).collect()
    }

    fn shape() -> Shape {
        let Shape { words, schema, .. } = T::shape();
        Shape::new(&format!("list of {words}"), json!({"type": "array", "items": schema}))
    }
}

/// In JSON a line id may also be a whole number.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum LineIdJson {
    Text(Id),
    Number(u32),
}

impl Serialize for LineIdJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            LineIdJson::Text(id) => id.serialize(serializer),
            LineIdJson::Number(number) => serializer.collect_str(number),
        }
    }
}

impl Field for LineId {
    type Json = LineIdJson;

    fn read(json: LineIdJson, _: &str, _: &Currency) -> Result<LineId, CommandError> {
        match json {
            LineIdJson::Text(id) => Ok(LineId { id }),
            LineIdJson::Number(number) => {
                Id::new(&number.to_string()).map(|id| LineId { id }).map_err(CommandError::new)
            }
        }
    }

    fn write(&self, _: &Currency) -> LineIdJson {
        LineIdJson::Text(self.id.clone())
    }

    fn shape() -> Shape {
        let schema = json!({"anyOf": [{"$ref": "#/$defs/id"}, u32::shape().schema]});
        Shape::new("id or whole number", schema)
    }
}

/// An object within a command: its form in JSON, and how its fields are described. What may be absent stands after the semicolon.
macro_rules! object {
    ($form:ident {
        $( $field:ident : $type:ty = $words:literal ),* ;
        $( $optional:ident : $optional_type:ty = $optional_words:literal ),* $(,)?
    }) => {
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $form {
            $( $field: <$type as Field>::Json, )*
            $(
                #[serde(default, skip_serializing_if = "Option::is_none")]
                $optional: Option<<$optional_type as Field>::Json>,
            )*
        }

        impl $form {
            fn shape() -> Shape {
                object_shape(&[
                    $( (stringify!($field), $words, <$type as Field>::shape()), )*
                    $( (stringify!($optional), $optional_words, <Option<$optional_type> as Field>::shape()), )*
                ])
            }
        }
    };
}

fn object_shape(fields: &[(&str, &str, Shape)]) -> Shape {
    let mut properties = serde_json::Map::new();
    let (mut required, mut words) = (Vec::new(), Vec::new());
    for (name, said, shape) in fields {
        let mut schema = shape.schema.clone();
        schema["description"] = (*said).into();
        properties.insert((*name).to_owned(), schema);
        if !shape.is_optional {
            required.push(*name);
        }
        words.push(format!("`{name}`{}", if shape.is_optional { "?" } else { "" }));
    }
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    Shape::new(&format!("object of {}", words.join(", ")), schema)
}

object!(LineJson {
    line: LineId = "The line's id within its order.",
    amount: Money = "What is paid for the goods after discounts; more than zero.";
    quantity: u32 = "How many; for the record.",
    sku: Id = "Which article; for the record.",
    merchant: Id = "Who sells; absent: the unnamed supplier.",
    cost: Money = "The line's own cost instead of the plan's share.",
    contribution: Money = "The line's own pool contribution instead of the plan's share.",
    zone: Id = "Award zone; for the record.",
    class: Id = "Its class, where it names no article that has one (CAT-7).",
});

/// A line as the JSON form says it, with the class that stands in [`MallTerms`].
pub(super) struct StatedLine {
    line: OrderLine,
    class: Option<Id>,
}

impl Field for StatedLine {
    type Json = LineJson;

    fn read(json: LineJson, _: &str, currency: &Currency) -> Result<StatedLine, CommandError> {
        let line = OrderLine {
            amount: Money::read(json.amount, "amount", currency)?,
            line: LineId::read(json.line, "line", currency)?.id,
            quantity: json.quantity,
            sku: json.sku,
            merchant: json.merchant,
            cost: Option::read(json.cost, "cost", currency)?,
            contribution: Option::read(json.contribution, "contribution", currency)?,
            zone: json.zone,
        };
        Ok(StatedLine { line, class: json.class })
    }

    fn write(&self, currency: &Currency) -> LineJson {
        let StatedLine { line, class } = self;
        LineJson {
            line: LineIdJson::Text(line.line.clone()),
            amount: line.amount.write(currency),
            quantity: line.quantity,
            sku: line.sku.clone(),
            merchant: line.merchant.clone(),
            cost: line.cost.write(currency),
            contribution: line.contribution.write(currency),
            zone: line.zone.clone(),
            class: class.clone(),
        }
    }

    fn shape() -> Shape {
        LineJson::shape()
    }
}

object!(TenderJson {
    ;
    cash: Money = "New money.",
    reconsume: Money = "From the re-consumption wallet.",
    claim: Money = "From a legacy claim.",
    loyalty: Money = "In loyalty points, one for each minor unit (LOY-1).",
});

/// Nothing is stated for a part of zero.
fn part(amount: Money, currency: &Currency) -> Option<CompactString> {
    (!amount.is_zero()).then(|| amount.write(currency))
}

impl Field for Tender {
    type Json = TenderJson;

    fn read(json: TenderJson, _: &str, currency: &Currency) -> Result<Tender, CommandError> {
        let part = |json, name| {
            Option::<Money>::read(json, name, currency).map(|amount| amount.unwrap_or(Money::ZERO))
        };
        Ok(Tender {
            cash: part(json.cash, "tender.cash")?,
            reconsume: part(json.reconsume, "tender.reconsume")?,
            loyalty: part(json.loyalty, "tender.loyalty")?,
            claim: part(json.claim, "tender.claim")?,
        })
    }

    fn write(&self, currency: &Currency) -> TenderJson {
        TenderJson {
            cash: part(self.cash, currency),
            reconsume: part(self.reconsume, currency),
            claim: part(self.claim, currency),
            loyalty: part(self.loyalty, currency),
        }
    }

    fn shape() -> Shape {
        TenderJson::shape()
    }
}

object!(RefundLineJson {
    line: LineId = "The line's id within its order.";
    amount: Money = "So much of the line's amount; more than zero. Either this or `pieces`.",
    pieces: u32 = "So many of its pieces, at what they are worth together; more than zero.",
    restock: bool = "The pieces have come back and are in stock again, where they had left; only with `pieces`.",
});

impl Field for RefundLine {
    type Json = RefundLineJson;

    fn read(json: RefundLineJson, _: &str, currency: &Currency) -> Result<RefundLine, CommandError> {
        let size = match (json.amount, json.pieces) {
            (Some(amount), None) => RefundSize::Amount(Money::read(amount, "amount", currency)?),
            (None, Some(pieces)) => RefundSize::Pieces(pieces),
            (None, None) | (Some(_), Some(_)) => return Err(CommandError::new(CommandFault::RefundLine {})),
        };
        let restock = json.restock.flatten().unwrap_or(false);
        if restock && !matches!(size, RefundSize::Pieces(_)) {
            return Err(CommandError::new(CommandFault::Restock {}));
        }
        Ok(RefundLine { line: LineId::read(json.line, "line", currency)?.id, size, restock })
    }

    fn write(&self, currency: &Currency) -> RefundLineJson {
        let (amount, pieces) = match self.size {
            RefundSize::Amount(amount) => (Some(amount.write(currency)), None),
            RefundSize::Pieces(pieces) => (None, Some(pieces)),
        };
        let line = LineIdJson::Text(self.line.clone());
        RefundLineJson { line, amount, pieces, restock: self.restock.then_some(Some(true)) }
    }

    fn shape() -> Shape {
        RefundLineJson::shape()
    }
}

/// The parts of an order's terms, as `order.place` and `order.pay` state them.
type OrderParts = (
    Option<Id>,
    Option<Vec<StatedLine>>,
    Option<Money>,
    Option<Money>,
    Option<Region>,
    Option<Tender>,
    Option<Id>,
    Option<Vec<Id>>,
    Option<Id>,
    Option<Id>,
    Option<Hash32>,
);

/// `None` if neither member nor lines are given.
impl Group<OrderParts> for Option<OrderTerms> {
    fn join(parts: OrderParts, _: &Currency) -> Result<Option<OrderTerms>, CommandError> {
        let (member, lines, freight, tax, ship_to, tender, source, coupons, campaign, group, code_hash) =
            parts;
        let (member, lines) = match (member, lines) {
            (Some(member), Some(lines)) => (member, lines),
            (_, None) => {
                let rest = [
                    freight.is_some(),
                    tax.is_some(),
                    ship_to.is_some(),
                    tender.is_some(),
                    source.is_some(),
                    coupons.is_some(),
                    campaign.is_some(),
                    group.is_some(),
                    code_hash.is_some(),
                ];
                if rest.contains(&true) {
                    return Err(CommandError::of_the_form(CommandFault::LinesMissing {}));
                }
                return Ok(None);
            }
            (None, Some(_)) => {
                return Err(CommandError::of_the_form(CommandFault::Missing { field: "member" }));
            }
        };
        if lines.is_empty() || lines.len() > ORDER_LINES_MAX {
            let (most, count) = (ORDER_LINES_MAX, lines.len());
            return Err(CommandError::new(CommandFault::Lines { most, count }));
        }
        let coupons = coupons.unwrap_or_default();
        if coupons.len() > ORDER_COUPONS_MAX {
            return Err(CommandError::new(CommandFault::Coupons { most: ORDER_COUPONS_MAX }));
        }
        let (lines, classes): (SmallVec<_>, Vec<_>) =
            lines.into_iter().map(|StatedLine { line, class }| (line, class)).unzip();
        let mall = MallTerms { source, coupons, campaign, group, code_hash, classes: Vec::new() };
        let mut terms = OrderTerms {
            member,
            lines,
            freight: freight.unwrap_or(Money::ZERO),
            tax: tax.unwrap_or(Money::ZERO),
            ship_to,
            tender,
            mall: (mall != MallTerms::default()).then(|| Box::new(mall)),
        };
        terms.set_classes(classes);
        Ok(Some(terms))
    }

    fn split(&self, currency: &Currency) -> OrderParts {
        self.as_ref().map_or_else(OrderParts::default, |terms| terms.split(currency))
    }
}

impl Group<OrderParts> for OrderTerms {
    fn join(parts: OrderParts, currency: &Currency) -> Result<OrderTerms, CommandError> {
        Option::<OrderTerms>::join(parts, currency)?
            .ok_or_else(|| CommandError::of_the_form(CommandFault::Needs {}))
    }

    fn split(&self, _: &Currency) -> OrderParts {
        let some = |amount: Money| (!amount.is_zero()).then_some(amount);
        let MallTerms { source, coupons, campaign, group, code_hash, classes } =
            self.mall.as_deref().cloned().unwrap_or_default();
        let classes = classes.into_iter().chain(std::iter::repeat(None));
        let lines = self.lines.iter().cloned().zip(classes);
        (
            Some(self.member.clone()),
            Some(lines.map(|(line, class)| StatedLine { line, class }).collect()),
            some(self.freight),
            some(self.tax),
            self.ship_to,
            self.tender,
            source,
            (!coupons.is_empty()).then_some(coupons),
            campaign,
            group,
            code_hash,
        )
    }
}

impl Group<(CompactString, u32)> for DisposalMethod {
    fn join((method, epoch): (CompactString, u32), _: &Currency) -> Result<DisposalMethod, CommandError> {
        match method.as_str() {
            "rebate" => Ok(DisposalMethod::Rebate { epoch }),
            "inject" => Ok(DisposalMethod::Inject { epoch }),
            other => Err(CommandError::new(CommandFault::Method { text: other })),
        }
    }

    fn split(&self, _: &Currency) -> (CompactString, u32) {
        match self {
            DisposalMethod::Rebate { epoch } => ("rebate".into(), *epoch),
            DisposalMethod::Inject { epoch } => ("inject".into(), *epoch),
        }
    }
}

impl Group<(Option<Points>, Option<Money>)> for TipSize {
    fn join(parts: (Option<Points>, Option<Money>), _: &Currency) -> Result<TipSize, CommandError> {
        match parts {
            (Some(value), None) => Ok(TipSize::Value(value)),
            (None, Some(concession)) => Ok(TipSize::Concession(concession)),
            (None, None) | (Some(_), Some(_)) => {
                let (one, other) = ("value", "concession");
                Err(CommandError::of_the_form(CommandFault::Either { one, other }))
            }
        }
    }

    fn split(&self, _: &Currency) -> (Option<Points>, Option<Money>) {
        match self {
            TipSize::Value(value) => (Some(*value), None),
            TipSize::Concession(concession) => (None, Some(*concession)),
        }
    }
}

impl Group<(Option<Id>, Option<Id>)> for PaymentTarget {
    fn join(parts: (Option<Id>, Option<Id>), _: &Currency) -> Result<PaymentTarget, CommandError> {
        match parts {
            (Some(order), None) => Ok(PaymentTarget::Order(order)),
            (None, Some(source)) => Ok(PaymentTarget::Source(source)),
            (None, None) | (Some(_), Some(_)) => {
                Err(CommandError::new(CommandFault::Either { one: "order", other: "source" }))
            }
        }
    }

    fn split(&self, _: &Currency) -> (Option<Id>, Option<Id>) {
        match self {
            PaymentTarget::Order(order) => (Some(order.clone()), None),
            PaymentTarget::Source(source) => (None, Some(source.clone())),
        }
    }
}

impl Group<(CompactString, Currency)> for PaymentSum {
    fn join((text, currency): (CompactString, Currency), _: &Currency) -> Result<PaymentSum, CommandError> {
        Ok(PaymentSum { amount: Money::read(text, "amount", &currency)?, currency })
    }

    fn split(&self, _: &Currency) -> (CompactString, Currency) {
        (self.amount.write(&self.currency), self.currency)
    }
}

impl Group<(CompactString, Option<Currency>)> for PaymentSum {
    fn join(
        (text, of): (CompactString, Option<Currency>),
        currency: &Currency,
    ) -> Result<PaymentSum, CommandError> {
        Group::<(CompactString, Currency)>::join((text, of.unwrap_or(*currency)), currency)
    }

    fn split(&self, currency: &Currency) -> (CompactString, Option<Currency>) {
        (self.amount.write(&self.currency), (self.currency != *currency).then_some(self.currency))
    }
}

type SkuParts = (
    Money,
    Option<Id>,
    Option<Id>,
    Option<Money>,
    Option<Id>,
    Option<u32>,
    Option<u32>,
    Option<u32>,
    bool,
    Option<Id>,
);

impl Group<SkuParts> for Box<SkuTerms> {
    fn join(parts: SkuParts, _: &Currency) -> Result<Box<SkuTerms>, CommandError> {
        let (
            price,
            product,
            merchant,
            cost,
            zone,
            stock,
            limit_per_order,
            limit_per_member,
            points_only,
            class,
        ) = parts;
        Ok(Box::new(SkuTerms {
            product,
            merchant,
            price,
            cost,
            zone,
            stock,
            limit_per_order,
            limit_per_member,
            points_only,
            class,
        }))
    }

    fn split(&self, _: &Currency) -> SkuParts {
        let SkuTerms {
            product,
            merchant,
            price,
            cost,
            zone,
            stock,
            limit_per_order,
            limit_per_member,
            points_only,
            class,
        } = SkuTerms::clone(self);
        (price, product, merchant, cost, zone, stock, limit_per_order, limit_per_member, points_only, class)
    }
}

/// The enum of commands, their names, their form in JSON and its description, from one table. A row is
/// `"type" by actor => Variant { field: Type, …; group: Type [part: Type, …] }`: the actor is the field that names who sends the
/// command if nobody is named; a group is one value of which JSON has several fields.
macro_rules! commands {
    ($(
        $(#[doc = $doc:literal])+
        $name:literal $(by $who:ident)? => $variant:ident {
            $( $(#[doc = $field_doc:literal])+ $field:ident : $type:ty ),* $(,)?
            $(;
                $(#[doc = $group_doc:literal])+
                $group:ident : $group_type:ty [
                    $( $(#[doc = $part_doc:literal])+ $part:ident : $part_type:ty ),* $(,)?
                ]
            )?
        }
    )*) => {
        /// What the outside world may request.
        #[derive(Clone, Debug, PartialEq, Eq, Wire)]
        pub enum Command {
            $(
                $(#[doc = $doc])+
                $variant {
                    $( $(#[doc = $field_doc])+ $field: $type, )*
                    $( $(#[doc = $group_doc])+ $group: $group_type, )?
                },
            )*
        }

        /// Every command type, for "nearest known" messages and the reference page.
        pub const COMMAND_TYPES: &[&str] = &[$($name),*];

        impl Command {
            /// The type as in JSON: `order.pay`.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $( Command::$variant { .. } => $name, )*
                }
            }

            /// Every type with its fields.
            pub fn forms() -> Vec<CommandForm> {
                vec![$(
                    CommandForm {
                        name: $name,
                        words: words_of(&[$($doc),+]),
                        actor: [$(stringify!($who))?].first().copied(),
                        fields: vec![
                            $( FieldForm {
                                name: stringify!($field),
                                words: words_of(&[$($field_doc),+]),
                                shape: <$type as Field>::shape(),
                            }, )*
                            $($( FieldForm {
                                name: stringify!($part),
                                words: words_of(&[$($part_doc),+]),
                                shape: <$part_type as Field>::shape(),
                            }, )*)?
                        ],
                    },
                )*]
            }

            /// Reads a line of this type; `None` if there is none.
            fn read_form(
                name: &str,
                line: &str,
                currency: &Currency,
            ) -> Option<Result<Envelope, CommandError>> {
                match name {
                    $( $name => {
                        #[derive(Deserialize)]
                        #[serde(deny_unknown_fields)]
                        struct Form {
                            key: Id,
                            at: Timestamp,
                            happened_at: Option<Timestamp>,
                            actor: Option<Id>,
                            #[serde(rename = "type")]
                            _type: CompactString,
                            $( $field: <$type as Field>::Json, )*
                            $($( $part: <$part_type as Field>::Json, )*)?
                        }
                        let read = || {
                            let form: Form = serde_json::from_str(line)?;
                            let who: Option<Id> = None $( .or(Names::named(&form.$who)) )?;
                            let command = Command::$variant {
                                $( $field: <$type as Field>::read(form.$field, stringify!($field), currency)?, )*
                                $( $group: Group::join(
                                    ($( <$part_type as Field>::read(form.$part, stringify!($part), currency)?, )*),
                                    currency,
                                )?, )?
                            };
                            let actor = match form.actor.or(who) {
                                Some(actor) => actor,
                                None => Id::new("operator").map_err(CommandError::new)?,
                            };
                            let (key, at, happened_at) = (form.key, form.at, form.happened_at);
                            Ok(Envelope { key, at, happened_at, actor, command })
                        };
                        Some(read())
                    } )*
                    _ => None,
                }
            }

            /// Writes the fields of its type.
            fn write_form(&self, object: &mut impl SerializeMap<Error = serde_json::Error>, currency: &Currency) -> serde_json::Result<()> {
                match self {
                    $( Command::$variant { $($field,)* $($group,)? } => {
                        $( write_field(object, stringify!($field), $field, currency)?; )*
                        $(
                            let ($($part,)*): ($($part_type,)*) = Group::split($group, currency);
                            $( write_field(object, stringify!($part), &$part, currency)?; )*
                        )?
                    } )*
                }
                Ok(())
            }
        }
    };
}

pub(super) use commands;

/// Writes a field of an object, unless it is absent.
pub(super) fn write_field<T: Field>(
    object: &mut impl SerializeMap<Error = serde_json::Error>,
    name: &'static str,
    value: &T,
    currency: &Currency,
) -> serde_json::Result<()> {
    if value.is_absent() {
        return Ok(());
    }
    object.serialize_entry(name, &value.write(currency))
}
