//! The control as a Terraform configuration in its JSON syntax: `main.tf.json`.
//!
//! SPEC Terraform's "JSON configuration syntax"; the resources are those of the provider `hashicorp/aws`, version 5 or 6.

use crate::account::{Fact, Key, Snapshot};
use crate::benchmark::Filter;
use crate::control::{Control, DataTrail, Protection};
use crate::plan::selectors::Wanted;
use crate::plan::{policy, watch};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What stands for the key until Terraform has made it.
const KEY: &str = "${aws_kms_key.trail.arn}";

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} is there already, and would have to be imported first: use `--export aws-cli`, or `trailward apply`"
)]
pub struct AlreadyThere {
    what: String,
}

/// Why the control is not exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Something of it is there.
    #[error(transparent)]
    There(#[from] AlreadyThere),
    /// A text would be looked up in the account that the template is used in.
    #[error("a name holds `{{{{resolve:`, which CloudFormation would replace by a secret: {0}")]
    Dynamic(String),
}

/// Resources by type and name.
#[derive(Default)]
struct Resources(Map<String, Value>);

impl Resources {
    fn add(&mut self, kind: &str, name: &str, body: Value) {
        let kind = self.0.entry(kind.to_owned()).or_insert_with(|| json!({}));
        if let Some(map) = kind.as_object_mut() {
            map.insert(name.to_owned(), body);
        }
    }

    /// Every text as Terraform has to read it. Its strings are templates: what looks like one, and is not a reference to one
    /// of these resources, came with a name of the account or of the control, and stands for itself.
    fn spell(&mut self) {
        let kinds = self.0.iter().filter_map(|(kind, names)| Some((kind, names.as_object()?)));
        let known: BTreeSet<String> =
            kinds.flat_map(|(kind, names)| names.keys().map(move |name| format!("{kind}.{name}."))).collect();
        for body in self.0.values_mut() {
            spell(body, &known);
        }
    }
}

