//! `AssumeRole`. The role's trust policy must allow, and for callers of another account their own policies too.
//!
//! A code of the caller's MFA device counts in the trust policy's conditions, and is used up by them.
//!
//! DEVIATION: session tags and source identity are answered `NotImplemented` until they exist here.

use super::credentials::{Credentials, duration, without_secret};
use super::mfa::proven;
use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::iam::state::{self, Role};
use crate::identity::{Asked, SessionPrincipal, issue};
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_model::{Arn, RecordResource};
use trailward_policy::{PolicyKind, Principal};
use trailward_wire::ApiError;

/// What a session by role chaining may last at most.
const MAX_CHAINED: i64 = 3_600;

pub(crate) struct AssumeRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_arn: String,
    role_session_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policy_arns: Vec<PolicyArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing)]
    token_code: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PolicyArn {
    arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

/// The role an ARN means: account and name.
fn parts(arn: &str) -> Option<(String, String)> {
    let arn: Arn = arn.parse().ok()?;
    let path = arn.resource.strip_prefix("role/")?;
    let name = path.rsplit('/').next()?.to_owned();
    (arn.service == "iam" && arn.partition == "aws").then_some((arn.account, name))
}

async fn find_role(arn: &str, call: &Call) -> Result<Option<(String, Role)>, ApiError> {
    let Some((account, name)) = parts(arn) else { return Ok(None) };
    let role = state::find::<Role>(&call.platform, &account, &name).await?;
    Ok(role.filter(|r| r.value.arn(&account) == arn).map(|r| (account, r.value)))
}

/// The same, unless its account is closed.
async fn find_open_role(arn: &str, call: &Call) -> Result<Option<(String, Role)>, ApiError> {
    let Some((account, role)) = find_role(arn, call).await? else { return Ok(None) };
    let standing = call.platform.organizations.standing(&account).await.map_err(state::failed)?;
    Ok(standing.is_none_or(|standing| !standing.is_closed).then_some((account, role)))
}

impl Operation for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    // CloudTrail marks AssumeRole as read-only and records its answer all the same.
    const ACCESS: Access = Access::read("sts:AssumeRole").with_answer();
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        check_members(input)?;
        let shown: String = input.role_arn.chars().take(256).collect();
        if matches!(call.identity.caller.principal, Principal::Root { .. }) {
            return Err(access_denied(call.service.protocol, "Roles may not be assumed by root accounts."));
        }
        let Some((account, role)) = find_open_role(&input.role_arn, call).await? else {
            // A role that does not exist is indistinguishable from one that may not be assumed.
            let message = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {shown}",
                call.identity.display_arn()
            );
            return Err(access_denied(call.service.protocol, message));
        };
        let trust = call.platform.policies.get(&role.trust, PolicyKind::Trust).map_err(|error| {
            tracing::error!(%error, role = role.name, "a stored trust policy does not parse");
            ApiError::internal()
        })?;
        let mut target = Target::new(role.arn(&account), &account)
            .with_key("sts:RoleSessionName", input.role_session_name.clone());
        if let Some(id) = &input.external_id {
            target = target.with_key("sts:ExternalId", id.clone());
        }
        if proven(input.serial_number.as_deref(), input.token_code.as_deref(), call).await? {
            target =
                target.with_key("aws:MultiFactorAuthPresent", "true").with_key("aws:MultiFactorAuthAge", "0");
        }
        target.policy = Some(trust);
        target.policy_required = true;
        target.recorded = vec![RecordResource {
            account_id: Some(account.clone()),
            kind: Some("AWS::IAM::Role".into()),
            arn: Some(role.arn(&account)),
            ..RecordResource::default()
        }];
        Ok(target)
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let (account, role) = find_role(&input.role_arn, call).await?.ok_or_else(ApiError::internal)?;
        let chained = matches!(call.identity.caller.principal, Principal::RoleSession { .. });
        let max = if chained { MAX_CHAINED } else { role.max_session_seconds };
        let seconds = duration(input.duration_seconds, MAX_CHAINED, 43_200)?;
        if seconds > max {
            let text = if chained {
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            } else {
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            };
            return Err(ApiError::bad_request("ValidationError", text));
        }
        let mut policies = Vec::new();
        let mut packed = 0;
        if let Some(text) = &input.policy {
            packed += text.len();
            call.platform
                .policies
                .get(text, PolicyKind::Identity)
                .map_err(|error| ApiError::bad_request("MalformedPolicyDocument", error.to_string()))?;
            policies.push(text.clone());
        }
        for PolicyArn { arn } in &input.policy_arns {
            packed += arn.len();
            let text = state::managed_document(&call.platform, &account, arn).await?.ok_or_else(|| {
                ApiError::bad_request("InvalidInput", "A policy ARN in PolicyArns does not exist.")
            })?;
            policies.push(text);
        }
        let principal = SessionPrincipal::Role {
            name: role.name.clone(),
            id: role.id.clone(),
            session_name: input.role_session_name.clone(),
        };
        let packed_policy_size = (packed > 0).then(|| (packed * 100).div_ceil(2048).min(100));
        // With a code that was not right, it would not have come to this.
        let asked = Asked { principal, seconds, policies, mfa: input.serial_number.is_some() };
        let issued = issue(&call.platform, &account, asked)?;
        let session = format!("assumed-role/{}/{}", role.name, input.role_session_name);
        Ok(Output {
            credentials: issued.into(),
            assumed_role_user: AssumedRoleUser {
                assumed_role_id: format!("{}:{}", role.id, input.role_session_name),
                arn: Arn::new("sts", "", &account, session).to_string(),
            },
            packed_policy_size,
        })
    }

    fn record_output(output: &Output) -> Value {
        without_secret(recorded(output))
    }
}

fn check_members(input: &Input) -> Result<(), ApiError> {
    let invalid = |text: String| Err(ApiError::bad_request("ValidationError", text));
    let name = &input.role_session_name;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        let shown: String = name.chars().take(100).collect();
        return invalid(format!(
            "1 validation error detected: Value '{shown}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, with a length of 2 to 64"
        ));
    }
    if input.policy.as_ref().is_some_and(|p| p.chars().count() > 2048) || input.policy_arns.len() > 10 {
        return Err(ApiError::bad_request("PackedPolicyTooLarge", "The session policies are too large."));
    }
    let id = |text: &str| {
        (2..=1224).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c))
    };
    if input.external_id.as_deref().is_some_and(|text| !id(text)) {
        return invalid("1 validation error detected: Value at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*".into());
    }
    if !input.tags.is_empty() || input.source_identity.is_some() {
        return Err(ApiError::new(
            "NotImplemented",
            501,
            "Session tags and source identity are not implemented here.",
        ));
    }
    Ok(())
}
