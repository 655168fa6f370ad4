//! `PutBucketPolicy`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use crate::identity::principals;
use serde_json::Value;
use trailward_wire::ApiError;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketPolicyInput>,
) -> Answer<dto::PutBucketPolicyOutput> {
    let grant = call.grant()?;
    let policy = req.input.policy;
    if let Ok(parsed) = serde_json::from_str::<Value>(&policy) {
        record::add_parameter(&call, "bucketPolicy", parsed);
    }
    let policy = principals::bind(call.platform(), &policy).await.map_err(|why| {
        call.fail(why.told(|_| ApiError::bad_request("MalformedPolicy", "Invalid principal in policy")))
    })?;
    call.writing().await?.put_bucket_policy(&grant, &policy).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketPolicyOutput {}))
}
