//! `PutBucketEncryption`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::json;
use trailward_bucket::{BucketEncryption, BucketError};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketEncryptionInput>,
) -> Answer<dto::PutBucketEncryptionOutput> {
    let grant = call.grant()?;
    let wanted = wanted(req.input.server_side_encryption_configuration).map_err(|e| call.refuse(e))?;
    let rule = json!({
        "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": wanted.algorithm },
        "BucketKeyEnabled": wanted.bucket_key,
    });
    record::add_document(&call, "ServerSideEncryptionConfiguration", [("Rule", rule)]);
    call.buckets().put_bucket_encryption(&grant, &wanted).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketEncryptionOutput {}))
}

fn wanted(configuration: dto::ServerSideEncryptionConfiguration) -> Result<BucketEncryption, BucketError> {
    let mut rules = configuration.rules.into_iter();
    let (Some(rule), None) = (rules.next(), rules.next()) else { return Err(BucketError::MalformedXml) };
    let default = rule.apply_server_side_encryption_by_default.ok_or(BucketError::MalformedXml)?;
    Ok(BucketEncryption {
        algorithm: default.sse_algorithm.as_str().to_owned(),
        bucket_key: rule.bucket_key_enabled.unwrap_or(false),
    })
}
