//! `DisableAWSServiceAccess`. Without trusted access, CloudTrail turns the organization's trails into trails of the
//! management account alone; giving it back does not undo that (AWS Organizations User Guide, "AWS CloudTrail and AWS
//! Organizations").

use super::caller::change;
use super::check::service;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DisableAWSServiceAccess;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    service_principal: String,
}

impl Operation for DisableAWSServiceAccess {
    const NAME: &'static str = "DisableAWSServiceAccess";
    const ACCESS: Access = Access::write("organizations:DisableAWSServiceAccess");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any().with_key("organizations:ServicePrincipal", input.service_principal.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        service(&input.service_principal)?;
        change(call, |tree| tree.distrust(&input.service_principal)).await?;
        Ok(Empty {})
    }
}
