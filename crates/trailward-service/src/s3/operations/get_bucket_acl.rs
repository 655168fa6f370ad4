//! `GetBucketAcl`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, owner};
use super::shown::full_control;

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketAclInput>,
) -> Answer<dto::GetBucketAclOutput> {
    let grant = call.grant()?;
    let account = call.buckets().get_bucket_acl(&grant).await.map_err(|e| call.refuse(e))?;
    let owner = owner(&call, &account).await?;
    Ok(S3Response::new(dto::GetBucketAclOutput {
        grants: Some(vec![full_control(owner.clone())]),
        owner: Some(owner),
    }))
}
