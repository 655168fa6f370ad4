//! What can be wrong with a body, and what the client is told.

use trailward_wire::ApiError;

/// Why a body was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The chunks are not framed as they should be.
    Framing,
    /// It ended too early.
    Incomplete,
    /// Fewer or more bytes than announced.
    Length,
    /// A chunk or the trailer is not signed by the caller.
    Signature,
    /// A chunk but the last is too small.
    SmallChunk,
    /// The trailing headers are not as they should be.
    Trailer,
    /// It does not have the hash that was signed.
    Hash { claimed: String, computed: String },
    /// It does not have the digest that was announced.
    Digest { name: &'static str, claimed: String, computed: String },
    /// More than a document may have.
    TooLarge,
    /// No bytes came for too long.
    Silence,
}

impl Fault {
    pub(super) fn to_api_error(&self) -> ApiError {
        let (code, status, message) = match self {
            Self::Framing | Self::Incomplete => {
                ("IncompleteBody", 400, "The request body terminated unexpectedly")
            }
            Self::Length => (
                "IncompleteBody",
                400,
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            ),
            Self::Signature => (
                "SignatureDoesNotMatch",
                403,
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            ),
            Self::SmallChunk => (
                "InvalidChunkSizeError",
                403,
                "Only the last chunk is allowed to have a size less than 8192 bytes",
            ),
            Self::Trailer => (
                "MalformedTrailerError",
                400,
                "The request contained trailing data that was not well-formed or did not conform to our published schema.",
            ),
            Self::Hash { .. } => (
                "XAmzContentSHA256Mismatch",
                400,
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
            Self::Digest { name, claimed, computed } => {
                let message = match *name {
                    "Content-MD5" => {
                        "The Content-MD5 you specified did not match what we received.".to_owned()
                    }
                    name => format!("The {name} you specified did not match the calculated checksum."),
                };
                return ApiError::bad_request("BadDigest", message)
                    .with("ExpectedDigest", claimed)
                    .with("CalculatedDigest", computed);
            }
            Self::TooLarge => ("MaxMessageLengthExceeded", 400, "Your request was too big."),
            Self::Silence => (
                "RequestTimeout",
                400,
                "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
            ),
        };
        let error = ApiError::new(code, status, message);
        match self {
            Self::Hash { claimed, computed } => {
                error.with("ClientComputedContentSHA256", claimed).with("S3ComputedContentSHA256", computed)
            }
            _ => error,
        }
    }
}
