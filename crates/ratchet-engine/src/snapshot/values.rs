//! The forms of values that no struct of the state declares: numbers, texts, lists.

use std::collections::VecDeque;

use super::{Input, Layout, Snapshot, SnapshotError, SnapshotFault, room};
use crate::amount::{Money, Points, Rate};
use crate::hash::Hash32;
use crate::id::Id;
use crate::time::Timestamp;

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Snapshot for $number {
            fn layout(_: &mut Layout) -> String {
                stringify!($number).to_owned()
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn read(input: &mut Input<'_>) -> Result<Self, SnapshotError> {
                input.take().map(<$number>::from_le_bytes)
            }
        })+
    };
}

numbers!(u8, u16, u32, u64, u128, i32, i64, i128);

impl Snapshot for usize {
    fn layout(_: &mut Layout) -> String {
        "u64".to_owned()
    }

    fn write(&self, out: &mut Vec<u8>) {
        u64::try_from(*self).unwrap_or(u64::MAX).write(out);
    }

    fn read(input: &mut Input<'_>) -> Result<usize, SnapshotError> {
        input.count()
    }
}

impl Snapshot for bool {
    fn layout(_: &mut Layout) -> String {
        "bool".to_owned()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    #[inline]
    fn read(input: &mut Input<'_>) -> Result<bool, SnapshotError> {
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(input.flaw(SnapshotFault::Flag { value: other })),
        }
    }
}

impl Snapshot for Money {
    fn layout(_: &mut Layout) -> String {
        "money: i64 of minor units".to_owned()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        self.minor().write(out);
    }

    #[inline]
    fn read(input: &mut Input<'_>) -> Result<Money, SnapshotError> {
        let minor = i64::read(input)?;
        Money::from_minor(minor).ok_or_else(|| input.flaw(SnapshotFault::Money { minor: minor.to_string() }))
    }
}

impl Snapshot for Points {
    fn layout(_: &mut Layout) -> String {
        "points: u128 of units".to_owned()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        self.units().write(out);
    }

    #[inline]
    fn read(input: &mut Input<'_>) -> Result<Points, SnapshotError> {
        u128::read(input).map(Points::from_units)
    }
}

impl Snapshot for Timestamp {
    fn layout(_: &mut Layout) -> String {
        "time: i64 of microseconds since 1970".to_owned()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        self.us().write(out);
    }

    #[inline]
    fn read(input: &mut Input<'_>) -> Result<Timestamp, SnapshotError> {
        let us = i64::read(input)?;
        Timestamp::from_us(us).ok_or_else(|| input.flaw(SnapshotFault::Instant { us: us.to_string() }))
    }
}

/// A text in its bytes, whose number stands before them.
fn write_text(text: &str, out: &mut Vec<u8>) {
    text.len().write(out);
    out.extend_from_slice(text.as_bytes());
}

impl Snapshot for String {
    fn layout(_: &mut Layout) -> String {
        "text: u64 bytes of UTF-8".to_owned()
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_text(self, out);
    }

    fn read(input: &mut Input<'_>) -> Result<String, SnapshotError> {
        let bytes = Vec::<u8>::read(input)?;
        String::from_utf8(bytes).map_err(|_| input.flaw(SnapshotFault::Text {}))
    }
}

impl Snapshot for Box<str> {
    fn layout(layout: &mut Layout) -> String {
        String::layout(layout)
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_text(self, out);
    }

    fn read(input: &mut Input<'_>) -> Result<Box<str>, SnapshotError> {
        String::read(input).map(Into::into)
    }
}

impl Snapshot for Rate {
    fn layout(_: &mut Layout) -> String {
        "rate: u32 of millionths".to_owned()
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.ppm().write(out);
    }

    fn read(input: &mut Input<'_>) -> Result<Rate, SnapshotError> {
        u32::read(input).map(Rate::from_ppm)
    }
}

impl Snapshot for Id {
    fn layout(_: &mut Layout) -> String {
        "id: u8 bytes of UTF-8".to_owned()
    }

