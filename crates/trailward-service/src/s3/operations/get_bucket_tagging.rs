//! `GetBucketTagging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, convert, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketTaggingInput>,
) -> Answer<dto::GetBucketTaggingOutput> {
    let grant = call.grant()?;
    let tags = call.buckets().get_bucket_tagging(&grant).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::GetBucketTaggingOutput { tag_set: convert::from_tags(tags) }))
}
