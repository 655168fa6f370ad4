//! `PutUserPolicy`. A policy of the same name is replaced.

use super::check::Check;
use super::inline;
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct PutUserPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for PutUserPolicy {
    const NAME: &'static str = "PutUserPolicy";
    const ACCESS: Access = Access::write("iam:PutUserPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .user(&input.user_name)
            .policy(&input.policy_name)
            .document("policyDocument", &input.policy_document)
            .done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        inline::put::<User>(&input.user_name, &input.policy_name, &input.policy_document, call).await
    }
}
