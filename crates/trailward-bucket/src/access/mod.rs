//! Who may do what: the only way to a [`Grant`].

mod authorize;
mod grant;
mod lists;
mod mfa;
mod resource;

pub use authorize::Denied;
pub use grant::Grant;
pub use mfa::MfaProof;
pub use resource::Resource;

pub(crate) use mfa::{require, require_for_deletion};
