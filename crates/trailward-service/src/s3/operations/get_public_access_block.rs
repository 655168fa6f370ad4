//! `GetPublicAccessBlock`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetPublicAccessBlockInput>,
) -> Answer<dto::GetPublicAccessBlockOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_public_access_block(&grant).await.map_err(|e| call.refuse(e))?;
    let configuration = dto::PublicAccessBlockConfiguration {
        block_public_acls: Some(found.block_public_acls),
        block_public_policy: Some(found.block_public_policy),
        ignore_public_acls: Some(found.ignore_public_acls),
        restrict_public_buckets: Some(found.restrict_public_buckets),
    };
    Ok(S3Response::new(dto::GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(configuration),
    }))
}
