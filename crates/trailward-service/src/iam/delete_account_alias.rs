//! `DeleteAccountAlias`.

use super::account_alias;
use super::check::Check;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteAccountAlias;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    account_alias: String,
}

impl Operation for DeleteAccountAlias {
    const NAME: &'static str = "DeleteAccountAlias";
    const ACCESS: Access = Access::write("iam:DeleteAccountAlias");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Check::new().account_alias(&input.account_alias).done()?;
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        account_alias::delete(&input.account_alias, call).await
    }
}
