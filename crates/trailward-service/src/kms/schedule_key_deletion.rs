//! `ScheduleKeyDeletion`. Until the day has come, the key can be kept after all; then it is gone with everything it encrypted.

use super::shapes::epoch;
use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_kms::{KmsError, MAX_WAIT_DAYS, MIN_WAIT_DAYS};
use trailward_wire::ApiError;

pub(crate) struct ScheduleKeyDeletion;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    pending_window_in_days: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    key_id: String,
    deletion_date: EpochTime,
    key_state: &'static str,
    pending_window_in_days: u32,
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    const ACCESS: Access = Access::write("kms:ScheduleKeyDeletion");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let days = match input.pending_window_in_days {
            None => MAX_WAIT_DAYS,
            Some(days) => u32::try_from(days)
                .ok()
                .filter(|days| (MIN_WAIT_DAYS..=MAX_WAIT_DAYS).contains(days))
                .ok_or_else(|| {
                    refused(KmsError::Validation(format!(
                        "1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy \
                         constraint: Member must have value between {MIN_WAIT_DAYS} and {MAX_WAIT_DAYS}"
                    )))
                })?,
        };
        let arn = read.value.arn();
        let now = call.now.unix_timestamp();
        let day = call.platform.keys.schedule_deletion(read, days, now).await.map_err(refused)?;
        Ok(Output {
            key_id: arn,
            deletion_date: epoch(day),
            key_state: "PendingDeletion",
            pending_window_in_days: days,
        })
    }
}
