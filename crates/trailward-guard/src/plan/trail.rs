//! The trail, and the further ones of data events alone.

use super::selectors::{Wanted, completed, records_management, wanted, wanted_of, without_management};
use super::steps::{Change, Steps};
use super::{Call, policy};
use crate::account::{EventSelector, Selectors, Trail};
use serde_json::{Map, Value, json};

/// One of the control's trails.
struct Asked<'a> {
    /// What the steps' ids begin with: `trail`, or `data-trail.NAME`.
    kind: String,
    name: &'a str,
    /// What calls name it by.
    called: String,
    /// Whether it is the first, which also has the log group, the topic, and Insights.
    first: bool,
    wanted: Wanted,
}

impl Asked<'_> {
    fn id(&self, part: &str) -> String {
        format!("{}.{part}", self.kind)
    }
}

/// One of a trail's settings.
struct Setting {
    /// Its name in the API.
    name: &'static str,
    there: Value,
    wanted: Value,
    /// How the API is told of it.
    sent: Value,
}

pub(super) fn plan(steps: &mut Steps<'_>) {
    let (control, snapshot) = (steps.control, steps.snapshot);
    if let Some(why) = snapshot.trails.unreadable() {
        steps.unknown("trail.exists", why);
        return;
    }
    let partition = &snapshot.partition;
    let first = Asked {
        kind: "trail".into(),
        name: &control.trail.name,
        called: super::called(&control.trail.name, control, snapshot),
        first: true,
        wanted: wanted(control, partition),
    };
    let more = control.data_trails.iter().map(|trail| Asked {
        kind: format!("data-trail.{}", trail.name),
        name: &trail.name,
        called: super::called(&trail.name, control, snapshot),
        first: false,
        wanted: wanted_of(trail, control, partition),
    });
    for asked in std::iter::once(first).chain(more) {
        let found = snapshot.own_trail(asked.name);
        match found {
            None => create(steps, &asked),
            Some(trail) => update(steps, &asked, trail),
        }
        selectors(steps, &asked, found);
        if asked.first {
            insights(steps, &asked, found);
        }
        logging(steps, &asked, found);
    }
}

fn log_group_arn(steps: &Steps<'_>) -> String {
    let (partition, account) = (&steps.snapshot.partition, &steps.snapshot.account);
    let (region, name) = (&steps.control.trail.region, &steps.control.log_group.name);
    format!("arn:{partition}:logs:{region}:{account}:log-group:{name}:*")
}

fn log_role_arn(steps: &Steps<'_>) -> String {
    match steps.snapshot.log_role.present() {
        Some(role) => role.arn.clone(),
        None => format!(
            "arn:{}:iam::{}:role/{}",
            steps.snapshot.partition, steps.snapshot.account, steps.control.log_group.role
        ),
    }
}

/// What the trail is to be, in the words of `CreateTrail`.
fn settings(steps: &Steps<'_>, asked: &Asked<'_>, trail: Option<&Trail>) -> Vec<Setting> {
    let control = steps.control;
    let none = Trail::default();
    let there = trail.unwrap_or(&none);
    let setting = |name, there: Value, wanted: Value| Setting { name, there, sent: wanted.clone(), wanted };
    let mut settings = vec![
        setting("S3BucketName", json!(there.bucket), json!(control.bucket.name)),
        setting("S3KeyPrefix", json!(there.prefix), json!(control.bucket.prefix)),
        setting("IsMultiRegionTrail", json!(there.multi_region), json!(control.trail.multi_region)),
        setting("IncludeGlobalServiceEvents", json!(there.global_events), json!(true)),
        setting("EnableLogFileValidation", json!(there.validation), json!(control.trail.validation)),
        setting("IsOrganizationTrail", json!(there.organization), json!(control.trail.organization)),
    ];
    let key = if control.key.enabled { super::key_arn(steps.snapshot) } else { String::new() };
    settings.push(setting("KmsKeyId", json!(there.key), json!(key)));
    if control.notifications.enabled && asked.first {
        // By its name: every service that speaks this API knows a topic of the same account and Region by that. A trail of
        // another account takes the whole ARN.
        let arn = super::watch::notices_arn(control, steps.snapshot);
        let own = super::trail_owner(control, steps.snapshot) == steps.snapshot.account;
        let sent = if own { json!(control.notifications.topic) } else { json!(arn) };
        settings.push(Setting { sent, ..setting("SnsTopicName", json!(there.topic), json!(arn)) });
    }
    if control.log_group.enabled && asked.first {
        settings.push(setting(
            "CloudWatchLogsLogGroupArn",
            json!(there.log_group),
            json!(log_group_arn(steps)),
        ));
        settings.push(setting("CloudWatchLogsRoleArn", json!(there.log_role), json!(log_role_arn(steps))));
    }
    settings
}

