//! `DeregisterOrganizationDelegatedAdmin`. The organization's trails stay as they are.

use super::delegation::change;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::CLOUDTRAIL;
use trailward_wire::ApiError;

/// What CloudTrail does in AWS Organizations on the caller's behalf.
const DEPENDENCY: Access = Access::write("organizations:DeregisterDelegatedAdministrator");

pub(crate) struct DeregisterOrganizationDelegatedAdmin;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    delegated_admin_account_id: String,
}

impl Operation for DeregisterOrganizationDelegatedAdmin {
    const NAME: &'static str = "DeregisterOrganizationDelegatedAdmin";
    const ACCESS: Access = Access::write("cloudtrail:DeregisterOrganizationDelegatedAdmin");
    type Input = Input;
    type Output = Empty;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let account = &input.delegated_admin_account_id;

        change(account, DEPENDENCY, call, |tree| tree.undelegate(account, CLOUDTRAIL)).await
    }
}
