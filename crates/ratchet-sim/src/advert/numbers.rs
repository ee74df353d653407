//! What the study found, number by number, each with what it is compared with.

use ratchet_engine::amount::{Currency, Money, Points};
use serde_json::{Value as Json, json};

use crate::study::{Cell, Table};

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Things, people, orders, days.
    Count(u64),
    /// Money; CNY in every experiment.
    Money(Money),
    /// Points, value units or emission points.
    Points(Points),
    /// Parts per million.
    Ppm(u64),
    /// Money for one point, with twelve decimals, rounded down.
    Price(String),
    /// A name.
    Name(String),
}

impl Value {
    /// The unit in files.
    fn unit(&self) -> &'static str {
        match self {
            Value::Count(_) => "count",
            Value::Money(_) => "money",
            Value::Points(_) => "points",
            Value::Ppm(_) => "ppm",
            Value::Price(_) => "price",
            Value::Name(_) => "name",
        }
    }

    /// Exactly, as files hold it.
    pub fn exact(&self) -> String {
        match self {
            Value::Count(number) | Value::Ppm(number) => number.to_string(),
            Value::Money(money) => Currency::CNY.format(*money),
            Value::Points(points) => points.to_string(),
            Value::Price(text) | Value::Name(text) => text.clone(),
        }
    }
}

/// A number that the engine came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its permanent name, such as `equal.3x.exits`.
    pub name: String,
    /// What came out.
    pub found: Value,
    /// What a closed form or the advert's own arithmetic says, where there is one.
    pub compared: Option<Value>,
    /// What it is, in Chinese and English.
    pub words: [String; 2],
}

/// All numbers in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// They.
    pub list: Vec<Number>,
}

impl Numbers {
    pub(super) fn put(&mut self, name: &str, found: Value, zh: &str, en: &str) {
        let words = [zh.to_owned(), en.to_owned()];
        self.list.push(Number { name: name.to_owned(), found, compared: None, words });
    }

    pub(super) fn put_beside(&mut self, name: &str, found: Value, compared: Value, zh: &str, en: &str) {
        self.put(name, found, zh, en);
        if let Some(last) = self.list.last_mut() {
            last.compared = Some(compared);
        }
    }

    /// By its name; a name that is not there is a bug.
    pub fn get(&self, name: &str) -> &Value {
        let found = self.list.iter().find(|number| number.name == name);
        &found.unwrap_or_else(|| panic!("no experiment puts down {name}")).found
    }

    /// A count by its name.
    pub(super) fn count(&self, name: &str) -> u64 {
        match self.get(name) {
            Value::Count(number) | Value::Ppm(number) => *number,
            other => panic!("{name} is no count: {other:?}"),
        }
    }

    /// An amount by its name.
    pub(super) fn money(&self, name: &str) -> Money {
        match self.get(name) {
            Value::Money(money) => *money,
            other => panic!("{name} is no money: {other:?}"),
        }
    }

    /// `numbers.csv`.
    pub(super) fn table(&self) -> Table {
        let columns = ["number", "unit", "found", "compared_with", "zh", "en"];
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = self.list.iter().map(|number| {
            let compared = number.compared.as_ref().map_or(Cell::Empty, |value| Cell::Text(value.exact()));
            let [zh, en] = &number.words;
            vec![
                text(&number.name),
                text(number.found.unit()),
                Cell::Text(number.found.exact()),
                compared,
                text(zh),
                text(en),
            ]
        });
        Table {
            name: "numbers",
            columns: columns.map(|name| (name.to_owned(), true)).to_vec(),
            rows: rows.collect(),
        }
    }

    /// The object `numbers` of `numbers.json`: counts and parts per million as numbers, everything else as exact decimals in quotes.
    pub(super) fn json(&self) -> Json {
        let of = |value: &Value| match value {
            Value::Count(number) | Value::Ppm(number) => json!(number),
            Value::Money(_) | Value::Points(_) | Value::Price(_) | Value::Name(_) => json!(value.exact()),
        };
        let entries = self.list.iter().map(|number| {
            let mut entry = json!({ "found": of(&number.found), "unit": number.found.unit() });
            if let Some(compared) = &number.compared {
                entry["compared_with"] = of(compared);
            }
            (number.name.clone(), entry)
        });
        Json::Object(entries.collect())
    }
}
