//! `GetBucketPolicy`.

use super::prelude::{Answer, AnswerHeaders, S3Call, S3Request, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketPolicyInput>,
) -> Answer<dto::GetBucketPolicyOutput> {
    let grant = call.grant()?;
    let policy = call.buckets().get_bucket_policy(&grant).await.map_err(|e| call.refuse(e))?;
    let mut answer = AnswerHeaders::default();
    answer.set("content-type", "application/json");
    Ok(answer.with(dto::GetBucketPolicyOutput { policy: Some(policy) }))
}
