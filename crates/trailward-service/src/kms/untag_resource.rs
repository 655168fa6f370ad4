//! `UntagResource`.

use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_wire::ApiError;

pub(crate) struct UntagResource;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const ACCESS: Access = Access::write("kms:UntagResource");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        let mut read = read;
        read.value.check_changeable().map_err(refused)?;
        read.value.tags.retain(|tag| !input.tag_keys.contains(&tag.key));
        call.platform.keys.save(&read).await.map_err(refused)?;
        Ok(Empty {})
    }
}
