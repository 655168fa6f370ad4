//! What a service did because of a call, and not as part of it: `AwsServiceEvent`.

use super::bounds::{Omissions, abridged};
use super::{Trace, add_member, compose, draw, write};
use crate::Platform;
use crate::limits::MAX_RECORD_REQUEST;
use serde_json::Value;
use trailward_model::{Record, UserIdentity, stamp};
use trailward_wire::ApiError;

/// One such event.
#[derive(Debug)]
pub(crate) struct ServiceEvent<'a> {
    /// The service's name, also where the record's event comes from.
    pub service: &'a str,
    pub name: &'a str,
    /// The account it happened to, whose trails receive it.
    pub account: &'a str,
    pub details: Value,
}

/// Appends the record of what a service did. Durable when this returns `Ok`.
pub(crate) async fn append_event(platform: &Platform, event: ServiceEvent<'_>) -> Result<(), ApiError> {
    let ServiceEvent { service, name, account, details } = event;
    let mut trace = Trace::of_service(service, account);
    trace.identity = UserIdentity {
        account_id: Some(account.to_owned()),
        invoked_by: Some(service.to_owned()),
        ..UserIdentity::default()
    };
    name.clone_into(&mut trace.event_name);
    trace.read_only = false;
    trace.ids.insert(account.to_owned(), draw(platform)?);
    let time = stamp::extended(platform.now());
    let mut payloads = Vec::new();
    for record in compose::records(&trace, &time) {
        let mut omitted = Omissions::default();
        let details = abridged(details.clone(), "serviceEventDetails", MAX_RECORD_REQUEST, &mut omitted);
        let mut record =
            Record { event_type: "AwsServiceEvent".into(), service_event_details: details, ..record };
        if let Some(omitted) = omitted.told() {
            add_member(&mut record.additional_event_data, "omitted", omitted);
        }
        payloads.push(compose::bytes(&record)?);
    }
    write(platform, payloads).await
}
