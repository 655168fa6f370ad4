//! `CloseAccount`: nobody in the account can act any more, and nothing in it can be reached. AWS does it in the background;
//! here it is done when the call returns.

use super::caller::change;
use super::check::id;
use super::events;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct CloseAccount;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
}

impl Operation for CloseAccount {
    const NAME: &'static str = "CloseAccount";
    const ACCESS: Access = Access::write("organizations:CloseAccount");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.account_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.account_id, &[Id::Account])?;
        let now = call.now.unix_timestamp();
        change(call, |tree| tree.close(&input.account_id, now)).await?;
        events::closed(&input.account_id, call).await?;
        Ok(Empty {})
    }
}
