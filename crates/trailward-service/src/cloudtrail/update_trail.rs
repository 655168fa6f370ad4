//! `UpdateTrail`. Absent members stay as they are; a changed bucket or prefix is tried first. The management account may make the trail its
//! organization's, or take it back.

use super::bucket_check;
use super::organization::{not_management, of_caller};
use super::settings::{TrailMembers, check_quota};
use super::trail::{ChangedTrail, find_at_home, store_for, target_of};
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
        let converts =
            input.members.is_organization_trail.is_some_and(|is| is != trail.organization.is_some());
        let mut organization = None;
        if converts {
            // Only the management account turns one kind into the other.
            if trail.organization.is_none() {
                let tree = of_caller(call).await?;
                tree.gather(&mut trail, call.now.unix_timestamp());
                organization = Some(tree);
            } else {
                trail.organization = None;
            }
            if call.identity.standing.as_ref().is_none_or(|standing| !standing.is_management) {
                return Err(not_management());
            }
        }
        input.members.apply(&mut trail)?;
        check_quota(&trail, call).await?;
        let named = input.members.kms_key_id.as_deref();
        let topic = input.members.sns_topic_name.is_some();
        trail.kms_key = bucket_check::try_destination(&trail, named, topic, call).await?;
        let answer = ChangedTrail::from(&trail);
        if organization.is_some() {
            // The accounts count from the version that the change gets.
            trail.organization = None;
        }
        // Another place in the bucket is another chain of digests.
        let new_chain = converts || (trail.log_file_validation && !had_validation);
        store_for(organization.as_ref(), trail, Some(revision), new_chain, call).await?;
        Ok(answer)
    }
}
