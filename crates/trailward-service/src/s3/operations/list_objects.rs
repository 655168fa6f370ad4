//! `ListObjects`, the first version.

use super::prelude::{Answer, S3Call, S3Request, S3Response, Spelling, dto, limit, shown_limit};
use super::shown::objects;
use trailward_bucket::ListObjects;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::ListObjectsInput>,
) -> Answer<dto::ListObjectsOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let spelling = Spelling::asked(input.encoding_type.as_ref()).map_err(|e| call.refuse(e))?;
    let asked = ListObjects {
        prefix: input.prefix.clone(),
        delimiter: input.delimiter.clone(),
        marker: input.marker.clone(),
        max_keys: limit("max-keys", input.max_keys).map_err(|e| call.refuse(e))?,
    };
    let page = call.buckets().list_objects(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(spelling.name(input.prefix.as_deref().unwrap_or(""))),
        marker: Some(spelling.name(input.marker.as_deref().unwrap_or(""))),
        max_keys: Some(shown_limit(input.max_keys)),
        is_truncated: Some(page.is_truncated),
        contents: Some(objects(&call, page.contents, spelling, true).await?),
        common_prefixes: Some(spelling.prefixes(&page.common_prefixes)),
        delimiter: spelling.some(input.delimiter.as_deref()),
        next_marker: spelling.some(page.next_marker.as_deref()),
        encoding_type: spelling.echoed(),
        request_charged: None,
    }))
}
