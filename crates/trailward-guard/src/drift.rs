//! What changed since the control was applied, by whom and when.

use crate::account::{Reader, Snapshot};
use crate::apply::{Applied, StaleFact};
use crate::aws::{ReadError, found};
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use trailward_model::stamp;

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
        /// Where its record lies: `LookupEvents`, or a log file.
        found_in: String,
    },
    /// There is no such event where it was looked for; records are some minutes late.
    NotFound,
    /// Where it was looked for could not be read.
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

/// What changed, while it is being found out who did it: records are shown to it from wherever they lie, in any order.
#[derive(Debug, Clone)]
pub struct Trace {
    since: OffsetDateTime,
    changes: Vec<Change>,
    problem: Option<String>,
}

#[derive(Debug, Clone)]
struct Change {
    fact: StaleFact,
    unknown: bool,
    names: &'static [&'static str],
    about: String,
    last: Option<(OffsetDateTime, Who)>,
}

impl Trace {
    /// Compares the account with what it was after the last apply.
    pub fn new(applied: &Applied, now: &Snapshot) -> Self {
        let changes = applied.changed(now).into_iter().map(|fact| {
            let unknown = fact.after.get("is").and_then(Value::as_str) == Some("unreadable");
            let (names, about) = events(applied, &fact.path);
            Change { names: if unknown { &[] } else { names }, unknown, about, fact, last: None }
        });
        // Records have whole seconds.
        let since = applied.at.replace_nanosecond(0).unwrap_or(applied.at);
        Self { since, changes: changes.collect(), problem: None }
    }

    /// From when on records matter.
    pub fn since(&self) -> OffsetDateTime {
        self.since
    }

    /// The names of events that may have made a change that nobody is known for yet.
    pub fn open(&self) -> BTreeSet<&'static str> {
        let open = self.changes.iter().filter(|change| change.last.is_none());
        open.flat_map(|change| change.names.iter().copied()).collect()
    }

    /// The time of the earliest event that is taken for the last one of its change.
    pub fn earliest(&self) -> Option<OffsetDateTime> {
        self.changes.iter().filter_map(|change| change.last.as_ref()).map(|(at, _)| *at).min()
    }

    /// Looks at a record that lies in `place`. Of those that may have made a change, the last is taken for the one that did.
    pub fn see(&mut self, record: &Value, place: &str) {
        let text = |path: &str| record.pointer(path).and_then(Value::as_str);
        let (Some(name), Some(at)) = (text("/eventName"), text("/eventTime").and_then(stamp::parse_extended))
        else {
            return;
        };
        if at < self.since || record.get("errorCode").is_some() {
            return;
        }
        let by = text("/userIdentity/arn").or_else(|| text("/userIdentity/invokedBy"));
        for change in &mut self.changes {
            let fits = change.names.contains(&name) && mentions(record, &change.about);
            if fits && change.last.as_ref().is_none_or(|(last, _)| *last < at) {
                let who = Who::Known {
                    by: by.unwrap_or("somebody unnamed").to_owned(),
                    at: stamp::extended(at),
                    event: name.to_owned(),
                    event_id: text("/eventID").unwrap_or_default().to_owned(),
                    found_in: place.to_owned(),
                };
                change.last = Some((at, who));
            }
        }
    }

    /// Notes that some place could not be read, so that nobody being found there says nothing.
    pub fn unreadable(&mut self, problem: &str) {
        match &mut self.problem {
            Some(all) => all.push_str(&format!("; {problem}")),
            None => self.problem = Some(problem.to_owned()),
        }
    }

    /// What changed, and who did it.
    pub fn finish(self) -> Vec<Drift> {
        let Self { changes, problem, .. } = self;
        let each = changes.into_iter().map(|change| Drift {
            who: match (change.last, &problem) {
                (Some((_, who)), _) => who,
                (None, Some(problem)) if !change.unknown => Who::Unknown { problem: problem.clone() },
                (None, _) => Who::NotFound,
            },
            fact: change.fact,
            unknown: change.unknown,
        });
        each.collect()
    }
}

