//! `AssumeRole`. The role's trust policy must allow, and for callers of another account their own policies too.
//!
//! A code of the caller's MFA device counts in the trust policy's conditions, and is used up by them. Session tags and a
//! source identity need permissions of their own, on both sides.

use super::credentials::{Credentials, duration, without_secret};
use super::mfa::proven;
use super::packed::{self, PolicyArn};
use super::tags;
use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::iam::state::{self, Role};
use crate::identity::{Asked, Bestowed, SessionPrincipal, issue};
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_model::{Arn, RecordResource, Tag};
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
    tags: Vec<Tag>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    transitive_tag_keys: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing)]
    token_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
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
    const ACCESS: Access = Access::read("sts:AssumeRole").with_answer().with_private_denials();
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        check_members(input)?;
        let given = given(input, call)?;
        let shown: String = input.role_arn.chars().take(256).collect();
        if matches!(call.identity.caller.principal, Principal::Root { .. }) {
            return Err(access_denied(call.service.protocol, "Roles may not be assumed by root accounts."));
        }
        // A role that does not exist is indistinguishable from one that may not be assumed. Federated users may assume
        // none.
        let federated = matches!(call.identity.caller.principal, Principal::FederatedUser { .. });
        let found = if federated { None } else { find_open_role(&input.role_arn, call).await? };
        let Some((account, role)) = found else {
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
        let target = tags::with_keys(target, &given);
        tags::authorize(Self::ACCESS, &target, &given, call).await?;
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
        let bestowed = given(&input, call)?;
        let (policies, policy_arns, packed_policy_size) =
            packed::pack(input.policy, input.policy_arns, &bestowed, &account, call).await?;
        let source_identity = bestowed.source_identity.clone();
        let principal = SessionPrincipal::Role {
            name: role.name.clone(),
            id: role.id.clone(),
            session_name: input.role_session_name.clone(),
        };
        // With a code that was not right, it would not have come to this.
        let mfa = input.serial_number.is_some();
        let asked = Asked { principal, seconds, policies, policy_arns, mfa, bestowed };
        let issued = issue(&call.platform, &account, asked)?;
        let session = format!("assumed-role/{}/{}", role.name, input.role_session_name);
        Ok(Output {
            credentials: issued.into(),
            assumed_role_user: AssumedRoleUser {
                assumed_role_id: format!("{}:{}", role.id, input.role_session_name),
                arn: Arn::new("sts", "", &account, session).to_string(),
            },
            packed_policy_size,
            source_identity,
        })
    }

    fn record_output(output: &Output) -> Value {
        without_secret(recorded(output))
    }
}

fn given(input: &Input, call: &Call) -> Result<Bestowed, ApiError> {
    let source = input.source_identity.as_deref();
    tags::bestowed(&input.tags, &input.transitive_tag_keys, source, &call.identity.bestowed)
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
    packed::check(input.policy.as_deref(), &input.policy_arns)?;
    let id = |text: &str| {
        (2..=1224).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c))
    };
    if input.external_id.as_deref().is_some_and(|text| !id(text)) {
        return invalid("1 validation error detected: Value at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*".into());
    }
    Ok(())
}
