//! `ListAliases`: of the account in the Region, or of one key.

use super::page::page;
use super::shapes::epoch;
use super::subject::{find_own, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use trailward_model::Arn;
use trailward_wire::ApiError;

pub(crate) struct ListAliases;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    key_id: Option<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasListEntry {
    alias_name: String,
    alias_arn: String,
    target_key_id: String,
    creation_date: EpochTime,
    last_updated_date: EpochTime,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    aliases: Vec<AliasListEntry>,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    const ACCESS: Access = Access::read("kms:ListAliases");
    type Input = Input;
    type Output = Output;

    async fn resource(_input: &Input, _call: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let mut aliases = call.platform.keys.aliases(call.account(), &call.region).await.map_err(refused)?;
        if let Some(key_id) = &input.key_id {
            let key = find_own(key_id, call).await?.value;
            aliases.retain(|alias| alias.key == key.id);
        }
        let page = page(aliases, |alias| &alias.name, (input.limit, 100, 50), input.marker.as_deref())?;
        let entries = page.items.into_iter().map(|alias| AliasListEntry {
            alias_arn: Arn::new("kms", &call.region, call.account(), alias.name.clone()).to_string(),
            alias_name: alias.name,
            target_key_id: alias.key,
            creation_date: epoch(alias.created),
            last_updated_date: epoch(alias.updated),
        });
        Ok(Output {
            aliases: entries.collect(),
            truncated: page.next_marker.is_some(),
            next_marker: page.next_marker,
        })
    }
}
