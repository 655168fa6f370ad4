//! Why an object or a listing could not be read.

/// Why an object or a listing could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no such object.
    #[error("{0} is not there")]
    NotFound(String),
    /// The right to read it is missing.
    #[error("not allowed to read {resource}: {detail}; needs {action}")]
    Denied {
        /// The IAM action that is missing.
        action: &'static str,
        /// Its resource, as an ARN or a path.
        resource: String,
        /// What the store said.
        detail: String,
    },
    /// It has more bytes than anything CloudTrail writes.
    #[error("{name} has more than {limit} bytes, more than CloudTrail ever writes")]
    TooLarge {
        /// Which object.
        name: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It lies in an archived storage class.
    #[error("{0} is archived (Glacier): restore it first with s3:RestoreObject")]
    Archived(String),
    /// No answer, also after trying again.
    #[error("no answer from {place}: {detail}")]
    Unreachable {
        /// Where.
        place: String,
        /// What happened.
        detail: String,
    },
    /// Any other answer.
    #[error("{name}: {detail}")]
    Failed {
        /// Which object or listing.
        name: String,
        /// What happened.
        detail: String,
    },
}

impl SourceError {
    /// The permission that would be needed, as `ACTION on RESOURCE`.
    pub fn needs(&self) -> Option<String> {
        match self {
            Self::Denied { action, resource, .. } => Some(format!("{action} on {resource}")),
            Self::Archived(name) => Some(format!("s3:RestoreObject on {name}")),
            _ => None,
        }
    }
}
