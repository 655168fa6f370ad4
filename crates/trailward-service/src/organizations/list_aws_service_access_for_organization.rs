//! `ListAWSServiceAccessForOrganization`.

use super::caller::reader;
use super::errors::refused;
use super::page::page;
use super::shapes::time;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListAWSServiceAccessForOrganization;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    enabled_service_principals: Vec<EnabledServicePrincipal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EnabledServicePrincipal {
    service_principal: String,
    date_enabled: EpochTime,
}

impl Operation for ListAWSServiceAccessForOrganization {
    const NAME: &'static str = "ListAWSServiceAccessForOrganization";
    const ACCESS: Access = Access::read("organizations:ListAWSServiceAccessForOrganization");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let tree = reader(call).await?;
        tree.check_all_features().map_err(refused)?;
        let enabled = tree.organization.trusted.iter().map(|(service, at)| EnabledServicePrincipal {
            service_principal: service.clone(),
            date_enabled: time(*at),
        });
        let (enabled_service_principals, next_token) = page(
            enabled.collect(),
            |enabled| &enabled.service_principal,
            input.max_results,
            input.next_token.as_deref(),
        )?;
        Ok(Output { enabled_service_principals, next_token })
    }
}
