//! Organizations as one engine with no wire format: accounts in a tree of units, control policies attached to it, the
//! services and delegated administrators it trusts, and what all of that means for one account ([`Standing`]).
//!
//! A change is decided on a [`Tree`] in memory and committed as one transaction, which fails if anybody changed the same
//! organization meanwhile. Membership, trusted access and the organization's trails change together: a trail never
//! gathers from an account that is no member, nor misses one that is.
//!
//! Not here: requests, answers, records, random numbers.
//!
//! Source: AWS Organizations User Guide and API Reference.

mod documents;
mod engine;
mod error;
mod handshake;
mod id;
mod policies;
mod records;
mod services;
mod standing;
mod tags;
mod tree;
mod trusted;
mod units;

pub use engine::{Cause, Organizations};
pub use error::{OrganizationError, Refusal};
pub use handshake::{Answer, Handshake, HandshakeState, INVITATION_SECONDS};
pub use id::Id;
pub use records::{
    Attached, ControlPolicy, Creation, CreationState, Features, Joined, Member, Organization, PolicyType,
    Unit,
};
pub use standing::Standing;
pub use tree::{MAX_ACCOUNTS, MIN_AGE_SECONDS, Tree};
pub use trusted::{CLOUDTRAIL, SERVICES};
