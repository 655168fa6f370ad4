//! Trying a trail's bucket as CloudTrail itself, before the trail is stored.
//!
//! SPEC user guide, "Amazon S3 bucket policy for CloudTrail": CloudTrail reads the bucket's ACL and writes below
//! `[prefix/]AWSLogs/ACCOUNT/`, for an organization's trail below `[prefix/]AWSLogs/o-…/` as well, with the trail as `aws:SourceArn` and `bucket-owner-full-control`.

use super::{key_check, topic_check};
use crate::audit::{self, Trace};
use crate::call::Call;
use serde_json::json;
use trailward_bucket::{BucketError, Resource};
use trailward_kms::Key;
use trailward_model::{RecordResource, Trail, layout};
use trailward_policy::{Caller, Context};
use trailward_wire::{ApiError, uuid_id};

pub(super) const SERVICE: &str = "cloudtrail.amazonaws.com";

/// Tries the bucket with the encryption that deliveries will ask for, then the key that `named` or the trail names, and
/// gives the key's ARN; with `topic` the trail's topic is told something first. A bucket that refuses is told before a
/// topic that does, and that before a key.
pub(super) async fn try_destination(
    trail: &Trail,
    named: Option<&str>,
    topic: bool,
    call: &Call,
) -> Result<Option<String>, ApiError> {
    let key = key_check::find(trail, named, call).await;
    let arn = key.as_ref().ok().and_then(Option::as_ref).map(Key::arn);
    try_bucket(trail, arn.as_deref(), call).await?;
    if topic {
        topic_check::try_topic(trail, call).await?;
    }
    if let Some(key) = key? {
        key_check::try_key(trail, &key, call).await?;
    }
    Ok(arn)
}

/// Asks for both permissions that deliveries need. The attempt is recorded as CloudTrail's own call.
async fn try_bucket(trail: &Trail, kms_key: Option<&str>, call: &Call) -> Result<(), ApiError> {
    let mut context = Context::new();
    context.set("aws:SourceArn", trail.key.arn());
    context.set("aws:SourceAccount", trail.key.account.clone());
    context.set("aws:PrincipalIsAWSService", "true");
    context.set("aws:SecureTransport", "true");
    let caller = Caller::service(SERVICE, context);
    let buckets = &call.platform.buckets;
    let acl = buckets
        .authorize(&caller, "s3:GetBucketAcl", Resource::bucket(&trail.bucket), &Context::new())
        .await
        .map_err(trailward_bucket::Denied::into_error);
    let owner = match &acl {
        Ok(_) | Err(BucketError::AccessDenied(_)) => {
            buckets.describe(&trail.bucket).await.ok().map(|place| place.owner)
        }
        Err(_) => None,
    };
    record(trail, call, owner, acl.as_ref().err()).await?;
    acl.map_err(|error| refusal(trail, &error))?;
    let mut context = Context::new();
    context.set("s3:x-amz-acl", "bucket-owner-full-control");
    context.set("s3:x-amz-server-side-encryption", if kms_key.is_some() { "aws:kms" } else { "AES256" });
    if let Some(key) = kms_key {
        context.set("s3:x-amz-server-side-encryption-aws-kms-key-id", key);
    }
    let (prefix, account) = (trail.prefix.as_deref(), &trail.key.account);
    let own = format!("{}CloudTrail/", layout::account_folder(prefix, account));
    let organization = trail.organization.as_ref();
    let whole =
        organization.map(|o| format!("{}{account}/CloudTrail/", layout::account_folder(prefix, &o.id)));
    for key in std::iter::once(own).chain(whole) {
        buckets
            .authorize(&caller, "s3:PutObject", Resource::object(&trail.bucket, key), &context)
            .await
            .map_err(|denied| refusal(trail, &denied.into_error()))?;
    }
    Ok(())
}

fn refusal(trail: &Trail, error: &BucketError) -> ApiError {
    match error {
        BucketError::NoSuchBucket(_) => ApiError::bad_request(
            "S3BucketDoesNotExistException",
            format!("S3 bucket {} does not exist!", trail.bucket),
        ),
        BucketError::AccessDenied(_) => ApiError::bad_request(
            "InsufficientS3BucketPolicyException",
            format!("Incorrect S3 bucket policy is detected for bucket: {}", trail.bucket),
        ),
        other => {
            tracing::error!(error = %other, bucket = trail.bucket, "a trail's bucket could not be tried");
            ApiError::internal()
        }
    }
}

async fn record(
    trail: &Trail,
    call: &Call,
    owner: Option<String>,
    error: Option<&BucketError>,
) -> Result<(), ApiError> {
    let mut random = [0; 16];
    call.platform.entropy.fill(&mut random)?;
    let recipient = owner.unwrap_or_else(|| trail.key.account.clone());
    let trace = Trace {
        event_source: "s3.amazonaws.com".into(),
        event_name: "GetBucketAcl".into(),
        region: trail.key.home_region.clone(),
        request: json!({ "bucketName": trail.bucket, "acl": "" }),
        resources: vec![RecordResource {
            account_id: Some(recipient.clone()),
            kind: Some("AWS::S3::Bucket".into()),
            arn: Some(format!("arn:aws:s3:::{}", trail.bucket)),
            ..RecordResource::default()
        }],
        request_id: uuid_id(random),
        error: error.map(|e| (e.code().to_owned(), e.to_string())),
        ..Trace::of_service(SERVICE, &recipient)
    };
    audit::append(&call.platform, [trace]).await
}
