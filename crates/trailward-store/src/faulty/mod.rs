//! Stores that fail on demand: the call number N, before or after doing what it was asked for.
//!
//! All wrappers that share a [`FaultPlan`] count their calls together, so that a test can let every call of a whole
//! scenario fail in turn.

mod blobs;
mod catalog;
mod journal;

pub use blobs::FaultyBlobs;
pub use catalog::FaultyCatalog;
pub use journal::FaultyJournal;

use crate::{StoreError, StoreErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// When, relative to its effect, the chosen call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultMode {
    /// Nothing happened.
    Before,
    /// It happened, but the caller is told that it failed.
    After,
}

/// Which call fails. Cloning shares the count.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    calls: Arc<AtomicU64>,
    fail: Option<(u64, FaultMode)>,
}

impl FaultPlan {
    /// Nothing fails; calls are counted.
    pub fn none() -> Self {
        Self { calls: Arc::default(), fail: None }
    }

    /// The call `number` (the first one is 1) fails with `Unavailable`; all others work.
    pub fn fail_call(number: u64, mode: FaultMode) -> Self {
        Self { calls: Arc::default(), fail: Some((number, mode)) }
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Counts a call and says how it fails, if it does.
    fn next(&self) -> Option<FaultMode> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        self.fail.filter(|(at, _)| *at == number).map(|(_, mode)| mode)
    }

    /// Runs `call`, counted, with the fault it may be due.
    async fn run<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        match self.next() {
            None => call.await,
            Some(FaultMode::Before) => Err(planned()),
            Some(FaultMode::After) => call.await.and_then(|_| Err(planned())),
        }
    }
}

fn planned() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "a planned fault")
}
