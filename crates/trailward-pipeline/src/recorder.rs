//! CloudTrail's own calls to the bucket are recorded like anybody's.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use trailward_bucket::KeyUse;
use trailward_model::{EVENT_VERSION, Record, RecordResource, UserIdentity, stamp};
use trailward_store::{Journal, StoreError, StoreErrorKind};

/// The service as which files are delivered.
pub(crate) const SERVICE: &str = "cloudtrail.amazonaws.com";

/// One `PutObject` of the service, as it went.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    /// The bucket's owner.
    pub recipient: &'a str,
    pub region: &'a str,
    pub bytes: usize,
    pub kms_key: Option<&'a str>,
    /// Code and message.
    pub error: Option<(&'a str, String)>,
    pub at: OffsetDateTime,
}

fn uuid() -> Result<String, StoreError> {
    let mut random = [0; 16];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| StoreError::new(StoreErrorKind::Unavailable, "no random bytes"))?;
    Ok(uuid::Builder::from_random_bytes(random).into_uuid().to_string())
}

/// Appends the record of a delivery attempt.
pub(crate) async fn record(journal: &dyn Journal, put: Put<'_>) -> Result<(), StoreError> {
    let succeeded = put.error.is_none();
    let encryption = match put.kms_key {
        Some(key) => json!({
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": key,
        }),
        None => json!({ "x-amz-server-side-encryption": "AES256" }),
    };
    let mut request = json!({
        "bucketName": put.bucket,
        "key": put.key,
        "x-amz-acl": "bucket-owner-full-control",
    });
    if let (Some(request), Some(encryption)) = (request.as_object_mut(), encryption.as_object()) {
        request.extend(encryption.clone());
    }
    let resource = |kind: &str, account: Option<&str>, arn| RecordResource {
        account_id: account.map(Into::into),
        kind: Some(kind.into()),
        arn: Some(arn),
        ..RecordResource::default()
    };
    let recipient = put.recipient;
    let record = Record {
        aws_region: put.region.into(),
        error_code: put.error.as_ref().map(|(code, _)| (*code).to_owned()),
        error_message: put.error.map(|(_, message)| message),
        request_parameters: Some(request),
        response_elements: Some(if succeeded { encryption } else { Value::Null }),
        additional_event_data: json!({
            "SignatureVersion": "SigV4",
            "AuthenticationMethod": "AuthHeader",
            "bytesTransferredIn": if succeeded { put.bytes } else { 0 },
            "bytesTransferredOut": 0,
        }),
        read_only: Some(false),
        resources: Some(vec![
            resource("AWS::S3::Object", None, format!("arn:aws:s3:::{}/{}", put.bucket, put.key)),
            resource("AWS::S3::Bucket", Some(recipient), format!("arn:aws:s3:::{}", put.bucket)),
        ]),
        management_event: Some(false),
        event_category: Some("Data".into()),
        ..blank("s3.amazonaws.com", "PutObject", recipient, put.at)?
    };
    append(journal, &record).await
}

/// Appends the record of a KMS key's use for a delivery. `account` is the trail's.
pub(crate) async fn record_key_use(
    journal: &dyn Journal,
    used: KeyUse,
    account: &str,
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    let (code, message) = used.error.unzip();
    let record = Record {
        aws_region: used.region,
        error_code: code.map(|code| code.replace("AccessDeniedException", "AccessDenied")),
        error_message: message,
        request_parameters: Some(json!({
            "keyId": used.key,
            "keySpec": "AES_256",
            "encryptionContext": used.context,
        })),
        response_elements: Some(Value::Null),
        read_only: Some(true),
        resources: used.owner.as_ref().map(|owner| {
            vec![RecordResource {
                account_id: Some(owner.clone()),
                kind: Some("AWS::KMS::Key".into()),
                arn: Some(used.key.clone()),
                ..RecordResource::default()
            }]
        }),
        ..blank("kms.amazonaws.com", used.action.name(), used.owner.as_deref().unwrap_or(account), at)?
    };
    append(journal, &record).await
}

/// A management event of the service, without anything that is the call's own.
fn blank(source: &str, name: &str, recipient: &str, at: OffsetDateTime) -> Result<Record, StoreError> {
    Ok(Record {
        event_version: EVENT_VERSION.into(),
        user_identity: Some(UserIdentity::service(SERVICE)),
        event_time: stamp::extended(at),
        event_source: Some(source.into()),
        event_name: Some(name.into()),
        aws_region: String::new(),
        source_ip_address: Some(SERVICE.into()),
        user_agent: Some(SERVICE.into()),
        error_code: None,
        error_message: None,
        request_parameters: None,
        response_elements: None,
        additional_event_data: Value::Null,
        request_id: Some(uuid()?),
        event_id: uuid()?,
        read_only: None,
        resources: None,
        event_type: "AwsApiCall".into(),
        api_version: None,
        management_event: Some(true),
        recipient_account_id: Some(recipient.into()),
        shared_event_id: None,
        vpc_endpoint_id: None,
        vpc_endpoint_account_id: None,
        service_event_details: Value::Null,
        event_category: Some("Management".into()),
        tls_details: None,
        session_credential_from_console: None,
        other: Map::new(),
    })
}

async fn append(journal: &dyn Journal, record: &Record) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(record).map_err(|error| {
        StoreError::with_source(StoreErrorKind::Unavailable, "a record cannot be written", error)
    })?;
    journal.append(Bytes::from(bytes)).await.map(drop)
}
