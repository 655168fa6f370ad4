//! `Verify`. A signature that is not good is an error, not an answer that says so.

use super::shapes::{Blob, check_grant_tokens, without_bytes};
use super::sign::signing_target;
use super::subject::{check_dry_run, find, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::{Algorithm, MessageType};
use trailward_wire::ApiError;

pub(crate) struct Verify;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    message: Blob,
    message_type: Option<MessageType>,
    #[serde(default)]
    signature: Blob,
    signing_algorithm: Algorithm,
    grant_tokens: Option<Vec<String>>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
    signature_valid: bool,
    signing_algorithm: Algorithm,
}

impl Operation for Verify {
    const NAME: &'static str = "Verify";
    const ACCESS: Access = Access::read("kms:Verify");
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
        call.platform
            .keys
            .verify(&key, input.signing_algorithm, &input.message.0, kind, &input.signature.0)
            .map_err(refused)?;
        Ok(Output { key_id: key.arn(), signature_valid: true, signing_algorithm: input.signing_algorithm })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
