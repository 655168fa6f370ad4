//! The control as a CloudFormation template in JSON.
//!
//! SPEC CloudFormation user guide, "AWS resource and property types reference".

use crate::account::{Fact, Key, Selectors, Snapshot};
use crate::control::{Control, Protection};
use crate::plan::{policy, watch};
use crate::terraform::{ExportError, nothing_there};
use serde_json::{Map, Value, json};

/// What stands in policies for the key's ARN.
const KEY: &str = "${KEY}";

/// Resources by name.
struct Resources(Map<String, Value>);

impl Resources {
    /// Adds one; `after` names those that have to be there before it.
    fn add(&mut self, name: &str, kind: &str, properties: Value, after: &[&str]) {
        let mut resource = json!({ "Type": kind, "Properties": referring(properties) });
        if let Some(map) = resource.as_object_mut() {
            let after: Vec<&&str> = after.iter().filter(|other| self.0.contains_key(**other)).collect();
            if !after.is_empty() {
                map.insert("DependsOn".into(), json!(after));
            }
            // A stack that goes must not take evidence with it.
            if matches!(kind, "AWS::S3::Bucket" | "AWS::KMS::Key" | "AWS::Logs::LogGroup") {
                map.insert("DeletionPolicy".into(), json!("Retain"));
                map.insert("UpdateReplacePolicy".into(), json!("Retain"));
            }
        }
        self.0.insert(name.to_owned(), resource);
    }
}

/// The key's ARN wherever it is meant.
fn referring(value: Value) -> Value {
    match value {
        Value::String(text) if text == KEY => json!({ "Fn::GetAtt": ["TrailKey", "Arn"] }),
        Value::Array(list) => list.into_iter().map(referring).collect(),
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, referring(value))).collect(),
        other => other,
    }
}

/// The whole control, for an account where nothing of it is there yet. Names have to be filled in.
pub fn cloudformation(control: &Control, snapshot: &Snapshot) -> Result<Value, ExportError> {
    nothing_there(control, snapshot)?;
    let mut snapshot = snapshot.clone();
    if control.key.enabled {
        snapshot.key = Fact::Present(Key { arn: KEY.into(), ..Key::default() });
    }
    let mut resources = Resources(Map::new());
    key(&mut resources, control, &snapshot);
    buckets(&mut resources, control, &snapshot);
    watching(&mut resources, control, &snapshot);
    trail(&mut resources, control, &snapshot);
    data_trails(&mut resources, control, &snapshot);
    let root = snapshot.organization.present().and_then(|organization| organization.root.present());
    if let Some(root) = root.filter(|_| control.guard_policies.enabled) {
        let content = policy::guard_document(control, &snapshot);
        let guard = json!({ "Name": control.guard_policies.name, "Type": "SERVICE_CONTROL_POLICY", "Content": content,
            "TargetIds": [root.id] });
        resources.add("GuardPolicy", "AWS::Organizations::Policy", guard, &[]);
    }
    let resources = Value::Object(resources.0);
    if let Some(text) = dynamic(&resources) {
        return Err(ExportError::Dynamic(text.to_owned()));
    }
    Ok(json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("The protected trail {}", control.trail.name),
        "Resources": resources,
    }))
}

/// A text with a dynamic reference, which CloudFormation knows no way to spell as mere text.
fn dynamic(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()).filter(|text| text.contains("{{resolve:")),
        Value::Array(list) => list.iter().find_map(dynamic),
        Value::Object(map) => map.values().find_map(dynamic),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn key(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    if !control.key.enabled {
        return;
    }
    let key = json!({
        "Description": format!("Log files of trail {}", control.trail.name),
        "EnableKeyRotation": control.key.rotation,
        "KeyPolicy": document(&policy::key_statements(control, snapshot)),
        "Tags": [{ "Key": crate::account::KEY_TAG, "Value": control.trail.name }],
    });
    resources.add("TrailKey", "AWS::KMS::Key", key, &[]);
    let alias = json!({ "AliasName": control.key.alias, "TargetKeyId": { "Ref": "TrailKey" } });
    resources.add("TrailKeyAlias", "AWS::KMS::Alias", alias, &[]);
}

