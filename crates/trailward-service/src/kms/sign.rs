//! `Sign`: a message of at most 4096 bytes, or its hash.

use super::shapes::{Blob, check_grant_tokens, without_bytes};
use super::subject::{check_dry_run, find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::{Algorithm, EncryptionContext, MessageType};
use trailward_wire::ApiError;

pub(crate) struct Sign;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    message: Blob,
    message_type: Option<MessageType>,
    grant_tokens: Option<Vec<String>>,
    signing_algorithm: Algorithm,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
    signature: Blob,
    signing_algorithm: Algorithm,
}

/// The target of a call that signs or verifies.
pub(super) async fn signing_target(
    key_id: &str,
    (algorithm, kind): (Algorithm, Option<MessageType>),
    call: &Call,
) -> Result<Target, ApiError> {
    let word = |value: serde_json::Result<Value>| value.ok().and_then(|v| v.as_str().map(str::to_owned));
    let target = target(key_id, call, &EncryptionContext::default()).await?;
    Ok(target
        .with_key("kms:SigningAlgorithm", word(serde_json::to_value(algorithm)).unwrap_or_default())
        .with_key(
            "kms:MessageType",
            word(serde_json::to_value(kind.unwrap_or_default())).unwrap_or_default(),
        ))
}

impl Operation for Sign {
    const NAME: &'static str = "Sign";
    const ACCESS: Access = Access::read("kms:Sign");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        signing_target(&input.key_id, (input.signing_algorithm, input.message_type), call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let key = find(&input.key_id, call).await?.value;
        check_dry_run(input.dry_run)?;
        let kind = input.message_type.unwrap_or_default();
        let signature = call
            .platform
            .keys
            .sign(&key, input.signing_algorithm, &input.message.0, kind)
            .map_err(refused)?;
        Ok(Output {
            key_id: key.arn(),
            signature: Blob(signature),
            signing_algorithm: input.signing_algorithm,
        })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
