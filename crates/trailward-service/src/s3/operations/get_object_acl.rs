//! `GetObjectAcl`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, acl, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetObjectAclInput>,
) -> Answer<dto::GetObjectAclOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_object_acl(&grant).await.map_err(|e| call.refuse(e))?;
    let (owner, grants) = acl::shown(&call, found).await?;
    Ok(S3Response::new(dto::GetObjectAclOutput {
        grants: Some(grants),
        owner: Some(owner),
        request_charged: None,
    }))
}