/// What both buckets have.
fn protected(name: &str, key: Option<&str>) -> Map<String, Value> {
    let mut default = json!({ "SSEAlgorithm": if key.is_some() { "aws:kms" } else { "AES256" } });
    if let (Some(key), Some(map)) = (key, default.as_object_mut()) {
        map.insert("KMSMasterKeyID".into(), json!(key));
    }
    let mut bucket = Map::new();
    bucket.insert("BucketName".into(), json!(name));
    bucket.insert("PublicAccessBlockConfiguration".into(), json!(crate::account::Block::ALL));
    let ownership = json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] });
    bucket.insert("OwnershipControls".into(), ownership);
    bucket.insert(
        "BucketEncryption".into(),
        json!({ "ServerSideEncryptionConfiguration": [{ "ServerSideEncryptionByDefault": default }] }),
    );
    bucket
}

fn buckets(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let log = &control.bucket.access_log;
    if log.enabled {
        resources.add("AccessLogBucket", "AWS::S3::Bucket", Value::Object(protected(&log.bucket, None)), &[]);
        let statements = policy::access_log_statements(control, snapshot);
        let policy =
            json!({ "Bucket": { "Ref": "AccessLogBucket" }, "PolicyDocument": document(&statements) });
        resources.add("AccessLogBucketPolicy", "AWS::S3::BucketPolicy", policy, &[]);
    }
    let mut bucket = protected(&control.bucket.name, control.key.enabled.then_some(KEY));
    bucket.insert("VersioningConfiguration".into(), json!({ "Status": "Enabled" }));
    if control.bucket.protection == Protection::Lock {
        let lock = &control.bucket.lock;
        bucket.insert("ObjectLockEnabled".into(), json!(true));
        bucket.insert(
            "ObjectLockConfiguration".into(),
            json!({ "ObjectLockEnabled": "Enabled",
            "Rule": { "DefaultRetention": { "Mode": lock.mode.aws(), "Days": lock.days } } }),
        );
    }
    if control.bucket.lifecycle.enabled {
        bucket.insert("LifecycleConfiguration".into(), json!({ "Rules": [rule(control)] }));
    }
    if control.bucket.replication.enabled {
        let mut replication = crate::plan::bucket::replication_configuration(control, &snapshot.partition);
        if let Some(rule) = replication.pointer_mut("/Rules/0").and_then(Value::as_object_mut)
            && let Some(id) = rule.remove("ID")
        {
            rule.insert("Id".into(), id);
        }
        bucket.insert("ReplicationConfiguration".into(), replication);
    }
    if log.enabled {
        bucket.insert(
            "LoggingConfiguration".into(),
            json!({ "DestinationBucketName": { "Ref": "AccessLogBucket" }, "LogFilePrefix": log.prefix }),
        );
    }
    resources.add("TrailBucket", "AWS::S3::Bucket", Value::Object(bucket), &["AccessLogBucketPolicy"]);
    let statements = policy::bucket_statements(control, snapshot);
    let policy = json!({ "Bucket": { "Ref": "TrailBucket" }, "PolicyDocument": document(&statements) });
    resources.add("TrailBucketPolicy", "AWS::S3::BucketPolicy", policy, &[]);
}

fn rule(control: &Control) -> Value {
    let cold = &control.bucket.lifecycle;
    let to = |(class, days)| json!({ "StorageClass": class, "TransitionInDays": days });
    let transitions: Vec<Value> = cold.transitions().map(to).collect();
    let mut rule = Map::new();
    rule.insert("Id".into(), json!(crate::plan::bucket::LIFECYCLE_RULE));
    rule.insert("Status".into(), json!("Enabled"));
    if !transitions.is_empty() {
        rule.insert("Transitions".into(), json!(transitions));
    }
    if cold.expire_days > 0 {
        rule.insert("ExpirationInDays".into(), json!(cold.expire_days));
    }
    if cold.noncurrent_days > 0 {
        let after = json!({ "NoncurrentDays": cold.noncurrent_days });
        rule.insert("NoncurrentVersionExpiration".into(), after);
    }
    if cold.abort_upload_days > 0 {
        let after = json!({ "DaysAfterInitiation": cold.abort_upload_days });
        rule.insert("AbortIncompleteMultipartUpload".into(), after);
    }
    Value::Object(rule)
}

