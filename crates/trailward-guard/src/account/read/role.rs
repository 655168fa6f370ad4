//! A log group and the role that CloudTrail writes there with, for a trail that there is not yet.

use super::people::decoded;
use crate::aws::{Account, ReadError, found};
use crate::preflight::{FoundRole, RolePolicy};
use aws_sdk_iam::Client;
use trailward_model::Arn;

/// What IAM says of a role or policy that there is not.
const MISSING: &[&str] = &["NoSuchEntity", "NoSuchEntityException"];
/// Pages that are read of any listing here: a role has no more than some dozens of policies.
const MOST_PAGES: usize = 20;

impl Account {
    /// Whether there is such a log group. `arn` is its ARN, with or without `:*`. `None` where the service has no log groups.
    pub async fn log_group(&self, arn: &Arn) -> Result<Option<bool>, ReadError> {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.region(&arn.region));
        let name = arn.resource.trim_start_matches("log-group:").trim_end_matches(":*");
        // The name itself is the first of those that begin with it.
        let asked = client.describe_log_groups().log_group_name_prefix(name).limit(1).send().await;
        match found("logs:DescribeLogGroups", asked, &[]) {
            Err(error) if error.code.as_deref() == Some("NotImplemented") => Ok(None),
            Err(error) => Err(error),
            Ok(answer) => {
                let groups = answer.and_then(|answer| answer.log_groups).unwrap_or_default();
                Ok(Some(groups.iter().any(|group| group.log_group_name.as_deref() == Some(name))))
            }
        }
    }

    /// A role with everything that bears on it but control policies; `None` if there is no such role. `arn` is its ARN.
    pub async fn log_role(&self, arn: &Arn) -> Result<Option<FoundRole>, ReadError> {
        let client = Client::new(&self.config);
        let name = arn.resource.rsplit('/').next().unwrap_or_default();
        let asked = client.get_role().role_name(name).send().await;
        let role = found("iam:GetRole", asked, MISSING)?.and_then(|answer| answer.role);
        let Some(role) = role.filter(|role| role.arn == arn.to_string()) else { return Ok(None) };
        let mut policies = inline(&client, name).await?;
        for arn in attached(&client, name).await? {
            policies.extend(managed(&client, &arn).await?);
        }
        let boundary = role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn);
        let boundary = match boundary {
            Some(arn) => managed(&client, &arn).await?,
            None => None,
        };
        let trust = decoded(&role.assume_role_policy_document.unwrap_or_default());
        Ok(Some(FoundRole { trust, policies, boundary }))
    }
}

async fn inline(client: &Client, role: &str) -> Result<Vec<RolePolicy>, ReadError> {
    let (mut all, mut marker) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let asked = client.list_role_policies().role_name(role).set_marker(marker.take()).send().await;
        let Some(page) = found("iam:ListRolePolicies", asked, MISSING)? else { break };
        for name in page.policy_names {
            let asked = client.get_role_policy().role_name(role).policy_name(&name).send().await;
            // It may have gone since it was listed.
            if let Some(answer) = found("iam:GetRolePolicy", asked, MISSING)? {
                let document = decoded(&answer.policy_document);
                all.push(RolePolicy { name, document, inline: true });
            }
        }
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            break;
        }
    }
    Ok(all)
}

async fn attached(client: &Client, role: &str) -> Result<Vec<String>, ReadError> {
    let (mut all, mut marker) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let asked =
            client.list_attached_role_policies().role_name(role).set_marker(marker.take()).send().await;
        let Some(page) = found("iam:ListAttachedRolePolicies", asked, MISSING)? else { break };
        let policies = page.attached_policies.unwrap_or_default();
        all.extend(policies.into_iter().filter_map(|policy| policy.policy_arn));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            break;
        }
    }
    Ok(all)
}

/// The default version of a managed policy.
async fn managed(client: &Client, arn: &str) -> Result<Option<RolePolicy>, ReadError> {
    let asked = client.get_policy().policy_arn(arn).send().await;
    let policy = found("iam:GetPolicy", asked, MISSING)?.and_then(|answer| answer.policy);
    let Some(version) = policy.and_then(|policy| policy.default_version_id) else { return Ok(None) };
    let asked = client.get_policy_version().policy_arn(arn).version_id(version).send().await;
    let answer = found("iam:GetPolicyVersion", asked, MISSING)?;
    let document = answer.and_then(|answer| answer.policy_version?.document);
    Ok(document.map(|text| RolePolicy { name: arn.to_owned(), document: decoded(&text), inline: false }))
}
