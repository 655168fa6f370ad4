//! `Encrypt`: at most 4096 bytes, under the encryption context.

use super::shapes::{Blob, check_grant_tokens, context_of, with_algorithm};
use super::subject::{check_dry_run, find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_kms::Algorithm;
use trailward_wire::ApiError;

pub(crate) struct Encrypt;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    plaintext: Blob,
    encryption_context: Option<BTreeMap<String, String>>,
    grant_tokens: Option<Vec<String>>,
    encryption_algorithm: Option<Algorithm>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    ciphertext_blob: Blob,
    key_id: String,
    encryption_algorithm: Algorithm,
}

impl Operation for Encrypt {
    const NAME: &'static str = "Encrypt";
    const ACCESS: Access = Access::read("kms:Encrypt");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &context_of(input.encryption_context.as_ref())?).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let context = context_of(input.encryption_context.as_ref())?;
        let read = find(&input.key_id, call).await?;
        check_dry_run(input.dry_run)?;
        let algorithm = input.encryption_algorithm.unwrap_or(Algorithm::SymmetricDefault);
        let key_id = read.value.arn();
        let now = call.now.unix_timestamp();
        let ciphertext = call
            .platform
            .keys
            .encrypt(read, algorithm, &input.plaintext.0, &context, now)
            .await
            .map_err(refused)?;
        Ok(Output { ciphertext_blob: Blob(ciphertext), key_id, encryption_algorithm: algorithm })
    }

    fn record_input(input: &Input) -> Value {
        with_algorithm(input)
    }
}
