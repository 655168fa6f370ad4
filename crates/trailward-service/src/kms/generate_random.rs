//! `GenerateRandom`: 1 to 1024 unpredictable bytes.

use super::generated::check_bytes;
use super::shapes::{Blob, check_absent};
use super::subject::refused;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_kms::KmsError;
use trailward_wire::ApiError;

pub(crate) struct GenerateRandom;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    number_of_bytes: Option<i64>,
    custom_key_store_id: Option<String>,
    recipient: Option<Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    plaintext: Blob,
}

impl Operation for GenerateRandom {
    const NAME: &'static str = "GenerateRandom";
    const ACCESS: Access = Access::read("kms:GenerateRandom");
    type Input = Input;
    type Output = Output;

    async fn resource(_input: &Input, _call: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_absent("Recipient", input.recipient.as_ref())?;
        check_absent("CustomKeyStoreId", input.custom_key_store_id.as_ref())?;
        let missing = || refused(KmsError::Validation("Please specify the number of bytes.".into()));
        let mut bytes = vec![0; check_bytes(input.number_of_bytes.ok_or_else(missing)?)?];
        call.platform.entropy.fill(&mut bytes)?;
        Ok(Output { plaintext: Blob(bytes) })
    }
}
