//! `GetBucketEncryption`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketEncryptionInput>,
) -> Answer<dto::GetBucketEncryptionOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_encryption(&grant).await.map_err(|e| call.refuse(e))?;
    let rule = dto::ServerSideEncryptionRule {
        apply_server_side_encryption_by_default: Some(dto::ServerSideEncryptionByDefault {
            kms_master_key_id: None,
            sse_algorithm: dto::ServerSideEncryption::from(found.algorithm),
        }),
        bucket_key_enabled: Some(found.bucket_key),
    };
    let configuration = dto::ServerSideEncryptionConfiguration { rules: vec![rule] };
    Ok(S3Response::new(dto::GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(configuration),
    }))
}
