//! The log group with its role, filters, alarms and their topic.

use super::steps::{Change, Steps};
use super::{Call, policy, trail};
use crate::account::{Alarm, Fact, MetricFilter, ROLE_POLICY, Snapshot, Topic};
use crate::benchmark::{FILTERS, Filter};
use crate::control::Control;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The log group and the role that CloudTrail writes to it with.
pub(super) fn log_group(steps: &mut Steps<'_>) {
    if !steps.control.log_group.enabled {
        return;
    }
    role(steps);
    let wanted = &steps.control.log_group;
    let region = &steps.control.trail.region;
    let Ok(group) = steps.known("log-group.exists", &steps.snapshot.log_group) else { return };
    let retention = Call::new(
        "logs",
        "PutRetentionPolicy",
        region,
        json!({ "logGroupName": wanted.name, "retentionInDays": wanted.retention_days }),
    );
    let Some(group) = group else {
        let create = Call::new("logs", "CreateLogGroup", region, json!({ "logGroupName": wanted.name }));
        steps.change(Change {
            id: "log-group.exists",
            resource: &wanted.name,
            before: Value::Null,
            after: json!({ "logGroupName": wanted.name, "retentionInDays": wanted.retention_days }),
            reason: "alarms need events within minutes, log files come later",
            undo: format!("aws logs delete-log-group --region {region} --log-group-name {}", wanted.name),
            // At once: of a group that is there, "for ever" may be meant, and is kept.
            calls: vec![create, retention],
        });
        return;
    };
    let days = group.retention_days;
    if days == wanted.retention_days {
        return;
    }
    // For ever is longer than any length.
    let longer = days == 0 || days > wanted.retention_days;
    if longer && !steps.weaken {
        let now = if days == 0 { "for ever".to_owned() } else { format!("{days} days") };
        let asked = wanted.retention_days;
        steps.keep(format!("log-group.retention: {now}, where the control asks for {asked} days"));
        return;
    }
    let change = Change {
        id: "log-group.retention",
        resource: &wanted.name,
        before: json!({ "retentionInDays": days }),
        after: json!({ "retentionInDays": wanted.retention_days }),
        reason: "events stay as long as they are needed",
        undo: match days {
            0 => {
                format!("aws logs delete-retention-policy --region {region} --log-group-name {}", wanted.name)
            }
            days => format!(
                "aws logs put-retention-policy --region {region} --log-group-name {} --retention-in-days {days}",
                wanted.name
            ),
        },
        calls: vec![retention],
    };
    if longer { steps.weakening(change) } else { steps.change(change) }
}

