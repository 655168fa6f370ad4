//! `UntagUser`.

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
use trailward_wire::ApiError;

pub(crate) struct UntagUser;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    user_name: String,
    tag_keys: Vec<String>,
}

impl Operation for UntagUser {
    const NAME: &'static str = "UntagUser";
    const ACCESS: Access = Access::write("iam:UntagUser");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().user(&input.user_name).tag_keys(&input.tag_keys).done()?;
        Ok(target::with_tag_keys(target::of::<User>(&input.user_name, call).await?, input.tag_keys.clone()))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        change::<User>(&input.user_name, call, |user| {
            tagging::remove(user, &input.tag_keys);
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}
