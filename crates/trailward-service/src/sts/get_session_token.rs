//! `GetSessionToken`. Needs long-term credentials and no permission; with a code of the caller's MFA device, the session
//! passes conditions that demand MFA, and may call IAM.

use super::credentials::{Credentials, duration, without_secret};
use super::mfa::proven;
use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::identity::{Asked, Bestowed, SessionPrincipal, issue};
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_policy::Principal;
use trailward_wire::ApiError;

const MAX: i64 = 129_600;

/// What a session of root lasts at most; longer ones become this long.
const MAX_OF_ROOT: i64 = 3_600;

pub(crate) struct GetSessionToken;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing)]
    token_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    credentials: Credentials,
}

impl Operation for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";
    const ACCESS: Access = Access::read("sts:GetSessionToken").for_everyone().with_answer();
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if call.identity.is_session {
            return Err(access_denied(
                call.service.protocol,
                "Cannot call GetSessionToken with session credentials",
            ));
        }
        let (principal, default) = match &call.identity.caller.principal {
            Principal::User { user_id, .. } => {
                let name = call.identity.recorded.user_name.clone().unwrap_or_default();
                (SessionPrincipal::User { name, id: user_id.clone() }, 43_200)
            }
            Principal::Root { .. } => (SessionPrincipal::Root, MAX_OF_ROOT),
            _ => return Err(ApiError::internal()),
        };
        let seconds = duration(input.duration_seconds, default, MAX)?;
        let seconds = if principal == SessionPrincipal::Root { seconds.min(MAX_OF_ROOT) } else { seconds };
        // Last, so that a request with another mistake uses no code up.
        let mfa = proven(input.serial_number.as_deref(), input.token_code.as_deref(), call).await?;
        let asked = Asked {
            principal,
            seconds,
            policies: Vec::new(),
            policy_arns: Vec::new(),
            mfa,
            bestowed: Bestowed::default(),
        };
        let issued = issue(&call.platform, call.account(), asked)?;
        Ok(Output { credentials: issued.into() })
    }

    fn record_output(output: &Output) -> Value {
        without_secret(recorded(output))
    }
}
