//! `RotateKeyOnDemand`: fresh material now, whatever the period. Old ciphertext stays readable.

use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_wire::ApiError;

pub(crate) struct RotateKeyOnDemand;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
}

impl Operation for RotateKeyOnDemand {
    const NAME: &'static str = "RotateKeyOnDemand";
    const ACCESS: Access = Access::write("kms:RotateKeyOnDemand");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let arn = read.value.arn();
        call.platform.keys.rotate_now(read, call.now.unix_timestamp()).await.map_err(refused)?;
        Ok(Output { key_id: arn })
    }
}
