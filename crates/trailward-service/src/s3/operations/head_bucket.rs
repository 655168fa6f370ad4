//! `HeadBucket`.

use super::prelude::{Answer, AnswerHeaders, S3Call, S3Request, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::HeadBucketInput>,
) -> Answer<dto::HeadBucketOutput> {
    let grant = call.grant()?;
    let head = call.buckets().head_bucket(&grant).await.map_err(|e| call.refuse(e))?;
    let mut answer = AnswerHeaders::default();
    answer.set("x-amz-bucket-region", &head.region);
    answer.set("x-amz-access-point-alias", "false");
    Ok(answer.with(dto::HeadBucketOutput::default()))
}
