//! What an organization's trail needs of the organization, and the policy that guards it.

use super::steps::{Change, Steps};
use super::{Call, policy};
use crate::account::{Fact, Organization};
use crate::shell::{ascii, word};
use serde_json::{Value, json};

/// Organizations has one endpoint in each partition, and the AWS CLI finds it from any Region.
fn call(steps: &Steps<'_>, operation: &str, input: Value) -> Call {
    Call::new("organizations", operation, &steps.control.trail.region, input)
}

/// The organization, where this account manages it.
fn managed<'a>(steps: &mut Steps<'a>) -> Option<&'a Organization> {
    if !steps.control.trail.organization {
        return None;
    }
    let snapshot = steps.snapshot;
    let found = match &snapshot.organization {
        Fact::Present(found) => found,
        Fact::Unreadable(why) => {
            steps.unknown("organization.exists", why);
            return None;
        }
        Fact::Absent | Fact::NotAsked => {
            steps.instruct(
                "organization.exists",
                "make an organization, or set `trail.organization = false`".into(),
                "the account is in none, and what an organization is to be is yours to decide",
                vec!["aws organizations create-organization --feature-set ALL".into()],
            );
            return None;
        }
    };
    (found.management == snapshot.account).then_some(found)
}

/// Whether the trail asked for is there, and another account's: nothing of it is this account's to change.
pub(super) fn is_elsewhere(steps: &mut Steps<'_>) -> bool {
    let (control, snapshot) = (steps.control, steps.snapshot);
    if !control.trail.organization || snapshot.own_trail(&control.trail.name).is_some() {
        return false;
    }
    let others = snapshot.trails().iter().filter(|trail| trail.owner() != snapshot.account);
    let Some(trail) = others.into_iter().find(|trail| trail.organization && trail.name == control.trail.name)
    else {
        return false;
    };
    steps.instruct(
        "trail.elsewhere",
        format!("plan in account {}, which has {}", trail.owner(), trail.arn),
        "an organization's trail belongs to its management account",
        vec![format!("trailward plan (with credentials of {})", trail.owner())],
    );
    true
}

/// Before the trail: CloudTrail has to be trusted.
pub(super) fn trust(steps: &mut Steps<'_>) {
    let Some(organization) = managed(steps) else { return };
    if !organization.all_features {
        steps.instruct(
            "organization.features",
            format!("enable all features of organization {}", organization.id),
            "every member has to agree, and there is no way back",
            vec!["aws organizations enable-all-features".into()],
        );
    }
    let Ok(trusted) = steps.known("organization.trust", &organization.trusts_cloudtrail) else { return };
    if trusted == Some(&true) {
        return;
    }
    let principal = json!({ "ServicePrincipal": "cloudtrail.amazonaws.com" });
    steps.change(Change {
        id: "organization.trust",
        resource: &organization.id,
        before: json!({ "trusted": false }),
        after: json!({ "trusted": true }),
        reason: "CloudTrail reaches into members as a trusted service",
        undo: "aws organizations disable-aws-service-access --service-principal cloudtrail.amazonaws.com"
            .into(),
        calls: vec![call(steps, "EnableAWSServiceAccess", principal)],
    });
}

/// After everything else: the policy would bind members that are still being set up.
pub(super) fn guard(steps: &mut Steps<'_>) {
    if !steps.control.guard_policies.enabled {
        return;
    }
    let Some(organization) = managed(steps) else { return };
    let Ok(Some(root)) = steps.known("organization.root", &organization.root) else { return };
    if !root.control_policies {
        steps.change(Change {
            id: "organization.policies",
            resource: &root.id,
            before: json!({ "enabled": false }),
            after: json!({ "enabled": true }),
            reason: "service control policies bind members' root users, as nothing of their own can",
            undo: format!(
                "aws organizations disable-policy-type --root-id {} --policy-type SERVICE_CONTROL_POLICY",
                root.id
            ),
            calls: vec![call(
                steps,
                "EnablePolicyType",
                json!({
                "RootId": root.id, "PolicyType": "SERVICE_CONTROL_POLICY" }),
            )],
        });
    }
    let name = &steps.control.guard_policies.name;
    let Ok(there) = steps.known("guard-policy.exists", &organization.policy) else { return };
    let wanted = policy::guard_document(steps.control, steps.snapshot);
    let id = there.map_or_else(|| "${POLICY}".to_owned(), |policy| policy.id.clone());
    match there {
        None => steps.change(Change {
            id: "guard-policy.exists",
            resource: name,
            before: Value::Null,
            after: wanted.clone(),
            reason: "nobody in a member account stops a trail, leaves, or touches the archive",
            undo: "aws organizations delete-policy".into(),
            calls: vec![call(
                steps,
                "CreatePolicy",
                json!({ "Name": name, "Type": "SERVICE_CONTROL_POLICY",
                "Description": format!("Guards trail {}", steps.control.trail.name),
                "Content": wanted.to_string() }),
            )],
        }),
        Some(there) if !policy::same(&there.content, &wanted) => steps.change(Change {
            id: "guard-policy.content",
            resource: name,
            before: policy::shown(Some(&there.content)),
            after: wanted.clone(),
            reason: "nobody in a member account stops a trail, leaves, or touches the archive",
            undo: format!(
                "aws organizations update-policy --policy-id {} --content {}",
                word(&id),
                word(&ascii(&policy::shown(Some(&there.content))))
            ),
            calls: vec![call(
                steps,
                "UpdatePolicy",
                json!({ "PolicyId": id, "Content": wanted.to_string() }),
            )],
        }),
        Some(_) => {}
    }
    if there.is_none_or(|policy| !policy.targets.contains(&root.id)) {
        steps.change(Change {
            id: "guard-policy.attached",
            resource: name,
            before: json!({ "targets": there.map(|policy| &policy.targets) }),
            after: json!({ "target": root.id }),
            reason: "it binds every member account",
            undo: format!("aws organizations detach-policy --policy-id {id} --target-id {}", root.id),
            calls: vec![call(steps, "AttachPolicy", json!({ "PolicyId": id, "TargetId": root.id }))],
        });
    }
}
