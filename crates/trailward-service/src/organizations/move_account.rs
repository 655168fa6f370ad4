//! `MoveAccount`. Needs the permission on the account and on both parents.

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

pub(crate) struct MoveAccount;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "AWS's names")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
    #[serde(default)]
    source_parent_id: String,
    #[serde(default)]
    destination_parent_id: String,
}

impl Operation for MoveAccount {
    const NAME: &'static str = "MoveAccount";
    const ACCESS: Access = Access::write("organizations:MoveAccount");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.account_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.account_id, &[Id::Account])?;
        for parent in [&input.source_parent_id, &input.destination_parent_id] {
            id(parent, &[Id::Root, Id::Unit])?;
            call.authorize(&Self::ACCESS, &target::of(call, parent).await?).await?;
        }
        let (from, to) = (&input.source_parent_id, &input.destination_parent_id);
        change(call, |tree| tree.move_account(&input.account_id, from, to)).await?;
        Ok(Empty {})
    }
}
