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
//! | `log-line` | source, nanoseconds, random | [`super::LogLine`]: of an access log, in no file yet |
//! | `log-plan` | source, id | [`super::LogPlan`]: a file of such lines, about to be put |
//! | `log-planned` | plan's id, number | [`super::LogLine`]: in that file |
//! | `bucket-event` | nanoseconds, random | [`super::BucketEvent`]: in no topic yet |
//! | `replicate` | bucket's name and id, key, sequence | [`super::ReplicationTask`] |
//! | `replica` | bucket, key, version | [`super::StoredSequence`]: of a version that kept another bucket's id |
//! | `blob` | blob | nothing: that something refers to the blob |

use trailward_store::keys::{Key, KeyReader};
use trailward_store::{BlobId, StoreError};

pub(crate) const LIVE: &str = "live";
pub(crate) const VERSION: &str = "version";
pub(crate) const UPLOAD: &str = "upload";
pub(crate) const PART: &str = "part";
pub(crate) const BLOB: &str = "blob";
const LOG_LINE: &str = "log-line";
const LOG_PLAN: &str = "log-plan";
const REPLICATION: &str = "replicate";

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
    Key::new(BLOB).str(&id.0)
}

/// Before the lines of all access logs.
pub(crate) fn log_lines() -> Key {
    Key::new(LOG_LINE)
}

pub(crate) fn log_line(source: &str, nanos: u64, random: &str) -> Key {
    log_lines().str(source).u64(nanos).str(random)
}

/// The bucket that a line is about.
pub(crate) fn log_line_source(at: &[u8]) -> Result<String, StoreError> {
    KeyReader::new(at, LOG_LINE)?.str()
}

/// Before the plans of all access logs.
pub(crate) fn log_plans() -> Key {
    Key::new(LOG_PLAN)
}

pub(crate) fn log_plan(source: &str, id: &str) -> Key {
    log_plans().str(source).str(id)
}

/// The bucket that a plan's lines are about.
pub(crate) fn log_plan_source(at: &[u8]) -> Result<String, StoreError> {
    KeyReader::new(at, LOG_PLAN)?.str()
}

pub(crate) fn planned_line(plan: &str, number: u64) -> Key {
    Key::new("log-planned").str(plan).u64(number)
}

/// Before the events that no topic has been told yet, the oldest first.
pub(crate) fn events() -> Key {
    Key::new("bucket-event")
}

pub(crate) fn event(nanos: u64, random: &str) -> Key {
    events().u64(nanos).str(random)
}

/// Before everything that waits for replication.
pub(crate) fn replications() -> Key {
    Key::new(REPLICATION)
}

pub(crate) fn replication(bucket: &str, id: &str, key: &str, sequence: u64) -> Key {
    replications().str(bucket).str(id).str(key).u64(sequence)
}

/// The bucket, by name and id, that something waits in.
pub(crate) fn replication_source(at: &[u8]) -> Result<(String, String), StoreError> {
    let mut reader = KeyReader::new(at, REPLICATION)?;
    Ok((reader.str()?, reader.str()?))
}

/// Where the version with another bucket's id is.
pub(crate) fn replica(bucket: &str, key: &str, version: &str) -> Key {
    Key::new("replica").str(bucket).str(key).str(version)
}
