//! Why something about an organization cannot be done, under AWS's names.

use trailward_store::StoreError;

/// AWS's answer to a request that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// `ConstraintViolationException` …
    pub code: &'static str,
    /// `Reason` of the exceptions that have one.
    pub reason: Option<&'static str>,
    /// For the person who reads it.
    pub message: String,
}

impl Refusal {
    /// An exception without a reason.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason: None, message: message.into() }
    }

    /// `ConstraintViolationException`.
    pub fn constraint(reason: &'static str, message: impl Into<String>) -> Self {
        Self { code: "ConstraintViolationException", reason: Some(reason), message: message.into() }
    }

    /// `InvalidInputException`.
    pub fn input(reason: &'static str, message: impl Into<String>) -> Self {
        Self { code: "InvalidInputException", reason: Some(reason), message: message.into() }
    }

    /// `HandshakeConstraintViolationException`.
    pub fn handshake(reason: &'static str, message: impl Into<String>) -> Self {
        Self { code: "HandshakeConstraintViolationException", reason: Some(reason), message: message.into() }
    }

    /// There is no such account in the organization.
    pub fn no_account() -> Self {
        Self::new("AccountNotFoundException", "You specified an account that doesn't exist.")
    }

    /// There is nothing of that name to attach to.
    pub fn no_target() -> Self {
        Self::new("TargetNotFoundException", "You specified a target that doesn't exist.")
    }

    /// There is no such root or unit.
    pub fn no_parent() -> Self {
        Self::new("ParentNotFoundException", "You specified a parent that doesn't exist.")
    }

    /// There is no such policy.
    pub fn no_policy() -> Self {
        Self::new("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
    }

    /// There is no such handshake, or it is not the caller's business.
    pub fn no_handshake() -> Self {
        Self::new(
            "HandshakeNotFoundException",
            "We can't find a handshake with the HandshakeId that you specified.",
        )
    }
}

/// Why a call to the engine failed.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// A rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed, or somebody changed the same organization at the same time.
    #[error(transparent)]
    Store(#[from] StoreError),
}
