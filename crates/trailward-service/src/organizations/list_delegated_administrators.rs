//! `ListDelegatedAdministrators`, of one service or of any.

use super::caller::reader;
use super::check::service;
use super::errors::refused;
use super::page::page;
use super::shapes::{AccountShape, time};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListDelegatedAdministrators;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    service_principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    delegated_administrators: Vec<DelegatedAdministrator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct DelegatedAdministrator {
    #[serde(flatten)]
    account: AccountShape,
    #[serde(rename = "DelegationEnabledDate")]
    delegation_enabled_date: EpochTime,
}

impl Operation for ListDelegatedAdministrators {
    const NAME: &'static str = "ListDelegatedAdministrators";
    const ACCESS: Access = Access::read("organizations:ListDelegatedAdministrators");
    type Input = Input;
    type Output = Output;

    async fn resource(_: &Input, _: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        if let Some(name) = &input.service_principal {
            service(name)?;
        }
        let tree = reader(call).await?;
        tree.check_all_features().map_err(refused)?;
        let asked = input.service_principal.as_deref();
        let mut found = Vec::new();
        for (account, services) in &tree.organization.delegated {
            let since = services.iter().filter(|(name, _)| asked.is_none_or(|asked| asked == *name));
            let Some(since) = since.map(|(_, at)| *at).min() else { continue };
            let member = tree.member(account).map_err(refused)?;
            found.push(DelegatedAdministrator {
                account: AccountShape::new(&tree, member),
                delegation_enabled_date: time(since),
            });
        }
        let (delegated_administrators, next_token) =
            page(found, |found| &found.account.id, input.max_results, input.next_token.as_deref())?;
        Ok(Output { delegated_administrators, next_token })
    }
}
