//! Operations on buckets and their configuration, one per file.

mod acl;
mod cors;
mod create;
mod delete;
mod encryption;
mod head;
mod lifecycle;
mod lifecycle_check;
mod list;
mod location;
mod logging;
mod names;
mod notification;
mod object_lock;
mod ownership;
mod policy;
mod policy_check;
mod public_access;
mod replication;
mod replication_check;
mod request_payment;
mod s3_actions;
mod tagging;
mod versioning;

pub use acl::AskedAcl;
pub use create::CreateBucket;
pub use head::BucketHead;
pub use list::{BucketEntry, BucketList, ListBuckets};
pub use versioning::{PutVersioning, VersioningState};

pub(crate) use acl::effective;
