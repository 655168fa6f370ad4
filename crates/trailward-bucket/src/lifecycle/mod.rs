//! What happens to objects by themselves: expiration, removal of old versions, changes of the storage class.

mod rules;
mod run;

pub use run::LifecycleRun;

pub(crate) use rules::expiry;
