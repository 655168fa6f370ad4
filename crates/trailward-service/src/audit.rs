//! The record of a call: composed in one place, for every service, before the answer leaves.

use crate::Platform;
use crate::limits::{MAX_RECORD_ELEMENTS, MAX_RECORD_TEXT};
use bytes::Bytes;
use serde_json::{Map, Value};
use trailward_model::{EVENT_VERSION, Record, RecordResource, TlsDetails, UserIdentity, stamp};
use trailward_store::StoreErrorKind;
use trailward_wire::{ApiError, uuid_id};

/// What is known of a call so far. Whatever happens, a record can be made of it.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub identity: UserIdentity,
    pub event_source: String,
    pub event_name: String,
    pub region: String,
    pub source_ip: String,
    pub user_agent: Option<String>,
    pub tls: Option<TlsDetails>,
    pub request: Value,
    pub response: Value,
    pub additional: Value,
    pub resources: Vec<RecordResource>,
    pub read_only: bool,
    pub data_event: bool,
    pub request_id: String,
    pub recipient: String,
    /// Code and message.
    pub error: Option<(String, String)>,
}

impl Trace {
    /// Notes that the call failed.
    pub(crate) fn failed(&mut self, error: &ApiError) {
        // Records spell a denial the same for every protocol.
        let code = match &*error.code {
            "AccessDeniedException" => "AccessDenied",
            other => other,
        };
        self.error = Some((code.to_owned(), error.message.clone()));
        self.response = Value::Null;
    }

    fn into_record(self, event_id: String, event_time: String) -> Record {
        let (error_code, error_message) = match self.error {
            Some((code, message)) => (Some(cut(code)), Some(cut(message)).filter(|m| !m.is_empty())),
            None => (None, None),
        };
        Record {
            event_version: EVENT_VERSION.into(),
            user_identity: Some(self.identity),
            event_time,
            event_source: Some(self.event_source),
            event_name: Some(self.event_name),
            aws_region: self.region,
            source_ip_address: Some(self.source_ip),
            user_agent: self.user_agent.map(cut),
            error_code,
            error_message,
            request_parameters: Some(bounded(self.request)),
            response_elements: Some(bounded(self.response)),
            additional_event_data: self.additional,
            request_id: Some(self.request_id),
            event_id,
            read_only: Some(self.read_only),
            resources: Some(self.resources).filter(|r| !r.is_empty()),
            event_type: "AwsApiCall".into(),
            api_version: None,
            management_event: Some(!self.data_event),
            recipient_account_id: Some(self.recipient),
            shared_event_id: None,
            vpc_endpoint_id: None,
            vpc_endpoint_account_id: None,
            service_event_details: Value::Null,
            event_category: Some(if self.data_event { "Data" } else { "Management" }.into()),
            tls_details: self.tls,
            session_credential_from_console: None,
            other: Map::new(),
        }
    }
}

fn cut(mut text: String) -> String {
    let mut end = MAX_RECORD_TEXT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// Over-size content is left out, as AWS does.
fn bounded(value: Value) -> Value {
    let small = match &value {
        Value::Null => true,
        // Escapes can only make the JSON longer than the text, so this never lets too much through.
        other => other.to_string().len() <= MAX_RECORD_ELEMENTS,
    };
    if small { value } else { Value::Null }
}

/// What a service did because of a call, and not as part of it: `AwsServiceEvent`.
#[derive(Debug)]
pub(crate) struct ServiceEvent<'a> {
    /// The service's name, also where the record's event comes from.
    pub service: &'a str,
    pub name: &'a str,
    /// The account it happened to, whose trails receive it.
    pub account: &'a str,
    pub details: Value,
}

/// Appends the record of a finished call. When this returns `Ok`, the record is durable (invariant A2).
pub(crate) async fn append(platform: &Platform, trace: Trace) -> Result<(), ApiError> {
    let mut random = [0; 16];
    platform.entropy.fill(&mut random)?;
    store(platform, trace.into_record(uuid_id(random), stamp::extended(platform.now()))).await
}

/// Appends the record of what a service did. Durable when this returns `Ok`.
pub(crate) async fn append_event(platform: &Platform, event: ServiceEvent<'_>) -> Result<(), ApiError> {
    let ServiceEvent { service, name, account, details } = event;
    let mut random = [0; 16];
    platform.entropy.fill(&mut random)?;
    let identity = UserIdentity {
        account_id: Some(account.to_owned()),
        invoked_by: Some(service.to_owned()),
        ..UserIdentity::default()
    };
    let trace = Trace {
        identity,
        event_source: service.to_owned(),
        event_name: name.to_owned(),
        region: "us-east-1".to_owned(),
        source_ip: service.to_owned(),
        user_agent: Some(service.to_owned()),
        tls: None,
        request: Value::Null,
        response: Value::Null,
        additional: Value::Null,
        resources: Vec::new(),
        read_only: false,
        data_event: false,
        request_id: String::new(),
        recipient: account.to_owned(),
        error: None,
    };
    let record = trace.into_record(uuid_id(random), stamp::extended(platform.now()));
    let record = Record {
        event_type: "AwsServiceEvent".into(),
        service_event_details: details,
        // No call of anybody's.
        request_id: None,
        ..record
    };
    store(platform, record).await
}

async fn store(platform: &Platform, record: Record) -> Result<(), ApiError> {
    let bytes = serde_json::to_vec(&record).map_err(|_| ApiError::internal())?;
    platform.journal.append(Bytes::from(bytes)).await.map_err(|error| {
        tracing::error!(%error, "the journal refused a record; the call is answered with a failure");
        metrics::counter!("trailward_journal_append_errors_total").increment(1);
        if error.kind() == StoreErrorKind::Poisoned {
            platform.silence();
        }
        ApiError::unavailable()
    })?;
    Ok(())
}
