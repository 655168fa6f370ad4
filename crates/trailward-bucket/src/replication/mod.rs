//! Replication: versions that are put in one bucket are put in others, as the role of the configuration.
//!
//! What waits is a row that the commit of the version itself writes. A replica keeps the version's id, so trying again
//! makes no second one. Objects under keys that the customer brings cannot be replicated: nobody has the key.
//!
//! Source: S3 User Guide, "Replicating objects within and across Regions", "What does Amazon S3 replicate?".

mod rules;
mod run;
mod write;

pub(crate) use rules::wants;
pub use run::{ReplicationRoles, ReplicationRun};
