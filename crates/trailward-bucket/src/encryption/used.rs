use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use trailward_kms::KeyAction;
use trailward_policy::Caller;

/// One use of a KMS key that an operation made on its caller's behalf, for the record of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// What was done.
    pub action: KeyAction,
    /// The key's ARN; as it was named, if it was not found.
    pub key: String,
    /// The account that owns the key, if it was found.
    pub owner: Option<String>,
    /// The Region.
    pub region: String,
    /// The encryption context.
    pub context: BTreeMap<String, String>,
    /// KMS's code and message, if it was refused.
    pub error: Option<(String, String)>,
}

/// Who keys are used for under one grant, and how they were.
#[derive(Debug)]
pub(crate) struct Sealing {
    pub(super) caller: Caller,
    uses: Mutex<Vec<KeyUse>>,
}

impl Sealing {
    pub(crate) fn of(caller: &Caller) -> Self {
        Self { caller: caller.clone(), uses: Mutex::default() }
    }

    pub(super) fn add(&self, used: KeyUse) {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner).push(used);
    }

    pub(crate) fn take(&self) -> Vec<KeyUse> {
        std::mem::take(&mut self.uses.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
