//! What can go wrong below the traits, shaped by what the caller can do about it.

use std::error::Error;

/// What a caller can do about a [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// A condition of a batch did not hold: read again and decide again. Nothing was written.
    Conflict,
    /// The thing asked for does not exist.
    NotFound,
    /// The bytes on disk are not what was written. Not retryable.
    Corrupt,
    /// The store refuses further writes: an earlier fsync failed, or it was shut down. Not retryable in this process.
    Poisoned,
    /// The operation failed and may be tried again.
    Unavailable,
    /// The input is outside the bounds the trait states (an empty payload, a key that is too long). Nothing was written.
    Invalid,
}

/// An error of the journal, the catalog or the blobs.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// An error of `kind`; `message` says what was being done, with which input.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same, keeping the cause for [`Error::source`].
    pub fn with_source(
        kind: StoreErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }

    /// Shorthand for [`StoreErrorKind::Corrupt`] without a cause.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(StoreErrorKind::Corrupt, message)
    }

    /// Shorthand for [`StoreErrorKind::Unavailable`] with its cause.
    pub fn unavailable(message: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::with_source(StoreErrorKind::Unavailable, message, source)
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether this is [`StoreErrorKind::Conflict`].
    pub fn is_conflict(&self) -> bool {
        self.kind == StoreErrorKind::Conflict
    }
}
