//! `PutBucketEncryption`.
//!
//! DEVIATION: dual-layer encryption (`aws:kms:dsse`) is not implemented, and refused.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::json;
use trailward_bucket::{BucketEncryption, BucketError};
use trailward_wire::xml_texts;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketEncryptionInput>,
) -> Answer<dto::PutBucketEncryptionOutput> {
    let grant = call.grant()?;
    let document = call.arrival().document().unwrap_or_default();
    let wanted =
        wanted(req.input.server_side_encryption_configuration, &document).map_err(|e| call.refuse(e))?;
    let algorithm = if wanted.kms { "aws:kms" } else { "AES256" };
    let mut default = json!({ "SSEAlgorithm": algorithm });
    if let (Some(key), Some(members)) = (&wanted.key, default.as_object_mut()) {
        members.insert("KMSMasterKeyID".into(), json!(key));
    }
    let rule = json!({
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": wanted.bucket_key,
        "BlockedEncryptionTypes": { "EncryptionType": blocked(&wanted) },
    });
    record::add_document(&call, "ServerSideEncryptionConfiguration", [("Rule", rule)]);
    call.writing().await?.put_bucket_encryption(&grant, &wanted).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketEncryptionOutput {}))
}

/// What `BlockedEncryptionTypes` says of it.
pub(super) fn blocked(encryption: &BucketEncryption) -> &'static str {
    if encryption.blocks_customer_keys { "SSE-C" } else { "NONE" }
}

fn wanted(
    configuration: dto::ServerSideEncryptionConfiguration,
    document: &[u8],
) -> Result<BucketEncryption, BucketError> {
    let mut rules = configuration.rules.into_iter();
    let (Some(rule), None) = (rules.next(), rules.next()) else { return Err(BucketError::MalformedXml) };
    let default = rule.apply_server_side_encryption_by_default;
    let kms = match default.as_ref().map(|default| default.sse_algorithm.as_str()) {
        None | Some("AES256") => false,
        Some("aws:kms") => true,
        Some("aws:kms:dsse") => {
            return Err(BucketError::NotImplemented(
                "Dual-layer server-side encryption is not implemented here",
            ));
        }
        Some(_) => return Err(BucketError::MalformedXml),
    };
    let types = xml_texts(document, "EncryptionType").ok_or(BucketError::MalformedXml)?;
    let blocks_customer_keys = match types.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["SSE-C"] => true,
        ["NONE"] => false,
        _ => return Err(BucketError::MalformedXml),
    };
    // A rule says something.
    if default.is_none() && types.is_empty() && rule.bucket_key_enabled.is_none() {
        return Err(BucketError::MalformedXml);
    }
    Ok(BucketEncryption {
        kms,
        key: default.and_then(|default| default.kms_master_key_id).filter(|key| !key.is_empty()),
        bucket_key: rule.bucket_key_enabled.unwrap_or(false),
        blocks_customer_keys,
    })
}
