//! Events of objects, for topics that want to know of them.
//!
//! The commit that changes an object writes a row for each topic; a worker publishes the row's message and forgets the row
//! in one commit. So every change that was made is told, once, to a topic whose policy lets S3 publish.
//!
//! DEVIATION: an event that a topic refuses when it is published (its policy changed, it is gone) is dropped, as on AWS,
//! but at once.
//!
//! Source: S3 User Guide, "Amazon S3 Event Notifications", "Event message structure".

mod note;
mod publish;
mod wanted;

pub(crate) use note::Happening;
pub use publish::{BucketOwners, EventRun};
pub(crate) use publish::{SERVICE, SUBJECT};
pub(crate) use wanted::{EVENTS, overlap};
