//! `PutBucketTagging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, convert, dto, record};
use http::StatusCode;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketTaggingInput>,
) -> Answer<dto::PutBucketTaggingOutput> {
    let grant = call.grant()?;
    let tags = convert::to_tags(req.input.tagging.tag_set).map_err(|e| call.refuse(e))?;
    record::add_tagging(&call, &tags);
    call.writing().await?.put_bucket_tagging(&grant, tags).await.map_err(|e| call.refuse(e))?;
    call.set_status(StatusCode::NO_CONTENT);
    Ok(S3Response::new(dto::PutBucketTaggingOutput {}))
}
