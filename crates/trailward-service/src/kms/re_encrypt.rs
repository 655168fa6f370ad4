//! `ReEncrypt`: from one key or context to another; the plaintext stays here. Needs `ReEncryptFrom` on the one key and
//! `ReEncryptTo` on the other.

use super::decrypt::key_of;
use super::shapes::{Blob, check_absent, check_grant_tokens, context_of, without_bytes};
use super::subject::{check_dry_run, find, refused, target, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_kms::Algorithm;
use trailward_wire::ApiError;

const TO: Access = Access::read("kms:ReEncryptTo");

pub(crate) struct ReEncrypt;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    ciphertext_blob: Blob,
    source_encryption_context: Option<BTreeMap<String, String>>,
    source_key_id: Option<String>,
    #[serde(default)]
    destination_key_id: String,
    destination_encryption_context: Option<BTreeMap<String, String>>,
    source_encryption_algorithm: Option<Algorithm>,
    destination_encryption_algorithm: Option<Algorithm>,
    grant_tokens: Option<Vec<String>>,
    dry_run: Option<bool>,
    dry_run_modifiers: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    ciphertext_blob: Blob,
    source_key_id: String,
    key_id: String,
    source_encryption_algorithm: Algorithm,
    destination_encryption_algorithm: Algorithm,
}

impl Operation for ReEncrypt {
    const NAME: &'static str = "ReEncrypt";
    const ACCESS: Access = Access::read("kms:ReEncryptFrom");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let context = context_of(input.source_encryption_context.as_ref())?;
        match &input.source_key_id {
            Some(key_id) => target(key_id, call, &context).await,
            None => target_of(&key_of(&input.ciphertext_blob, call).await?.value, call, &context).await,
        }
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        check_absent("DryRunModifiers", input.dry_run_modifiers.as_ref())?;
        let keys = &call.platform.keys;
        let from_context = context_of(input.source_encryption_context.as_ref())?;
        let to_context = context_of(input.destination_encryption_context.as_ref())?;
        call.authorize(&TO, &target(&input.destination_key_id, call, &to_context).await?).await?;
        let from = match &input.source_key_id {
            Some(key_id) => find(key_id, call).await?.value,
            None => key_of(&input.ciphertext_blob, call).await?.value,
        };
        let to = find(&input.destination_key_id, call).await?;
        check_dry_run(input.dry_run)?;
        let source = input.source_encryption_algorithm.unwrap_or(Algorithm::SymmetricDefault);
        let destination = input.destination_encryption_algorithm.unwrap_or(Algorithm::SymmetricDefault);
        let plaintext =
            keys.decrypt(&from, source, &input.ciphertext_blob.0, &from_context).map_err(refused)?;
        let key_id = to.value.arn();
        let now = call.now.unix_timestamp();
        let ciphertext =
            keys.encrypt(to, destination, &plaintext, &to_context, now).await.map_err(refused)?;
        Ok(Output {
            ciphertext_blob: Blob(ciphertext),
            source_key_id: from.arn(),
            key_id,
            source_encryption_algorithm: source,
            destination_encryption_algorithm: destination,
        })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
