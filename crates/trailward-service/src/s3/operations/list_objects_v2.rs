//! `ListObjectsV2`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, Spelling, dto, int, limit, shown_limit};
use super::shown::objects;
use trailward_bucket::ListObjectsV2;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::ListObjectsV2Input>,
) -> Answer<dto::ListObjectsV2Output> {
    let grant = call.grant()?;
    let input = req.input;
    let spelling = Spelling::asked(input.encoding_type.as_ref()).map_err(|e| call.refuse(e))?;
    let asked = ListObjectsV2 {
        prefix: input.prefix.clone(),
        delimiter: input.delimiter.clone(),
        start_after: input.start_after.clone(),
        continuation_token: input.continuation_token.clone(),
        max_keys: limit("max-keys", input.max_keys).map_err(|e| call.refuse(e))?,
    };
    let page = call.buckets().list_objects_v2(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    let owners = input.fetch_owner.unwrap_or(false);
    Ok(S3Response::new(dto::ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(spelling.name(input.prefix.as_deref().unwrap_or(""))),
        max_keys: Some(shown_limit(input.max_keys)),
        key_count: Some(int(page.key_count)),
        continuation_token: input.continuation_token,
        is_truncated: Some(page.is_truncated),
        next_continuation_token: page.next_continuation_token,
        contents: Some(objects(&call, page.contents, spelling, owners).await?),
        common_prefixes: Some(spelling.prefixes(&page.common_prefixes)),
        delimiter: spelling.some(input.delimiter.as_deref()),
        encoding_type: spelling.echoed(),
        start_after: spelling.some(input.start_after.as_deref()),
        request_charged: None,
    }))
}
