//! `DeregisterDelegatedAdministrator`.

use super::caller::change;
use super::check::{id, service};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct DeregisterDelegatedAdministrator;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
    #[serde(default)]
    service_principal: String,
}

impl Operation for DeregisterDelegatedAdministrator {
    const NAME: &'static str = "DeregisterDelegatedAdministrator";
    const ACCESS: Access = Access::write("organizations:DeregisterDelegatedAdministrator");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target::of(call, &input.account_id)
            .await?
            .with_key("organizations:ServicePrincipal", input.service_principal.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.account_id, &[Id::Account])?;
        service(&input.service_principal)?;
        change(call, |tree| tree.undelegate(&input.account_id, &input.service_principal)).await?;
        Ok(Empty {})
    }
}
