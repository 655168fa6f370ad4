//! `GetKeyRotationStatus`.

use super::shapes::epoch;
use super::subject::{find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_kms::KmsError;
use trailward_wire::ApiError;

pub(crate) struct GetKeyRotationStatus;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_rotation_enabled: bool,
    key_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_period_in_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_rotation_date: Option<EpochTime>,
}

impl Operation for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";
    const ACCESS: Access = Access::read("kms:GetKeyRotationStatus");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let read = find(&input.key_id, call).await?;
        let key = read.value;
        if !key.spec.can_rotate() {
            let detail = format!("You cannot perform this operation on {}.", key.arn());
            return Err(refused(KmsError::Unsupported(detail)));
        }
        let newest = key.materials.last().map_or(key.created, |material| material.created);
        let next = key.rotation.map(|r| newest.max(r.since) + i64::from(r.period_days) * 86_400);
        Ok(Output {
            key_rotation_enabled: key.rotation.is_some(),
            key_id: key.arn(),
            rotation_period_in_days: key.rotation.map(|rotation| rotation.period_days),
            next_rotation_date: next.map(epoch),
        })
    }
}
