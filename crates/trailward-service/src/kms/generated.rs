//! What the two calls that make data keys share.

use super::shapes::{Blob, context_of};
use super::subject::{check_dry_run, find, refused};
use crate::call::Call;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_kms::{Algorithm, KeyUsage, KmsError};
use trailward_wire::ApiError;

/// How long the data key is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DataKeySpec {
    #[serde(rename = "AES_128")]
    Aes128,
    #[serde(rename = "AES_256")]
    Aes256,
}

/// A fresh data key, and the same under the key.
pub(super) struct DataKey {
    pub key_id: String,
    pub plaintext: Blob,
    pub ciphertext: Blob,
}

/// Makes a data key of `spec` or `bytes` under the symmetric key that `key_id` names.
pub(super) async fn generate(
    key_id: &str,
    (spec, bytes): (Option<DataKeySpec>, Option<i64>),
    context: Option<&BTreeMap<String, String>>,
    dry_run: Option<bool>,
    call: &Call,
) -> Result<DataKey, ApiError> {
    let length = match (spec, bytes) {
        (Some(DataKeySpec::Aes128), None) => 16,
        (Some(DataKeySpec::Aes256), None) => 32,
        (None, Some(bytes)) => check_bytes(bytes)?,
        _ => {
            return Err(refused(KmsError::Validation(
                "Please specify either number of bytes or key spec.".into(),
            )));
        }
    };
    let context = context_of(context)?;
    let read = find(key_id, call).await?;
    read.value.check_usable().map_err(refused)?;
    read.value.check_usage(KeyUsage::EncryptDecrypt).map_err(refused)?;
    if read.value.spec.is_asymmetric() {
        return Err(refused(KmsError::InvalidKeyUsage(format!(
            "{} is an asymmetric key, which makes no data keys of this kind.",
            read.value.arn()
        ))));
    }
    check_dry_run(dry_run)?;
    let mut plaintext = vec![0; length];
    call.platform.entropy.fill(&mut plaintext)?;
    let key_id = read.value.arn();
    let now = call.now.unix_timestamp();
    let ciphertext = call
        .platform
        .keys
        .encrypt(read, Algorithm::SymmetricDefault, &plaintext, &context, now)
        .await
        .map_err(refused)?;
    Ok(DataKey { key_id, plaintext: Blob(plaintext), ciphertext: Blob(ciphertext) })
}

/// From 1 to 1024.
pub(super) fn check_bytes(bytes: i64) -> Result<usize, ApiError> {
    usize::try_from(bytes).ok().filter(|bytes| (1..=1024).contains(bytes)).ok_or_else(|| {
        refused(KmsError::Validation(format!(
            "1 validation error detected: Value '{bytes}' at 'numberOfBytes' failed to satisfy constraint: Member \
             must have value between 1 and 1024"
        )))
    })
}
