//! Uploads in parts, one operation per file.

mod abort;
mod complete;
mod create;
mod list_parts;
mod list_uploads;
mod part;

pub use complete::{CompleteUpload, CompletedPart};
pub use create::{CreateUpload, UploadOutput};
pub use list_parts::{ListParts, PartEntry, PartList};
pub use list_uploads::{ListUploads, UploadEntry, UploadList};
pub use part::{CopyPart, PartInput, PartOutput};

pub(crate) use part::part_checksum;
