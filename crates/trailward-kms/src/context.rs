//! The encryption context: names and values that are bound to a ciphertext and shown in records and conditions.

use crate::KmsError;
use std::collections::BTreeMap;

/// The most characters of all names and values together.
const MOST_CHARS: usize = 8192;

/// Names and values, in order of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncryptionContext(BTreeMap<String, String>);

impl EncryptionContext {
    /// Checks the size: at most 8192 characters in all.
    pub fn new(pairs: BTreeMap<String, String>) -> Result<Self, KmsError> {
        let chars: usize =
            pairs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        if chars > MOST_CHARS {
            return Err(KmsError::Validation(format!(
                "1 validation error detected: Value at 'encryptionContext' failed to satisfy constraint: Member must \
                 have at most {MOST_CHARS} characters"
            )));
        }
        Ok(Self(pairs))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Bytes that two contexts share only if they are equal: each name and value with its length before it.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, value) in &self.0 {
            for text in [name, value] {
                bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }
}
