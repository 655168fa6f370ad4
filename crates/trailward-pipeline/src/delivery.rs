//! One file into a bucket, as the service, through the bucket's own rules.

use crate::recorder::{self, Put, SERVICE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;
use trailward_bucket::{
    AskedAcl, BucketError, Buckets, Caller, Context, EncryptionAsked, Grant, Headers, KeyUse, PutCondition,
    PutObject, Resource,
};
use trailward_model::TrailKey;
use trailward_store::{Journal, StoreError};

/// A file on its way.
#[derive(Debug)]
pub(crate) struct Parcel<'a> {
    /// On whose behalf: the `aws:SourceArn`.
    pub trail: &'a TrailKey,
    /// The Region the records come from.
    pub region: &'a str,
    pub bucket: &'a str,
    pub key: &'a str,
    /// The gzip member.
    pub bytes: Vec<u8>,
    /// ARN of the KMS key to encrypt under, if the trail has one.
    pub kms_key: Option<&'a str>,
    /// User metadata: a digest's signature.
    pub metadata: BTreeMap<String, String>,
}

/// How an attempt ended that did not fail inside.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The bucket has the file, from now or from before.
    Accepted,
    /// The bucket refused: the error's code.
    Refused(&'static str),
}

/// Puts the file. The same file at the same key is accepted again without a second version (invariants D1, D2).
/// The attempt is recorded as the service's call.
pub(crate) async fn deliver(
    buckets: &Arc<Buckets>,
    journal: &dyn Journal,
    parcel: Parcel<'_>,
    now: OffsetDateTime,
) -> Result<Attempt, StoreError> {
    let size = parcel.bytes.len();
    let (outcome, key_uses) = put(buckets, &parcel).await;
    let owner = buckets.describe(parcel.bucket).await.ok().map(|place| place.owner);
    let error = outcome.as_ref().err().map(|e| (e.code(), e.to_string()));
    let attempt = match &outcome {
        Ok(()) => Attempt::Accepted,
        Err(error) => {
            tracing::warn!(bucket = parcel.bucket, key = parcel.key, code = error.code(), %error, "a delivery was refused; it will be tried again");
            Attempt::Refused(error.code())
        }
    };
    let put = Put {
        bucket: parcel.bucket,
        key: parcel.key,
        recipient: owner.as_deref().unwrap_or(&parcel.trail.account),
        region: parcel.region,
        bytes: size,
        kms_key: parcel.kms_key,
        error,
        at: now,
    };
    for used in key_uses {
        recorder::record_key_use(journal, used, &parcel.trail.account, now).await?;
    }
    recorder::record(journal, put).await?;
    Ok(attempt)
}

/// The outcome, and the uses of the KMS key on the way.
async fn put(buckets: &Arc<Buckets>, parcel: &Parcel<'_>) -> (Result<(), BucketError>, Vec<KeyUse>) {
    match authorize(buckets, parcel).await {
        Ok(grant) => (put_with(buckets, &grant, parcel).await, grant.take_key_uses()),
        Err(error) => (Err(error), Vec::new()),
    }
}

async fn authorize(buckets: &Arc<Buckets>, parcel: &Parcel<'_>) -> Result<Grant, BucketError> {
    let mut context = Context::new();
    context.set("aws:SourceArn", parcel.trail.arn());
    context.set("aws:SourceAccount", parcel.trail.account.clone());
    context.set("aws:PrincipalIsAWSService", "true");
    context.set("aws:SecureTransport", "true");
    let caller = Caller::service(SERVICE, context);
    let mut request = Context::new();
    request.set("s3:x-amz-acl", "bucket-owner-full-control");
    if let Some(key) = parcel.kms_key {
        request.set("s3:x-amz-server-side-encryption", "aws:kms");
        request.set("s3:x-amz-server-side-encryption-aws-kms-key-id", key);
    } else {
        request.set("s3:x-amz-server-side-encryption", "AES256");
    }
    let resource = Resource::object(parcel.bucket, parcel.key);
    Ok(buckets.authorize(&caller, "s3:PutObject", resource, &request).await?)
}

/// The bucket's default, or the trail's key with the trail as encryption context.
fn encryption(parcel: &Parcel<'_>) -> EncryptionAsked {
    let Some(key) = parcel.kms_key else { return EncryptionAsked::default() };
    let context = serde_json::json!({ "aws:cloudtrail:arn": parcel.trail.arn() }).to_string();
    EncryptionAsked {
        algorithm: Some("aws:kms".to_owned()),
        kms_key: Some(key.to_owned()),
        kms_context: Some(BASE64.encode(context)),
        ..EncryptionAsked::default()
    }
}

async fn put_with(buckets: &Arc<Buckets>, grant: &Grant, parcel: &Parcel<'_>) -> Result<(), BucketError> {
    let bytes = Bytes::from(parcel.bytes.clone());
    let sha256 = trailward_digest::sha256_hex(&bytes);
    let headers = Headers {
        content_type: Some("application/json".into()),
        content_encoding: Some("gzip".into()),
        ..Headers::default()
    };
    let object = PutObject {
        headers,
        metadata: parcel.metadata.clone().into_iter().collect(),
        acl: AskedAcl::canned("bucket-owner-full-control"),
        encryption: encryption(parcel),
        condition: PutCondition::SameOrAbsent { sha256 },
        ..PutObject::default()
    };
    let body = Box::pin(futures::stream::once(async move { Ok(bytes) }));
    buckets.put_object(grant, object, body).await.map(drop)
}
