//! The trail.

use super::selectors::{completed, wanted};
use super::steps::{Change, Steps};
use super::{Call, policy};
use crate::account::{Selectors, Trail};
use serde_json::{Map, Value, json};

/// One of the trail's settings: its name in the API, what is there, what is wanted, and what is lost if the wanted is less.
struct Setting {
    name: &'static str,
    there: Value,
    wanted: Value,
}

pub(super) fn plan(steps: &mut Steps<'_>) {
    let snapshot = steps.snapshot;
    if let Some(why) = snapshot.trails.unreadable() {
        steps.unknown("trail.exists", why);
        return;
    }
    let found = snapshot.own_trail(&steps.control.trail.name);
    match found {
        None => create(steps),
        Some(trail) => update(steps, trail),
    }
    selectors(steps, found);
    insights(steps, found);
    logging(steps, found);
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
fn settings(steps: &Steps<'_>, trail: Option<&Trail>) -> Vec<Setting> {
    let control = steps.control;
    let none = Trail::default();
    let there = trail.unwrap_or(&none);
    let setting = |name, there: Value, wanted: Value| Setting { name, there, wanted };
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
    if control.log_group.enabled {
        settings.push(setting(
            "CloudWatchLogsLogGroupArn",
            json!(there.log_group),
            json!(log_group_arn(steps)),
        ));
        settings.push(setting("CloudWatchLogsRoleArn", json!(there.log_role), json!(log_role_arn(steps))));
    }
    settings
}

fn create(steps: &mut Steps<'_>) {
    let name = &steps.control.trail.name;
    let mut input = Map::new();
    input.insert("Name".into(), json!(name));
    for setting in settings(steps, None) {
        if setting.wanted != json!("") {
            input.insert(setting.name.into(), setting.wanted);
        }
    }
    let input = Value::Object(input);
    let region = &steps.control.trail.region;
    steps.change(Change {
        id: "trail.exists",
        resource: name,
        before: Value::Null,
        after: input.clone(),
        reason: "without a trail only 90 days of management events are kept, where whoever has the account can look alone",
        undo: format!(
            "aws cloudtrail delete-trail --region {region} --name {}; log files stay",
            super::trail_id(steps.control, steps.snapshot)
        ),
        calls: vec![Call::new("cloudtrail", "CreateTrail", region, input)],
    });
}

fn update(steps: &mut Steps<'_>, trail: &Trail) {
    let (mut input, mut before, mut after) = (Map::new(), Map::new(), Map::new());
    let mut weakens = false;
    for setting in settings(steps, Some(trail)) {
        if setting.there == setting.wanted {
            continue;
        }
        // Less than there is: a flag that goes off, a key that goes away.
        let less =
            setting.there == json!(true) || (setting.name == "KmsKeyId" && setting.wanted == json!(""));
        if less && !steps.weaken {
            steps.keep(format!(
                "trail.settings: {} is {}, where the control asks for {}",
                setting.name, setting.there, setting.wanted
            ));
            continue;
        }
        weakens |= less;
        before.insert(setting.name.into(), setting.there);
        after.insert(setting.name.into(), setting.wanted.clone());
        input.insert(setting.name.into(), setting.wanted);
    }
    if after.is_empty() {
        return;
    }
    // CloudTrail takes the two together or not at all.
    for name in ["CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"] {
        if steps.control.log_group.enabled && after.keys().any(|key| key.starts_with("CloudWatchLogs")) {
            let value = if name.ends_with("RoleArn") { log_role_arn(steps) } else { log_group_arn(steps) };
            input.insert(name.into(), json!(value));
        }
    }
    let name = super::trail_id(steps.control, steps.snapshot);
    input.insert("Name".into(), json!(name));
    let mut back = before.clone();
    back.insert("Name".into(), json!(name));
    let undo = Call::new("cloudtrail", "UpdateTrail", &trail.home, Value::Object(back)).command();
    let change = Change {
        id: "trail.settings",
        resource: &trail.arn,
        before: Value::Object(before),
        after: Value::Object(after),
        reason: "the trail is not as the control has it",
        undo,
        calls: vec![Call::new("cloudtrail", "UpdateTrail", &trail.home, Value::Object(input))],
    };
    if weakens { steps.weakening(change) } else { steps.change(change) }
}

/// What the trail is called in calls, and its home; a new one's, as CloudTrail makes it.
fn name_and_home<'a>(steps: &Steps<'a>, trail: Option<&'a Trail>) -> (String, &'a str) {
    let home = trail.map_or(&steps.control.trail.region, |trail| &trail.home);
    (super::trail_id(steps.control, steps.snapshot), home)
}

fn selectors(steps: &mut Steps<'_>, trail: Option<&Trail>) {
    let none = Selectors::default();
    let there = match trail {
        None => &none,
        Some(trail) => match steps.known("trail.selectors", &trail.selectors) {
            Ok(there) => there.unwrap_or(&none),
            Err(()) => return,
        },
    };
    let wanted = wanted(steps.control, &steps.snapshot.partition);
    let Some(after) = completed(there, &wanted) else { return };
    let (name, home) = name_and_home(steps, trail);
    let mut input = json!(after);
    if let Some(map) = input.as_object_mut() {
        map.insert("TrailName".into(), json!(name));
    }
    let mut back = json!(there);
    if let Some(map) = back.as_object_mut() {
        map.insert("TrailName".into(), json!(name));
    }
    steps.change(Change {
        id: "trail.selectors",
        resource: &name,
        before: json!(there),
        after: json!(after),
        reason: "the trail does not record everything that the control asks for",
        undo: match trail {
            Some(_) => Call::new("cloudtrail", "PutEventSelectors", home, back).command(),
            None => "the trail is new".into(),
        },
        calls: vec![Call::new("cloudtrail", "PutEventSelectors", home, input)],
    });
}

fn insights(steps: &mut Steps<'_>, trail: Option<&Trail>) {
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
    let (name, home) = name_and_home(steps, trail);
    let shape = |kinds: &[String]| {
        let kinds: Vec<Value> = kinds.iter().map(|kind| json!({ "InsightType": kind })).collect();
        json!({ "TrailName": name, "InsightSelectors": kinds })
    };
    steps.change(Change {
        id: "trail.insights",
        resource: &name,
        before: json!(there),
        after: json!(after),
        reason: "CloudTrail looks for unusual numbers of calls and errors",
        undo: Call::new("cloudtrail", "PutInsightSelectors", home, shape(&there)).command(),
        calls: vec![Call::new("cloudtrail", "PutInsightSelectors", home, shape(&after))],
    });
}

fn logging(steps: &mut Steps<'_>, trail: Option<&Trail>) {
    if let Some(trail) = trail {
        match steps.known("trail.logging", &trail.status) {
            Ok(Some(status)) if !status.logging => {}
            _ => return,
        }
    }
    let (name, home) = name_and_home(steps, trail);
    steps.change(Change {
        id: "trail.logging",
        resource: &name,
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
