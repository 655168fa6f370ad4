//! An archive of log files and digests, wherever it lies: a directory that holds a bucket's tree, or any S3. Finds what
//! is there, reads it, and proves it fail-closed: silence never reads as success.
//!
//! Not here: what a digest means and when a chain holds ([`trailward_digest`]), and how a report is printed.

pub mod api;
pub mod aws;
pub mod compat;
pub mod evidence;
pub mod expect;
pub mod fetch;
pub mod find;
pub mod keys;
pub mod open;
pub mod range;
pub mod report;
mod retry;
pub mod source;
pub mod unpack;
mod validate;

pub use validate::{DIGEST_GRACE, DIGEST_INTERVAL, Request, StateError, ValidateError, validate};
