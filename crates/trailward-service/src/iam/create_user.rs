//! `CreateUser`.

use super::change::create;
use super::check::Check;
use super::policies;
use super::shapes::UserShape;
use super::state::{User, unique_id};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct CreateUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    user: UserShape,
}

impl Operation for CreateUser {
    const NAME: &'static str = "CreateUser";
    const ACCESS: Access = Access::write("iam:CreateUser");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .path("path", input.path.as_deref())
            .name("userName", &input.user_name, 64)
            .boundary(input.permissions_boundary.as_deref())
            .tags(&input.tags)
            .done()?;
        let target = target::created::<User>(input.path.as_deref(), &input.user_name, call);
        let target = target::with_boundary(target, input.permissions_boundary.as_deref());
        Ok(target.tagged_by("iam:TagUser", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let id = unique_id(&call.platform, "AIDA")?;
        let path = input.path.as_deref().unwrap_or("/");
        let mut user = User::new(&input.user_name, id, path, call.now.unix_timestamp());
        user.tags = input.tags;
        user.boundary = input.permissions_boundary;
        let batch = policies::pinned_boundary(user.boundary.as_deref(), call).await?;
        create(&user, batch, call).await?;
        Ok(Output { user: UserShape::whole(&user, call.account()) })
    }
}
