//! `GetTrailStatus`. Times that never happened are left out; the older text members are there and empty instead.

use super::trail::{find, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::failed;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use trailward_model::stamp;
use trailward_store::trails;
use trailward_wire::ApiError;

pub(crate) struct GetTrailStatus;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    is_logging: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_delivery_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_delivery_time: Option<EpochTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_logging_time: Option<EpochTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_logging_time: Option<EpochTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_digest_delivery_time: Option<EpochTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_digest_delivery_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_notification_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_notification_time: Option<EpochTime>,
    latest_delivery_attempt_time: String,
    latest_notification_attempt_time: String,
    latest_notification_attempt_succeeded: String,
    latest_delivery_attempt_succeeded: String,
    time_logging_started: String,
    time_logging_stopped: String,
}

fn at(seconds: Option<i64>) -> Option<OffsetDateTime> {
    seconds.and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok())
}

fn text(seconds: Option<i64>) -> String {
    at(seconds).map(stamp::extended).unwrap_or_default()
}

impl Operation for GetTrailStatus {
    const NAME: &'static str = "GetTrailStatus";
    const ACCESS: Access = Access::read("cloudtrail:GetTrailStatus");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let (trail, _) = find(&input.name, call).await?;
        let status = trails::status(&*call.platform.catalog, &trail.key).await.map_err(failed)?;
        Ok(Output {
            is_logging: trail.is_logging,
            latest_delivery_time: at(status.delivered).map(EpochTime),
            start_logging_time: at(trail.started).map(EpochTime),
            stop_logging_time: at(trail.stopped).map(EpochTime),
            latest_digest_delivery_time: at(status.digest_delivered).map(EpochTime),
            latest_digest_delivery_error: status.digest_error,
            latest_delivery_attempt_time: text(status.attempted),
            latest_notification_time: at(status.notified).map(EpochTime),
            latest_notification_attempt_time: text(status.notification_attempted),
            latest_notification_attempt_succeeded: if status.notification_error.is_none() {
                text(status.notified)
            } else {
                String::new()
            },
            latest_notification_error: status.notification_error,
            latest_delivery_attempt_succeeded: if status.delivery_error.is_none() {
                text(status.delivered)
            } else {
                String::new()
            },
            latest_delivery_error: status.delivery_error,
            time_logging_started: text(trail.started),
            time_logging_stopped: text(trail.stopped),
        })
    }
}
