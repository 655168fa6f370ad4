//! `DescribeCreateAccountStatus`.

use super::caller::reader;
use super::check::id;
use super::errors::unsuccessful;
use super::shapes::CreationShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct DescribeCreateAccountStatus;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    create_account_request_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    create_account_status: CreationShape,
}

impl Operation for DescribeCreateAccountStatus {
    const NAME: &'static str = "DescribeCreateAccountStatus";
    const ACCESS: Access = Access::read("organizations:DescribeCreateAccountStatus");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.create_account_request_id, &[Id::Creation])?;
        let tree = reader(call).await?;
        let organizations = &call.platform.organizations;
        let found = organizations.creation(&tree.organization.id, &input.create_account_request_id).await;
        Ok(Output { create_account_status: CreationShape::from(&found.map_err(unsuccessful)?) })
    }
}