fn role(steps: &mut Steps<'_>) {
    let name = &steps.control.log_group.role;
    let region = &steps.control.trail.region;
    let (trust, policy) = trail::log_role_documents(steps);
    let Ok(role) = steps.known("log-role.exists", &steps.snapshot.log_role) else { return };
    let trusting = |text: &str| {
        let input = json!({ "RoleName": name, "PolicyDocument": text });
        Call::new("iam", "UpdateAssumeRolePolicy", region, input)
    };
    match role {
        None => steps.change(Change {
            id: "log-role.exists",
            resource: name,
            before: Value::Null,
            after: json!({ "trust": trust }),
            reason: "CloudTrail writes to the log group as a role that nobody else can take",
            undo: format!("aws iam delete-role --role-name {name}"),
            calls: vec![Call::new(
                "iam",
                "CreateRole",
                region,
                json!({
                "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() }),
            )],
        }),
        Some(role) if !policy::same(&role.trust, &trust) => steps.change(Change {
            id: "log-role.trust",
            resource: &role.arn,
            before: policy::shown(Some(&role.trust)),
            after: trust.clone(),
            reason: "CloudTrail takes the role, and nobody else; it says not for which trail, so that a condition would shut it out",
            undo: policy::undo(name, Some(&role.trust), trusting),
            calls: vec![trusting(&trust.to_string())],
        }),
        Some(_) => {}
    }
    let there = match role.map(|role| steps.known("log-role.policy", &role.policy)) {
        None => None,
        Some(Ok(there)) => there,
        Some(Err(())) => return,
    };
    if there.is_some_and(|there| policy::same(there, &policy)) {
        return;
    }
    steps.change(Change {
        id: "log-role.policy",
        resource: name,
        before: policy::shown(there.map(String::as_str)),
        after: policy.clone(),
        reason: "the role may write events to this group, and nothing else",
        undo: format!("aws iam delete-role-policy --role-name {name} --policy-name {ROLE_POLICY}"),
        calls: vec![Call::new(
            "iam",
            "PutRolePolicy",
            region,
            json!({
            "RoleName": name, "PolicyName": ROLE_POLICY, "PolicyDocument": policy.to_string() }),
        )],
    });
}

/// The filters that the control asks for.
pub fn filters(control: &Control) -> impl Iterator<Item = &'static Filter> {
    let chosen = &control.alarms.filters;
    FILTERS.iter().filter(move |filter| chosen.is_empty() || chosen.iter().any(|name| name == filter.name))
}

/// The filter as it has to be.
pub fn wanted_filter(control: &Control, filter: &Filter) -> MetricFilter {
    MetricFilter {
        pattern: filter.pattern.into(),
        namespace: control.alarms.namespace.clone(),
        metric: filter.name.into(),
        value: "1".into(),
    }
}

/// The alarm as it has to be; it may do more than that.
///
/// SPEC CIS AWS Foundations Benchmark 3.0.0, section 4: sum, 300 seconds, one period, at least 1.
pub fn wanted_alarm(control: &Control, filter: &Filter, topic: &str) -> Alarm {
    Alarm {
        namespace: control.alarms.namespace.clone(),
        metric: filter.name.into(),
        statistic: "Sum".into(),
        comparison: "GreaterThanOrEqualToThreshold".into(),
        period: 300,
        evaluations: 1,
        threshold_milli: 1_000,
        enabled: true,
        actions: vec![topic.to_owned()],
    }
}

/// Whether an alarm does what is wanted.
pub fn alarm_fits(there: &Alarm, wanted: &Alarm) -> bool {
    wanted.actions.iter().all(|action| there.actions.contains(action))
        && Alarm { actions: wanted.actions.clone(), ..there.clone() } == *wanted
}

/// The ARN of the alarms' topic.
pub fn topic_arn(control: &Control, snapshot: &Snapshot) -> String {
    arn_of(&control.alarms.topic, control, snapshot)
}

/// The ARN of the topic that the trail tells of log files.
pub fn notices_arn(control: &Control, snapshot: &Snapshot) -> String {
    arn_of(&control.notifications.topic, control, snapshot)
}

fn arn_of(topic: &str, control: &Control, snapshot: &Snapshot) -> String {
    let (partition, account, region) = (&snapshot.partition, &snapshot.account, &control.trail.region);
    format!("arn:{partition}:sns:{region}:{account}:{topic}")
}

/// The topic that the trail tells of log files.
pub(super) fn notices(steps: &mut Steps<'_>) {
    let (control, snapshot) = (steps.control, steps.snapshot);
    if !control.notifications.enabled {
        return;
    }
    let topic = Wanted {
        kind: "notices",
        name: &control.notifications.topic,
        statement: policy::notices_statement(control, snapshot),
        exists_for: "programs that read log files wait for its notices",
        policy_for: "this trail alone may publish to it",
    };
    topic_with_policy(steps, &topic, &snapshot.notices);
}

/// Filters, topic and alarms.
pub(super) fn alarms(steps: &mut Steps<'_>) {
    if !steps.control.alarms.enabled {
        return;
    }
    metric_filters(steps);
    topic(steps);
    let (control, snapshot) = (steps.control, steps.snapshot);
    let region = &control.trail.region;
    let none = BTreeMap::new();
    let Ok(there) = steps.known("alarm.any", &snapshot.alarms) else { return };
    let there = there.unwrap_or(&none);
    let topic = topic_arn(control, snapshot);
    for filter in filters(control) {
        let name = format!("{}-{}", control.alarms.namespace, filter.name);
        let wanted = wanted_alarm(control, filter, &topic);
        let now = there.get(&name);
        if now.is_some_and(|now| alarm_fits(now, &wanted)) {
            continue;
        }
        // Whatever else it does stays.
        let mut actions = now.map(|now| now.actions.clone()).unwrap_or_default();
        if !actions.contains(&topic) {
            actions.push(topic.clone());
        }
        let input = json!({ "AlarmName": name, "AlarmDescription": filter.title, "Namespace": wanted.namespace,
            "MetricName": wanted.metric, "Statistic": wanted.statistic, "Period": wanted.period,
            "EvaluationPeriods": wanted.evaluations, "Threshold": 1.0, "ComparisonOperator": wanted.comparison,
            "TreatMissingData": "notBreaching", "ActionsEnabled": true, "AlarmActions": actions });
        steps.change(Change {
            id: &format!("alarm.{}", filter.name),
            resource: &name,
            before: now.map_or(Value::Null, |now| json!(now)),
            after: json!(Alarm { actions, ..wanted }),
            reason: "somebody is told within minutes",
            undo: format!("aws cloudwatch delete-alarms --region {region} --alarm-names {name}"),
            calls: vec![Call::new("cloudwatch", "PutMetricAlarm", region, input)],
        });
    }
}

fn metric_filters(steps: &mut Steps<'_>) {
    let (control, snapshot) = (steps.control, steps.snapshot);
    let (group, region) = (&control.log_group.name, &control.trail.region);
    let none = BTreeMap::new();
    let Ok(there) = steps.known("filter.any", &snapshot.filters) else { return };
    let there = there.unwrap_or(&none);
    for filter in filters(control) {
        let wanted = wanted_filter(control, filter);
        let now = there.get(filter.name);
        if now == Some(&wanted) {
            continue;
        }
        let input = json!({ "logGroupName": group, "filterName": filter.name, "filterPattern": wanted.pattern,
            "metricTransformations": [{ "metricName": wanted.metric, "metricNamespace": wanted.namespace,
                "metricValue": wanted.value }] });
        steps.change(Change {
            id: &format!("filter.{}", filter.name),
            resource: filter.name,
            before: now.map_or(Value::Null, |now| json!(now)),
            after: json!(wanted),
            reason: filter.title,
            undo: format!(
                "aws logs delete-metric-filter --region {region} --log-group-name {group} --filter-name {}",
                filter.name
            ),
            calls: vec![Call::new("logs", "PutMetricFilter", region, input)],
        });
    }
}

fn topic(steps: &mut Steps<'_>) {
    let (control, snapshot) = (steps.control, steps.snapshot);
    let topic = Wanted {
        kind: "topic",
        name: &control.alarms.topic,
        statement: policy::topic_statement(control, snapshot),
        exists_for: "alarms go to one place",
        policy_for: "this account's alarms may publish to it",
    };
    if topic_with_policy(steps, &topic, &snapshot.topic) {
        subscribers(steps, snapshot.topic.present(), &topic_arn(control, snapshot));
    }
}

/// A topic as it has to be.
struct Wanted<'a> {
    /// What the steps' ids begin with.
    kind: &'static str,
    name: &'a str,
    /// What its policy has to hold.
    statement: Value,
    /// Why it has to exist.
    exists_for: &'static str,
    /// Why it needs the statement.
    policy_for: &'static str,
}