fn spell(value: &mut Value, known: &BTreeSet<String>) {
    match value {
        Value::String(text) => *text = literal(text, known),
        Value::Array(list) => list.iter_mut().for_each(|value| spell(value, known)),
        Value::Object(map) => map.values_mut().for_each(|value| spell(value, known)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A template that says `text`, references to known resources aside.
fn literal(text: &str, known: &BTreeSet<String>) -> String {
    if !text.contains("${") && !text.contains("%{") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match reference(rest, known) {
            Some(reference) => {
                out.push_str(reference);
                reference.len()
            }
            None => {
                // Each sign as a value of its own: doubling it is ambiguous behind another one.
                match c {
                    '$' | '%' => out.push_str(&format!("${{\"{c}\"}}")),
                    c => out.push(c),
                }
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// The reference to a known resource's attribute that `text` begins with.
fn reference<'a>(text: &'a str, known: &BTreeSet<String>) -> Option<&'a str> {
    let inside = text.strip_prefix("${")?;
    let end = inside.find('}')?;
    let path = inside.get(..end)?;
    let (resource, attribute) = path.split_at_checked(path.rfind('.')? + 1)?;
    let plain = !attribute.is_empty() && attribute.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (plain && known.contains(resource)).then(|| text.get(..end + 3)).flatten()
}

/// The whole control, for an account where nothing of it is there yet. Names have to be filled in.
pub fn terraform(control: &Control, snapshot: &Snapshot) -> Result<Value, AlreadyThere> {
    nothing_there(control, snapshot)?;
    let mut snapshot = snapshot.clone();
    if control.key.enabled {
        snapshot.key = Fact::Present(Key { arn: KEY.into(), ..Key::default() });
    }
    let mut resources = Resources::default();
    key(&mut resources, control, &snapshot);
    access_log(&mut resources, control, &snapshot);
    if control.account.block_public_access {
        let all = json!({ "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true,
            "restrict_public_buckets": true });
        resources.add("aws_s3_account_public_access_block", "account", all);
    }
    bucket(&mut resources, control, &snapshot);
    watching(&mut resources, control, &snapshot);
    notices(&mut resources, control, &snapshot);
    trail(&mut resources, control, &snapshot);
    for more in &control.data_trails {
        data_trail(&mut resources, control, &snapshot, more);
    }
    guard(&mut resources, control, &snapshot);
    resources.spell();
    Ok(json!({
        "terraform": [{ "required_providers": [{ "aws": { "source": "hashicorp/aws" } }] }],
        "resource": resources.0,
    }))
}

/// Refuses where something of the control is there already.
pub(crate) fn nothing_there(control: &Control, snapshot: &Snapshot) -> Result<(), AlreadyThere> {
    let there = [
        (snapshot.bucket.region.present().is_some(), &control.bucket.name),
        (snapshot.access_log.region.present().is_some(), &control.bucket.access_log.bucket),
        (snapshot.key.present().is_some(), &control.key.alias),
        (snapshot.own_trail(&control.trail.name).is_some(), &control.trail.name),
        (snapshot.log_group.present().is_some(), &control.log_group.name),
        (snapshot.topic.present().is_some(), &control.alarms.topic),
        (snapshot.notices.present().is_some(), &control.notifications.topic),
    ];
    let more =
        control.data_trails.iter().map(|trail| (snapshot.own_trail(&trail.name).is_some(), &trail.name));
    if let Some((_, what)) = there.into_iter().chain(more).find(|(there, _)| *there) {
        return Err(AlreadyThere { what: what.clone() });
    }
    Ok(())
}

fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn key(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    if !control.key.enabled {
        return;
    }
    resources.add(
        "aws_kms_key",
        "trail",
        json!({
            "description": format!("Log files of trail {}", control.trail.name),
            "enable_key_rotation": control.key.rotation,
            "policy": document(&policy::key_statements(control, snapshot)),
            "tags": { crate::account::KEY_TAG: control.trail.name },
        }),
    );
    let alias = json!({ "name": control.key.alias, "target_key_id": "${aws_kms_key.trail.key_id}" });
    resources.add("aws_kms_alias", "trail", alias);
}

/// What both buckets have.
fn protected(resources: &mut Resources, name: &str, bucket: &str, statements: &[Value]) {
    let id = format!("${{aws_s3_bucket.{name}.id}}");
    let block = json!({ "bucket": id, "block_public_acls": true, "ignore_public_acls": true,
        "block_public_policy": true, "restrict_public_buckets": true });
    resources.add("aws_s3_bucket_public_access_block", name, block);
    let rule = json!([{ "object_ownership": "BucketOwnerEnforced" }]);
    resources.add("aws_s3_bucket_ownership_controls", name, json!({ "bucket": id, "rule": rule }));
    // After everything else of the bucket: it may deny changes.
    let after: Vec<String> =
        ["public_access_block", "ownership_controls", "server_side_encryption_configuration"]
            .iter()
            .map(|kind| format!("aws_s3_bucket_{kind}.{name}"))
            .collect();
    resources.add(
        "aws_s3_bucket_policy",
        name,
        json!({ "bucket": bucket, "policy": document(statements), "depends_on": after }),
    );
}

fn encryption(resources: &mut Resources, name: &str, key: Option<&str>) {
    let mut default = json!({ "sse_algorithm": if key.is_some() { "aws:kms" } else { "AES256" } });
    if let (Some(key), Some(map)) = (key, default.as_object_mut()) {
        map.insert("kms_master_key_id".into(), json!(key));
    }
    resources.add(
        "aws_s3_bucket_server_side_encryption_configuration",
        name,
        json!({
            "bucket": format!("${{aws_s3_bucket.{name}.id}}"),
            "rule": [{ "apply_server_side_encryption_by_default": [default] }],
        }),
    );
}

fn access_log(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let log = &control.bucket.access_log;
    if !log.enabled {
        return;
    }
    resources.add("aws_s3_bucket", "access_log", json!({ "bucket": log.bucket }));
    encryption(resources, "access_log", None);
    let statements = policy::access_log_statements(control, snapshot);
    protected(resources, "access_log", "${aws_s3_bucket.access_log.id}", &statements);
}

fn bucket(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let locked = control.bucket.protection == Protection::Lock;
    let id = "${aws_s3_bucket.trail.id}";
    resources.add(
        "aws_s3_bucket",
        "trail",
        json!({ "bucket": control.bucket.name, "object_lock_enabled": locked }),
    );
    let versioning = json!({ "bucket": id, "versioning_configuration": [{ "status": "Enabled" }] });
    resources.add("aws_s3_bucket_versioning", "trail", versioning);
    encryption(resources, "trail", control.key.enabled.then_some(KEY));
    if locked {
        let lock = &control.bucket.lock;
        let retention = json!([{ "mode": lock.mode.aws(), "days": lock.days }]);
        resources.add(
            "aws_s3_bucket_object_lock_configuration",
            "trail",
            json!({
            "bucket": id, "rule": [{ "default_retention": retention }],
            "depends_on": ["aws_s3_bucket_versioning.trail"] }),
        );
    }
    lifecycle(resources, control);
    let log = &control.bucket.access_log;
    if log.enabled {
        resources.add(
            "aws_s3_bucket_logging",
            "trail",
            json!({
            "bucket": id, "target_bucket": "${aws_s3_bucket.access_log.id}", "target_prefix": log.prefix,
            "depends_on": ["aws_s3_bucket_policy.access_log"] }),
        );
    }
    replication(resources, control, snapshot);
    protected(resources, "trail", id, &policy::bucket_statements(control, snapshot));
}

fn replication(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let copy = &control.bucket.replication;
    if !copy.enabled {
        return;
    }
    let mut destination = json!({ "bucket": format!("arn:{}:s3:::{}", snapshot.partition, copy.bucket) });
    let mut rule = json!({ "id": crate::plan::bucket::REPLICATION_RULE, "priority": 1, "status": "Enabled",
        "filter": [{ "prefix": "" }], "delete_marker_replication": [{ "status": "Disabled" }] });
    if let (Some(to), Some(of)) = (destination.as_object_mut(), rule.as_object_mut()) {
        if !copy.account.is_empty() {
            to.insert("account".into(), json!(copy.account));
            to.insert("access_control_translation".into(), json!([{ "owner": "Destination" }]));
        }
        if control.key.enabled {
            to.insert("encryption_configuration".into(), json!([{ "replica_kms_key_id": copy.key }]));
            let encrypted = json!([{ "sse_kms_encrypted_objects": [{ "status": "Enabled" }] }]);
            of.insert("source_selection_criteria".into(), encrypted);
        }
        of.insert("destination".into(), json!([destination]));
    }
    let body = json!({ "bucket": "${aws_s3_bucket.trail.id}", "role": copy.role, "rule": [rule],
        "depends_on": ["aws_s3_bucket_versioning.trail"] });
    resources.add("aws_s3_bucket_replication_configuration", "trail", body);
}

fn lifecycle(resources: &mut Resources, control: &Control) {
    let cold = &control.bucket.lifecycle;
    if !cold.enabled {
        return;
    }
    let to = |(class, days)| json!({ "days": days, "storage_class": class });
    let transitions: Vec<Value> = cold.transitions().map(to).collect();
    let mut rule = json!({ "id": crate::plan::bucket::LIFECYCLE_RULE, "status": "Enabled", "filter": [{ "prefix": "" }],
        "transition": transitions });
    if let Some(map) = rule.as_object_mut() {
        for (days, block, member) in [
            (cold.expire_days, "expiration", "days"),
            (cold.noncurrent_days, "noncurrent_version_expiration", "noncurrent_days"),
            (cold.abort_upload_days, "abort_incomplete_multipart_upload", "days_after_initiation"),
        ] {
            if days > 0 {
                map.insert(block.to_owned(), json!([{ member: days }]));
            }
        }
    }
    resources.add(
        "aws_s3_bucket_lifecycle_configuration",
        "trail",
        json!({
        "bucket": "${aws_s3_bucket.trail.id}", "rule": [rule],
        "depends_on": ["aws_s3_bucket_versioning.trail"] }),
    );
}

fn watching(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    if !control.log_group.enabled {
        return;
    }
    let group = &control.log_group;
    let body = json!({ "name": group.name, "retention_in_days": group.retention_days });
    resources.add("aws_cloudwatch_log_group", "trail", body);
    resources.add(
        "aws_iam_role",
        "trail_logs",
        json!({ "name": group.role,
        "assume_role_policy": policy::log_role_trust().to_string() }),
    );
    resources.add("aws_iam_role_policy", "trail_logs", json!({ "name": crate::account::ROLE_POLICY,
        "role": "${aws_iam_role.trail_logs.id}", "policy": policy::log_role_policy(control, snapshot).to_string() }));
    if !control.alarms.enabled {
        return;
    }
    resources.add("aws_sns_topic", "alarms", json!({ "name": control.alarms.topic }));
    resources.add(
        "aws_sns_topic_policy",
        "alarms",
        json!({ "arn": "${aws_sns_topic.alarms.arn}",
        "policy": document(&[policy::topic_statement(control, snapshot)]) }),
    );
    for (at, address) in control.alarms.subscribers.iter().enumerate() {
        resources.add(
            "aws_sns_topic_subscription",
            &format!("alarms_{at}"),
            json!({
            "topic_arn": "${aws_sns_topic.alarms.arn}", "protocol": "email", "endpoint": address }),
        );
    }
    for filter in watch::filters(control) {
        alarm(resources, control, filter);
    }
}

fn alarm(resources: &mut Resources, control: &Control, filter: &Filter) {
    let name = filter.name.replace('-', "_");
    let namespace = &control.alarms.namespace;
    resources.add("aws_cloudwatch_log_metric_filter", &name, json!({
        "name": filter.name, "log_group_name": "${aws_cloudwatch_log_group.trail.name}", "pattern": filter.pattern,
        "metric_transformation": [{ "name": filter.name, "namespace": namespace, "value": "1" }] }));
    let wanted = watch::wanted_alarm(control, filter, "");
    resources.add("aws_cloudwatch_metric_alarm", &name, json!({
        "alarm_name": format!("{namespace}-{}", filter.name), "alarm_description": filter.title,
        "namespace": namespace, "metric_name": filter.name, "statistic": wanted.statistic, "period": wanted.period,
        "evaluation_periods": wanted.evaluations, "threshold": 1, "comparison_operator": wanted.comparison,
        "treat_missing_data": "notBreaching", "alarm_actions": ["${aws_sns_topic.alarms.arn}"] }));
}

/// The topic for log files.
fn notices(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    if !control.notifications.enabled {
        return;
    }
    resources.add("aws_sns_topic", "notices", json!({ "name": control.notifications.topic }));
    let statement = policy::notices_statement(control, snapshot);
    let policy = json!({ "arn": "${aws_sns_topic.notices.arn}", "policy": document(&[statement]) });
    resources.add("aws_sns_topic_policy", "notices", policy);
}

/// The data resources of a selector.
fn data_resources(wanted: &Wanted) -> Vec<Value> {
    let mut data: Vec<Value> = Vec::new();
    if !wanted.objects.is_empty() {
        data.push(json!({ "type": "AWS::S3::Object", "values": wanted.objects }));
    }
    if wanted.lambda {
        data.push(json!({ "type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"] }));
    }
    data
}

/// What every trail of the control has.
fn any_trail(control: &Control, name: &str) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |member: &str, value: Value| {
        body.insert(member.to_owned(), value);
    };
    set("name", json!(name));
    set("s3_bucket_name", json!("${aws_s3_bucket.trail.id}"));
    set("is_multi_region_trail", json!(control.trail.multi_region));
    set("include_global_service_events", json!(true));
    set("enable_log_file_validation", json!(control.trail.validation));
    set("is_organization_trail", json!(control.trail.organization));
    set("enable_logging", json!(true));
    if !control.bucket.prefix.is_empty() {
        set("s3_key_prefix", json!(control.bucket.prefix));
    }
    if control.key.enabled {
        set("kms_key_id", json!(KEY));
    }
    set("depends_on", json!(["aws_s3_bucket_policy.trail"]));
    body
}

/// A further trail, of data events alone.
fn data_trail(resources: &mut Resources, control: &Control, snapshot: &Snapshot, trail: &DataTrail) {
    let wanted = crate::plan::selectors::wanted_of(trail, control, &snapshot.partition);
    let mut body = any_trail(control, &trail.name);
    let selector = json!({ "read_write_type": "All", "include_management_events": false,
        "data_resource": data_resources(&wanted) });
    body.insert("event_selector".into(), json!([selector]));
    let name: String = trail.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    resources.add("aws_cloudtrail", &format!("data_{name}"), Value::Object(body));
}

fn trail(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let wanted = crate::plan::selectors::wanted(control, &snapshot.partition);
    let data = data_resources(&wanted);
    let management = |kind: &str, data: &[Value]| {
        json!({ "read_write_type": kind, "include_management_events": true, "data_resource": data,
            "exclude_management_event_sources": wanted.may_miss })
    };
    // Data events are recorded whole, also where management events are not.
    let selectors = if wanted.reads {
        vec![management("All", &data)]
    } else {
        let rest =
            json!({ "read_write_type": "All", "include_management_events": false, "data_resource": data });
        let rest = (!data.is_empty()).then_some(rest);
        std::iter::once(management("WriteOnly", &[])).chain(rest).collect()
    };
    let insights: Vec<Value> =
        control.events.insights.iter().map(|kind| json!({ "insight_type": kind.aws() })).collect();
    let mut body = any_trail(control, &control.trail.name);
    body.insert("event_selector".into(), json!(selectors));
    if control.notifications.enabled {
        body.insert("sns_topic_name".into(), json!("${aws_sns_topic.notices.name}"));
        let after = json!(["aws_s3_bucket_policy.trail", "aws_sns_topic_policy.notices"]);
        body.insert("depends_on".into(), after);
    }
    if control.log_group.enabled {
        body.insert("cloud_watch_logs_group_arn".into(), json!("${aws_cloudwatch_log_group.trail.arn}:*"));
        body.insert("cloud_watch_logs_role_arn".into(), json!("${aws_iam_role.trail_logs.arn}"));
    }
    if !insights.is_empty() {
        body.insert("insight_selector".into(), json!(insights));
    }
    resources.add("aws_cloudtrail", "main", Value::Object(body));
}

fn guard(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let root = snapshot.organization.present().and_then(|organization| organization.root.present());
    let Some(root) = root.filter(|_| control.guard_policies.enabled) else { return };
    resources.add(
        "aws_organizations_policy",
        "guard",
        json!({
        "name": control.guard_policies.name, "type": "SERVICE_CONTROL_POLICY",
        "content": policy::guard_document(control, snapshot).to_string() }),
    );
    resources.add(
        "aws_organizations_policy_attachment",
        "guard",
        json!({
        "policy_id": "${aws_organizations_policy.guard.id}", "target_id": root.id }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_control_is_there_or_nothing() {
        let control = Control::default().names("111122223333", "us-east-1");
        let mut snapshot = Snapshot {
            account: "111122223333".into(),
            partition: "aws".into(),
            secure: true,
            ..Snapshot::default()
        };
        let code = terraform(&control, &snapshot).unwrap();
        let kinds = code["resource"].as_object().unwrap();
        for kind in
            ["aws_cloudtrail", "aws_kms_key", "aws_s3_bucket_object_lock_configuration", "aws_sns_topic"]
        {
            assert!(kinds.contains_key(kind), "{kind}");
        }
        assert_eq!(kinds["aws_cloudwatch_metric_alarm"].as_object().unwrap().len(), 15);
        assert_eq!(code["resource"]["aws_cloudtrail"]["main"]["kms_key_id"], KEY);
        snapshot.bucket.region = Fact::Present("us-east-1".into());
        assert!(terraform(&control, &snapshot).unwrap_err().to_string().contains("trail-logs-111122223333"));
    }

    /// What Terraform makes of a template, if nothing in it is code but references to `known`.
    fn said(template: &str, known: &BTreeSet<String>) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some(c) = rest.chars().next() {
            let signs = [("${\"$\"}", '$'), ("${\"%\"}", '%')];
            let sign = signs.into_iter().find_map(|(sign, c)| Some((c, rest.strip_prefix(sign)?)));
            let coded = ["${", "%{", "$${", "%%{"].iter().any(|code| rest.starts_with(code));
            rest = match (sign, reference(rest, known)) {
                (Some((sign, after)), _) => {
                    out.push(sign);
                    after
                }
                (None, Some(reference)) => {
                    out.push_str(reference);
                    rest.strip_prefix(reference)?
                }
                (None, None) if coded => return None,
                (None, None) => {
                    out.push(c);
                    rest.strip_prefix(c)?
                }
            };
        }
        Some(out)
    }

    fn texts(value: &Value) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(list) => list.iter().flat_map(texts).collect(),
            Value::Object(map) => map.values().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }

    fn hostile() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let part = prop_oneof![
            Just("$".to_owned()),
            Just("%".to_owned()),
            Just("{".to_owned()),
            Just("}".to_owned()),
            Just("${file(\"/etc/passwd\")}".to_owned()),
            Just("%{ if true }".to_owned()),
            Just("${aws_kms_key.trail.arn}".to_owned()),
            Just("${aws_iam_user.evil.arn}".to_owned()),
            Just("\"".to_owned()),
            Just("\n".to_owned()),
            "[ -~]{0,4}",
        ];
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_is_a_template(text in hostile(), account in hostile()) {
            let known = BTreeSet::from(["aws_kms_key.trail.".to_owned()]);
            proptest::prop_assert_eq!(said(&literal(&text, &known), &known), Some(text.clone()));
            // In every place where a name of the control or of the account lands.
            let mut control = Control::default().names("111122223333", "us-east-1");
            control.trail.name = text.clone();
            control.bucket.prefix = text.clone();
            control.bucket.policy.break_glass = vec![text.clone()];
            control.alarms.subscribers = vec![text.clone()];
            let snapshot =
                Snapshot { account: account.clone(), partition: "aws".into(), secure: true, ..Snapshot::default() };
            let code = terraform(&control, &snapshot).unwrap();
            let resources = code["resource"].as_object().unwrap();
            let all: BTreeSet<String> = resources
                .iter()
                .flat_map(|(kind, names)| names.as_object().unwrap().keys().map(move |n| format!("{kind}.{n}.")))
                .collect();
            for found in texts(&code["resource"]) {
                proptest::prop_assert!(said(&found, &all).is_some(), "{}", found);
            }
            proptest::prop_assert_eq!(
                said(code["resource"]["aws_cloudtrail"]["main"]["name"].as_str().unwrap(), &all),
                Some(text)
            );
        }
    }
}
