//! `GetBucketPolicyStatus`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketPolicyStatusInput>,
) -> Answer<dto::GetBucketPolicyStatusOutput> {
    let grant = call.grant()?;
    let public = call.buckets().get_bucket_policy_status(&grant).await.map_err(|e| call.refuse(e))?;
    let status = dto::PolicyStatus { is_public: Some(public) };
    Ok(S3Response::new(dto::GetBucketPolicyStatusOutput { policy_status: Some(status) }))
}
