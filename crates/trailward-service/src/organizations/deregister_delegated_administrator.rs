//! `DeregisterDelegatedAdministrator`.

use super::register_delegated_administrator::Input;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use trailward_organization::Tree;
use trailward_wire::ApiError;

pub(crate) struct DeregisterDelegatedAdministrator;

impl Operation for DeregisterDelegatedAdministrator {
    const NAME: &'static str = "DeregisterDelegatedAdministrator";
    const ACCESS: Access = Access::write("organizations:DeregisterDelegatedAdministrator");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        input.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        input.edit(call, Tree::undelegate).await
    }
}