fn watching(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    if !control.log_group.enabled {
        return;
    }
    let group = &control.log_group;
    let body = json!({ "LogGroupName": group.name, "RetentionInDays": group.retention_days });
    resources.add("TrailLogGroup", "AWS::Logs::LogGroup", body, &[]);
    let policies = json!([{ "PolicyName": crate::account::ROLE_POLICY,
        "PolicyDocument": policy::log_role_policy(control, snapshot) }]);
    let role = json!({ "RoleName": group.role, "AssumeRolePolicyDocument": policy::log_role_trust(),
        "Policies": policies });
    resources.add("TrailLogRole", "AWS::IAM::Role", role, &[]);
    if !control.alarms.enabled {
        return;
    }
    resources.add("AlarmTopic", "AWS::SNS::Topic", json!({ "TopicName": control.alarms.topic }), &[]);
    let statement = policy::topic_statement(control, snapshot);
    let policy = json!({ "Topics": [{ "Ref": "AlarmTopic" }], "PolicyDocument": document(&[statement]) });
    resources.add("AlarmTopicPolicy", "AWS::SNS::TopicPolicy", policy, &[]);
    for (at, address) in control.alarms.subscribers.iter().enumerate() {
        let body = json!({ "TopicArn": { "Ref": "AlarmTopic" }, "Protocol": "email", "Endpoint": address });
        resources.add(&format!("AlarmSubscriber{at}"), "AWS::SNS::Subscription", body, &[]);
    }
    for filter in watch::filters(control) {
        let name: String = filter.name.split('-').map(capital).collect();
        let namespace = &control.alarms.namespace;
        let metric = json!([{ "MetricName": filter.name, "MetricNamespace": namespace, "MetricValue": "1" }]);
        let body = json!({ "FilterName": filter.name, "FilterPattern": filter.pattern,
            "LogGroupName": { "Ref": "TrailLogGroup" }, "MetricTransformations": metric });
        resources.add(&format!("Filter{name}"), "AWS::Logs::MetricFilter", body, &[]);
        let wanted = watch::wanted_alarm(control, filter, "");
        let body = json!({ "AlarmName": format!("{namespace}-{}", filter.name), "AlarmDescription": filter.title,
            "Namespace": namespace, "MetricName": filter.name, "Statistic": wanted.statistic, "Period": wanted.period,
            "EvaluationPeriods": wanted.evaluations, "Threshold": 1, "ComparisonOperator": wanted.comparison,
            "TreatMissingData": "notBreaching", "AlarmActions": [{ "Ref": "AlarmTopic" }] });
        resources.add(&format!("Alarm{name}"), "AWS::CloudWatch::Alarm", body, &[]);
    }
}

/// A word with a capital: logical names have letters and digits alone.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn trail(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    let none = Selectors {
        // What a new trail has, completed by what is wanted; where writes alone are, it is the narrower one.
        event_selectors: vec![crate::account::EventSelector {
            read_write_type: "WriteOnly".into(),
            include_management_events: true,
            ..crate::account::EventSelector::default()
        }],
        ..Selectors::default()
    };
    let wanted = crate::plan::selectors::wanted(control, &snapshot.partition);
    let selectors = crate::plan::selectors::completed(&none, &wanted).unwrap_or(none);
    let mut body = any_trail(control, &control.trail.name, &selectors);
    if control.notifications.enabled {
        let topic = json!({ "TopicName": control.notifications.topic });
        resources.add("NoticesTopic", "AWS::SNS::Topic", topic, &[]);
        let statement = policy::notices_statement(control, snapshot);
        let policy =
            json!({ "Topics": [{ "Ref": "NoticesTopic" }], "PolicyDocument": document(&[statement]) });
        resources.add("NoticesTopicPolicy", "AWS::SNS::TopicPolicy", policy, &[]);
        body.insert("SnsTopicName".into(), json!({ "Fn::GetAtt": ["NoticesTopic", "TopicName"] }));
    }
    if control.log_group.enabled {
        body.insert("CloudWatchLogsLogGroupArn".into(), json!({ "Fn::GetAtt": ["TrailLogGroup", "Arn"] }));
        body.insert("CloudWatchLogsRoleArn".into(), json!({ "Fn::GetAtt": ["TrailLogRole", "Arn"] }));
    }
    if !control.events.insights.is_empty() {
        let kinds: Vec<Value> =
            control.events.insights.iter().map(|kind| json!({ "InsightType": kind.aws() })).collect();
        body.insert("InsightSelectors".into(), json!(kinds));
    }
    let after = ["TrailBucketPolicy", "NoticesTopicPolicy"];
    resources.add("Trail", "AWS::CloudTrail::Trail", Value::Object(body), &after);
}

