//! `DeleteObject`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, lock, mfa};
use trailward_bucket::{BucketError, DeleteObject};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::DeleteObjectInput>,
) -> Answer<dto::DeleteObjectOutput> {
    let grant = call.grant()?;
    if call.header("x-amz-if-match-last-modified-time").or(call.header("x-amz-if-match-size")).is_some() {
        // Conditions of directory buckets, which must not go unheard.
        return Err(call.refuse(BucketError::NotImplemented(
            "A header you provided implies functionality that is not implemented",
        )));
    }
    lock::check_bypass(&call, &req.input.bucket).await.map_err(|e| call.refuse(e))?;
    let mfa = match req.input.version_id {
        Some(_) => mfa::proof_for_deletion(&call, &req.input.bucket).await?,
        None => None,
    };
    let delete = DeleteObject {
        if_match: call.header("if-match").map(str::to_owned),
        bypass: lock::bypass(&call, grant.resource(), call.context()).await,
        mfa,
    };
    let done = call.writing().await?.delete_object(&grant, &delete).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::DeleteObjectOutput {
        delete_marker: done.delete_marker.then_some(true),
        version_id: done.version_id,
        ..dto::DeleteObjectOutput::default()
    }))
}
