//! `RegisterOrganizationDelegatedAdmin`: at most three, and never the management account.

use super::delegation::change;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::CLOUDTRAIL;
use trailward_wire::ApiError;

/// What CloudTrail does in AWS Organizations on the caller's behalf.
const DEPENDENCY: Access = Access::write("organizations:RegisterDelegatedAdministrator");

pub(crate) struct RegisterOrganizationDelegatedAdmin;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    member_account_id: String,
}

impl Operation for RegisterOrganizationDelegatedAdmin {
    const NAME: &'static str = "RegisterOrganizationDelegatedAdmin";
    const ACCESS: Access = Access::write("cloudtrail:RegisterOrganizationDelegatedAdmin");
    type Input = Input;
    type Output = Empty;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let account = &input.member_account_id;
        let now = call.now.unix_timestamp();
        change(account, DEPENDENCY, call, |tree| tree.delegate(account, CLOUDTRAIL, now)).await
    }
}
