//! The record of a call: composed in one place, for every service, before the answer leaves.
//!
//! A call that writes is in the journal twice: as an intent before its effect, and as its record after it. See
//! `docs/life-of-an-event.md`.

mod bounds;
mod compose;
mod deeds;
mod event;
mod unfinished;

pub(crate) use bounds::cut;
pub(crate) use event::{ServiceEvent, append_event};
pub use unfinished::complete_unfinished;

use crate::Platform;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trailward_model::{RecordResource, TlsDetails, UserIdentity, journaled, stamp};
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
    /// The caller's account; that of the thing, where the caller has none.
    pub recipient: String,
    /// Accounts whose things the call touched. Each has a record of its own (invariant A5).
    pub owners: BTreeSet<String>,
    /// Code and message.
    pub error: Option<(String, String)>,
    /// Elements of the record that were not UTF-8 as they came.
    pub lossy: Vec<&'static str>,
    /// The `eventID` for each account that has a record, once one was drawn.
    pub(crate) ids: BTreeMap<String, String>,
    /// The `sharedEventID`, once one was drawn.
    pub(crate) shared: Option<String>,
}

impl Trace {
    /// A call that `service` makes as itself, about which `recipient` is told.
    pub(crate) fn of_service(service: &str, recipient: &str) -> Self {
        Self {
            identity: UserIdentity::service(service),
            event_source: service.to_owned(),
            event_name: String::new(),
            region: "us-east-1".to_owned(),
            source_ip: service.to_owned(),
            user_agent: Some(service.to_owned()),
            tls: None,
            request: Value::Null,
            response: Value::Null,
            additional: Value::Null,
            resources: Vec::new(),
            read_only: true,
            data_event: false,
            request_id: String::new(),
            recipient: recipient.to_owned(),
            owners: BTreeSet::new(),
            error: None,
            lossy: Vec::new(),
            ids: BTreeMap::new(),
            shared: None,
        }
    }

    /// Another record of the same request: of a part of it, or of what it led to.
    pub(crate) fn beside(&self) -> Self {
        Self { ids: BTreeMap::new(), shared: None, ..self.clone() }
    }

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

    /// Draws the ids of the call's records. Ids that were drawn before stay: the record completes its intent.
    fn identify(&mut self, platform: &Platform) -> Result<(), ApiError> {
        for account in std::iter::once(&self.recipient).chain(&self.owners) {
            if !self.ids.contains_key(account) {
                self.ids.insert(account.clone(), draw(platform)?);
            }
        }
        if self.ids.len() > 1 && self.shared.is_none() {
            self.shared = Some(draw(platform)?);
        }
        Ok(())
    }
}

fn draw(platform: &Platform) -> Result<String, ApiError> {
    let mut random = [0; 16];
    platform.entropy.fill(&mut random)?;
    Ok(uuid_id(random))
}

/// Makes durable what the calls of `traces` are about to do, in one group, once what is returned has ended well. Until
/// their records are appended, a crash leaves the intents, and the next start writes records of unknown outcome
/// (invariant A3).
pub(crate) fn intend<'a>(
    platform: &Arc<Platform>,
    traces: impl IntoIterator<Item = &'a mut Trace>,
) -> Result<impl Future<Output = Result<(), ApiError>> + Send + 'static, ApiError> {
    let intents = announce(platform, traces)?;
    let platform = Arc::clone(platform);
    Ok(async move { write(&platform, intents).await })
}

/// The intents of what the calls of `traces` are about to do.
fn announce<'a>(
    platform: &Platform,
    traces: impl IntoIterator<Item = &'a mut Trace>,
) -> Result<Vec<Vec<u8>>, ApiError> {
    let time = stamp::extended(platform.now());
    let mut intents = Vec::new();
    for trace in traces {
        trace.identify(platform)?;
        for record in compose::records(trace, &time) {
            intents.push(journaled::intent(&compose::bytes(&record)?));
        }
    }
    Ok(intents)
}

/// Appends the records of finished calls, in this order and in one group. When this returns `Ok`, all of them are
/// durable (invariant A2). Each is tried whatever becomes of the others.
pub(crate) async fn append(
    platform: &Platform,
    traces: impl IntoIterator<Item = Trace>,
) -> Result<(), ApiError> {
    let time = stamp::extended(platform.now());
    let mut payloads = Vec::new();
    for mut trace in traces {
        trace.identify(platform)?;
        for record in compose::records(&trace, &time) {
            payloads.push(compose::bytes(&record)?);
        }
    }
    write(platform, payloads).await
}

/// Appends `payloads` in order. The first failure is the answer, after all were tried.
async fn write(platform: &Platform, payloads: Vec<Vec<u8>>) -> Result<(), ApiError> {
    let appends = payloads.into_iter().map(|payload| platform.journal.append(Bytes::from(payload)));
    for appended in futures::future::join_all(appends).await {
        appended.map_err(|error| {
            tracing::error!(%error, "the journal refused a record; the call is answered with a failure");
            metrics::counter!("trailward_journal_append_errors_total").increment(1);
            if error.kind() == StoreErrorKind::Poisoned {
                platform.silence();
            }
            ApiError::unavailable()
        })?;
    }
    Ok(())
}

/// `text` as far as it is UTF-8, and whether that was all of it.
pub(crate) fn lossy(bytes: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(bytes);
    let lost = matches!(text, std::borrow::Cow::Owned(_));
    (text.into_owned(), lost)
}

/// Adds a member to `additionalEventData`.
fn add_member(additional: &mut Value, name: &str, value: Value) {
    if !additional.is_object() {
        *additional = json!({});
    }
    if let Some(members) = additional.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
