//! `RetireGrant`: gives a grant back, by who it was given to retire, by a grantee whose grant says so, or by whom the
//! key's policy allows.

use super::shapes::without_bytes;
use super::subject::{check_dry_run, find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::{EncryptionContext, KmsError};
use trailward_wire::ApiError;

pub(crate) struct RetireGrant;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    grant_token: Option<String>,
    key_id: Option<String>,
    grant_id: Option<String>,
    dry_run: Option<bool>,
}

/// The key and the grant that a call means: both named, or both in the token.
fn named(input: &Input) -> Result<(String, String), ApiError> {
    match (&input.grant_token, &input.key_id, &input.grant_id) {
        (None, Some(key), Some(grant)) => Ok((key.clone(), grant.clone())),
        (Some(token), None, None) => {
            let read = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let split = read.as_deref().and_then(|text| text.rsplit_once('/'));
            split.map(|(key, grant)| (key.to_owned(), grant.to_owned())).ok_or_else(|| {
                ApiError::bad_request("InvalidGrantTokenException", "The grant token is not valid.")
            })
        }
        _ => Err(refused(KmsError::Validation(
            "Specify either the grant token, or the key id and the grant id.".into(),
        ))),
    }
}

impl Operation for RetireGrant {
    const NAME: &'static str = "RetireGrant";
    const ACCESS: Access = Access::write("kms:RetireGrant");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&named(input)?.0, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let (key_id, grant_id) = named(&input)?;
        let key = find(&key_id, call).await?.value;
        check_dry_run(input.dry_run)?;
        call.platform.keys.delete_grant(&key, &grant_id).await.map_err(refused)?;
        Ok(Empty {})
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
