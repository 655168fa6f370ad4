//! `PutBucketAcl`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, acl, dto};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketAclInput>,
) -> Answer<dto::PutBucketAclOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let asked = acl::required(&call, &input.bucket, input.access_control_policy).await;
    let asked = asked.map_err(|e| call.refuse(e))?;
    call.writing().await?.put_bucket_acl(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketAclOutput {}))
}
