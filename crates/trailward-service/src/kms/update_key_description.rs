//! `UpdateKeyDescription`.

use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_kms::KmsError;
use trailward_wire::ApiError;

pub(crate) struct UpdateKeyDescription;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    description: String,
}

impl Operation for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";
    const ACCESS: Access = Access::write("kms:UpdateKeyDescription");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let mut read = read;
        read.value.check_changeable().map_err(refused)?;
        if input.description.chars().count() > 8192 {
            return Err(refused(KmsError::Validation(
                "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have \
                 length less than or equal to 8192"
                    .into(),
            )));
        }
        read.value.description = input.description;
        call.platform.keys.save(&read).await.map_err(refused)?;
        Ok(Empty {})
    }
}
