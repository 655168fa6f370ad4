//! Policies parsed once per text.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use trailward_policy::{ParseError, Policy, PolicyKind};

const CAPACITY: usize = 4096;

/// Compiled policies by kind and text. Bounded: when full, it starts anew.
#[derive(Debug, Default)]
pub(crate) struct PolicyCache(Mutex<HashMap<(PolicyKind, String), Policy>>);

impl PolicyCache {
    /// The compiled form of `text`.
    pub(crate) fn get(&self, text: &str, kind: PolicyKind) -> Result<Policy, ParseError> {
        let key = (kind, text.to_owned());
        if let Some(policy) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(policy.clone());
        }
        let policy = Policy::parse(text, kind)?;
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CAPACITY {
            cache.clear();
        }
        cache.insert(key, policy.clone());
        Ok(policy)
    }
}
