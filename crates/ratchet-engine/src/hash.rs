//! SHA-256 values as people and files write them: commitments, seeds, evidence, codes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

/// 32 bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash32([u8; 32]);

impl Hash32 {
    /// These bytes.
    pub const fn new(bytes: [u8; 32]) -> Hash32 {
        Hash32(bytes)
    }

    /// The SHA-256 of some bytes.
    pub fn of(bytes: &[u8]) -> Hash32 {
        Hash32(Sha256::digest(bytes).into())
    }

    /// Exactly 64 hexadecimal digits, of either case.
    pub fn parse(text: &str) -> Option<Hash32> {
        let digits = text.as_bytes();
        let mut bytes = [0; 32];
        let (pairs, rest) = digits.as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Hash32(bytes))
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn digit(character: u8) -> Option<u8> {
    let digit = char::from(character).to_digit(16)?;
    u8::try_from(digit).ok()
}

impl std::fmt::Display for Hash32 {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&hex(&self.0))
    }
}

impl std::fmt::Debug for Hash32 {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, out)
    }
}

impl Serialize for Hash32 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hash32, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Hash32::parse(&text).ok_or_else(|| serde::de::Error::custom("64 hexadecimal digits are expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::Hash32;

    #[test]
    fn a_hash_is_written_as_it_is_read() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Hash32::parse(text), Some(Hash32::of(b"")));
        assert_eq!(Hash32::of(b"").to_string(), text);
        assert_eq!(Hash32::parse(&text.to_uppercase()), Some(Hash32::of(b"")));
        for wrong in ["", "00", &text[1..], &format!("{text}0"), &text.replace('e', "g")] {
            assert_eq!(Hash32::parse(wrong), None, "{wrong}");
        }
    }
}
