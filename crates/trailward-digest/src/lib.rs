//! The trust kernel: what a digest file says, how it is hashed, signed and linked, and how all of that is checked.
//!
//! Small and pure, so that an auditor can read it whole. Not here: files, buckets, the network, time.
//!
//! Source: CloudTrail user guide, "CloudTrail digest file structure", "Custom implementations of CloudTrail log file
//! integrity validation".

mod chain;
mod file;
pub mod judge;
mod key;
mod read;
mod reason;
mod text;

pub use chain::{check_digest, check_link, check_log};
pub use file::{DigestFile, ListedLog, Previous};
pub use key::{KeyError, PublicKey, SigningKeyPair};
pub use read::{FoundDigest, MOST_DIGEST_BYTES, Unreadable};
pub use reason::{Reason, Verdict};
pub use text::{sha256_hex, string_to_sign};
