//! The organization, and the control policies on the path of an account.

use super::{fact, unread};
use crate::aws::{Account, ReadError, found};
use crate::who::snapshot::{Attached, Fact, Organization, Unread};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyType;
use std::collections::BTreeMap;

/// Organizations nest five units deep at most.
const DEEPEST: usize = 8;

/// The organization, from whichever account may see it.
pub(super) async fn organization(known: &BTreeMap<String, Account>) -> Fact<Option<Organization>> {
    let mut last = None;
    for account in known.values() {
        let client = Client::new(&account.config);
        let answer = client.describe_organization().send().await;
        let answer =
            found("organizations:DescribeOrganization", answer, &["AWSOrganizationsNotInUseException"]);
        match answer {
            Ok(answer) => {
                let Some(found) = answer.and_then(|answer| answer.organization) else { continue };
                let delegated = delegated(known).await;
                return Fact::Known(Some(Organization {
                    id: found.id.unwrap_or_default(),
                    management: found.master_account_id.unwrap_or_default(),
                    delegated,
                }));
            }
            Err(error) => last = Some(unread(&error)),
        }
    }
    last.map_or(Fact::Known(None), Fact::Unread)
}

async fn delegated(known: &BTreeMap<String, Account>) -> Fact<Vec<String>> {
    let mut last = Unread::default();
    for account in known.values() {
        match delegates(&Client::new(&account.config)).await {
            Ok(ids) => return Fact::Known(ids),
            Err(error) => last = unread(&error),
        }
    }
    Fact::Unread(last)
}

async fn delegates(client: &Client) -> Result<Vec<String>, ReadError> {
    let mut ids = Vec::new();
    let mut token = None;
    loop {
        let asked = client.list_delegated_administrators().service_principal(crate::preflight::SERVICE);
        let answer = asked.set_next_token(token.take()).send().await;
        let answer = found("organizations:ListDelegatedAdministrators", answer, &[])?;
        let Some(answer) = answer else { return Ok(ids) };
        let listed = answer.delegated_administrators.unwrap_or_default();
        ids.extend(listed.into_iter().filter_map(|account| account.id));
        token = answer.next_token;
        if token.is_none() {
            return Ok(ids);
        }
    }
}

type Controls = Fact<Vec<Vec<Attached>>>;

/// The service and resource control policies that bind an account.
pub(super) async fn controls(
    known: &BTreeMap<String, Account>,
    id: &str,
    organization: &Fact<Option<Organization>>,
) -> (Controls, Controls) {
    let organization = match organization {
        Fact::Unread(why) => return (Fact::Unread(why.clone()), Fact::Unread(why.clone())),
        Fact::Known(None) => return (Fact::Known(Vec::new()), Fact::Known(Vec::new())),
        Fact::Known(Some(organization)) => organization,
    };
    if organization.management == id {
        return (Fact::Known(Vec::new()), Fact::Known(Vec::new()));
    }
    // Members may not ask; the management account and delegated administrators may.
    let mut last = (Fact::Unread(Unread::default()), Fact::Unread(Unread::default()));
    for account in known.values() {
        let client = Client::new(&account.config);
        last = match path(&client, id).await {
            Ok(path) => (
                fact(levels(&client, &path, PolicyType::ServiceControlPolicy).await),
                fact(levels(&client, &path, PolicyType::ResourceControlPolicy).await),
            ),
            Err(error) => (Fact::Unread(unread(&error)), Fact::Unread(unread(&error))),
        };
        if last.0.known().is_some() && last.1.known().is_some() {
            return last;
        }
    }
    last
}

/// The root, the units, and the account.
async fn path(client: &Client, id: &str) -> Result<Vec<String>, ReadError> {
    let mut path = vec![id.to_owned()];
    for _ in 0..DEEPEST {
        let child = path.last().cloned().unwrap_or_default();
        let answer = client.list_parents().child_id(child).send().await;
        let answer = found("organizations:ListParents", answer, &[])?;
        let parent = answer.and_then(|answer| answer.parents).unwrap_or_default().into_iter().next();
        let Some(parent) = parent.and_then(|parent| parent.id) else { break };
        let root = parent.starts_with("r-");
        path.push(parent);
        if root {
            break;
        }
    }
    path.reverse();
    Ok(path)
}

/// Each level's policies of a type; no levels where the type is switched off.
async fn levels(client: &Client, path: &[String], kind: PolicyType) -> Result<Vec<Vec<Attached>>, ReadError> {
    if !is_on(client, &kind).await? {
        return Ok(Vec::new());
    }
    let mut levels = Vec::new();
    for target in path {
        let mut level = Vec::new();
        let mut token = None;
        loop {
            let asked = client.list_policies_for_target().target_id(target).filter(kind.clone());
            let answer = asked.set_next_token(token.take()).send().await;
            let Some(answer) = found("organizations:ListPoliciesForTarget", answer, &[])? else { break };
            for policy in answer.policies.unwrap_or_default() {
                let (Some(id), name) = (policy.id, policy.name.unwrap_or_default()) else { continue };
                let answer = client.describe_policy().policy_id(&id).send().await;
                let answer = found("organizations:DescribePolicy", answer, &[])?;
                let document = answer.and_then(|answer| answer.policy?.content).unwrap_or_default();
                level.push(Attached { name: format!("{name} at {target}"), document });
            }
            token = answer.next_token;
            if token.is_none() {
                break;
            }
        }
        levels.push(level);
    }
    Ok(levels)
}

async fn is_on(client: &Client, kind: &PolicyType) -> Result<bool, ReadError> {
    let answer = found("organizations:ListRoots", client.list_roots().send().await, &[])?;
    let roots = answer.and_then(|answer| answer.roots).unwrap_or_default();
    let types = roots.into_iter().flat_map(|root| root.policy_types.unwrap_or_default());
    let on = aws_sdk_organizations::types::PolicyTypeStatus::Enabled;
    Ok(types.into_iter().any(|found| found.r#type.as_ref() == Some(kind) && found.status == Some(on.clone())))
}
