//! `ListPublicKeys`: every key that may have signed a digest in the range, retired ones included, in one page.

use crate::access::{Access, Target};
use crate::call::Call;
use crate::iam::state::failed;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use trailward_store::signing_keys;
use trailward_wire::ApiError;

pub(crate) struct ListPublicKeys;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PublicKey {
    value: String,
    validity_start_time: EpochTime,
    validity_end_time: EpochTime,
    fingerprint: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    public_key_list: Vec<PublicKey>,
}

fn time(seconds: i64) -> EpochTime {
    EpochTime(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

impl Operation for ListPublicKeys {
    const NAME: &'static str = "ListPublicKeys";
    const ACCESS: Access = Access::read("cloudtrail:ListPublicKeys");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if input.next_token.is_some_and(|token| !token.is_empty()) {
            return Err(ApiError::bad_request("InvalidTokenException", "Reserved for future use."));
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^53")]
        let now = call.now.unix_timestamp() as f64;
        let start = input.start_time.unwrap_or(now);
        let end = input.end_time.unwrap_or(now);
        if start > end || !start.is_finite() || !end.is_finite() {
            return Err(ApiError::bad_request(
                "InvalidTimeRangeException",
                "The start time must not be later than the end time.",
            ));
        }
        let keys = signing_keys::of_region(&*call.platform.catalog, &call.region).await.map_err(failed)?;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay far below 2^53")]
        let used = keys.into_iter().filter(|k| k.valid_from as f64 <= end && k.valid_until as f64 >= start);
        let public_key_list = used
            .map(|key| PublicKey {
                value: key.public_der,
                validity_start_time: time(key.valid_from),
                validity_end_time: time(key.valid_until),
                fingerprint: key.fingerprint,
            })
            .collect();
        Ok(Output { public_key_list })
    }
}