    fn write(&self, out: &mut Vec<u8>) {
        let text = self.as_str();
        u8::try_from(text.len()).expect("an id has at most 128 bytes").write(out);
        out.extend_from_slice(text.as_bytes());
    }

    fn read(input: &mut Input<'_>) -> Result<Id, SnapshotError> {
        let length = usize::from(input.byte()?);
        let mut bytes = [0; 255];
        input.fill(&mut bytes[..length])?;
        let text = std::str::from_utf8(&bytes[..length]).ok();
        text.and_then(|text| Id::new(text).ok()).ok_or_else(|| input.flaw(SnapshotFault::Id {}))
    }
}

impl Snapshot for Hash32 {
    fn layout(_: &mut Layout) -> String {
        "hash: 32 bytes".to_owned()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.bytes());
    }

    fn read(input: &mut Input<'_>) -> Result<Hash32, SnapshotError> {
        input.take().map(Hash32::new)
    }
}

impl<T: Snapshot> Snapshot for Box<T> {
    fn layout(layout: &mut Layout) -> String {
        T::layout(layout)
    }

    fn write(&self, out: &mut Vec<u8>) {
        T::write(self, out);
    }

    fn read(input: &mut Input<'_>) -> Result<Box<T>, SnapshotError> {
        T::read(input).map(Box::new)
    }
}

impl<T: Snapshot> Snapshot for Option<T> {
    fn layout(layout: &mut Layout) -> String {
        format!("optional ({})", T::layout(layout))
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    #[inline]
    fn read(input: &mut Input<'_>) -> Result<Option<T>, SnapshotError> {
        bool::read(input)?.then(|| T::read(input)).transpose()
    }
}

impl<T: Snapshot> Snapshot for Vec<T> {
    fn layout(layout: &mut Layout) -> String {
        format!("u64 times ({})", T::layout(layout))
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        for value in self {
            value.write(out);
        }
    }

    fn read(input: &mut Input<'_>) -> Result<Vec<T>, SnapshotError> {
        let count = input.count()?;
        let mut values = Vec::with_capacity(room(count));
        for _ in 0..count {
            values.push(T::read(input)?);
        }
        Ok(values)
    }
}

impl<T: Snapshot> Snapshot for VecDeque<T> {
    fn layout(layout: &mut Layout) -> String {
        Vec::<T>::layout(layout)
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        for value in self {
            value.write(out);
        }
    }

    fn read(input: &mut Input<'_>) -> Result<VecDeque<T>, SnapshotError> {
        Vec::read(input).map(VecDeque::from)
    }
}

impl<T: Snapshot, const N: usize> Snapshot for [T; N] {
    fn layout(layout: &mut Layout) -> String {
        format!("{N} times ({})", T::layout(layout))
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        for value in self {
            value.write(out);
        }
    }

    #[inline]
    fn read(input: &mut Input<'_>) -> Result<[T; N], SnapshotError> {
        let mut flaw = None;
        let values = std::array::from_fn(|_| match (&flaw, T::read(input)) {
            (None, Ok(value)) => Some(value),
            (None, Err(error)) => {
                flaw = Some(error);
                None
            }
            (Some(_), _) => None,
        });
        match flaw {
            Some(flaw) => Err(flaw),
            None => Ok(values.map(|value| value.expect("all were read"))),
        }
    }
}

macro_rules! tuples {
    ($($place:tt $type:ident),+) => {
        impl<$($type: Snapshot),+> Snapshot for ($($type,)+) {
            fn layout(layout: &mut Layout) -> String {
                format!("({})", [$($type::layout(layout)),+].join(", "))
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$place.write(out);)+
            }

            #[inline]
            fn read(input: &mut Input<'_>) -> Result<Self, SnapshotError> {
                Ok(($($type::read(input)?,)+))
            }
        }
    };
}

tuples!(0 A, 1 B);
tuples!(0 A, 1 B, 2 C);
