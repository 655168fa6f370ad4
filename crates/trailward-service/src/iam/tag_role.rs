//! `TagRole`.

use super::change::change;
use super::check::Check;
use super::state::Role;
use super::tagging;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    tags: Vec<Tag>,
}

impl Operation for TagRole {
    const NAME: &'static str = "TagRole";
    const ACCESS: Access = Access::write("iam:TagRole");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).tags(&input.tags).done()?;
        Ok(target::with_request_tags(target::of::<Role>(&input.role_name, call).await?, &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        change::<Role>(&input.role_name, call, |role| tagging::add(role, &input.tags)).await?;
        Ok(Empty {})
    }
}
