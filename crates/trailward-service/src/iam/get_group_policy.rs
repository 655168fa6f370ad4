//! `GetGroupPolicy`. The document is percent-encoded.

use super::check::Check;
use super::inline;
use super::state::Group;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetGroupPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
    policy_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    group_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for GetGroupPolicy {
    const NAME: &'static str = "GetGroupPolicy";
    const ACCESS: Access = Access::read("iam:GetGroupPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().group(&input.group_name).policy(&input.policy_name).done()?;
        target::of::<Group>(&input.group_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let policy_document = inline::get::<Group>(&input.group_name, &input.policy_name, call).await?;
        Ok(Output { group_name: input.group_name, policy_name: input.policy_name, policy_document })
    }
}