/// Plans a topic with its policy. `false` if nothing is known of it.
fn topic_with_policy(steps: &mut Steps<'_>, topic: &Wanted<'_>, found: &Fact<Topic>) -> bool {
    let (control, snapshot) = (steps.control, steps.snapshot);
    let (name, region) = (topic.name, &control.trail.region);
    let id = |part: &str| format!("{}.{part}", topic.kind);
    let Ok(there) = steps.known(&id("exists"), found) else { return false };
    let arn = arn_of(name, control, snapshot);
    if there.is_none() {
        steps.change(Change {
            id: &id("exists"),
            resource: name,
            before: Value::Null,
            after: json!({ "topicArn": arn }),
            reason: topic.exists_for,
            undo: format!("aws sns delete-topic --region {region} --topic-arn {arn}"),
            calls: vec![Call::new("sns", "CreateTopic", region, json!({ "Name": name }))],
        });
    }
    let text = there.map(|topic| topic.policy.as_str()).filter(|text| !text.is_empty());
    let put = |text: &str| {
        let input = json!({ "TopicArn": arn, "AttributeName": "Policy", "AttributeValue": text });
        Call::new("sns", "SetTopicAttributes", region, input)
    };
    match policy::merged(text, std::slice::from_ref(&topic.statement)) {
        Ok(None) => {}
        Ok(Some(after)) => steps.change(Change {
            id: &id("policy"),
            resource: &arn,
            before: policy::shown(text),
            after: after.clone(),
            reason: topic.policy_for,
            undo: policy::undo(&arn, text, put),
            calls: vec![put(&after.to_string())],
        }),
        Err(problem) => steps.unreadable_policy(&id("policy"), &arn, &problem),
    }
    true
}

fn subscribers(steps: &mut Steps<'_>, topic: Option<&Topic>, arn: &str) {
    let region = &steps.control.trail.region;
    let none = BTreeMap::new();
    let there = match topic.map(|topic| steps.known("topic.subscribers", &topic.subscribers)) {
        None => &none,
        Some(Ok(there)) => there.unwrap_or(&none),
        Some(Err(())) => return,
    };
    for address in &steps.control.alarms.subscribers {
        match there.get(address) {
            Some(true) => {}
            Some(false) => steps.instruct(
                "topic.subscribers",
                format!("confirm the subscription of {address}: the link is in an e-mail from AWS"),
                "only whoever reads that mail can",
                Vec::new(),
            ),
            None => steps.change(Change {
                id: &format!("topic.subscriber.{address}"),
                resource: arn,
                before: Value::Null,
                after: json!({ "protocol": "email", "endpoint": address }),
                reason: "an alarm that nobody hears is none",
                undo: format!(
                    "aws sns list-subscriptions-by-topic --topic-arn {arn}, then aws sns unsubscribe"
                ),
                calls: vec![Call::new(
                    "sns",
                    "Subscribe",
                    region,
                    json!({
                    "TopicArn": arn, "Protocol": "email", "Endpoint": address }),
                )],
            }),
        }
    }
}
