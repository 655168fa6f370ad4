//! The three stores in memory: same meaning, nothing survives. For tests, and for trying things out.

mod blobs;
mod catalog;
mod journal;

pub use blobs::MemoryBlobs;
pub use catalog::MemoryCatalog;
pub use journal::MemoryJournal;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic elsewhere is no reason for another one here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
