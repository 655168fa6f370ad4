//! `GetSessionToken`. Needs long-term credentials and no permission.
//!
//! DEVIATION: `SerialNumber` and `TokenCode` are answered `NotImplemented` until MFA devices exist here.

use super::credentials::{Credentials, duration, without_secret};
use crate::access::{Access, Target};
use crate::call::{Call, access_denied};
use crate::identity::{SessionPrincipal, issue};
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_policy::Principal;
use trailward_wire::ApiError;

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
        if input.serial_number.is_some() || input.token_code.is_some() {
            return Err(ApiError::new("NotImplemented", 501, "MFA devices are not implemented here."));
        }
        let (principal, default, max) = match &call.identity.caller.principal {
            Principal::User { user_id, .. } => {
                let name = call.identity.recorded.user_name.clone().unwrap_or_default();
                (SessionPrincipal::User { name, id: user_id.clone() }, 43_200, 129_600)
            }
            Principal::Root { .. } => (SessionPrincipal::Root, 3_600, 3_600),
            _ => return Err(ApiError::internal()),
        };
        let seconds = duration(input.duration_seconds, default, max)?;
        let issued = issue(&call.platform, call.account(), principal, seconds, Vec::new())?;
        Ok(Output { credentials: issued.into() })
    }

    fn record_output(output: &Output) -> Value {
        without_secret(recorded(output))
    }
}
