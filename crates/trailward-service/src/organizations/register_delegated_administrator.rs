//! `RegisterDelegatedAdministrator`: a member account administers a service for the organization, and reads the
//! organization.

use super::caller::change;
use super::check::{id, service};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal, Tree};
use trailward_wire::ApiError;

pub(crate) struct RegisterDelegatedAdministrator;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
    #[serde(default)]
    service_principal: String,
}

impl Input {
    pub(super) async fn target(&self, call: &Call) -> Result<Target, ApiError> {
        let account = target::of(call, &self.account_id).await?;
        Ok(account.with_key("organizations:ServicePrincipal", self.service_principal.clone()))
    }

    /// Changes the tree for this account and service.
    pub(super) async fn edit(
        &self,
        call: &Call,
        edit: impl Fn(&mut Tree, &str, &str) -> Result<(), Refusal> + Send + Sync,
    ) -> Result<Empty, ApiError> {
        id(&self.account_id, &[Id::Account])?;
        service(&self.service_principal)?;
        change(call, |tree| edit(tree, &self.account_id, &self.service_principal)).await?;
        Ok(Empty {})
    }
}

impl Operation for RegisterDelegatedAdministrator {
    const NAME: &'static str = "RegisterDelegatedAdministrator";
    const ACCESS: Access = Access::write("organizations:RegisterDelegatedAdministrator");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        input.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let now = call.now.unix_timestamp();
        input.edit(call, |tree, account, service| tree.delegate(account, service, now)).await
    }
}
