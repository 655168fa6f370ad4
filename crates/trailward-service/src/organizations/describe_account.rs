//! `DescribeAccount`.

use super::caller::reader;
use super::check::id;
use super::errors::refused;
use super::shapes::AccountShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct DescribeAccount;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    account: AccountShape,
}

impl Operation for DescribeAccount {
    const NAME: &'static str = "DescribeAccount";
    const ACCESS: Access = Access::read("organizations:DescribeAccount");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.account_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.account_id, &[Id::Account])?;
        let tree = reader(call).await?;
        let member = tree.member(&input.account_id).map_err(refused)?;
        Ok(Output { account: AccountShape::new(&tree, member) })
    }
}
