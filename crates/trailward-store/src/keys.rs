//! Keys made of parts, encoded so that bytewise order is the order of the parts.
//!
//! A string is its UTF-8 bytes with `00` written as `00 FF`, ended by `00 01`. No encoded key is therefore a prefix
//! of another by accident, `"a"` sorts before `"a\0"` before `"a\u{1}"`, and the order of strings is S3's order
//! (UTF-8 bytes). Numbers are eight bytes, big-endian; descending ones are complemented.

use crate::StoreError;

const ZERO: u8 = 0x00;
const ESCAPED_ZERO: u8 = 0xFF;
const END: u8 = 0x01;

/// Builds a key part by part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key in the space `space`; keys of different spaces never mix.
    pub fn new(space: &str) -> Self {
        Self(Vec::with_capacity(64)).str(space)
    }

    /// Appends a string part.
    pub fn str(self, part: &str) -> Self {
        let mut key = self.str_prefix(part);
        key.extend_from_slice(&[ZERO, END]);
        Self(key)
    }

    /// Appends a number, ascending.
    pub fn u64(mut self, part: u64) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    /// Appends a number, descending: the greatest sorts first.
    pub fn u64_desc(self, part: u64) -> Self {
        self.u64(!part)
    }

    /// The bytes that every key starts with whose next string part starts with `part`. For scans.
    pub fn str_prefix(self, part: &str) -> Vec<u8> {
        let mut key = self.0;
        key.reserve(part.len() + 2);
        for byte in part.bytes() {
            key.push(byte);
            if byte == ZERO {
                key.push(ESCAPED_ZERO);
            }
        }
        key
    }

    /// A bound greater than every key whose next string part starts with `part`, and smaller than every key
    /// that sorts after those. For skipping over a whole prefix.
    pub fn str_prefix_end(self, part: &str) -> Vec<u8> {
        let mut key = self.str_prefix(part);
        // FF occurs in no UTF-8 text, so it is greater than whatever may follow `part`.
        key.push(0xFF);
        key
    }

    /// The encoded bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The encoded bytes, borrowed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Key> for Vec<u8> {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Reads the parts of a key back, in the order they were appended.
#[derive(Debug, Clone)]
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    /// Starts at the first part. `Corrupt` if that is not the space `space`.
    pub fn new(key: &'a [u8], space: &str) -> Result<Self, StoreError> {
        let mut reader = Self(key);
        if reader.str()? == space { Ok(reader) } else { Err(malformed()) }
    }

    /// The next part, a string.
    pub fn str(&mut self) -> Result<String, StoreError> {
        let mut part = Vec::new();
        let mut bytes = self.0.iter();
        loop {
            match bytes.next() {
                Some(&ZERO) => match bytes.next() {
                    Some(&ESCAPED_ZERO) => part.push(ZERO),
                    Some(&END) => break,
                    _ => return Err(malformed()),
                },
                Some(&byte) => part.push(byte),
                None => return Err(malformed()),
            }
        }
        self.0 = bytes.as_slice();
        String::from_utf8(part).map_err(|_| malformed())
    }

    /// The next part, an ascending number.
    pub fn u64(&mut self) -> Result<u64, StoreError> {
        let (part, rest) = self.0.split_first_chunk::<8>().ok_or_else(malformed)?;
        self.0 = rest;
        Ok(u64::from_be_bytes(*part))
    }

    /// The next part, a descending number.
    pub fn u64_desc(&mut self) -> Result<u64, StoreError> {
        Ok(!self.u64()?)
    }

    /// `Corrupt` unless every part was read.
    pub fn end(self) -> Result<(), StoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(malformed()) }
    }
}

fn malformed() -> StoreError {
    StoreError::corrupt("a key in the catalog is not of the form it should be")
}
