//! Whether the service can do its work: for `/readyz`.

use std::sync::Mutex;
use std::sync::PoisonError;

/// Why the service is not ready, if it is not.
#[derive(Debug)]
pub(crate) struct Health(Mutex<Option<String>>);

impl Health {
    /// Not ready yet.
    pub(crate) fn starting() -> Self {
        Self(Mutex::new(Some("starting".to_owned())))
    }

    pub(crate) fn ready(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn not_ready(&self, why: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.into());
    }

    /// `None` when ready.
    pub(crate) fn problem(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
