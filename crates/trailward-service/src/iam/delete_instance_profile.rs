//! `DeleteInstanceProfile`. Only one without a role.

use super::change::{commit, existing, retried};
use super::check::Check;
use super::errors::delete_conflict;
use super::instance_profiles::InstanceProfile;
use super::state::removal;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteInstanceProfile;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    instance_profile_name: String,
}

impl Operation for DeleteInstanceProfile {
    const NAME: &'static str = "DeleteInstanceProfile";
    const ACCESS: Access = Access::write("iam:DeleteInstanceProfile");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().name("instanceProfileName", &input.instance_profile_name, 128).done()?;
        target::tagged::<InstanceProfile>(&input.instance_profile_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let name = &input.instance_profile_name;
        retried(|| async move {
            let read = existing::<InstanceProfile>(name, call).await?;
            if !read.value.roles.is_empty() {
                return Err(delete_conflict(
                    "Cannot delete entity, must remove roles from instance profile first.",
                ));
            }
            commit(removal(call.account(), &read), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
