//! The protected bucket: versions, policies and public access rules, as one engine with no wire format.
//!
//! Every way into a bucket (an API call, a log delivery) goes through [`Buckets::authorize`], which alone makes a
//! [`Grant`], and every operation demands one. Objects are rows in the catalog that point at blobs; nothing about
//! a key is ever a path. Not here: HTTP, XML, signatures, records of what was done.

mod access;
mod access_log;
mod bucket;
mod encryption;
mod engine;
mod error;
mod events;
mod lifecycle;
mod list;
mod multipart;
mod object;
mod record;
mod replication;
mod witness;

pub use access::{Denied, Grant, MfaProof, Resource};
pub use access_log::{AccessLogEntry, AccessLogRun};
pub use bucket::{
    AskedAcl, BucketEntry, BucketHead, BucketList, CreateBucket, ListBuckets, PutVersioning, VersioningState,
};
pub use encryption::{CustomerKey, EncryptionAsked, EncryptionView, KeyUse};
pub use engine::{Body, Buckets, inspect};
pub use error::BucketError;
pub use events::{BucketOwners, EventRun};
pub use lifecycle::LifecycleRun;
pub use list::{
    ListObjects, ListObjectsV2, ListVersions, ObjectEntry, ObjectList, ObjectListV2, VersionEntry,
    VersionList, VersionedObject,
};
pub use multipart::{
    CompleteUpload, CompletedPart, CopyPart, CreateUpload, ListParts, ListUploads, PartEntry, PartInput,
    PartList, PartOutput, UploadEntry, UploadList, UploadOutput,
};
pub use object::{
    AttributePart, Bypass, ByteRange, ContentRange, CopyObject, CopyOutput, DeleteBy, DeleteEntry,
    DeleteObject, DeleteOutput, Deletion, Expected, ExpectedChecksum, GetObject, GrantedLock, GrantedTags,
    MetadataDirective, ObjectAttributes, ObjectRead, ObjectView, PutCondition, PutObject, PutOutput,
    ReadConditions, TaggingDirective, TaggingOutput, Trailer,
};
pub use record::{
    Acl, AclGrant, AclPermission, Algorithm, BucketEncryption, BucketLock, Checksum, ChecksumKind, CorsRule,
    DefaultRetention, Expiration, FilterForm, Grantee, Hasher, Headers, Lifecycle, LifecycleFilter,
    LifecycleRule, LockMode, LogNaming, Logging, Noncurrent, Ownership, PublicAccessBlock, Replication,
    ReplicationDestination, ReplicationFilter, ReplicationFilterForm, ReplicationRule, ReplicationStatus,
    Retention, RetentionPeriod, StorageClass, Tag, TopicNotification, Transition, TransitionMinimum,
    Versioning, When,
};

pub use replication::{ReplicationRoles, ReplicationRun};
pub use witness::{Deed, Testimony, Witness};

/// Who asks: every way into a bucket names its caller in these words.
pub use trailward_policy::{Caller, Context, Principal};
