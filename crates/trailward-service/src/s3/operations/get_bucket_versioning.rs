//! `GetBucketVersioning`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketVersioningInput>,
) -> Answer<dto::GetBucketVersioningOutput> {
    let grant = call.grant()?;
    let state = call.buckets().get_bucket_versioning(&grant).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::GetBucketVersioningOutput {
        mfa_delete: state
            .mfa_delete
            .map(|on| dto::MFADeleteStatus::from_static(if on { "Enabled" } else { "Disabled" })),
        status: state.status.map(dto::BucketVersioningStatus::from_static),
    }))
}
