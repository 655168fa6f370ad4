//! `DescribePolicy`, AWS's own included.

use super::caller::reader;
use super::check::id;
use super::errors::refused;
use super::shapes::PolicyShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal};
use trailward_wire::ApiError;

pub(crate) struct DescribePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: PolicyShape,
}

impl Operation for DescribePolicy {
    const NAME: &'static str = "DescribePolicy";
    const ACCESS: Access = Access::read("organizations:DescribePolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.policy_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.policy_id, &[Id::Policy])?;
        let tree = reader(call).await?;
        let policy = tree.policy(&input.policy_id).ok_or_else(|| refused(Refusal::no_policy()))?;
        Ok(Output { policy: PolicyShape::new(&tree, &policy) })
    }
}
