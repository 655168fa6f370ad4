//! Signature Version 4: reading what a request presents, and verifying it.
//!
//! Stricter than clients need and as strict as AWS is: every `x-amz-*` header must be signed, the scope must name
//! the service and a Region, dates must agree, and only AWS4-HMAC-SHA256 is known.
//! Source: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating Requests".

mod canonical;
mod chunk;
mod form;
mod presented;
mod refusal;
mod sign;
mod verify;

pub use canonical::PathStyle;
pub use chunk::{ChunkSigner, same_signature};
pub use presented::{PayloadHash, Presented, SignatureKind, present};
pub use refusal::SignatureError;
pub use sign::{Credentials, Scope, sign};
pub use verify::{SigningSecret, sha256_hex};
