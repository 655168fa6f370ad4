//! `DeleteAlias`. The key stays. Needs the permission on the alias and on the key.

use super::aliases::{authorize_key, existing, target_of};
use super::subject::{find_own, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteAlias;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    alias_name: String,
}

impl Operation for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    const ACCESS: Access = Access::write("kms:DeleteAlias");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.alias_name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let alias = existing(&input.alias_name, call).await?;
        let key = find_own(&alias.value.key, call).await?.value;
        authorize_key(&Self::ACCESS, &key, call).await?;
        call.platform.keys.delete_alias(call.account(), &call.region, alias).await.map_err(refused)?;
        Ok(Empty {})
    }
}
