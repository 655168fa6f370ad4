//! `GetObjectLockConfiguration`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, int};
use trailward_bucket::{DefaultRetention, RetentionPeriod};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetObjectLockConfigurationInput>,
) -> Answer<dto::GetObjectLockConfigurationOutput> {
    let grant = call.grant()?;
    let lock = call.buckets().get_object_lock_configuration(&grant).await.map_err(|e| call.refuse(e))?;
    let configuration = dto::ObjectLockConfiguration {
        object_lock_enabled: Some(dto::ObjectLockEnabled::from_static(dto::ObjectLockEnabled::ENABLED)),
        rule: lock.default.map(|default| dto::ObjectLockRule { default_retention: Some(shown(default)) }),
    };
    Ok(S3Response::new(dto::GetObjectLockConfigurationOutput {
        object_lock_configuration: Some(configuration),
    }))
}

fn shown(default: DefaultRetention) -> dto::DefaultRetention {
    let (days, years) = match default.period {
        RetentionPeriod::Days(days) => (Some(int(days)), None),
        RetentionPeriod::Years(years) => (None, Some(int(years))),
    };
    let mode = dto::ObjectLockRetentionMode::from_static(default.mode.as_str());
    dto::DefaultRetention { days, mode: Some(mode), years }
}
