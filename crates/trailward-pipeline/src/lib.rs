//! From the journal to log files and digests in buckets.
//!
//! One worker reads the journal in order, decides which trails want each record, closes ranges into log files, has
//! them delivered as `cloudtrail.amazonaws.com` through the bucket's own rules, and signs what was delivered.
//! What it is about to do is in the catalog before it does it, so a crash anywhere loses nothing and doubles nothing.
//!
//! Not here: the API. This crate shares the journal and the catalog with it, and nothing else.

mod batch;
mod chains;
mod delivery;
mod digests;
mod epochs;
mod intents;
mod logfile;
mod notice;
mod plan;
mod progress;
mod reader;
mod recorder;
mod signing;
mod timing;
mod worker;

pub use chains::DeliveryExtent;
pub use logfile::{LogFile, LogText, build as build_log_file};
pub use progress::Progress;
pub use timing::Timing;
pub use worker::{Pipeline, Sources};
