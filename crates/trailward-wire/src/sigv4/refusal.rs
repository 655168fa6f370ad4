//! Why a request is not authenticated, and how each protocol says so.

use crate::{ApiError, Protocol};
use time::{Duration, OffsetDateTime};
use trailward_model::stamp;

/// Every way authentication fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureError {
    /// No signature where one is needed.
    Missing,
    /// The `Authorization` header lacks a part, or has one that cannot be read.
    Incomplete(String),
    /// A presigned URL lacks this parameter.
    QueryIncomplete(&'static str),
    /// A presigned URL has a parameter that cannot be read.
    QueryInvalid(&'static str),
    /// Two signatures, or a header or parameter that may come once came twice.
    Ambiguous,
    /// Signature Version 2, or anything else that is not AWS4-HMAC-SHA256.
    UnsupportedAlgorithm,
    /// The credential is not `KEY/DATE/REGION/SERVICE/aws4_request`.
    BadCredential(String),
    /// `x-amz-content-sha256` is neither a hash nor a known constant.
    BadPayloadHash,
    /// S3 wants `x-amz-content-sha256`.
    PayloadHashMissing,
    /// `host` is not among the signed headers.
    HostNotSigned,
    /// These `x-amz-*` headers are not among the signed headers.
    HeadersNotSigned(String),
    /// The scope's date is not the request's.
    ScopeDate {
        /// In the scope.
        scope: String,
        /// Of the request.
        request: String,
    },
    /// Signed more than 15 minutes away from the server's time.
    Skewed {
        /// The request's time.
        request: OffsetDateTime,
        /// The server's.
        server: OffsetDateTime,
    },
    /// A presigned URL from the future.
    NotYetValid {
        /// The request's time.
        request: OffsetDateTime,
        /// The server's.
        server: OffsetDateTime,
    },
    /// A presigned URL past its time.
    PresignExpired {
        /// How long it was valid.
        expires: Duration,
        /// Until when.
        at: OffsetDateTime,
        /// The server's time.
        server: OffsetDateTime,
    },
    /// The scope names another service than the one called.
    WrongService {
        /// In the scope.
        given: String,
        /// Called.
        expected: String,
    },
    /// The scope names a Region where this cannot be called.
    WrongRegion {
        /// In the scope.
        given: String,
        /// What would be right.
        expected: String,
    },
    /// No such access key, or it is inactive.
    UnknownKey(String),
    /// The session token is not the one issued with the key.
    InvalidToken,
    /// The session is over.
    ExpiredToken,
    /// The signature is wrong.
    DoesNotMatch,
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const S3_MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

impl SignatureError {
    /// The error as `protocol` spells it.
    pub fn to_api_error(&self, protocol: Protocol) -> ApiError {
        match protocol {
            Protocol::RestXml => self.s3(),
            Protocol::Query { .. } => self.query(),
            Protocol::AwsJson { .. } => {
                let error = self.query();
                let code = match &*error.code {
                    "InvalidClientTokenId" => "UnrecognizedClientException",
                    "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
                    "IncompleteSignature" => "IncompleteSignatureException",
                    "ExpiredToken" => "ExpiredTokenException",
                    _ => "InvalidSignatureException",
                };
                ApiError::bad_request(code, error.message)
            }
        }
    }

    fn query(&self) -> ApiError {
        let mismatch = |text: String| ApiError::new("SignatureDoesNotMatch", 403, text);
        let incomplete = |text: String| ApiError::new("IncompleteSignature", 400, text);
        match self {
            Self::Missing => {
                ApiError::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
            }
            Self::Incomplete(text) => incomplete(text.clone()),
            Self::QueryIncomplete(name) => {
                incomplete(format!("AWS query-string parameters must include '{name}'."))
            }
            Self::QueryInvalid(text) => incomplete((*text).to_owned()),
            Self::Ambiguous => incomplete("Authentication parameters are specified more than once.".into()),
            Self::UnsupportedAlgorithm => {
                incomplete("Unsupported AWS 'algorithm': only AWS4-HMAC-SHA256 is supported.".into())
            }
            Self::BadCredential(text) => incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{text}'"
            )),
            Self::BadPayloadHash | Self::PayloadHashMissing => {
                mismatch("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.".into())
            }
            Self::HostNotSigned => {
                mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into())
            }
            Self::HeadersNotSigned(names) => {
                mismatch(format!("There were headers present in the request which were not signed: {names}"))
            }
            Self::ScopeDate { scope, request } => mismatch(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{request}', from '{request}'."
            )),
            Self::Skewed { request, server } | Self::NotYetValid { request, server } => {
                let (signed, now) = (stamp::basic(*request), stamp::basic(*server));
                if request > server {
                    let limit = stamp::basic(*server + Duration::minutes(15));
                    mismatch(format!(
                        "Signature not yet current: {signed} is still later than {limit} ({now} + 15 min.)"
                    ))
                } else {
                    let limit = stamp::basic(*server - Duration::minutes(15));
                    mismatch(format!(
                        "Signature expired: {signed} is now earlier than {limit} ({now} - 15 min.)"
                    ))
                }
            }
            Self::PresignExpired { at, server, .. } => mismatch(format!(
                "Signature expired: {} is now earlier than {}",
                stamp::basic(*at),
                stamp::basic(*server)
            )),
            Self::WrongService { expected, .. } => {
                mismatch(format!("Credential should be scoped to correct service: '{expected}'."))
            }
            Self::WrongRegion { .. } => mismatch("Credential should be scoped to a valid region.".into()),
            Self::UnknownKey(_) | Self::InvalidToken => {
                ApiError::new("InvalidClientTokenId", 403, INVALID_TOKEN)
            }
            Self::ExpiredToken => {
                ApiError::new("ExpiredToken", 403, "The security token included in the request is expired")
            }
            Self::DoesNotMatch => mismatch(MISMATCH.into()),
        }
    }

    fn s3(&self) -> ApiError {
        let denied = |text: &str| ApiError::new("AccessDenied", 403, text);
        let header = |text: String| ApiError::bad_request("AuthorizationHeaderMalformed", text);
        let query = |text: &str| ApiError::bad_request("AuthorizationQueryParametersError", text);
        match self {
            Self::Missing => denied("Access Denied"),
            Self::Incomplete(text) => {
                header(format!("The authorization header is malformed; {text}"))
            }
            Self::QueryIncomplete(_) => query(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            ),
            Self::QueryInvalid(text) => query(text),
            Self::Ambiguous => ApiError::bad_request(
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
            ),
            Self::UnsupportedAlgorithm => ApiError::bad_request(
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            ),
            Self::BadCredential(_) => header(
                "The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
                    .into(),
            ),
            Self::BadPayloadHash => ApiError::bad_request(
                "InvalidArgument",
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
            ),
            Self::PayloadHashMissing => ApiError::bad_request(
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            ),
            Self::HostNotSigned => denied("There were headers present in the request which were not signed").with("HeadersNotSigned", "host"),
            Self::HeadersNotSigned(names) => {
                denied("There were headers present in the request which were not signed").with("HeadersNotSigned", names)
            }
            Self::ScopeDate { scope, request } => header(format!(
                "The authorization header is malformed; Invalid credential date \"{scope}\". This date is not the same as X-Amz-Date: \"{request}\"."
            )),
            Self::Skewed { request, server } => ApiError::new(
                "RequestTimeTooSkewed",
                403,
                "The difference between the request time and the current time is too large.",
            )
            .with("RequestTime", stamp::basic(*request))
            .with("ServerTime", stamp::extended(*server))
            .with("MaxAllowedSkewMilliseconds", "900000"),
            Self::NotYetValid { .. } => denied("Request is not valid yet"),
            Self::PresignExpired { expires, at, server } => denied("Request has expired")
                .with("X-Amz-Expires", expires.whole_seconds().to_string())
                .with("Expires", stamp::extended(*at))
                .with("ServerTime", stamp::extended(*server)),
            Self::WrongService { given, .. } => header(format!(
                "The authorization header is malformed; incorrect service \"{given}\". This endpoint belongs to \"s3\"."
            )),
            Self::WrongRegion { given, expected } => header(format!(
                "The authorization header is malformed; the region '{given}' is wrong; expecting '{expected}'"
            ))
            .with("Region", expected),
            Self::UnknownKey(key) => ApiError::new(
                "InvalidAccessKeyId",
                403,
                "The AWS Access Key Id you provided does not exist in our records.",
            )
            .with("AWSAccessKeyId", key),
            Self::InvalidToken => {
                ApiError::bad_request("InvalidToken", "The provided token is malformed or otherwise invalid.")
            }
            Self::ExpiredToken => ApiError::bad_request("ExpiredToken", "The provided token has expired."),
            Self::DoesNotMatch => ApiError::new("SignatureDoesNotMatch", 403, S3_MISMATCH),
        }
    }
}
