use crate::record::Verdict;
use crate::{BucketError, Denied, Grant};

/// `x-amz-bypass-governance-retention`: whether the caller asked to pass over governance retention, and what came of
/// it. The header alone does nothing, and neither does the permission alone.
#[derive(Debug, Default)]
pub enum Bypass {
    /// The header is missing, or not `true`.
    #[default]
    NotAsked,
    /// Asked: the answer to `s3:BypassGovernanceRetention` on the same object.
    Asked(Result<Grant, Denied>),
}

const BYPASS: [&str; 1] = ["s3:BypassGovernanceRetention"];

impl Bypass {
    /// Lets a change of what `grant` is for pass, if the lock on it gives way.
    pub(crate) fn check(&self, verdict: Verdict, grant: &Grant) -> Result<(), BucketError> {
        match (verdict, self) {
            (Verdict::Free, _) => Ok(()),
            (Verdict::Never, _) | (Verdict::Bypass, Self::NotAsked) => Err(locked()),
            (Verdict::Bypass, Self::Asked(Err(denied))) => Err(BucketError::AccessDenied(denied.to_string())),
            (Verdict::Bypass, Self::Asked(Ok(bypass))) => {
                bypass.permits(&BYPASS)?;
                let same = (bypass.bucket_id(), bypass.key()?) == (grant.bucket_id(), grant.key()?);
                if same { Ok(()) } else { Err(locked()) }
            }
        }
    }
}

/// What S3 says about a version that is locked.
pub(crate) fn locked() -> BucketError {
    BucketError::AccessDenied("Access Denied because object protected by object lock.".to_owned())
}
