//! `GenerateMac`: of a message of at most 4096 bytes.

use super::shapes::{Blob, check_grant_tokens, without_bytes};
use super::subject::{check_dry_run, find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::{Algorithm, EncryptionContext};
use trailward_wire::ApiError;

pub(crate) struct GenerateMac;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    message: Blob,
    mac_algorithm: Algorithm,
    grant_tokens: Option<Vec<String>>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    mac: Blob,
    mac_algorithm: Algorithm,
    key_id: String,
}

/// The target of a call that makes or checks a code.
pub(super) async fn mac_target(key_id: &str, algorithm: Algorithm, call: &Call) -> Result<Target, ApiError> {
    let name = serde_json::to_value(algorithm).ok().and_then(|v| v.as_str().map(str::to_owned));
    let target = target(key_id, call, &EncryptionContext::default()).await?;
    Ok(target.with_key("kms:MacAlgorithm", name.unwrap_or_default()))
}

impl Operation for GenerateMac {
    const NAME: &'static str = "GenerateMac";
    const ACCESS: Access = Access::read("kms:GenerateMac");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        mac_target(&input.key_id, input.mac_algorithm, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_grant_tokens(input.grant_tokens.as_ref())?;
        let key = find(&input.key_id, call).await?.value;
        check_dry_run(input.dry_run)?;
        let keys = &call.platform.keys;
        let mac = keys.generate_mac(&key, input.mac_algorithm, &input.message.0).map_err(refused)?;
        Ok(Output { mac: Blob(mac), mac_algorithm: input.mac_algorithm, key_id: key.arn() })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
