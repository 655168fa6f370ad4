//! The durable store: a journal of records, a catalog of everything else, and blobs.
//!
//! Three traits ([`Journal`], [`Catalog`], [`Blobs`]) with one meaning each, written down as executable
//! [`conformance`] suites. Not here: what is stored. The store knows bytes, keys and versions only.
//!
//! | trait | on one machine | for tests |
//! |---|---|---|
//! | [`Journal`] | [`FileJournal`] | [`memory::MemoryJournal`] |
//! | [`Catalog`] | [`SqliteCatalog`] | [`memory::MemoryCatalog`] |
//! | [`Blobs`] | [`FileBlobs`] | [`memory::MemoryBlobs`] |
//!
//! Any of them can be wrapped by [`faulty`], which fails a chosen call.

mod blobs;
mod catalog;
pub mod conformance;
mod dir_lock;
mod error;
pub mod faulty;
mod file_blobs;
mod file_journal;
mod fs;
pub mod intents;
mod journal;
pub mod keys;
pub mod memory;
pub mod seal;
pub mod signing_keys;
mod sqlite_catalog;
pub mod stored;
pub mod trails;

pub use blobs::{BlobId, BlobKey, BlobStream, BlobWriter, Blobs};
pub use catalog::{Batch, Catalog, Condition, Entry, Item, MAX_KEY, MAX_VALUE, Revision, Scan, Write};
pub use dir_lock::DirLock;
pub use error::{StoreError, StoreErrorKind};
pub use file_blobs::{BlobCheck, FileBlobs};
pub use file_journal::{FileJournal, FileJournalOptions, JournalReport, SegmentRoot};
pub use journal::{Journal, JournalEntry, MAX_GROUP, MAX_GROUP_BYTES, MAX_PAYLOAD, Position, ReadLimit};
pub use sqlite_catalog::{CatalogReport, SqliteCatalog};
