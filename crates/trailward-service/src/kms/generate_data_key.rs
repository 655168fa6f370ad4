//! `GenerateDataKey`: a fresh key for encrypting data, in the clear and under the key.

use super::generated::{DataKeySpec, generate};
use super::shapes::{Blob, check_absent, check_grant_tokens, context_of, without_bytes};
use super::subject::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_wire::ApiError;

pub(crate) struct GenerateDataKey;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    encryption_context: Option<BTreeMap<String, String>>,
    number_of_bytes: Option<i64>,
    key_spec: Option<DataKeySpec>,
    grant_tokens: Option<Vec<String>>,
    recipient: Option<Value>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    ciphertext_blob: Blob,
    plaintext: Blob,
    key_id: String,
}

impl Operation for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
    const ACCESS: Access = Access::read("kms:GenerateDataKey");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &context_of(input.encryption_context.as_ref())?).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_absent("Recipient", input.recipient.as_ref())?;
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let length = (input.key_spec, input.number_of_bytes);
        let context = input.encryption_context.as_ref();
        let made = generate(&input.key_id, length, context, input.dry_run, call).await?;
        Ok(Output { ciphertext_blob: made.ciphertext, plaintext: made.plaintext, key_id: made.key_id })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
