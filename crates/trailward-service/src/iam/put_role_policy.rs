//! `PutRolePolicy`. A policy of the same name is replaced.

use super::check::Check;
use super::inline;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct PutRolePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

impl Operation for PutRolePolicy {
    const NAME: &'static str = "PutRolePolicy";
    const ACCESS: Access = Access::write("iam:PutRolePolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .role(&input.role_name)
            .policy(&input.policy_name)
            .document("policyDocument", &input.policy_document)
            .done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        inline::put::<Role>(&input.role_name, &input.policy_name, &input.policy_document, call).await
    }
}