/// What every trail of the control has.
fn any_trail(control: &Control, name: &str, selectors: &Selectors) -> Map<String, Value> {
    let mut body = Map::new();
    let mut set = |member: &str, value: Value| {
        body.insert(member.to_owned(), value);
    };
    set("TrailName", json!(name));
    set("S3BucketName", json!({ "Ref": "TrailBucket" }));
    set("IsLogging", json!(true));
    set("IsMultiRegionTrail", json!(control.trail.multi_region));
    set("IncludeGlobalServiceEvents", json!(true));
    set("EnableLogFileValidation", json!(control.trail.validation));
    set("IsOrganizationTrail", json!(control.trail.organization));
    set("EventSelectors", json!(selectors.event_selectors));
    if !control.bucket.prefix.is_empty() {
        set("S3KeyPrefix", json!(control.bucket.prefix));
    }
    if control.key.enabled {
        set("KMSKeyId", json!(KEY));
    }
    body
}

/// The further trails, of data events alone.
fn data_trails(resources: &mut Resources, control: &Control, snapshot: &Snapshot) {
    for trail in &control.data_trails {
        let wanted = crate::plan::selectors::wanted_of(trail, control, &snapshot.partition);
        let none = Selectors::default();
        let selectors = crate::plan::selectors::completed(&none, &wanted).unwrap_or(none);
        let body = any_trail(control, &trail.name, &selectors);
        let name: String = trail.name.split(|c: char| !c.is_ascii_alphanumeric()).map(capital).collect();
        let name = format!("DataTrail{name}");
        resources.add(&name, "AWS::CloudTrail::Trail", Value::Object(body), &["TrailBucketPolicy"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_control_is_there() {
        let control = Control::default().names("111122223333", "us-east-1");
        let snapshot = Snapshot {
            account: "111122223333".into(),
            partition: "aws".into(),
            secure: true,
            ..Snapshot::default()
        };
        let template = cloudformation(&control, &snapshot).unwrap();
        let resources = template["Resources"].as_object().unwrap();
        assert!(resources.keys().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())));
        assert_eq!(resources.values().filter(|r| r["Type"] == "AWS::CloudWatch::Alarm").count(), 15);
        assert_eq!(resources["Trail"]["Properties"]["EventSelectors"][0]["ReadWriteType"], "All");
        assert_eq!(resources["Trail"]["DependsOn"][0], "TrailBucketPolicy");
        assert!(!template.to_string().contains("${"));
    }

    fn places(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(list) => list.iter().for_each(|value| places(value, found)),
            Value::Object(map) => {
                for (name, value) in map {
                    // What is a call to CloudFormation, and what it calls with.
                    if name == "Ref" || name.starts_with("Fn::") {
                        found.push(format!("{name} {value}"));
                    }
                    places(value, found);
                }
            }
            _ => {}
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// A template with hostile names calls the same functions as one with plain ones, in JSON and so in YAML.
        #[test]
        fn no_name_is_a_function(text in "(\\$|\\{|\\}|!Ref |!Sub |Fn::Sub|\"|'|: |- |#|\n|[ -~]){0,8}") {
            let snapshot = Snapshot {
                account: "111122223333".into(),
                partition: "aws".into(),
                secure: true,
                ..Snapshot::default()
            };
            let named = |text: &str| {
                let mut control = Control::default().names("111122223333", "us-east-1");
                control.trail.name = text.to_owned();
                control.bucket.prefix = text.to_owned();
                control.bucket.policy.break_glass = vec![text.to_owned()];
                control.alarms.subscribers = vec![text.to_owned()];
                let template = cloudformation(&control, &snapshot).unwrap();
                let mut found = Vec::new();
                places(&template, &mut found);
                (template, found)
            };
            let (template, calls) = named(&text);
            proptest::prop_assert_eq!(calls, named("plain").1);
            proptest::prop_assert_eq!(&template["Resources"]["Trail"]["Properties"]["TrailName"], &Value::from(text));
            let printed = template.to_string();
            proptest::prop_assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), template);
        }
    }

    #[test]
    fn a_dynamic_reference_is_refused() {
        let mut control = Control::default().names("111122223333", "us-east-1");
        control.bucket.prefix = "{{resolve:ssm:secret}}".into();
        let snapshot = Snapshot { partition: "aws".into(), ..Snapshot::default() };
        assert!(matches!(cloudformation(&control, &snapshot), Err(ExportError::Dynamic(_))));
    }
}
