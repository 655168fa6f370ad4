//! `ListResourceTags`.

use super::page::page;
use super::shapes::KmsTag;
use super::subject::{find_own, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_wire::ApiError;

pub(crate) struct ListResourceTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    limit: Option<i64>,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    tags: Vec<KmsTag>,
    truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl Operation for ListResourceTags {
    const NAME: &'static str = "ListResourceTags";
    const ACCESS: Access = Access::read("kms:ListResourceTags");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let mut tags = read.value.tags;
        tags.sort_by(|a, b| a.key.cmp(&b.key));
        let page = page(tags, |tag| &tag.key, (input.limit, 50, 50), input.marker.as_deref())?;
        Ok(Output {
            tags: page.items.into_iter().map(KmsTag::from).collect(),
            truncated: page.next_marker.is_some(),
            next_marker: page.next_marker,
        })
    }
}