fn create(steps: &mut Steps<'_>, asked: &Asked<'_>) {
    let name = asked.name;
    let mut input = Map::new();
    input.insert("Name".into(), json!(name));
    for setting in settings(steps, asked, None) {
        if setting.wanted != json!("") {
            input.insert(setting.name.into(), setting.sent);
        }
    }
    let input = Value::Object(input);
    let region = &steps.control.trail.region;
    steps.change(Change {
        id: &asked.id("exists"),
        resource: name,
        before: Value::Null,
        after: input.clone(),
        reason: if asked.first {
            "without a trail only 90 days of management events are kept, where whoever has the account can look alone"
        } else {
            "no other record is kept of data events"
        },
        undo: format!("aws cloudtrail delete-trail --region {region} --name {}; log files stay", asked.called),
        calls: vec![Call::new("cloudtrail", "CreateTrail", region, input)],
    });
}

fn update(steps: &mut Steps<'_>, asked: &Asked<'_>, trail: &Trail) {
    let (mut input, mut before, mut after) = (Map::new(), Map::new(), Map::new());
    let mut weakens = false;
    for setting in settings(steps, asked, Some(trail)) {
        if setting.there == setting.wanted {
            continue;
        }
        // Less than there is: a flag that goes off, a key that goes away.
        let less =
            setting.there == json!(true) || (setting.name == "KmsKeyId" && setting.wanted == json!(""));
        if less && !steps.weaken {
            steps.keep(format!(
                "{}: {} is {}, where the control asks for {}",
                asked.id("settings"),
                setting.name,
                setting.there,
                setting.wanted
            ));
            continue;
        }
        weakens |= less;
        before.insert(setting.name.into(), setting.there);
        after.insert(setting.name.into(), setting.wanted);
        input.insert(setting.name.into(), setting.sent);
    }
    if after.is_empty() {
        return;
    }
    // CloudTrail takes the two together or not at all.
    for name in ["CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"] {
        if asked.first
            && steps.control.log_group.enabled
            && after.keys().any(|key| key.starts_with("CloudWatchLogs"))
        {
            let value = if name.ends_with("RoleArn") { log_role_arn(steps) } else { log_group_arn(steps) };
            input.insert(name.into(), json!(value));
        }
    }
    input.insert("Name".into(), json!(asked.called));
    let mut back = before.clone();
    back.insert("Name".into(), json!(asked.called));
    let undo = Call::new("cloudtrail", "UpdateTrail", &trail.home, Value::Object(back)).command();
    let change = Change {
        id: &asked.id("settings"),
        resource: &trail.arn,
        before: Value::Object(before),
        after: Value::Object(after),
        reason: "the trail is not as the control has it",
        undo,
        calls: vec![Call::new("cloudtrail", "UpdateTrail", &trail.home, Value::Object(input))],
    };
    if weakens { steps.weakening(change) } else { steps.change(change) }
}

/// Where a trail is changed: at its home, or where a new one will have it.
fn home<'a>(steps: &Steps<'a>, trail: Option<&'a Trail>) -> &'a str {
    trail.map_or(&steps.control.trail.region, |trail| &trail.home)
}

/// What a trail records that was never told otherwise; CloudTrail takes no empty list.
fn by_default() -> Selectors {
    let all = EventSelector {
        read_write_type: "All".into(),
        include_management_events: true,
        ..EventSelector::default()
    };
    Selectors { event_selectors: vec![all], ..Selectors::default() }
}

