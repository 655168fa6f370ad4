//! `DeleteOrganization`. Only the management account may be left in it. Trails of the organization go on as trails of the
//! management account.

use super::caller::{cause, manager};
use super::errors::unsuccessful;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteOrganization;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

impl Operation for DeleteOrganization {
    const NAME: &'static str = "DeleteOrganization";
    const ACCESS: Access = Access::write("organizations:DeleteOrganization");
    type Input = Input;
    type Output = Empty;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Empty, ApiError> {
        let tree = manager(call).await?;
        call.platform.organizations.delete(&tree, cause(call)).await.map_err(unsuccessful)?;
        Ok(Empty {})
    }
}
