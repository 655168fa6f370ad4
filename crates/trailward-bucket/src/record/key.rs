//! Where things are in the catalog. A bucket is known by its name, everything in it by the bucket's id.
//!
//! | space | parts | value |
//! |---|---|---|
//! | `bucket` | name | [`super::Bucket`] |
//! | `owned` | account, name | nothing: which buckets an account has |
//! | `account_access` | account | what it does about public access to all of its buckets |
//! | `head` | bucket, key | [`super::Head`]: which version is the newest; every writer of the key changes it |
//! | `version` | bucket, key, sequence (descending) | [`super::Version`] |
//! | `live` | bucket, key | [`super::Live`]: what listings show; only where the newest version is an object |
//! | `upload` | bucket, key, initiated, upload | [`super::Upload`] |
//! | `part` | upload, number | [`super::Part`]: of an upload, and later of the object made from it |
//! | `blob` | blob | nothing: that something refers to the blob |

use trailward_store::BlobId;
use trailward_store::keys::Key;

pub(crate) const LIVE: &str = "live";
pub(crate) const VERSION: &str = "version";
pub(crate) const UPLOAD: &str = "upload";
pub(crate) const PART: &str = "part";

pub(crate) fn bucket(name: &str) -> Key {
    Key::new("bucket").str(name)
}

/// What an account does about public access.
pub(crate) fn account_access(account: &str) -> Key {
    Key::new("account_access").str(account)
}

/// Before the names of an account's buckets.
pub(crate) fn owned(account: &str) -> Key {
    Key::new("owned").str(account)
}

pub(crate) fn head(bucket: &str, key: &str) -> Key {
    Key::new("head").str(bucket).str(key)
}

pub(crate) fn version(bucket: &str, key: &str, sequence: u64) -> Key {
    versions(bucket).str(key).u64_desc(sequence)
}

/// Before everything of a space in a bucket.
pub(crate) fn versions(bucket: &str) -> Key {
    Key::new(VERSION).str(bucket)
}

pub(crate) fn live(bucket: &str, key: &str) -> Key {
    Key::new(LIVE).str(bucket).str(key)
}

pub(crate) fn upload(bucket: &str, key: &str, initiated: u64, upload: &str) -> Key {
    Key::new(UPLOAD).str(bucket).str(key).u64(initiated).str(upload)
}

pub(crate) fn uploads(bucket: &str) -> Key {
    Key::new(UPLOAD).str(bucket)
}

pub(crate) fn part(upload: &str, number: u32) -> Key {
    parts(upload).u64(number.into())
}

/// Before the parts of an upload.
pub(crate) fn parts(upload: &str) -> Key {
    Key::new(PART).str(upload)
}

pub(crate) fn blob(id: &BlobId) -> Key {
    Key::new("blob").str(&id.0)
}
