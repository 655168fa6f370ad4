//! The log group and the role that CloudTrail writes there with, from AWS or from files.

use super::{PreflightArgs, policy_file};
use anyhow::{Context as _, Result, bail};
use trailward_guard::aws::{Account, ReadTrail};
use trailward_guard::preflight::{FoundRole, LogFacts, RolePolicy};
use trailward_model::Arn;

/// Whether files say everything.
pub(super) fn offline(args: &PreflightArgs) -> bool {
    args.log_role_trust.is_some() && args.log_role_policy.is_some()
}

pub(super) fn group_arn(text: &str) -> Result<Arn> {
    let arn: Arn = text.parse().context("--log-group has to be a log group's ARN")?;
    let name = arn.resource.strip_prefix("log-group:").unwrap_or_default().trim_end_matches(":*");
    if arn.service != "logs" || arn.region.is_empty() || name.is_empty() || name.contains([':', '*']) {
        bail!("`{text}` is not a log group's ARN: expected arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*");
    }
    Ok(arn)
}

pub(super) fn role_arn(text: &str) -> Result<Arn> {
    let arn: Arn = text.parse().context("--log-role has to be a role's ARN")?;
    let name = arn.resource.strip_prefix("role/").unwrap_or_default();
    if arn.service != "iam" || name.is_empty() || name.ends_with('/') {
        bail!("`{text}` is not a role's ARN: expected arn:aws:iam::ACCOUNT:role/NAME");
    }
    Ok(arn)
}

/// Reads what was named, or what the trail names that is there already.
pub(super) async fn read(
    args: &PreflightArgs,
    account: &Account,
    existing: Option<&ReadTrail>,
) -> Result<Option<LogFacts>> {
    let group = args.log_group.clone().or_else(|| existing?.log_group.clone());
    let role = args.log_role.clone().or_else(|| existing?.log_role.clone());
    let (Some(group), Some(role)) = (group, role) else { return Ok(None) };
    let (group_arn, role_arn) = (group_arn(&group)?, role_arn(&role)?);
    let (exists, read) = if offline(args) {
        (None, None)
    } else {
        (account.log_group(&group_arn).await?, account.log_role(&role_arn).await?)
    };
    let found = from_files(args, read)?;
    Ok(Some(LogFacts { group, exists, role, found }))
}

/// What was read, with files in its place where there are some.
fn from_files(args: &PreflightArgs, read: Option<FoundRole>) -> Result<Option<FoundRole>> {
    if read.is_none() && !offline(args) {
        return Ok(None);
    }
    let mut role = read.unwrap_or(FoundRole { trust: String::new(), policies: Vec::new(), boundary: None });
    if let Some(file) = &args.log_role_trust {
        role.trust = policy_file(file)?;
    }
    if let Some(file) = &args.log_role_policy {
        let name = file.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        role.policies = vec![RolePolicy { name, document: policy_file(file)?, inline: true }];
    }
    Ok(Some(role))
}
