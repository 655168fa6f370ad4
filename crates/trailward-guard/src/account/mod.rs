//! The account as it is: read once into plain values, so that judging needs no network and can be repeated.

mod fact;
mod facts;
mod read;

pub use fact::{Fact, Unreadable};
pub use facts::{
    AbortUpload, AdvancedSelector, Alarm, Block, Bucket, ControlPolicy, DataResource, Encryption,
    EventSelector, Expiration, FieldSelector, Key, Lifecycle, LifecycleAnd, LifecycleFilter, LifecycleRule,
    Lock, LogGroup, Logging, MetricFilter, NoncurrentExpiration, NoncurrentTransition, Organization,
    OrganizationRoot, Role, Root, Selectors, Snapshot, Status, Tag, Topic, Trail, Transition, Versioning,
};
pub use read::{Identity, KEY_TAG, ROLE_POLICY, Reader, Section};
pub(crate) use read::{decoded, lifecycle};
