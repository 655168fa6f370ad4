//! `DetachPolicy`: in effect when the call returns. Needs the permission on the policy and on the target.

use super::attach_policy::Input;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use trailward_organization::Tree;
use trailward_wire::ApiError;

pub(crate) struct DetachPolicy;

impl Operation for DetachPolicy {
    const NAME: &'static str = "DetachPolicy";
    const ACCESS: Access = Access::write("organizations:DetachPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        input.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        input.edit(&Self::ACCESS, call, Tree::detach).await
    }
}
