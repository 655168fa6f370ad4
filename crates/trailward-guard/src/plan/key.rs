//! The key.

use super::steps::{Change, Steps};
use super::{Call, policy};
use crate::account::{KEY_TAG, Key};
use serde_json::{Value, json};

pub(super) fn plan(steps: &mut Steps<'_>) {
    let control = steps.control;
    if !control.key.enabled {
        return;
    }
    let (alias, region) = (control.key.alias.as_str(), control.trail.region.as_str());
    let Ok(key) = steps.known("key.exists", &steps.snapshot.key) else { return };
    let ours = policy::key_statements(control, steps.snapshot);
    let id = super::key_arn(steps.snapshot);
    if key.is_none() {
        let document = json!({ "Version": "2012-10-17", "Statement": ours });
        steps.change(Change {
            id: "key.exists",
            resource: alias,
            before: Value::Null,
            after: json!({ "policy": document }),
            reason: "log files and digests are encrypted under a key of their own, which readers need permission for",
            undo: "aws kms schedule-key-deletion; files that are encrypted under it by then cannot be read any more".into(),
            calls: vec![Call::new("kms", "CreateKey", region, json!({
                "Description": format!("Log files of trail {}", control.trail.name),
                "Policy": document.to_string(),
                "Tags": [{ "TagKey": KEY_TAG, "TagValue": control.trail.name }] }))],
        });
    }
    if key.is_none_or(|key| !key.named) {
        steps.change(Change {
            id: "key.alias",
            resource: alias,
            before: Value::Null,
            after: json!({ "alias": alias, "key": id }),
            reason: "the key is found by its alias",
            undo: format!("aws kms delete-alias --region {region} --alias-name {alias}"),
            calls: vec![Call::new(
                "kms",
                "CreateAlias",
                region,
                json!({ "AliasName": alias, "TargetKeyId": id }),
            )],
        });
    }
    if let Some(key) = key {
        state(steps, key, region);
        self::policy(steps, key, &ours, region);
    }
    let rotation = match key.map(|key| steps.known("key.rotation", &key.rotation)) {
        None => Some(false),
        Some(Ok(rotation)) => Some(rotation == Some(&true)),
        Some(Err(())) => None,
    };
    if control.key.rotation && rotation == Some(false) && key.is_none_or(|key| key.symmetric) {
        steps.change(Change {
            id: "key.rotation",
            resource: &id,
            before: json!({ "rotation": false }),
            after: json!({ "rotation": true }),
            reason: "new key material every year limits what one leaked material opens",
            undo: format!("aws kms disable-key-rotation --region {region} --key-id {id}"),
            calls: vec![Call::new("kms", "EnableKeyRotation", region, json!({ "KeyId": id }))],
        });
    }
}

/// A key that is disabled, or about to be deleted.
fn state(steps: &mut Steps<'_>, key: &Key, region: &str) {
    let mut calls = Vec::new();
    match key.state.as_str() {
        "PendingDeletion" => {
            calls.push(Call::new("kms", "CancelKeyDeletion", region, json!({ "KeyId": key.arn })));
            calls.push(Call::new("kms", "EnableKey", region, json!({ "KeyId": key.arn })));
        }
        "Disabled" => calls.push(Call::new("kms", "EnableKey", region, json!({ "KeyId": key.arn }))),
        _ => return,
    }
    steps.change(Change {
        id: "key.state",
        resource: &key.arn,
        before: json!({ "state": key.state }),
        after: json!({ "state": "Enabled" }),
        reason: "under a key that is not enabled nothing is delivered, and nothing can be read",
        undo: format!("aws kms disable-key --region {region} --key-id {}", key.arn),
        calls,
    });
}

fn policy(steps: &mut Steps<'_>, key: &Key, ours: &[Value], region: &str) {
    let Ok(there) = steps.known("key.policy", &key.policy) else { return };
    let before = there.map(String::as_str);
    let put = |text: &str| {
        let input = json!({ "KeyId": key.arn, "PolicyName": "default", "Policy": text });
        Call::new("kms", "PutKeyPolicy", region, input)
    };
    match policy::merged(before, ours) {
        Ok(None) => {}
        Ok(Some(after)) => steps.change(Change {
            id: "key.policy",
            resource: &key.arn,
            before: policy::shown(before),
            after: after.clone(),
            reason: "CloudTrail needs the key for this trail, and nothing else does",
            undo: policy::undo(&key.arn, before, put),
            calls: vec![put(&after.to_string())],
        }),
        Err(problem) => steps.unreadable_policy("key.policy", &key.arn, &problem),
    }
}
