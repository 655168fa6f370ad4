//! Everybody in an account: with one call where it is allowed, else list by list.

use crate::account::decoded;
use crate::aws::{Account, ReadError, found};
use crate::who::snapshot::{Attached, Identities, Identity};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail, Tag};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn read(account: &Account) -> Result<Identities, ReadError> {
    let client = Client::new(&account.config);
    let mut identities = match details(&client).await {
        Ok(identities) => identities,
        Err(error) if error.is_denied() => {
            let listed = super::lists::read(&client).await;
            // The one call is what to ask for.
            listed.map_err(|_| error)?
        }
        Err(error) => return Err(error),
    };
    complete(&client, &mut identities).await?;
    Ok(identities)
}

async fn details(client: &Client) -> Result<Identities, ReadError> {
    let mut all = Identities::default();
    let mut marker = None;
    loop {
        let asked = client.get_account_authorization_details().set_marker(marker.take());
        let answer = found("iam:GetAccountAuthorizationDetails", asked.send().await, &[])?;
        let Some(answer) = answer else { return Ok(all) };
        for user in answer.user_detail_list.unwrap_or_default() {
            all.users.push(Identity {
                name: user.user_name.unwrap_or_default(),
                arn: user.arn.unwrap_or_default(),
                id: user.user_id.unwrap_or_default(),
                inline: inline(user.user_policy_list),
                attached: attached(user.attached_managed_policies),
                boundary: user.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
                groups: user.group_list.unwrap_or_default(),
                trust: None,
                tags: tags(user.tags),
            });
        }
        for group in answer.group_detail_list.unwrap_or_default() {
            all.groups.push(Identity {
                name: group.group_name.unwrap_or_default(),
                arn: group.arn.unwrap_or_default(),
                id: group.group_id.unwrap_or_default(),
                inline: inline(group.group_policy_list),
                attached: attached(group.attached_managed_policies),
                ..Identity::default()
            });
        }
        for role in answer.role_detail_list.unwrap_or_default() {
            all.roles.push(Identity {
                name: role.role_name.unwrap_or_default(),
                arn: role.arn.unwrap_or_default(),
                id: role.role_id.unwrap_or_default(),
                inline: inline(role.role_policy_list),
                attached: attached(role.attached_managed_policies),
                boundary: role.permissions_boundary.and_then(|b| b.permissions_boundary_arn),
                groups: Vec::new(),
                trust: role.assume_role_policy_document.as_deref().map(decoded),
                tags: tags(role.tags),
            });
        }
        for policy in answer.policies.unwrap_or_default() {
            let Some(arn) = policy.arn else { continue };
            for version in policy.policy_version_list.unwrap_or_default() {
                let Some(text) = version.document.as_deref().map(decoded) else { continue };
                if version.is_default_version {
                    all.policies.insert(arn.clone(), text);
                } else if let Some(id) = version.version_id.filter(|_| is_own(&arn)) {
                    all.versions.entry(arn.clone()).or_default().insert(id, text);
                }
            }
        }
        marker = answer.marker.filter(|_| answer.is_truncated);
        if marker.is_none() {
            return Ok(all);
        }
    }
}

/// Reads the managed policies that are in use and not there yet, as boundaries are.
async fn complete(client: &Client, all: &mut Identities) -> Result<(), ReadError> {
    let everybody = all.users.iter().chain(&all.groups).chain(&all.roles);
    let used: BTreeSet<String> =
        everybody.flat_map(|one| one.attached.iter().chain(&one.boundary)).cloned().collect();
    for arn in used {
        if all.policies.contains_key(&arn) {
            continue;
        }
        let answer = client.get_policy().policy_arn(&arn).send().await;
        let policy = found("iam:GetPolicy", answer, &[])?.and_then(|answer| answer.policy);
        let Some(version) = policy.and_then(|policy| policy.default_version_id) else { continue };
        let asked = client.get_policy_version().policy_arn(&arn).version_id(version);
        let answer = found("iam:GetPolicyVersion", asked.send().await, &[])?;
        let document = answer.and_then(|answer| answer.policy_version?.document);
        let Some(document) = document else { continue };
        all.policies.insert(arn.clone(), decoded(&document));
        if is_own(&arn) {
            match others(client, &arn).await {
                Ok(versions) => drop(all.versions.insert(arn, versions)),
                Err(error) => all.versions_unread = Some(super::unread(&error)),
            }
        }
    }
    Ok(())
}

/// Whether the account may change it: AWS's own policies only AWS does.
fn is_own(arn: &str) -> bool {
    !crate::who::is_managed_by_aws(arn)
}

/// The versions that are not the default. A policy has five at most, so that one page has them all.
async fn others(client: &Client, arn: &str) -> Result<BTreeMap<String, String>, ReadError> {
    let answer = client.list_policy_versions().policy_arn(arn).send().await;
    let listed = found("iam:ListPolicyVersions", answer, &[])?.and_then(|answer| answer.versions);
    let mut all = BTreeMap::new();
    for version in listed.unwrap_or_default() {
        let Some(id) = version.version_id.filter(|_| !version.is_default_version) else { continue };
        let asked = client.get_policy_version().policy_arn(arn).version_id(&id).send().await;
        // It may have gone since it was listed.
        let answer = found("iam:GetPolicyVersion", asked, &["NoSuchEntity"])?;
        let document = answer.and_then(|answer| answer.policy_version?.document);
        all.extend(document.map(|text| (id, decoded(&text))));
    }
    Ok(all)
}

fn inline(policies: Option<Vec<PolicyDetail>>) -> Vec<Attached> {
    let named = |policy: PolicyDetail| Attached {
        name: policy.policy_name.unwrap_or_default(),
        document: policy.policy_document.as_deref().map(decoded).unwrap_or_default(),
    };
    policies.unwrap_or_default().into_iter().map(named).collect()
}

pub(super) fn attached(policies: Option<Vec<AttachedPolicy>>) -> Vec<String> {
    policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn).collect()
}

pub(super) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}
