//! `DeleteObjectTagging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::DeleteObjectTaggingInput>,
) -> Answer<dto::DeleteObjectTaggingOutput> {
    let grant = call.grant()?;
    let done = call.writing().await?.delete_object_tagging(&grant).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::DeleteObjectTaggingOutput { version_id: done.version_id }))
}
