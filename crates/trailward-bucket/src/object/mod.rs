//! Operations on objects, one per file.

mod copy;
mod delete;
mod delete_many;
mod get;
mod preconditions;
mod put;
mod range;
mod resolve;
mod tagging;

pub use copy::{CopyObject, CopyOutput, MetadataDirective, TaggingDirective};
pub use delete::DeleteOutput;
pub use delete_many::DeleteEntry;
pub use get::{GetObject, ObjectRead, ObjectView};
pub use preconditions::ReadConditions;
pub use put::{Expected, ExpectedChecksum, GrantedTags, PutCondition, PutObject, PutOutput, Trailer};
pub use range::{ByteRange, ContentRange};
pub use tagging::TaggingOutput;

pub(crate) use preconditions::same_etag;
pub(crate) use put::{MAX_PUT, check_write, granted_tags};
