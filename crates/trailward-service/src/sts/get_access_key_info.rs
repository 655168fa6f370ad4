//! `GetAccessKeyInfo`: the account of an access key, whoever's it is.
//!
//! DEVIATION: AWS reads the account out of the key's id, so it answers for temporary keys too, and for keys that were
//! deleted. Ids here say nothing; only long-term keys that exist are known.

use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::iam::state::failed;
use crate::identity::{StoredKey, key_bytes};
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_store::stored::decode;
use trailward_wire::ApiError;

pub(crate) struct GetAccessKeyInfo;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    account: String,
}

impl Operation for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";
    const ACCESS: Access = Access::read("sts:GetAccessKeyInfo");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let id = &input.access_key_id;
        if !(16..=128).contains(&id.len()) || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let shown: String = id.chars().take(128).collect();
            return Err(ApiError::bad_request(
                "ValidationError",
                format!(
                    "1 validation error detected: Value '{shown}' at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]*, with a length of 16 to 128"
                ),
            ));
        }
        if call.identity.from_session_token {
            return Err(access_denied(
                call.service.protocol,
                "Cannot call GetAccessKeyInfo with session credentials",
            ));
        }
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let entry = call.platform.catalog.get(&key_bytes(&input.access_key_id)).await.map_err(failed)?;
        let entry = entry.ok_or_else(|| {
            ApiError::bad_request("ValidationError", "The access key ID is not that of a known access key.")
        })?;
        let key: StoredKey = decode(&entry.value).map_err(failed)?;
        Ok(Output { account: key.account })
    }
}
