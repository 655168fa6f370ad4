//! `DescribeOrganization`, for every account of the organization.

use super::caller::member;
use super::shapes::OrganizationShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DescribeOrganization;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Input {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    organization: OrganizationShape,
}

impl Operation for DescribeOrganization {
    const NAME: &'static str = "DescribeOrganization";
    const ACCESS: Access = Access::read("organizations:DescribeOrganization");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(_: Input, call: &Call) -> Result<Output, ApiError> {
        Ok(Output { organization: OrganizationShape::from(&*member(call).await?) })
    }
}
