//! `Decrypt`. A symmetric ciphertext says itself which key it needs; naming one only makes sure that it is that one.

use super::shapes::{Blob, check_absent, check_grant_tokens, context_of, with_algorithm};
use super::subject::{check_dry_run, find, refused, target, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_kms::{Algorithm, Key, Versioned};
use trailward_wire::ApiError;

pub(crate) struct Decrypt;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    ciphertext_blob: Blob,
    encryption_context: Option<BTreeMap<String, String>>,
    grant_tokens: Option<Vec<String>>,
    key_id: Option<String>,
    encryption_algorithm: Option<Algorithm>,
    recipient: Option<Value>,
    dry_run: Option<bool>,
    dry_run_modifiers: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
    plaintext: Blob,
    encryption_algorithm: Algorithm,
}

/// The key that a ciphertext needs.
pub(super) async fn key_of(ciphertext: &Blob, call: &Call) -> Result<Versioned<Key>, ApiError> {
    let now = call.now.unix_timestamp();
    call.platform.keys.key_of(&ciphertext.0, &call.region, now).await.map_err(refused)
}

impl Operation for Decrypt {
    const NAME: &'static str = "Decrypt";
    const ACCESS: Access = Access::read("kms:Decrypt");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let context = context_of(input.encryption_context.as_ref())?;
        match &input.key_id {
            Some(key_id) => target(key_id, call, &context).await,
            None => target_of(&key_of(&input.ciphertext_blob, call).await?.value, call, &context).await,
        }
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        check_absent("DryRunModifiers", input.dry_run_modifiers.as_ref())?;
        check_absent("Recipient", input.recipient.as_ref())?;
        let context = context_of(input.encryption_context.as_ref())?;
        let algorithm = input.encryption_algorithm.unwrap_or(Algorithm::SymmetricDefault);
        let key = match &input.key_id {
            Some(key_id) => find(key_id, call).await?.value,
            None => key_of(&input.ciphertext_blob, call).await?.value,
        };
        check_dry_run(input.dry_run)?;
        let plaintext = call
            .platform
            .keys
            .decrypt(&key, algorithm, &input.ciphertext_blob.0, &context)
            .map_err(refused)?;
        Ok(Output { key_id: key.arn(), plaintext: Blob(plaintext), encryption_algorithm: algorithm })
    }

    fn record_input(input: &Input) -> Value {
        with_algorithm(input)
    }
}
