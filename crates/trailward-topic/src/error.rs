//! Why something about a topic cannot be done, under AWS's names.

use trailward_store::StoreError;

/// Why something about a topic cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// `InvalidParameter`: names the parameter, and why.
    #[error("Invalid parameter: {0}")]
    Invalid(String),
    /// `NotFound`: a topic or subscription that is not there.
    #[error("{0} does not exist")]
    NotFound(&'static str),
    /// `ResourceNotFound`: the same, of calls about tags.
    #[error("Resource does not exist")]
    ResourceNotFound,
    /// `AuthorizationError`: no policy allows it, or one denies it.
    #[error("{0}")]
    Denied(String),
    /// `TopicLimitExceeded`.
    #[error("The account has {0} topics in this Region already, which is the most")]
    TopicLimit(usize),
    /// `SubscriptionLimitExceeded`.
    #[error("The topic has {0} subscriptions already, which is the most")]
    SubscriptionLimit(usize),
    /// `TagLimitExceeded`.
    #[error("Could not complete request: tag quota of per resource exceeded")]
    TagLimit,
    /// `NotImplemented`: AWS has it, this product does not.
    #[error("{0}")]
    Unsupported(String),
    /// The store failed, or somebody changed the same topic at the same time.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cryptography failed without a reason that the caller could act on.
    #[error("a message could not be signed")]
    Crypto,
}

impl TopicError {
    /// AWS's name of the error and its HTTP status; `None` for what AWS calls internal.
    pub fn code(&self) -> Option<(&'static str, u16)> {
        Some(match self {
            Self::Invalid(_) => ("InvalidParameter", 400),
            Self::NotFound(_) => ("NotFound", 404),
            Self::ResourceNotFound => ("ResourceNotFound", 404),
            Self::Denied(_) => ("AuthorizationError", 403),
            Self::TopicLimit(_) => ("TopicLimitExceeded", 403),
            Self::SubscriptionLimit(_) => ("SubscriptionLimitExceeded", 403),
            Self::TagLimit => ("TagLimitExceeded", 400),
            Self::Unsupported(_) => ("NotImplemented", 501),
            Self::Store(_) | Self::Crypto => return None,
        })
    }
}