/// Asks the Event history of the trail's home Region. It reaches back 90 days and is some minutes late.
pub async fn ask_history(reader: &Reader, applied: &Applied, trace: &mut Trace) {
    let client = aws_sdk_cloudtrail::Client::new(&reader.region(&applied.control.trail.region));
    for name in trace.open() {
        // Two calls a second are all that the history answers; what it refuses is tried again, later each time.
        match lookup(&client, name, trace.since).await {
            Ok(records) => records.iter().for_each(|record| trace.see(record, "LookupEvents")),
            // What one is refused, all are.
            Err(error) => return trace.unreadable(&error.to_string()),
        }
    }
}

async fn lookup(
    client: &aws_sdk_cloudtrail::Client,
    name: &'static str,
    since: OffsetDateTime,
) -> Result<Vec<Value>, ReadError> {
    let (mut records, mut token) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let attribute = LookupAttribute::builder()
            .attribute_key(LookupAttributeKey::EventName)
            .attribute_value(name)
            .build();
        let call = client
            .lookup_events()
            .set_lookup_attributes(attribute.ok().map(|attribute| vec![attribute]))
            .start_time(DateTime::from_secs(since.unix_timestamp()))
            .set_next_token(token.take());
        let Some(page) = found("cloudtrail:LookupEvents", call.send().await, &[])? else { break };
        let texts = page.events.unwrap_or_default().into_iter().filter_map(|event| event.cloud_trail_event);
        records.extend(texts.filter_map(|text| serde_json::from_str::<Value>(&text).ok()));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(records)
}

/// Whether the record is about something of that name. Who called does not count: a user may be named like a trail.
fn mentions(record: &Value, name: &str) -> bool {
    ["requestParameters", "responseElements", "resources"]
        .iter()
        .filter_map(|member| record.get(*member))
        .any(|member| member.to_string().contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Fact, Status, Trail};
    use crate::control::Control;
    use serde_json::json;

    fn stopped() -> Trace {
        let trail = |logging| Trail {
            name: "main".into(),
            home: "us-east-1".into(),
            status: Fact::Present(Status { logging, ..Status::default() }),
            ..Trail::default()
        };
        let snapshot =
            |logging| Snapshot { trails: Fact::Present(vec![trail(logging)]), ..Snapshot::default() };
        let control = Control::default().names("111122223333", "us-east-1");
        let at = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        Trace::new(&Applied::new(control, snapshot(true), at), &snapshot(false))
    }

    fn record(time: &str, user: &str, trail: &str) -> Value {
        json!({ "eventName": "StopLogging", "eventTime": time, "eventID": "1",
            "userIdentity": { "arn": format!("arn:aws:iam::111122223333:user/{user}") },
            "requestParameters": { "name": trail } })
    }

    #[test]
    fn the_last_event_that_fits_did_it() {
        let mut trace = stopped();
        assert_eq!(trace.open().len(), 2);
        let mut refused = record("2023-11-14T23:00:00Z", "refused", "main");
        refused["errorCode"] = json!("AccessDenied");
        let before = record("2023-11-14T22:00:00Z", "before", "main");
        for record in [before, refused, record("2023-11-14T23:00:00Z", "main", "other"), json!(1)] {
            trace.see(&record, "here");
        }
        assert_eq!(trace.clone().finish()[0].who, Who::NotFound);
        for (time, user) in [("10", "early"), ("30", "late"), ("20", "middle")] {
            trace.see(&record(&format!("2023-11-14T23:{time}:00Z"), user, "main"), "there");
        }
        assert!(trace.open().is_empty());
        trace.unreadable("elsewhere");
        let Who::Known { by, found_in, .. } = &trace.finish()[0].who else { panic!("nobody") };
        assert!(by.ends_with("/late") && found_in == "there", "{by}");
    }

    #[test]
    fn where_nothing_could_be_read_nobody_is_known() {
        let mut trace = stopped();
        trace.unreadable("no history");
        trace.unreadable("no archive");
        assert_eq!(trace.finish()[0].who, Who::Unknown { problem: "no history; no archive".into() });
    }
}
