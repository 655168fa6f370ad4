//! `LeaveOrganization`: a member account takes itself out.

use super::caller::commit;
use super::errors::{not_in_use, unstored};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Tree;
use trailward_wire::ApiError;

pub(crate) struct LeaveOrganization;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

impl Operation for LeaveOrganization {
    const NAME: &'static str = "LeaveOrganization";
    const ACCESS: Access = Access::write("organizations:LeaveOrganization");
    type Input = Input;
    type Output = Empty;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Empty, ApiError> {
        let organizations = &call.platform.organizations;
        let tree = organizations.tree_of(call.account()).await.map_err(unstored)?.ok_or_else(not_in_use)?;
        let now = call.now.unix_timestamp();
        commit(call, &tree, &|tree: &mut Tree| tree.leave(call.account(), now)).await?;
        Ok(Empty {})
    }
}
