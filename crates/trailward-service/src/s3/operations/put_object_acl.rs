//! `PutObjectAcl`, of canned lists.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, written};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::PutObjectAclInput>,
) -> Answer<dto::PutObjectAclOutput> {
    let grant = call.grant()?;
    let acl = written::acl(&call);
    call.buckets().put_object_acl(&grant, acl.as_deref()).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutObjectAclOutput::default()))
}
