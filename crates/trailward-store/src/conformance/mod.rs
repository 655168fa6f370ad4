//! What the traits mean, as code: every implementation must pass its suite.
//!
//! A suite panics where the implementation does not do what its trait says. It works on a store that is
//! already in use, and leaves entries behind in it.

mod blobs;
mod catalog;
mod journal;

pub use blobs::blobs;
pub use catalog::catalog;
pub use journal::journal;

use crate::{StoreError, StoreErrorKind};

/// Panics unless `result` failed with `kind`.
fn assert_kind<T>(result: Result<T, StoreError>, kind: StoreErrorKind) {
    assert_eq!(result.err().map(|error| error.kind()), Some(kind));
}
