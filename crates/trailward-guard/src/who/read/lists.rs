//! Users, groups and roles list by list, for readers who are refused the one call that gives all.

use super::identities::attached;
use crate::account::decoded;
use crate::aws::{ReadError, found};
use crate::who::snapshot::{Attached, Identities, Identity};
use aws_sdk_iam::Client;

/// Pages through a list: `$call` with a marker, until the answer is not truncated.
macro_rules! pages {
    ($action:literal, $call:expr, $list:ident) => {{
        let mut all = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let answer = found($action, $call.set_marker(marker.take()).send().await, &[])?;
            let Some(answer) = answer else { break };
            marker = answer.marker.filter(|_| answer.is_truncated);
            all.extend(answer.$list);
            if marker.is_none() {
                break;
            }
        }
        all
    }};
}

pub(super) async fn read(client: &Client) -> Result<Identities, ReadError> {
    let mut all = Identities::default();
    for user in pages!("iam:ListUsers", client.list_users(), users) {
        let name = user.user_name;
        let mut inline = Vec::new();
        for policy in
            pages!("iam:ListUserPolicies", client.list_user_policies().user_name(&name), policy_names)
        {
            let asked = client.get_user_policy().user_name(&name).policy_name(&policy);
            let answer = found("iam:GetUserPolicy", asked.send().await, &[])?;
            inline.extend(answer.map(|answer| named(policy, &answer.policy_document)));
        }
        let groups = pages!("iam:ListGroupsForUser", client.list_groups_for_user().user_name(&name), groups);
        let asked = client.list_attached_user_policies().user_name(&name);
        let mut managed = Vec::new();
        for page in pages!("iam:ListAttachedUserPolicies", asked.clone(), attached_policies) {
            managed.extend(attached(Some(page)));
        }
        // Lists say nothing of boundaries and tags.
        let answer = found("iam:GetUser", client.get_user().user_name(&name).send().await, &[])?;
        let whole = answer.and_then(|answer| answer.user);
        all.users.push(Identity {
            arn: user.arn,
            id: user.user_id,
            inline,
            attached: managed,
            boundary: whole
                .as_ref()
                .and_then(|user| user.permissions_boundary.as_ref()?.permissions_boundary_arn.clone()),
            groups: groups.into_iter().map(|group| group.group_name).collect(),
            trust: None,
            tags: super::identities::tags(whole.and_then(|user| user.tags)),
            name,
        });
    }
    for group in pages!("iam:ListGroups", client.list_groups(), groups) {
        let name = group.group_name;
        let mut inline = Vec::new();
        for policy in
            pages!("iam:ListGroupPolicies", client.list_group_policies().group_name(&name), policy_names)
        {
            let asked = client.get_group_policy().group_name(&name).policy_name(&policy);
            let answer = found("iam:GetGroupPolicy", asked.send().await, &[])?;
            inline.extend(answer.map(|answer| named(policy, &answer.policy_document)));
        }
        let asked = client.list_attached_group_policies().group_name(&name);
        let mut managed = Vec::new();
        for page in pages!("iam:ListAttachedGroupPolicies", asked.clone(), attached_policies) {
            managed.extend(attached(Some(page)));
        }
        all.groups.push(Identity {
            arn: group.arn,
            id: group.group_id,
            inline,
            attached: managed,
            name,
            ..Identity::default()
        });
    }
    for role in pages!("iam:ListRoles", client.list_roles(), roles) {
        let name = role.role_name;
        let mut inline = Vec::new();
        for policy in
            pages!("iam:ListRolePolicies", client.list_role_policies().role_name(&name), policy_names)
        {
            let asked = client.get_role_policy().role_name(&name).policy_name(&policy);
            let answer = found("iam:GetRolePolicy", asked.send().await, &[])?;
            inline.extend(answer.map(|answer| named(policy, &answer.policy_document)));
        }
        let asked = client.list_attached_role_policies().role_name(&name);
        let mut managed = Vec::new();
        for page in pages!("iam:ListAttachedRolePolicies", asked.clone(), attached_policies) {
            managed.extend(attached(Some(page)));
        }
        let answer = found("iam:GetRole", client.get_role().role_name(&name).send().await, &[])?;
        let whole = answer.and_then(|answer| answer.role);
        all.roles.push(Identity {
            arn: role.arn,
            id: role.role_id,
            inline,
            attached: managed,
            boundary: whole
                .as_ref()
                .and_then(|role| role.permissions_boundary.as_ref()?.permissions_boundary_arn.clone()),
            groups: Vec::new(),
            trust: role.assume_role_policy_document.as_deref().map(decoded),
            tags: super::identities::tags(whole.and_then(|role| role.tags)),
            name,
        });
    }
    Ok(all)
}

fn named(name: String, document: &str) -> Attached {
    Attached { name, document: decoded(document) }
}
