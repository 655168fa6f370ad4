//! `UntagRole`.

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
use trailward_wire::ApiError;

pub(crate) struct UntagRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    tag_keys: Vec<String>,
}

impl Operation for UntagRole {
    const NAME: &'static str = "UntagRole";
    const ACCESS: Access = Access::write("iam:UntagRole");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).tag_keys(&input.tag_keys).done()?;
        Ok(target::with_tag_keys(target::of::<Role>(&input.role_name, call).await?, input.tag_keys.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        change::<Role>(&input.role_name, call, |role| {
            tagging::remove(role, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}
