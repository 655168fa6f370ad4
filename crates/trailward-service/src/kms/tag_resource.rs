//! `TagResource`. A tag with a key that is there already gets the new value.

use super::shapes::{KmsTag, check_tags};
use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_model::Tag;
use trailward_wire::ApiError;

pub(crate) struct TagResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    tags: Vec<KmsTag>,
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const ACCESS: Access = Access::write("kms:TagResource");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let mut read = read;
        read.value.check_changeable().map_err(refused)?;
        let fresh: Vec<Tag> = input.tags.into_iter().map(Tag::from).collect();
        check_tags(&fresh)?;
        let tags = &mut read.value.tags;
        tags.retain(|old| !fresh.iter().any(|new| new.key == old.key));
        tags.extend(fresh);
        check_tags(tags)?;
        call.platform.keys.save(&read).await.map_err(refused)?;
        Ok(Empty {})
    }
}
