//! A value as the description of a journal names it: what an entry of another version is read into before it is taken by name.

#![expect(clippy::wildcard_enum_match_arm, reason = "whatever kind it is instead, it is the wrong one")]

use super::{Wire, WireError};

/// A value without its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, of what may be absent.
    None,
    /// Yes or no.
    Flag(bool),
    /// A whole number, an amount in its smallest unit, or the number of a member, an order …
    Unsigned(u128),
    /// A whole number, or a time in microseconds since 1970.
    Signed(i64),
    /// A text or an id.
    Text(String),
    /// A SHA-256.
    Hash([u8; 32]),
    /// Values one after the other.
    List(Vec<Value>),
    /// Fields by name.
    Struct(Vec<(String, Value)>),
    /// One of several, by name.
    Variant(String, Box<Value>),
}

impl Value {
    fn is_not(&self, what: &str) -> WireError {
        WireError::new(format!("{what} is expected, not {self:?}"))
    }

    /// Whether it says nothing: what a field that this version does not have may hold.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::None => true,
            Value::Flag(flag) => !flag,
            Value::Unsigned(number) => *number == 0,
            Value::Signed(number) => *number == 0,
            Value::Text(text) => text.is_empty(),
            Value::Hash(_) | Value::Variant(..) => false,
            Value::List(values) => values.is_empty(),
            Value::Struct(fields) => fields.is_empty(),
        }
    }

    pub(crate) fn unsigned(self) -> Result<u128, WireError> {
        match self {
            Value::Unsigned(number) => Ok(number),
            other => Err(other.is_not("a whole number")),
        }
    }

    pub(crate) fn signed(self) -> Result<i64, WireError> {
        match self {
            Value::Signed(number) => Ok(number),
            other => Err(other.is_not("a signed number")),
        }
    }

    pub(crate) fn flag(self) -> Result<bool, WireError> {
        match self {
            Value::Flag(flag) => Ok(flag),
            other => Err(other.is_not("yes or no")),
        }
    }

    pub(crate) fn text(self) -> Result<String, WireError> {
        match self {
            Value::Text(text) => Ok(text),
            other => Err(other.is_not("a text")),
        }
    }

    pub(crate) fn hash(self) -> Result<[u8; 32], WireError> {
        match self {
            Value::Hash(hash) => Ok(hash),
            other => Err(other.is_not("a hash")),
        }
    }

    pub(crate) fn list(self) -> Result<Vec<Value>, WireError> {
        match self {
            Value::List(values) => Ok(values),
            other => Err(other.is_not("a list")),
        }
    }

    pub(crate) fn into_fields(self, of: &str) -> Result<Vec<(String, Value)>, WireError> {
        match self {
            Value::Struct(fields) => Ok(fields),
            other => Err(other.is_not(of)),
        }
    }

    pub(crate) fn into_variant(self, of: &str) -> Result<(String, Value), WireError> {
        match self {
            Value::Variant(name, value) => Ok((name, *value)),
            other => Err(other.is_not(of)),
        }
    }
}

/// Takes a field by name; one that the other version did not have is what it is when nothing is said.
pub(crate) fn take<T: Wire>(fields: &mut Vec<(String, Value)>, of: &str, name: &str) -> Result<T, WireError> {
    match fields.iter().position(|(known, _)| known == name) {
        Some(at) => T::from_value(fields.swap_remove(at).1),
        None => T::absent_value().ok_or_else(|| WireError::missing(of, name)),
    }
}

/// A field that this version does not have may only say nothing.
pub(crate) fn nothing_left(fields: &[(String, Value)], of: &str) -> Result<(), WireError> {
    match fields.iter().find(|(_, value)| !value.is_empty()) {
        None => Ok(()),
        Some((name, _)) => Err(WireError::new(format!("{of}.{name} is not known to this version"))),
    }
}
