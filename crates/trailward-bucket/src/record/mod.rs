//! What the catalog keeps: the shapes and the keys.

mod acl;
mod bucket;
mod checksum;
mod cors;
mod encryption;
mod ids;
pub(crate) mod key;
mod lifecycle;
mod lock;
mod logging;
mod notification;
mod replication;
mod tags;
mod upload;
mod version;

pub use acl::{Acl, AclGrant, AclPermission, Grantee};
pub use bucket::{Ownership, PublicAccessBlock, Versioning};
pub use checksum::{Algorithm, Checksum, ChecksumKind, Hasher};
pub use cors::CorsRule;
pub use encryption::BucketEncryption;
pub use lifecycle::{
    Expiration, FilterForm, Lifecycle, LifecycleFilter, LifecycleRule, Noncurrent, Transition,
    TransitionMinimum, When,
};
pub use lock::{BucketLock, DefaultRetention, LockMode, Retention, RetentionPeriod};
pub use logging::{LogNaming, Logging};
pub use notification::TopicNotification;
pub use replication::{
    Replication, ReplicationDestination, ReplicationFilter, ReplicationFilterForm, ReplicationRule,
    ReplicationStatus,
};
pub use tags::Tag;
pub use version::{Headers, StorageClass};

pub(crate) use bucket::Bucket;
pub(crate) use encryption::{CustomerSeal, KmsSeal, Sse};
pub(crate) use ids::{NULL, UploadId, VersionId, random_hex};
pub(crate) use lock::{ObjectLock, Verdict};
pub(crate) use logging::{LogLine, LogPlan};
pub(crate) use notification::BucketEvent;
pub(crate) use replication::ReplicationTask;
pub(crate) use tags::{check_bucket_tags, check_object_tags};
pub(crate) use upload::{Part, Upload};
pub(crate) use version::{Content, Head, Kind, Live, Object, StoredSequence, Version};

use crate::BucketError;
use time::OffsetDateTime;

/// The longest key, in bytes of UTF-8.
pub(crate) const MAX_KEY: usize = 1024;

/// The most user metadata, names and values together, in bytes.
pub(crate) const MAX_METADATA: usize = 2048;

/// A time as it is kept: S3 knows whole seconds only.
pub(crate) fn time_of(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Refuses keys that S3 refuses. Any other UTF-8 is a key; dots and slashes mean nothing.
pub(crate) fn check_key(key: &str) -> Result<(), BucketError> {
    if key.is_empty() {
        return Err(BucketError::argument("Key", "", "Object key must not be empty"));
    }
    if key.len() > MAX_KEY {
        return Err(BucketError::KeyTooLong { size: key.len() });
    }
    Ok(())
}

/// Refuses more user metadata than S3 takes.
pub(crate) fn check_metadata(metadata: &[(String, String)]) -> Result<(), BucketError> {
    let size = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAX_METADATA { Err(BucketError::MetadataTooLarge { size }) } else { Ok(()) }
}
