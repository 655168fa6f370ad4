//! `GenerateDataKeyWithoutPlaintext`: a fresh key for encrypting data, under the key only: for components that hand it on.

use super::generated::{DataKeySpec, generate};
use super::shapes::{Blob, check_grant_tokens, context_of, without_bytes};
use super::subject::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_wire::ApiError;

pub(crate) struct GenerateDataKeyWithoutPlaintext;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    encryption_context: Option<BTreeMap<String, String>>,
    number_of_bytes: Option<i64>,
    key_spec: Option<DataKeySpec>,
    grant_tokens: Option<Vec<String>>,

    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    ciphertext_blob: Blob,

    key_id: String,
}

impl Operation for GenerateDataKeyWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    const ACCESS: Access = Access::read("kms:GenerateDataKeyWithoutPlaintext");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &context_of(input.encryption_context.as_ref())?).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let length = (input.key_spec, input.number_of_bytes);
        let context = input.encryption_context.as_ref();
        let made = generate(&input.key_id, length, context, input.dry_run, call).await?;
        Ok(Output { ciphertext_blob: made.ciphertext, key_id: made.key_id })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
