//! Identities: text ids as the outside world knows them, and the dense numbers the engine uses inside.
//!
//! An outside id is checked once, when it is parsed; an `Id` that exists is valid. Dense numbers are
//! given in order of creation and never reused, so they double as "joining order".

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Longest outside id in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// An outside id: 1 to [`ID_BYTES_MAX`] bytes of UTF-8 without control characters or surrounding blanks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Id(CompactString);

impl Id {
    /// Checks and takes an outside id; the error says what is wrong with it.
    pub fn new(text: &str) -> Result<Id, IdError> {
        Id::check(text)?;
        Ok(Id(CompactString::new(text)))
    }

    /// A kind and a number one after the other, such as `m17`, as programs name what they make. The kind is printable ASCII
    /// without a blank in front; most have few letters, and then nothing is looked at again.
    #[inline]
    pub fn numbered(kind: &str, number: u64) -> Id {
        if kind.len() > 8 || number >= 100_000_000 {
            return Id::new(&format!("{kind}{number}")).expect("letters and digits are an id");
        }
        // Put together in a register, the first letter lowest.
        let digits = eight_digits(number);
        let zeros = (digits.trailing_zeros() & !7).min(56);
        let letters = kind.bytes().rev().fold(0, |letters, letter| letters << 8 | u128::from(letter));
        let digits = u128::from((digits | 0x3030_3030_3030_3030) >> zeros);
        let bytes = (letters | digits << (8 * kind.len())).to_le_bytes();
        let text = std::str::from_utf8(&bytes).expect("letters, digits and zeros are ASCII");
        let id = Id(CompactString::new(&text[..kind.len() + 8 - index(zeros / 8)]));
        debug_assert!(Id::check(id.as_str()).is_ok(), "{id} is an id");
        id
    }

    /// A few letters in front of another id; the error is that it gets too long. The letters are printable ASCII without a
    /// blank in front, so nothing is looked at again.
    pub fn prefixed(letters: &str, id: &Id) -> Result<Id, IdError> {
        let bytes = letters.len() + id.0.len();
        if bytes > ID_BYTES_MAX {
            return Err(IdError::TooLong { bytes });
        }
        let mut text = [0; ID_BYTES_MAX];
        text[..letters.len()].copy_from_slice(letters.as_bytes());
        text[letters.len()..bytes].copy_from_slice(id.0.as_bytes());
        let text = std::str::from_utf8(&text[..bytes]).expect("two texts are a text");
        debug_assert!(Id::check(text).is_ok(), "{text} is an id");
        Ok(Id(CompactString::new(text)))
    }

    /// Whether a text is an outside id, without taking it.
    #[inline]
    pub fn check(text: &str) -> Result<(), IdError> {
        // Most ids are printable ASCII: one look at the bytes. The full rule follows for the rest.
        let bytes = text.as_bytes();
        let plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
            && bytes.first().is_some_and(|byte| *byte != b' ')
            && bytes.last().is_some_and(|byte| *byte != b' ');
        if plain && bytes.len() <= ID_BYTES_MAX { Ok(()) } else { Id::check_fully(text) }
    }

    #[cold]
    fn check_fully(text: &str) -> Result<(), IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > ID_BYTES_MAX {
            return Err(IdError::TooLong { bytes: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(IdError::ControlCharacter);
        }
        if text.trim() != text {
            return Err(IdError::SurroundingBlanks);
        }
        Ok(())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The eight digits of a number below 10⁸ as bytes from 0 to 9, the first one lowest: halves, quarters and eighths of the
/// digits are split off side by side. The divisions are exact for numbers of four and of two digits.
#[inline]
fn eight_digits(number: u64) -> u64 {
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | ((halves - hundreds * 100) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((quarters - tens * 10) << 8)
}

impl std::fmt::Display for Id {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
        let text = CompactString::deserialize(deserializer)?;
        Id::new(&text).map_err(serde::de::Error::custom)
    }
}

/// What is wrong with the text of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Nothing there.
    Empty,
    /// More than [`ID_BYTES_MAX`] bytes.
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A control character such as a line break or NUL.
    ControlCharacter,
    /// Blanks before or after the id.
    SurroundingBlanks,
}

macro_rules! dense {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the dense array of its kind.
            #[inline]
            pub fn index(self) -> usize {
                index(self.0)
            }

            /// The number that the element at `position` of its dense array has; `None` past the limit of 2³² − 1.
            #[inline]
            pub fn at(position: usize) -> Option<$name> {
                u32::try_from(position).ok().filter(|n| *n != u32::MAX).map($name)
            }
        }

        crate::wire::wire_number!($name);

        impl crate::snapshot::Snapshot for $name {
            fn layout(_: &mut crate::snapshot::Layout) -> String {
                concat!(stringify!($name), ": u32").to_owned()
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }

            #[inline]
            fn read(input: &mut crate::snapshot::Input<'_>) -> Result<$name, crate::snapshot::SnapshotError> {
                u32::read(input).map($name)
            }
        }
    };
}

/// A 32-bit number as an index. Ratchet needs a platform of at least 32 bits.
#[inline]
#[expect(clippy::as_conversions, reason = "u32 to usize widens on every supported platform")]
pub(crate) const fn index(number: u32) -> usize {
    number as usize
}

dense!(
    /// A member, numbered in joining order.
    MemberNo
);
dense!(
    /// An order, numbered in order of placing or paying.
    OrderNo
);
dense!(
    /// An order line; also the lot of points it mints (POOL-12).
    LineNo
);
dense!(
    /// A merchant or supplier, numbered by first mention; number 0 is the unnamed supplier.
    MerchantNo
);
dense!(
    /// A product, numbered in order of listing.
    ProductNo
);
dense!(
    /// An article, numbered in order of listing.
    SkuNo
);
dense!(
    /// A coupon, numbered in order of issue.
    CouponNo
);
dense!(
    /// A withdrawal.
    WithdrawalNo
);
dense!(
    /// A payment that a provider reported, numbered as they came.
    PaymentNo
);
dense!(
    /// A campaign of a promotion, numbered in order of opening.
    CampaignNo
);
dense!(
    /// An offer in the market, numbered in order of time.
    OfferNo
);

#[cfg(test)]
mod tests {
    use super::{ID_BYTES_MAX, Id};

    /// The same as the text of both, up to the longest there is.
    #[test]
    fn prefixed_ids() {
        for length in 1..=ID_BYTES_MAX {
            let id = Id::new(&"x".repeat(length)).expect("an id");
            assert_eq!(Id::prefixed("pay:", &id).ok(), Id::new(&format!("pay:{id}")).ok());
        }
    }

    /// The same as the text of the number, at every number of digits, with a short, a long and no kind.
    #[test]
    fn numbered_ids() {
        let powers = (0..20).map(|digits| 10_u64.pow(digits));
        let numbers =
            powers.flat_map(|power| [power - 1, power, power + 1, power / 5 * 7, power.wrapping_mul(73)]);
        for number in numbers.chain(0..12_000).chain((0..100_000_000).step_by(99_991)).chain([u64::MAX]) {
            for kind in ["", "m", "settle", "operator", "fork-2026-01-01-m"] {
                let text = format!("{kind}{number}");
                assert_eq!(Id::numbered(kind, number), Id::new(&text).expect("an id"));
            }
        }
    }
}
