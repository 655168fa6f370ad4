//! `ListGrants` of one key.

use super::page::page;
use super::shapes::epoch;
use super::subject::{bound_principal, find, refused, shown_principal, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use trailward_kms::{Constraints, EncryptionContext, Grant, GrantOperation};
use trailward_wire::ApiError;

pub(crate) struct ListGrants;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    limit: Option<i64>,
    marker: Option<String>,
    #[serde(default)]
    key_id: String,
    grant_id: Option<String>,
    grantee_principal: Option<String>,
    grantee_service_principal: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GrantListEntry {
    key_id: String,
    grant_id: String,
    name: String,
    creation_date: EpochTime,
    grantee_principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring_principal: Option<String>,
    issuing_account: String,
    operations: Vec<GrantOperation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Constraints>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    grants: Vec<GrantListEntry>,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

pub(super) async fn entry(grant: Grant, key_arn: &str, call: &Call) -> Result<GrantListEntry, ApiError> {
    let retiring_principal = match grant.retiring {
        Some(retiring) => Some(shown_principal(retiring, call).await?),
        None => None,
    };
    Ok(GrantListEntry {
        key_id: key_arn.to_owned(),
        grant_id: grant.id,
        name: grant.name.unwrap_or_default(),
        creation_date: epoch(grant.created),
        grantee_principal: shown_principal(grant.grantee, call).await?,
        retiring_principal,
        issuing_account: format!("arn:aws:iam::{}:root", grant.issuer),
        operations: grant.operations,
        constraints: grant.constraints,
    })
}

impl Operation for ListGrants {
    const NAME: &'static str = "ListGrants";
    const ACCESS: Access = Access::read("kms:ListGrants");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let key = find(&input.key_id, call).await?.value;
        let mut grants = call.platform.keys.grants(&key).await.map_err(refused)?;
        // One who does not exist has no grants.
        let grantee = match input.grantee_principal.or(input.grantee_service_principal) {
            Some(named) => Some(bound_principal(named.clone(), call).await.unwrap_or(named)),
            None => None,
        };
        grants.retain(|grant| {
            input.grant_id.as_ref().is_none_or(|id| *id == grant.id)
                && grantee.as_ref().is_none_or(|named| *named == grant.grantee)
        });
        let page = page(grants, |grant| &grant.id, (input.limit, 100, 50), input.marker.as_deref())?;
        let arn = key.arn();
        let mut grants = Vec::with_capacity(page.items.len());
        for grant in page.items {
            grants.push(entry(grant, &arn, call).await?);
        }
        Ok(Output { grants, truncated: page.next_marker.is_some(), next_marker: page.next_marker })
    }
}
