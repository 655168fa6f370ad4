//! `PutObjectTagging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, convert, dto, record};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutObjectTaggingInput>,
) -> Answer<dto::PutObjectTaggingOutput> {
    let grant = call.grant()?;
    let tags = convert::to_tags(req.input.tagging.tag_set).map_err(|e| call.refuse(e))?;
    record::add_tagging(&call, &tags);
    let done = call.writing().await?.put_object_tagging(&grant, tags).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutObjectTaggingOutput { version_id: done.version_id }))
}
