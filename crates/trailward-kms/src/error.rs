//! Why something about a key cannot be done, under AWS's names.

use trailward_store::StoreError;

/// Why something about a key cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// `AccessDeniedException`: no policy allows it, or one denies it.
    #[error("{0}")]
    AccessDenied(String),
    /// `NotFoundException`.
    #[error("{0}")]
    NotFound(String),
    /// `DisabledException`: the key is switched off.
    #[error("{0} is disabled.")]
    Disabled(String),
    /// `KMSInvalidStateException`.
    #[error("{0}")]
    InvalidState(String),
    /// `InvalidKeyUsageException`: the key is for something else.
    #[error("{0}")]
    InvalidKeyUsage(String),
    /// `InvalidCiphertextException`. Says nothing, as on AWS.
    #[error("")]
    InvalidCiphertext,
    /// `IncorrectKeyException`.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    IncorrectKey,
    /// `KMSInvalidSignatureException`.
    #[error("")]
    InvalidSignature,
    /// `KMSInvalidMacException`.
    #[error("")]
    InvalidMac,
    /// `AlreadyExistsException`.
    #[error("An alias with the name {0} already exists")]
    AlreadyExists(String),
    /// `InvalidAliasNameException`.
    #[error("{0}")]
    InvalidAliasName(String),
    /// `InvalidArnException`.
    #[error("{0}")]
    InvalidArn(String),
    /// `ValidationException`.
    #[error("{0}")]
    Validation(String),
    /// `MalformedPolicyDocumentException`.
    #[error("{0}")]
    MalformedPolicy(String),
    /// `LimitExceededException`.
    #[error("{0}")]
    LimitExceeded(String),
    /// `TagException`.
    #[error("{0}")]
    Tag(String),
    /// `UnsupportedOperationException`.
    #[error("{0}")]
    Unsupported(String),
    /// The store failed, or somebody changed the same key at the same time.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cryptography failed without a reason that the caller could act on.
    #[error("the key could not be used")]
    Crypto,
}

impl KmsError {
    /// AWS's name of the error; `None` for what AWS calls internal.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::NotFound(_) => "NotFoundException",
            Self::Disabled(_) => "DisabledException",
            Self::InvalidState(_) => "KMSInvalidStateException",
            Self::InvalidKeyUsage(_) => "InvalidKeyUsageException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::InvalidSignature => "KMSInvalidSignatureException",
            Self::InvalidMac => "KMSInvalidMacException",
            Self::AlreadyExists(_) => "AlreadyExistsException",
            Self::InvalidAliasName(_) => "InvalidAliasNameException",
            Self::InvalidArn(_) => "InvalidArnException",
            Self::Validation(_) => "ValidationException",
            Self::MalformedPolicy(_) => "MalformedPolicyDocumentException",
            Self::LimitExceeded(_) => "LimitExceededException",
            Self::Tag(_) => "TagException",
            Self::Unsupported(_) => "UnsupportedOperationException",
            Self::Store(_) | Self::Crypto => return None,
        })
    }
}
