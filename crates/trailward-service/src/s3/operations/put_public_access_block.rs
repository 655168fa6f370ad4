//! `PutPublicAccessBlock`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::json;
use trailward_bucket::PublicAccessBlock;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutPublicAccessBlockInput>,
) -> Answer<dto::PutPublicAccessBlockOutput> {
    let grant = call.grant()?;
    let asked = req.input.public_access_block_configuration;
    let block = PublicAccessBlock {
        block_public_acls: asked.block_public_acls.unwrap_or(false),
        ignore_public_acls: asked.ignore_public_acls.unwrap_or(false),
        block_public_policy: asked.block_public_policy.unwrap_or(false),
        restrict_public_buckets: asked.restrict_public_buckets.unwrap_or(false),
    };
    let members = [
        ("BlockPublicAcls", json!(block.block_public_acls)),
        ("BlockPublicPolicy", json!(block.block_public_policy)),
        ("IgnorePublicAcls", json!(block.ignore_public_acls)),
        ("RestrictPublicBuckets", json!(block.restrict_public_buckets)),
    ];
    record::add_document(&call, "PublicAccessBlockConfiguration", members);
    call.writing().await?.put_public_access_block(&grant, block).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutPublicAccessBlockOutput {}))
}
