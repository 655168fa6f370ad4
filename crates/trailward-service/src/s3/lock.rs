//! Object Lock as requests spell it: headers, condition keys, and the permissions they need.

use super::call::S3Call;
use time::OffsetDateTime;
use trailward_bucket::{BucketError, Bypass, GrantedLock, LockMode, Resource, Retention};
use trailward_model::stamp;
use trailward_policy::Context;

pub(super) const MODE: &str = "x-amz-object-lock-mode";
pub(super) const RETAIN_UNTIL: &str = "x-amz-object-lock-retain-until-date";
pub(super) const LEGAL_HOLD: &str = "x-amz-object-lock-legal-hold";
const BYPASS: &str = "x-amz-bypass-governance-retention";

const DAY: i64 = 86_400;

/// A date as ISO 8601 spells it, in UTC or with an offset.
pub(super) fn moment(text: &str) -> Option<OffsetDateTime> {
    stamp::parse_rfc3339(text)
}

/// The condition keys of a date. Days that have begun count, so that a retention of ten days has ten remaining when the
/// request arrives a second after it was made.
pub(super) fn add_until(context: &mut Context, until: OffsetDateTime, now: OffsetDateTime) {
    context.set("s3:object-lock-retain-until-date", stamp::extended(until));
    let days = (until - now).whole_seconds().saturating_add(DAY - 1).div_euclid(DAY);
    context.set("s3:object-lock-remaining-retention-days", days.to_string());
}

/// `ON` or `OFF`.
pub(super) fn status(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

/// Whether governance retention is to be passed over.
pub(super) fn asks_bypass(call: &S3Call) -> bool {
    call.header(BYPASS).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Refuses to pass over retention where there is none.
pub(super) async fn check_bypass(call: &S3Call, bucket: &str) -> Result<(), BucketError> {
    if !asks_bypass(call) || call.buckets().describe(bucket).await?.object_lock {
        return Ok(());
    }
    let message = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.";
    Err(invalid(BYPASS, "true", message))
}

/// The permission to pass over governance retention, if the request asks for it.
pub(super) async fn bypass(call: &S3Call, resource: &Resource, context: &Context) -> Bypass {
    if !asks_bypass(call) {
        return Bypass::NotAsked;
    }
    let caller = &call.identity().caller;
    let action = "s3:BypassGovernanceRetention";
    Bypass::Asked(call.buckets().authorize(caller, action, resource.clone(), context).await)
}

/// The lock that a request asks for the object it makes, with the permissions to set it.
pub(super) async fn asked(call: &S3Call, bucket: &str, key: &str) -> Result<GrantedLock, BucketError> {
    let retention = retention(call)?;
    let hold = match call.header(LEGAL_HOLD) {
        None => None,
        Some("ON") => Some(true),
        Some("OFF") => Some(false),
        Some(other) => {
            return Err(invalid(LEGAL_HOLD, other, "Legal Hold must be either of 'ON' or 'OFF'"));
        }
    };
    let mut lock = GrantedLock::default();
    let resource = || Resource::object(bucket, key);
    if let Some(retention) = retention {
        lock.retention = Some((retention, call.authorize("s3:PutObjectRetention", resource()).await?));
    }
    if let Some(on) = hold {
        lock.legal_hold = Some((on, call.authorize("s3:PutObjectLegalHold", resource()).await?));
    }
    Ok(lock)
}

fn retention(call: &S3Call) -> Result<Option<Retention>, BucketError> {
    let both = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied";
    let (mode, until) = match (call.header(MODE), call.header(RETAIN_UNTIL)) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(invalid(RETAIN_UNTIL, "", both)),
        (None, Some(_)) => return Err(invalid(MODE, "", both)),
        (Some(mode), Some(until)) => (mode, until),
    };
    let parsed = LockMode::parse(mode).ok_or_else(|| invalid(MODE, mode, "Unknown wormMode directive."))?;
    let format = "The retain until date must be provided in ISO 8601 format";
    let moment = moment(until).ok_or_else(|| invalid(RETAIN_UNTIL, until, format))?;
    if moment <= call.platform().now() {
        return Err(invalid(RETAIN_UNTIL, until, "The retain until date must be in the future!"));
    }
    Retention::new(parsed, moment).ok_or_else(|| invalid(RETAIN_UNTIL, until, format)).map(Some)
}

fn invalid(name: &'static str, value: &str, message: &str) -> BucketError {
    BucketError::InvalidArgument { message: message.to_owned(), name, value: value.to_owned() }
}
