//! `PutGroupPolicy`. A policy of the same name is replaced.

use super::check::Check;
use super::inline;
use super::state::Group;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct PutGroupPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for PutGroupPolicy {
    const NAME: &'static str = "PutGroupPolicy";
    const ACCESS: Access = Access::write("iam:PutGroupPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .group(&input.group_name)
            .policy(&input.policy_name)
            .document("policyDocument", &input.policy_document)
            .done()?;
        target::of::<Group>(&input.group_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        inline::put::<Group>(&input.group_name, &input.policy_name, &input.policy_document, call).await
    }
}
