//! `RemoveTags`. A tag goes when its key is there; a value, if given, must match too.

use super::add_tags::{Input, check_resource, not_found};
use super::trail::{find_at_home, store, target_of};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use trailward_wire::ApiError;

pub(crate) struct RemoveTags;

impl Operation for RemoveTags {
    const NAME: &'static str = "RemoveTags";
    const ACCESS: Access = Access::write("cloudtrail:RemoveTags");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.resource_id, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        check_resource(&input.resource_id)?;
        let (mut trail, revision) = find_at_home(&input.resource_id, call).await.map_err(not_found)?;
        trail.tags.retain(|tag| {
            !input
                .tags_list
                .iter()
                .any(|gone| gone.key == tag.key && (gone.value.is_empty() || gone.value == tag.value))
        });
        store(trail, Some(revision), false, call).await?;
        Ok(Empty {})
    }
}
