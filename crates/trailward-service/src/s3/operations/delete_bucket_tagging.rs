//! `DeleteBucketTagging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::DeleteBucketTaggingInput>,
) -> Answer<dto::DeleteBucketTaggingOutput> {
    let grant = call.grant()?;
    call.writing().await?.delete_bucket_tagging(&grant).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::DeleteBucketTaggingOutput {}))
}
