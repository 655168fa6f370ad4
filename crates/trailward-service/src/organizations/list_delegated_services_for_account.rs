//! `ListDelegatedServicesForAccount`.

use super::caller::reader;
use super::check::id;
use super::errors::refused;
use super::page::page;
use super::shapes::time;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal};
use trailward_wire::ApiError;

pub(crate) struct ListDelegatedServicesForAccount;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    delegated_services: Vec<DelegatedService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DelegatedService {
    service_principal: String,
    delegation_enabled_date: EpochTime,
}

impl Operation for ListDelegatedServicesForAccount {
    const NAME: &'static str = "ListDelegatedServicesForAccount";
    const ACCESS: Access = Access::read("organizations:ListDelegatedServicesForAccount");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.account_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.account_id, &[Id::Account])?;
        let tree = reader(call).await?;
        tree.check_all_features().map_err(refused)?;
        tree.member(&input.account_id).map_err(refused)?;
        let services = tree.organization.delegated.get(&input.account_id);
        let services = services.ok_or_else(|| refused(Refusal::not_registered()))?;
        let found = services.iter().map(|(service, at)| DelegatedService {
            service_principal: service.clone(),
            delegation_enabled_date: time(*at),
        });
        let (delegated_services, next_token) = page(
            found.collect(),
            |found| &found.service_principal,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        Ok(Output { delegated_services, next_token })
    }
}
