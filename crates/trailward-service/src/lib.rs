//! The AWS API: one door, one table per service, one file per operation.
//!
//! A request enters at [`Gateway::handle`], is authenticated, authorised, run and recorded there, and nowhere else:
//! operations cannot be reached any other way. Not here: sockets, delivery, queries.

mod access;
mod audit;
mod call;
pub mod cloudtrail;
pub mod compatibility;
mod dispatch;
mod entropy;
mod gateway;
pub mod iam;
mod identity;
mod kms;
mod limits;
mod operation;
mod organizations;
mod platform;
mod s3;
mod services;
mod shape;
mod sns;
pub mod sts;
pub mod throttle;

pub use audit::complete_unfinished;
pub use call::Peer;
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use gateway::{Body, BodyError, Gateway};
pub use identity::{Account, AccountSeed, KeySeed, MfaSeed, ensure_account, load_accounts, reset_root_key};
pub use platform::{Platform, Settings};
