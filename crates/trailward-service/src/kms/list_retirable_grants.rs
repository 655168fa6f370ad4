//! `ListRetirableGrants`: those in this account and Region that a principal may retire.

use super::list_grants::{GrantListEntry, entry};
use super::page::page;
use super::subject::{bound_principal, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_kms::KmsError;
use trailward_wire::ApiError;

pub(crate) struct ListRetirableGrants;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    limit: Option<i64>,
    marker: Option<String>,
    retiring_principal: Option<String>,
    retiring_service_principal: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    grants: Vec<GrantListEntry>,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Operation for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";
    const ACCESS: Access = Access::read("kms:ListRetirableGrants");
    type Input = Input;
    type Output = Output;

    async fn resource(_input: &Input, _call: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let named = (&input.retiring_principal, &input.retiring_service_principal);
        let ((Some(wanted), None) | (None, Some(wanted))) = named else {
            return Err(refused(KmsError::Validation(
                "Specify either RetiringPrincipal or RetiringServicePrincipal.".into(),
            )));
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        if !(1..=256).contains(&wanted.len()) || !wanted.chars().all(allowed) {
            return Err(refused(KmsError::Validation(
                "1 validation error detected: Value at 'retiringPrincipal' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: ^[\\w+=,.@:/-]+$, with a length of 1 to 256"
                    .into(),
            )));
        }
        if input.retiring_principal.is_some() && !wanted.starts_with("arn:") {
            return Err(refused(KmsError::InvalidArn(format!("{wanted} is not a valid ARN."))));
        }
        let wanted = &bound_principal(wanted.clone(), call).await.unwrap_or_else(|_| wanted.clone());
        let keys = &call.platform.keys;
        let mut found = Vec::new();
        for key in
            keys.list(call.account(), &call.region, call.now.unix_timestamp()).await.map_err(refused)?
        {
            let grants = keys.grants(&key).await.map_err(refused)?;
            let retirable = grants.into_iter().filter(|grant| grant.retiring.as_ref() == Some(wanted));
            for grant in retirable {
                found.push((grant.id.clone(), entry(grant, &key.arn(), call).await?));
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = page(found, |(id, _)| id, (input.limit, 100, 50), input.marker.as_deref())?;
        Ok(Output {
            grants: page.items.into_iter().map(|(_, entry)| entry).collect(),
            truncated: page.next_marker.is_some(),
            next_marker: page.next_marker,
        })
    }
}
