//! `TagUser`.

use super::change::change;
use super::check::Check;
use super::state::User;
use super::tagging;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    tags: Vec<Tag>,
}

impl Operation for TagUser {
    const NAME: &'static str = "TagUser";
    const ACCESS: Access = Access::write("iam:TagUser");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).tags(&input.tags).done()?;
        Ok(target::with_request_tags(target::of::<User>(&input.user_name, call).await?, &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        change::<User>(&input.user_name, call, |user| tagging::add(user, &input.tags)).await?;
        Ok(Empty {})
    }
}
