//! `EnableKeyRotation`. New data is encrypted with fresh material each period; old ciphertext stays readable.

use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_kms::KmsError;
use trailward_wire::ApiError;

pub(crate) struct EnableKeyRotation;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    rotation_period_in_days: Option<i64>,
}

impl Operation for EnableKeyRotation {
    const NAME: &'static str = "EnableKeyRotation";
    const ACCESS: Access = Access::write("kms:EnableKeyRotation");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let days = match input.rotation_period_in_days {
            None => read.value.rotation.map_or(365, |rotation| rotation.period_days),
            Some(days) => {
                u32::try_from(days).ok().filter(|days| (90..=2560).contains(days)).ok_or_else(|| {
                    refused(KmsError::Validation(format!(
                        "1 validation error detected: Value '{days}' at 'rotationPeriodInDays' failed to satisfy \
                         constraint: Member must have value between 90 and 2560"
                    )))
                })?
            }
        };
        let now = call.now.unix_timestamp();
        call.platform.keys.set_rotation(read, Some(days), now).await.map_err(refused)?;
        Ok(Empty {})
    }
}
