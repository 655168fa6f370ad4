//! `GetGroup`, with its users by name.

use super::change::existing;
use super::check::Check;
use super::members;
use super::page::{Asked, Rest, page};
use super::shapes::{GroupShape, UserShape};
use super::state::Group;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct GetGroup;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    group_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    group: GroupShape,
    users: Vec<UserShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for GetGroup {
    const NAME: &'static str = "GetGroup";
    const ACCESS: Access = Access::read("iam:GetGroup");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().group(&input.group_name).page(input.marker.as_deref(), input.max_items).done()?;
        target::of::<Group>(&input.group_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let group = existing::<Group>(&input.group_name, call).await?.value;
        let users = members::of(&group.name, call).await?;
        let (users, rest) = page(
            users,
            |user| user.name.to_lowercase(),
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let users = users.iter().map(|user| UserShape::listed(user, call.account())).collect();
        Ok(Output { group: GroupShape::new(&group, call.account()), users, rest })
    }
}
