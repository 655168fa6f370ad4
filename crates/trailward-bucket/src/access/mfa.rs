use super::Grant;
use crate::BucketError;
use crate::record::Bucket;

/// Proof that the root user of an account gave a code of its own MFA device with this request (`x-amz-mfa`).
///
/// Made by whoever checked the code; this crate knows no devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaProof {
    account: String,
}

impl MfaProof {
    /// The root user of `account` did.
    pub fn of_root(account: impl Into<String>) -> Self {
        Self { account: account.into() }
    }
}

/// Refuses callers other than the owner's root user with its code.
pub(crate) fn require(bucket: &Bucket, grant: &Grant, proof: Option<&MfaProof>) -> Result<(), BucketError> {
    let denied = |text: &str| Err(BucketError::AccessDenied(text.to_owned()));
    match proof {
        None => denied("Mfa Authentication must be used for this request"),
        Some(proof) if proof.account != bucket.owner || grant.account() != Some(&*bucket.owner) => {
            denied("This operation may only be performed by the bucket owner")
        }
        Some(_) => Ok(()),
    }
}

/// The same, where the bucket has MFA delete.
pub(crate) fn require_for_deletion(
    bucket: &Bucket,
    grant: &Grant,
    proof: Option<&MfaProof>,
) -> Result<(), BucketError> {
    if bucket.mfa_delete == Some(true) { require(bucket, grant, proof) } else { Ok(()) }
}
