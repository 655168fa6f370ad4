//! `UpdateAlias`: gives an alias to another key of the same kind. Needs the permission on the alias and on both keys.

use super::aliases::{authorize_key, existing, target_of};
use super::subject::{find_own, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateAlias;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    alias_name: String,
    #[serde(default)]
    target_key_id: String,
}

impl Operation for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    const ACCESS: Access = Access::write("kms:UpdateAlias");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.alias_name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let alias = existing(&input.alias_name, call).await?;
        let from = find_own(&alias.value.key, call).await?.value;
        let to = find_own(&input.target_key_id, call).await?.value;
        authorize_key(&Self::ACCESS, &from, call).await?;
        authorize_key(&Self::ACCESS, &to, call).await?;
        call.platform.keys.move_alias(alias, &from, &to, call.now.unix_timestamp()).await.map_err(refused)?;
        Ok(Empty {})
    }
}
