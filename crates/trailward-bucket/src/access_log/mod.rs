//! Server access logging: a line per request to a bucket, gathered into files in another bucket.
//!
//! Source: S3 User Guide, "Logging requests with server access logging", "Amazon S3 server access log format".

mod deliver;
mod entry;

pub use deliver::AccessLogRun;
pub use entry::AccessLogEntry;
