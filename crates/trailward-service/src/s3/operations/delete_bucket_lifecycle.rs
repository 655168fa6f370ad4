//! `DeleteBucketLifecycle`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};
use http::StatusCode;

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::DeleteBucketLifecycleInput>,
) -> Answer<dto::DeleteBucketLifecycleOutput> {
    let grant = call.grant()?;
    call.writing().await?.delete_bucket_lifecycle(&grant).await.map_err(|e| call.refuse(e))?;
    call.set_status(StatusCode::NO_CONTENT);
    Ok(S3Response::new(dto::DeleteBucketLifecycleOutput::default()))
}
