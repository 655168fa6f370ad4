//! `VerifyMac`. A code that is not right is an error, not an answer that says so.

use super::generate_mac::mac_target;
use super::shapes::{Blob, check_grant_tokens, without_bytes};
use super::subject::{check_dry_run, find, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::Algorithm;
use trailward_wire::ApiError;

pub(crate) struct VerifyMac;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    message: Blob,
    #[serde(default)]
    mac: Blob,
    mac_algorithm: Algorithm,
    grant_tokens: Option<Vec<String>>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
    mac_valid: bool,
    mac_algorithm: Algorithm,
}

impl Operation for VerifyMac {
    const NAME: &'static str = "VerifyMac";
    const ACCESS: Access = Access::read("kms:VerifyMac");
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
        keys.verify_mac(&key, input.mac_algorithm, &input.message.0, &input.mac.0).map_err(refused)?;
        Ok(Output { key_id: key.arn(), mac_valid: true, mac_algorithm: input.mac_algorithm })
    }

    fn record_input(input: &Input) -> Value {
        without_bytes(input)
    }
}
