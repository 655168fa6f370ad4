//! What changed since the control was applied, by whom and when.

use crate::account::{Reader, Snapshot};
use crate::apply::{Applied, StaleFact};
use crate::aws::{ReadError, found};
use aws_sdk_cloudtrail::primitives::{DateTime, DateTimeFormat};
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Pages of history that are read for each kind of event; each has fifty events.
const MOST_PAGES: usize = 4;

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// What is not as it was.
    #[serde(flatten)]
    pub fact: StaleFact,
    /// Whether it could not be read, so that it may be as it was.
    pub unknown: bool,
    /// Who changed it.
    pub who: Who,
}

/// Who changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Who {
    /// The last event that may have done it.
    #[serde(rename_all = "camelCase")]
    Known {
        /// Who called.
        by: String,
        /// When, RFC 3339.
        at: String,
        /// What was called.
        event: String,
        /// The event's id.
        event_id: String,
    },
    /// The history has no such event. It reaches back 90 days and is some minutes late.
    NotFound,
    /// The history could not be read.
    Unknown {
        /// Why.
        problem: String,
    },
}

/// Events that change what lies at a path of the snapshot, and a name that they have to mention.
fn events(applied: &Applied, path: &str) -> (&'static [&'static str], String) {
    let control = &applied.control;
    let mut parts = path.split('/').skip(1);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match first {
        "trails" => {
            // `/trails/value/NAME@REGION/…`.
            let name = path.split('/').nth(3).and_then(|part| part.split('@').next());
            let name = name.unwrap_or(&control.trail.name).to_owned();
            let events: &[&str] = match () {
                () if path.contains("/status/") => &["StopLogging", "StartLogging"],
                () if path.contains("/selectors/") => &["PutEventSelectors"],
                () if path.contains("/insights/") => &["PutInsightSelectors"],
                () => &["UpdateTrail", "DeleteTrail", "CreateTrail"],
            };
            (events, name)
        }
        "bucket" | "accessLog" => {
            let log = &control.bucket.access_log.bucket;
            let name = if first == "bucket" { &control.bucket.name } else { log };
            let events: &[&str] = match second {
                "versioning" => &["PutBucketVersioning"],
                "lock" => &["PutBucketObjectLockConfiguration"],
                "block" => &["PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"],
                "ownership" => &["PutBucketOwnershipControls", "DeleteBucketOwnershipControls"],
                "encryption" => &["PutBucketEncryption", "DeleteBucketEncryption"],
                "policy" => &["PutBucketPolicy", "DeleteBucketPolicy"],
                "lifecycle" => &["PutBucketLifecycle", "DeleteBucketLifecycle"],
                "logging" => &["PutBucketLogging"],
                "replication" => &["PutBucketReplication", "DeleteBucketReplication"],
                _ => &["DeleteBucket", "CreateBucket"],
            };
            (events, name.clone())
        }
        "key" => {
            let arn = applied.snapshot.key.present().map(|key| key.arn.as_str()).unwrap_or_default();
            let id = arn.rsplit('/').next().unwrap_or_default().to_owned();
            let events: &[&str] = match () {
                () if path.ends_with("/state") => {
                    &["DisableKey", "ScheduleKeyDeletion", "EnableKey", "CancelKeyDeletion"]
                }
                () if path.contains("/rotation") => &["DisableKeyRotation", "EnableKeyRotation"],
                () if path.contains("/policy") => &["PutKeyPolicy"],
                () => &["DeleteAlias", "UpdateAlias", "CreateAlias"],
            };
            (events, id)
        }
        "logGroup" => (
            &["DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy"],
            control.log_group.name.clone(),
        ),
        "filters" => (&["PutMetricFilter", "DeleteMetricFilter"], control.log_group.name.clone()),
        "logRole" => (
            &["PutRolePolicy", "DeleteRolePolicy", "UpdateAssumeRolePolicy", "DeleteRole"],
            control.log_group.role.clone(),
        ),
        "alarms" => {
            (&["PutMetricAlarm", "DeleteAlarms", "DisableAlarmActions"], control.alarms.namespace.clone())
        }
        "topic" => (&["SetTopicAttributes", "DeleteTopic", "Unsubscribe"], control.alarms.topic.clone()),
        "notices" => {
            (&["SetTopicAttributes", "DeleteTopic", "Unsubscribe"], control.notifications.topic.clone())
        }
        "accountBlock" => (&["PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"], String::new()),
        "organization" => (
            &["UpdatePolicy", "DetachPolicy", "DeletePolicy", "DisablePolicyType", "DisableAWSServiceAccess"],
            String::new(),
        ),
        _ => (&[], String::new()),
    }
}

