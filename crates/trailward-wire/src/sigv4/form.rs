//! Signatures of browser forms: over the policy document as it was sent, not over a request.
//!
//! Source: S3 API reference, "Authenticating Requests in Browser-Based Uploads Using POST (AWS Signature Version 4)".

use super::presented::assemble;
use super::verify::{mac, signing_key};
use super::{PayloadHash, Presented, SignatureError, SignatureKind, SigningSecret, same_signature};
use trailward_model::stamp;

impl Presented {
    /// From the fields `x-amz-credential`, `x-amz-date`, `x-amz-signature` and `x-amz-security-token`.
    pub fn of_form(
        credential: &str,
        date: &str,
        signature: &str,
        session_token: Option<String>,
    ) -> Result<Self, SignatureError> {
        let date = stamp::parse_basic(date).ok_or_else(|| {
            SignatureError::Incomplete("x-amz-date must be in ISO-8601 'basic format'.".into())
        })?;
        let kind = SignatureKind::Form;
        assemble(credential, "host", signature, date, session_token, kind, PayloadHash::Unsigned)
    }

    /// Compares the signature with that of the form's policy, base64 as it was sent, in constant time.
    pub fn verify_form(&self, secret: &SigningSecret, policy: &str) -> Result<(), SignatureError> {
        let key = signing_key(secret, &self.scope_date, &self.region, &self.service);
        let expected = hex::encode(mac(key.as_ref(), policy.as_bytes()));
        if same_signature(&expected, &self.signature) { Ok(()) } else { Err(SignatureError::DoesNotMatch) }
    }
}
