//! `GetObjectTagging`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, convert, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetObjectTaggingInput>,
) -> Answer<dto::GetObjectTaggingOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_object_tagging(&grant).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::GetObjectTaggingOutput {
        tag_set: convert::from_tags(found.tags),
        version_id: found.version_id,
    }))
}
