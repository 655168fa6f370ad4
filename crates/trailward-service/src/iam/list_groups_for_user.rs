//! `ListGroupsForUser`, by name.

use super::change::existing;
use super::check::Check;
use super::members;
use super::page::{Asked, Rest, page};
use super::shapes::GroupShape;
use super::state::User;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct ListGroupsForUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    groups: Vec<GroupShape>,
    #[serde(flatten)]
    rest: Rest,
}

impl Operation for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    const ACCESS: Access = Access::read("iam:ListGroupsForUser");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).page(input.marker.as_deref(), input.max_items).done()?;
        target::of::<User>(&input.user_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let user = existing::<User>(&input.user_name, call).await?.value;
        let groups = members::groups_of(&user, call).await?;
        let (groups, rest) = page(
            groups,
            |group| group.name.to_lowercase(),
            Asked { marker: input.marker.as_deref(), max_items: input.max_items },
        )?;
        let groups = groups.iter().map(|group| GroupShape::new(group, call.account())).collect();
        Ok(Output { groups, rest })
    }
}
