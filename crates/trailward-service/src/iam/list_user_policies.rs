//! `ListUserPolicies`, by name.

use super::check::Check;
use super::inline;
use super::inline::Listed;
use super::page::Asked;
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListUserPolicies;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

impl Operation for ListUserPolicies {
    const NAME: &'static str = "ListUserPolicies";
    const ACCESS: Access = Access::read("iam:ListUserPolicies");
    type Input = Input;
    type Output = Listed;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).page(input.marker.as_deref(), input.max_items).done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Listed, ApiError> {
        let asked = Asked { marker: input.marker.as_deref(), max_items: input.max_items };
        inline::list::<User>(&input.user_name, asked, call).await
    }
}
