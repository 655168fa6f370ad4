//! `GetFederationToken`. Only with long-term credentials; the session may do what both the caller and the session policies
//! allow, so without session policies nothing but what resource policies allow it by name.
//!
//! DEVIATION: tokens from before a user's change of name stop working.

use super::credentials::{Credentials, duration, without_secret};
use super::packed::{self, PolicyArn};
use super::tags;
use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::identity::{Asked, Bestowed, SessionPrincipal, issue};
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_model::{Arn, Tag};
use trailward_policy::Principal;
use trailward_wire::ApiError;

const DEFAULT: i64 = 43_200;
const MAX: i64 = 129_600;

/// What a session of root lasts at most; longer ones become this long.
const MAX_OF_ROOT: i64 = 3_600;

pub(crate) struct GetFederationToken;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policy_arns: Vec<PolicyArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    credentials: Credentials,
    federated_user: FederatedUser,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FederatedUser {
    federated_user_id: String,
    arn: String,
}

fn arn(name: &str, call: &Call) -> String {
    Arn::new("sts", "", call.account(), format!("federated-user/{name}")).to_string()
}

fn given(input: &Input) -> Result<Bestowed, ApiError> {
    tags::bestowed(&input.tags, &[], None, &Bestowed::default())
}

impl Operation for GetFederationToken {
    const NAME: &'static str = "GetFederationToken";
    const ACCESS: Access = Access::read("sts:GetFederationToken").with_answer();
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let name = &input.name;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        if !(2..=32).contains(&name.len()) || !name.chars().all(allowed) {
            let shown: String = name.chars().take(100).collect();
            return Err(ApiError::bad_request(
                "ValidationError",
                format!(
                    "1 validation error detected: Value '{shown}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, with a length of 2 to 32"
                ),
            ));
        }
        packed::check(input.policy.as_deref(), &input.policy_arns)?;
        let given = given(input)?;
        if call.identity.is_session {
            return Err(access_denied(
                call.service.protocol,
                "Cannot call GetFederationToken with session credentials",
            ));
        }
        let target = tags::with_keys(Target::new(arn(name, call), call.account()), &given);
        tags::authorize(Self::ACCESS, &target, &given, call).await?;
        Ok(target)
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let seconds = duration(input.duration_seconds, DEFAULT, MAX)?;
        let (by, seconds) = match &call.identity.caller.principal {
            Principal::User { user_id, .. } => {
                let name = call.identity.recorded.user_name.clone().unwrap_or_default();
                (Some((name, user_id.clone())), seconds)
            }
            Principal::Root { .. } => (None, seconds.min(MAX_OF_ROOT)),
            _ => return Err(ApiError::internal()),
        };
        let bestowed = given(&input)?;
        let (policies, policy_arns, packed_policy_size) =
            packed::pack(input.policy, input.policy_arns, &bestowed, call.account(), call).await?;
        let principal = SessionPrincipal::Federated { name: input.name.clone(), by };
        let asked = Asked { principal, seconds, policies, policy_arns, mfa: false, bestowed };
        let issued = issue(&call.platform, call.account(), asked)?;
        Ok(Output {
            credentials: issued.into(),
            federated_user: FederatedUser {
                federated_user_id: format!("{}:{}", call.account(), input.name),
                arn: arn(&input.name, call),
            },
            packed_policy_size,
        })
    }

    fn record_output(output: &Output) -> Value {
        without_secret(recorded(output))
    }
}
