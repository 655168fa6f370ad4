//! `EnableAWSServiceAccess`: a service may work in all accounts of the organization.

use super::caller::change;
use super::check::service;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct EnableAWSServiceAccess;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    service_principal: String,
}

impl Operation for EnableAWSServiceAccess {
    const NAME: &'static str = "EnableAWSServiceAccess";
    const ACCESS: Access = Access::write("organizations:EnableAWSServiceAccess");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any().with_key("organizations:ServicePrincipal", input.service_principal.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        service(&input.service_principal)?;
        let now = call.now.unix_timestamp();
        change(call, |tree| tree.trust(&input.service_principal, now)).await?;
        Ok(Empty {})
    }
}
