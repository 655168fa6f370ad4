//! CloudTrail's own calls to the bucket are recorded like anybody's.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
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
    let encryption = json!({ "x-amz-server-side-encryption": "AES256" });
    let record = Record {
        event_version: EVENT_VERSION.into(),
        user_identity: Some(UserIdentity::service(SERVICE)),
        event_time: stamp::extended(put.at),
        event_source: Some("s3.amazonaws.com".into()),
        event_name: Some("PutObject".into()),
        aws_region: put.region.into(),
        source_ip_address: Some(SERVICE.into()),
        user_agent: Some(SERVICE.into()),
        error_code: put.error.as_ref().map(|(code, _)| (*code).to_owned()),
        error_message: put.error.map(|(_, message)| message),
        request_parameters: Some(json!({
            "bucketName": put.bucket,
            "key": put.key,
            "x-amz-acl": "bucket-owner-full-control",
            "x-amz-server-side-encryption": "AES256",
        })),
        response_elements: Some(if succeeded { encryption } else { Value::Null }),
        additional_event_data: json!({
            "SignatureVersion": "SigV4",
            "AuthenticationMethod": "AuthHeader",
            "bytesTransferredIn": if succeeded { put.bytes } else { 0 },
            "bytesTransferredOut": 0,
        }),
        request_id: Some(uuid()?),
        event_id: uuid()?,
        read_only: Some(false),
        resources: Some(vec![
            RecordResource {
                kind: Some("AWS::S3::Object".into()),
                arn: Some(format!("arn:aws:s3:::{}/{}", put.bucket, put.key)),
                ..RecordResource::default()
            },
            RecordResource {
                account_id: Some(put.recipient.into()),
                kind: Some("AWS::S3::Bucket".into()),
                arn: Some(format!("arn:aws:s3:::{}", put.bucket)),
                ..RecordResource::default()
            },
        ]),
        event_type: "AwsApiCall".into(),
        api_version: None,
        management_event: Some(false),
        recipient_account_id: Some(put.recipient.into()),
        shared_event_id: None,
        vpc_endpoint_id: None,
        vpc_endpoint_account_id: None,
        service_event_details: Value::Null,
        event_category: Some("Data".into()),
        tls_details: None,
        session_credential_from_console: None,
        other: Map::new(),
    };
    let bytes = serde_json::to_vec(&record).map_err(|error| {
        StoreError::with_source(StoreErrorKind::Unavailable, "a record cannot be written", error)
    })?;
    journal.append(Bytes::from(bytes)).await.map(drop)
}