fn selectors(steps: &mut Steps<'_>, asked: &Asked<'_>, trail: Option<&Trail>) {
    let none = Selectors::default();
    let id = asked.id("selectors");
    let there = match trail {
        None => &none,
        Some(trail) => match steps.known(&id, &trail.selectors) {
            Ok(there) => there.unwrap_or(&none),
            Err(()) => return,
        },
    };
    // Every new trail records management events, which here would be a second copy, and paid for. Of one that runs they
    // are somebody's choice.
    let copies = !asked.first && records_management(there);
    let stopped = |trail: &Trail| trail.status.present().is_some_and(|status| !status.logging);
    let idle = trail.is_none_or(stopped);
    if copies && !idle && !steps.weaken {
        steps.keep(format!(
            "{id}: {} records management events, too: a second copy, which is paid for",
            asked.name
        ));
    }
    let base = if copies && (idle || steps.weaken) { without_management(there) } else { there.clone() };
    let after = completed(&base, &asked.wanted).unwrap_or(base);
    if after == *there {
        return;
    }
    let (name, home) = (&asked.called, home(steps, trail));
    let mut input = json!(after);
    if let Some(map) = input.as_object_mut() {
        map.insert("TrailName".into(), json!(name));
    }
    let mut back = json!(if *there == none { by_default() } else { there.clone() });
    if let Some(map) = back.as_object_mut() {
        map.insert("TrailName".into(), json!(name));
    }
    let weakens = copies && !idle && steps.weaken;
    let change = Change {
        id: &id,
        resource: name,
        before: json!(there),
        after: json!(after),
        reason: if weakens {
            "management events are recorded by the first trail, and this copy is paid for"
        } else {
            "the trail does not record everything that the control asks for"
        },
        undo: match trail {
            Some(_) => Call::new("cloudtrail", "PutEventSelectors", home, back).command(),
            None => "the trail is new".into(),
        },
        calls: vec![Call::new("cloudtrail", "PutEventSelectors", home, input)],
    };
    if weakens { steps.weakening(change) } else { steps.change(change) }
}

fn insights(steps: &mut Steps<'_>, asked: &Asked<'_>, trail: Option<&Trail>) {
    let wanted: Vec<String> =
        steps.control.events.insights.iter().map(|kind| kind.aws().to_owned()).collect();
    if wanted.is_empty() {
        return;
    }
    let there = match trail {
        None => Vec::new(),
        Some(trail) => match steps.known("trail.insights", &trail.insights) {
            Ok(there) => there.cloned().unwrap_or_default(),
            Err(()) => return,
        },
    };
    let mut after = there.clone();
    after.extend(wanted.into_iter().filter(|kind| !there.contains(kind)));
    if after == there {
        return;
    }
    let (name, home) = (&asked.called, home(steps, trail));
    let shape = |kinds: &[String]| {
        let kinds: Vec<Value> = kinds.iter().map(|kind| json!({ "InsightType": kind })).collect();
        json!({ "TrailName": name, "InsightSelectors": kinds })
    };
    steps.change(Change {
        id: "trail.insights",
        resource: name,
        before: json!(there),
        after: json!(after),
        reason: "CloudTrail looks for unusual numbers of calls and errors",
        undo: Call::new("cloudtrail", "PutInsightSelectors", home, shape(&there)).command(),
        calls: vec![Call::new("cloudtrail", "PutInsightSelectors", home, shape(&after))],
    });
}

fn logging(steps: &mut Steps<'_>, asked: &Asked<'_>, trail: Option<&Trail>) {
    let id = asked.id("logging");
    if let Some(trail) = trail {
        match steps.known(&id, &trail.status) {
            Ok(Some(status)) if !status.logging => {}
            _ => return,
        }
    }
    let (name, home) = (&asked.called, home(steps, trail));
    steps.change(Change {
        id: &id,
        resource: name,
        before: json!({ "logging": false }),
        after: json!({ "logging": true }),
        reason: "a trail records nothing until it is started",
        undo: format!("aws cloudtrail stop-logging --region {home} --name {name}"),
        calls: vec![Call::new("cloudtrail", "StartLogging", home, json!({ "Name": name }))],
    });
}

/// The role's policies; beside the trail, because they name it.
pub(super) fn log_role_documents(steps: &Steps<'_>) -> (Value, Value) {
    (policy::log_role_trust(), policy::log_role_policy(steps.control, steps.snapshot))
}
