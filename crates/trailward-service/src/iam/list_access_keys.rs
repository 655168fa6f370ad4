//! `ListAccessKeys`, the oldest first. Without a name: of the caller, who may be root.

use super::check::Check;
use super::keys;
use super::keys::Holder;
use super::page::{Asked, Rest, page};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::StoredKey;
use crate::operation::Operation;
use crate::shape::QueryTime;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListAccessKeys;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    access_key_metadata: Vec<AccessKeyMetadata>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccessKeyMetadata {
    user_name: Option<String>,
    access_key_id: String,
    status: &'static str,
    create_date: QueryTime,
}

impl Operation for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    const ACCESS: Access = Access::read("iam:ListAccessKeys");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("userName", input.user_name.as_deref().unwrap_or("-"), 128)
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        Holder::of(input.user_name.as_deref(), call)?.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let holder = Holder::of(input.user_name.as_deref(), call)?;
        let found = keys::all_of(&holder, call).await?;
        let oldest_first = |key: &StoredKey| format!("{:020}/{}", key.created, key.id);
        let (found, rest) =
            page(found, oldest_first, Asked { marker: input.marker.as_deref(), max_items: input.max_items })?;
        let shown = |key: &StoredKey| AccessKeyMetadata {
            user_name: holder.user_name(),
            access_key_id: key.id.clone(),
            status: keys::status(key),
            create_date: QueryTime::from_epoch(key.created),
        };
        Ok(Output { access_key_metadata: found.iter().map(shown).collect(), rest })
    }
}
