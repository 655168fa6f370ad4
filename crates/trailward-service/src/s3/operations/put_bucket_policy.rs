//! `PutBucketPolicy`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::Value;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketPolicyInput>,
) -> Answer<dto::PutBucketPolicyOutput> {
    let grant = call.grant()?;
    let policy = req.input.policy;
    if let Ok(parsed) = serde_json::from_str::<Value>(&policy) {
        record::add_parameter(&call, "bucketPolicy", parsed);
    }
    call.buckets().put_bucket_policy(&grant, &policy).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketPolicyOutput {}))
}
