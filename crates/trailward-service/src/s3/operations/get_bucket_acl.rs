//! `GetBucketAcl`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, acl, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketAclInput>,
) -> Answer<dto::GetBucketAclOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_acl(&grant).await.map_err(|e| call.refuse(e))?;
    let (owner, grants) = acl::shown(&call, found).await?;
    Ok(S3Response::new(dto::GetBucketAclOutput { grants: Some(grants), owner: Some(owner) }))
}
