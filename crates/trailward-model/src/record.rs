//! A record: one CloudTrail event.
//!
//! Source: CloudTrail user guide, "CloudTrail record contents"; key order as measured on delivered files.

use crate::UserIdentity;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The record version this product writes.
pub const EVENT_VERSION: &str = "1.11";

fn is_absent(value: &Value) -> bool {
    value.is_null()
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// One event. Serialises with AWS's key order; `requestParameters` and `responseElements` are written even when
/// null for API calls, and members this version does not know survive a round trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// `1.11`.
    pub event_version: String,
    /// Who called; absent on Insights records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_identity: Option<UserIdentity>,
    /// When the call completed, UTC, whole seconds.
    pub event_time: String,
    /// `s3.amazonaws.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source: Option<String>,
    /// The API's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_name: Option<String>,
    /// The Region the call was made to; `us-east-1` for global services.
    pub aws_region: String,
    /// An address, or a service's name.
    #[serde(rename = "sourceIPAddress", skip_serializing_if = "Option::is_none")]
    pub source_ip_address: Option<String>,
    /// At most 1 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The error's code when the call failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The error's message when the call failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The request; `Some(Null)` writes `null`, `None` leaves the member out.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub request_parameters: Option<Value>,
    /// The answer of a call that changes something; `Some(Null)` otherwise.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub response_elements: Option<Value>,
    /// What the service adds; S3 puts transfer sizes here.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub additional_event_data: Value,
    /// The request id the caller was told.
    #[serde(rename = "requestID", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// A GUID, unique.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// Whether the call changed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// What the call touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<RecordResource>>,
    /// `AwsApiCall`, `AwsServiceEvent` …
    pub event_type: String,
    /// Only some services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// True for control-plane calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub management_event: Option<bool>,
    /// The account whose trails receive the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_account_id: Option<String>,
    /// Set when several accounts receive a copy.
    #[serde(rename = "sharedEventID", skip_serializing_if = "Option::is_none")]
    pub shared_event_id: Option<String>,
    /// The VPC endpoint used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_id: Option<String>,
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_account_id: Option<String>,
    /// Details of service events.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub service_event_details: Value,
    /// `Management`, `Data`, `NetworkActivity`, `Insight`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_category: Option<String>,
    /// How the connection was secured; absent for calls made by services and for plain HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_details: Option<TlsDetails>,
    /// The string `"true"` for console sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_credential_from_console: Option<String>,
    /// Members this version does not know, kept as they came.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One entry of `resources`. `ARN` or `ARNPrefix` is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordResource {
    /// The owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// `AWS::S3::Object` …
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its ARN.
    #[serde(rename = "ARN", skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The beginning of the ARNs touched, for listings.
    #[serde(rename = "ARNPrefix", skip_serializing_if = "Option::is_none")]
    pub arn_prefix: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `tlsDetails`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsDetails {
    /// `TLSv1.3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_version: Option<String>,
    /// `TLS_AES_128_GCM_SHA256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher_suite: Option<String>,
    /// The `Host` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_provided_host_header: Option<String>,
    /// `X25519MLKEM768` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_exchange: Option<String>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
