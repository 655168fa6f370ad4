//! `ListUserTags`, by key.

use super::change::existing;
use super::check::Check;
use super::page::Asked;
use super::state::User;
use super::tagging;
use super::tagging::Listed;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListUserTags;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

impl Operation for ListUserTags {
    const NAME: &'static str = "ListUserTags";
    const ACCESS: Access = Access::read("iam:ListUserTags");
    type Input = Input;
    type Output = Listed;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).page(input.marker.as_deref(), input.max_items).done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Listed, ApiError> {
        let user = existing::<User>(&input.user_name, call).await?.value;
        tagging::list(user.tags, Asked { marker: input.marker.as_deref(), max_items: input.max_items })
    }
}
