//! `UpdateTrail`. Absent members stay as they are; a changed bucket or prefix is tried first.

use super::settings::{TrailMembers, check_quota};
use super::trail::{ChangedTrail, find_at_home, store, target_of};
use super::{bucket_check, key_check};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateTrail;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    name: String,
    #[serde(flatten)]
    members: TrailMembers,
}

impl Operation for UpdateTrail {
    const NAME: &'static str = "UpdateTrail";
    const ACCESS: Access = Access::write("cloudtrail:UpdateTrail");
    type Input = Input;
    type Output = ChangedTrail;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<ChangedTrail, ApiError> {
        let (mut trail, revision) = find_at_home(&input.name, call).await?;
        let had_validation = trail.log_file_validation;
        input.members.apply(&mut trail)?;
        check_quota(&trail, call).await?;
        bucket_check::try_bucket(&trail, call).await?;
        trail.kms_key = key_check::chosen(&trail, input.members.kms_key_id.as_deref(), call).await?;
        let answer = ChangedTrail::from(&trail);
        let new_chain = trail.log_file_validation && !had_validation;
        store(trail, Some(revision), new_chain, call).await?;
        Ok(answer)
    }
}
