//! `DisablePolicyType`: every policy of the type is detached from everything.

use super::enable_policy_type::{Input, Output};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use trailward_organization::Tree;
use trailward_wire::ApiError;

pub(crate) struct DisablePolicyType;

impl Operation for DisablePolicyType {
    const NAME: &'static str = "DisablePolicyType";
    const ACCESS: Access = Access::write("organizations:DisablePolicyType");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        input.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        input.switch(call, Tree::disable).await
    }
}
