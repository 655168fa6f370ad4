//! Listings: in key order, folded at a delimiter, in pages, and never reading what they skip.

mod objects;
mod tokens;
mod versions;
mod walk;

pub use objects::{ListObjects, ListObjectsV2, ObjectEntry, ObjectList, ObjectListV2};
pub use versions::{ListVersions, VersionEntry, VersionList, VersionedObject};

pub(crate) use walk::{Step, Walk, part_number, upload_key, version_key};

/// Entries of a page at most, whatever is asked for.
const MAX_KEYS: u32 = 1000;

pub(crate) fn page_size(asked: Option<u32>) -> usize {
    usize::try_from(asked.unwrap_or(MAX_KEYS).min(MAX_KEYS)).unwrap_or_default()
}