/// Compares the account with what it was after the last apply, and asks the trail's Event history who changed it.
pub async fn drift(reader: &Reader, applied: &Applied, now: &Snapshot) -> Vec<Drift> {
    let client = aws_sdk_cloudtrail::Client::new(&reader.region(&applied.control.trail.region));
    let since = DateTime::from_secs(applied.at.unix_timestamp());
    let mut history: BTreeMap<&'static str, Result<Vec<Event>, ReadError>> = BTreeMap::new();
    let mut all = Vec::new();
    for fact in applied.changed(now) {
        let unknown = fact.after.get("is").and_then(Value::as_str) == Some("unreadable");
        let (names, about) = events(applied, &fact.path);
        let mut who = Who::NotFound;
        let mut latest: Option<DateTime> = None;
        for name in names.iter().filter(|_| !unknown) {
            if !history.contains_key(name) {
                // Two calls a second are all that the history answers; what it refuses is tried again, later each time.
                history.insert(name, lookup(&client, name, since).await);
            }
            match history.get(name) {
                Some(Ok(events)) => {
                    for event in events.iter().filter(|event| mentions(event, &about)) {
                        if event.event_time > latest {
                            latest = event.event_time;
                            who = known(event);
                        }
                    }
                }
                Some(Err(error)) if who == Who::NotFound => who = Who::Unknown { problem: error.to_string() },
                _ => {}
            }
        }
        all.push(Drift { fact, unknown, who });
    }
    all
}

async fn lookup(
    client: &aws_sdk_cloudtrail::Client,
    name: &'static str,
    since: DateTime,
) -> Result<Vec<Event>, ReadError> {
    let (mut events, mut token) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build();
        let call = client
            .lookup_events()
            .set_lookup_attributes(attribute.ok().map(|attribute| vec![attribute]))
            .start_time(since)
            .set_next_token(token.take());
        let Some(page) = found("cloudtrail:LookupEvents", call.send().await, &[])? else { break };
        events.extend(page.events.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(events)
}

/// Whether a successful event is about something of that name.
fn mentions(event: &Event, name: &str) -> bool {
    let text = event.cloud_trail_event.as_deref().unwrap_or_default();
    let failed = serde_json::from_str::<Value>(text).is_ok_and(|record| record.get("errorCode").is_some());
    let resources = event.resources.as_deref().unwrap_or_default();
    let named =
        resources.iter().any(|r| r.resource_name.as_deref().is_some_and(|there| there.contains(name)));
    !failed && (named || text.contains(name))
}

fn known(event: &Event) -> Who {
    let text = event.cloud_trail_event.as_deref().unwrap_or_default();
    let record: Value = serde_json::from_str(text).unwrap_or_default();
    let arn = record.pointer("/userIdentity/arn").and_then(Value::as_str).map(str::to_owned);
    Who::Known {
        by: arn.or_else(|| event.username.clone()).unwrap_or_else(|| "somebody unnamed".to_owned()),
        at: event.event_time.and_then(|at| at.fmt(DateTimeFormat::DateTime).ok()).unwrap_or_default(),
        event: event.event_name.clone().unwrap_or_default(),
        event_id: event.event_id.clone().unwrap_or_default(),
    }
}
