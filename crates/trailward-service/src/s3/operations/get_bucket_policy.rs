//! `GetBucketPolicy`.

use super::prelude::{Answer, AnswerHeaders, S3Call, S3Request, dto};
use crate::identity::principals;

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketPolicyInput>,
) -> Answer<dto::GetBucketPolicyOutput> {
    let grant = call.grant()?;
    let policy = call.buckets().get_bucket_policy(&grant).await.map_err(|e| call.refuse(e))?;
    let policy = principals::show(call.platform(), &policy).await.map_err(|error| call.fail(error))?;
    let mut answer = AnswerHeaders::default();
    answer.set("content-type", "application/json");
    Ok(answer.with(dto::GetBucketPolicyOutput { policy: Some(policy) }))
}
