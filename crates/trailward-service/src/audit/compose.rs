//! From what is known of a call to its records.

use super::bounds::{Omissions, abridged, cut};
use super::{Trace, add_member};
use crate::limits::{
    MAX_RECORD_ADDITIONAL, MAX_RECORD_NAME, MAX_RECORD_REQUEST, MAX_RECORD_RESOURCES, MAX_RECORD_RESPONSE,
};
use serde_json::{Map, Value, json};
use trailward_model::{EVENT_VERSION, Record, RecordResource, UserIdentity};
use trailward_store::MAX_PAYLOAD;
use trailward_wire::ApiError;

/// The records of a call whose ids are drawn: the caller's own first, then one for each other account whose things it
/// touched.
pub(super) fn records(trace: &Trace, time: &str) -> Vec<Record> {
    let own = trace.ids.get(&trace.recipient).map(|id| (&trace.recipient, id));
    let others = trace.ids.iter().filter(|(account, _)| **account != trace.recipient);
    // The last one takes the base itself: most calls concern one account, and copy nothing.
    std::iter::repeat_n(base(trace, time), trace.ids.len())
        .zip(own.into_iter().chain(others))
        .map(|(base, (account, id))| Record {
            user_identity: Some(seen_by(account, &trace.identity)),
            event_id: id.clone(),
            recipient_account_id: Some(account.clone()),
            ..base
        })
        .collect()
}

/// A caller of another account is shown by its unique id alone, as AWS shows it to whom the thing belongs.
fn seen_by(account: &str, identity: &UserIdentity) -> UserIdentity {
    let home = identity.account_id.as_deref();
    if home.is_none_or(|home| home == account || home == "anonymous") {
        return identity.clone();
    }
    UserIdentity {
        kind: Some("AWSAccount".into()),
        principal_id: identity.principal_id.clone(),
        account_id: identity.account_id.clone(),
        invoked_by: identity.invoked_by.clone(),
        ..UserIdentity::default()
    }
}

fn base(trace: &Trace, time: &str) -> Record {
    let (error_code, error_message) = match &trace.error {
        Some((code, message)) => {
            (Some(cut(code.clone())), Some(cut(message.clone())).filter(|m| !m.is_empty()))
        }
        None => (None, None),
    };
    let mut omitted = Omissions::default();
    let request = abridged(trace.request.clone(), "requestParameters", MAX_RECORD_REQUEST, &mut omitted);
    let response = abridged(trace.response.clone(), "responseElements", MAX_RECORD_RESPONSE, &mut omitted);
    let mut additional =
        abridged(trace.additional.clone(), "additionalEventData", MAX_RECORD_ADDITIONAL, &mut omitted);
    let resources = resources(&trace.resources, &mut omitted);
    if let Some(omitted) = omitted.told() {
        add_member(&mut additional, "omitted", omitted);
    }
    if !trace.lossy.is_empty() {
        add_member(&mut additional, "notUtf8", json!(trace.lossy));
    }
    Record {
        event_version: EVENT_VERSION.into(),
        user_identity: None,
        event_time: time.to_owned(),
        event_source: Some(cut(trace.event_source.clone())),
        event_name: Some(cut(trace.event_name.clone())),
        aws_region: cut(trace.region.clone()),
        source_ip_address: Some(cut(trace.source_ip.clone())),
        user_agent: trace.user_agent.clone().map(cut),
        error_code,
        error_message,
        request_parameters: Some(request),
        response_elements: Some(response),
        additional_event_data: additional,
        request_id: Some(trace.request_id.clone()).filter(|id| !id.is_empty()).map(cut),
        event_id: String::new(),
        read_only: Some(trace.read_only),
        resources: Some(resources).filter(|r| !r.is_empty()),
        event_type: "AwsApiCall".into(),
        api_version: None,
        management_event: Some(!trace.data_event),
        recipient_account_id: None,
        shared_event_id: trace.shared.clone(),
        vpc_endpoint_id: None,
        vpc_endpoint_account_id: None,
        service_event_details: Value::Null,
        event_category: Some(if trace.data_event { "Data" } else { "Management" }.into()),
        tls_details: trace.tls.clone().map(|mut tls| {
            tls.client_provided_host_header = tls.client_provided_host_header.map(cut);
            tls
        }),
        session_credential_from_console: None,
        other: Map::new(),
    }
}

/// An ARN that is longer than any thing's can only come from a refused request; its record keeps the beginning, by
/// which selectors go.
fn resources(touched: &[RecordResource], omitted: &mut Omissions) -> Vec<RecordResource> {
    let mut kept = Vec::new();
    for (at, resource) in touched.iter().enumerate() {
        let mut resource = resource.clone();
        if at >= MAX_RECORD_RESOURCES {
            let rest = json!(touched.get(at..));
            abridged(rest, &format!("resources[{at}..]"), 0, omitted);
            break;
        }
        if let Some(arn) = resource.arn.as_mut().filter(|arn| arn.len() > MAX_RECORD_NAME) {
            abridged(Value::from(arn.as_str()), &format!("resources[{at}].ARN"), 0, omitted);
            let end = (0..=MAX_RECORD_NAME).rev().find(|end| arn.is_char_boundary(*end)).unwrap_or(0);
            arn.truncate(end);
        }
        kept.push(resource);
    }
    kept
}

/// The record's JSON. The budgets of its elements add up to less than the journal takes; should a mistake let one be
/// larger all the same, the record still says who called what, with a size and a hash for the rest.
pub(super) fn bytes(record: &Record) -> Result<Vec<u8>, ApiError> {
    let whole = serde_json::to_vec(record).map_err(|_| ApiError::internal())?;
    if whole.len() < MAX_PAYLOAD {
        return Ok(whole);
    }
    tracing::error!(
        bytes = whole.len(),
        event = record.event_id,
        "a record outgrew its bounds and was abridged"
    );
    let mut omitted = Omissions::default();
    let text = String::from_utf8_lossy(&whole).into_owned();
    abridged(Value::from(text), "record", 0, &mut omitted);
    let least = Record {
        user_identity: record.user_identity.clone().map(|identity| UserIdentity {
            kind: identity.kind.map(cut),
            principal_id: identity.principal_id.map(cut),
            arn: identity.arn.map(cut),
            account_id: identity.account_id.map(cut),
            access_key_id: identity.access_key_id.map(cut),
            ..UserIdentity::default()
        }),
        request_parameters: Some(Value::Null),
        response_elements: Some(Value::Null),
        additional_event_data: json!({ "omitted": omitted.told() }),
        service_event_details: Value::Null,
        resources: None,
        ..record.clone()
    };
    serde_json::to_vec(&least).map_err(|_| ApiError::internal())
}
