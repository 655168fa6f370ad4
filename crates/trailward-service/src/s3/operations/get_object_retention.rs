//! `GetObjectRetention`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetObjectRetentionInput>,
) -> Answer<dto::GetObjectRetentionOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_object_retention(&grant).await.map_err(|e| call.refuse(e))?;
    let retention = dto::ObjectLockRetention {
        mode: Some(dto::ObjectLockRetentionMode::from_static(found.mode.as_str())),
        retain_until_date: Some(found.until_time().into()),
    };
    Ok(S3Response::new(dto::GetObjectRetentionOutput { retention: Some(retention) }))
}
