//! `ListKeys`.

use super::page::page;
use super::shapes::check_absent;
use super::subject::refused;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListKeys;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    limit: Option<i64>,
    marker: Option<String>,
    resource_owners: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyListEntry {
    key_id: String,
    key_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    keys: Vec<KeyListEntry>,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Operation for ListKeys {
    const NAME: &'static str = "ListKeys";
    const ACCESS: Access = Access::read("kms:ListKeys");
    type Input = Input;
    type Output = Output;

    async fn resource(_input: &Input, _call: &Call) -> Result<Target, ApiError> {
        Ok(Target::any())
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_absent("ResourceOwners", input.resource_owners.as_ref())?;
        let now = call.now.unix_timestamp();
        let keys = call.platform.keys.list(call.account(), &call.region, now).await.map_err(refused)?;
        let page = page(keys, |key| &key.id, (input.limit, 1000, 100), input.marker.as_deref())?;
        let entries =
            page.items.iter().map(|key| KeyListEntry { key_id: key.id.clone(), key_arn: key.arn() });
        Ok(Output {
            keys: entries.collect(),
            truncated: page.next_marker.is_some(),
            next_marker: page.next_marker,
        })
    }
}
