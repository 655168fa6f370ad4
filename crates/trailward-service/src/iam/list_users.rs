//! `ListUsers`, by name.

use super::check::Check;
use super::page::{Asked, Rest, page};
use super::shapes::UserShape;
use super::state::{User, all};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListUsers;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    users: Vec<UserShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListUsers {
    const NAME: &'static str = "ListUsers";
    const ACCESS: Access = Access::read("iam:ListUsers");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .path_prefix(input.path_prefix.as_deref())
            .page(input.marker.as_deref(), input.max_items)
            .done()?;
        Ok(target::listed::<User>(input.path_prefix.as_deref(), call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let prefix = input.path_prefix.as_deref().unwrap_or("/");
        let mut found = all::<User>(&call.platform, call.account()).await?;
        found.retain(|user| user.path.starts_with(prefix));
        let (found, rest) = page(
            found,
            |user| user.name.to_lowercase(),
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let users = found.iter().map(|user| UserShape::listed(user, call.account())).collect();
        Ok(Output { users, rest })
    }
}
