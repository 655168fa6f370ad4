//! Operations on objects, one per file.

mod attributes;
mod bypass;
mod copy;
mod delete;
mod delete_many;
mod expiration;
mod get;
mod lock;
mod preconditions;
mod put;
mod range;
mod resolve;
mod restore;
mod tagging;

pub use attributes::{AttributePart, ObjectAttributes};
pub use bypass::Bypass;
pub use copy::{CopyObject, CopyOutput, MetadataDirective, TaggingDirective};
pub use delete::{DeleteObject, DeleteOutput};
pub use delete_many::{DeleteBy, DeleteEntry, Deletion};
pub use get::{GetObject, ObjectRead, ObjectView};
pub use lock::GrantedLock;
pub use preconditions::ReadConditions;
pub use put::{Expected, ExpectedChecksum, GrantedTags, PutCondition, PutObject, PutOutput, Trailer};
pub use range::{ByteRange, ContentRange};
pub use tagging::TaggingOutput;

pub(crate) use bypass::locked;
pub(crate) use lock::{check_digest, granted_lock};
pub(crate) use preconditions::same_etag;
pub(crate) use put::{MAX_PUT, check_write, granted_tags};
