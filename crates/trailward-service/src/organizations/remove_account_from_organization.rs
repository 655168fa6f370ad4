//! `RemoveAccountFromOrganization`: the account stands alone again, and no policy of the organization binds it.

use super::caller::change;
use super::check::id;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct RemoveAccountFromOrganization;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
}

impl Operation for RemoveAccountFromOrganization {
    const NAME: &'static str = "RemoveAccountFromOrganization";
    const ACCESS: Access = Access::write("organizations:RemoveAccountFromOrganization");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.account_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.account_id, &[Id::Account])?;
        let now = call.now.unix_timestamp();
        change(call, |tree| tree.leave(&input.account_id, now)).await?;
        Ok(Empty {})
    }
}
