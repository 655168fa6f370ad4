//! `GetCallerIdentity`. Needs no permission.

use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetCallerIdentity;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user_id: String,
    account: String,
    arn: String,
}

impl Operation for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";
    const ACCESS: Access = Access::read("sts:GetCallerIdentity").for_everyone();
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Output, ApiError> {
        Ok(Output {
            user_id: call.identity.recorded.principal_id.clone().unwrap_or_default(),
            account: call.account().to_owned(),
            arn: call.identity.display_arn().to_owned(),
        })
    }
}
