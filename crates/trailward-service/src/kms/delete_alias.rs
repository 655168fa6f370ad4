//! `DeleteAlias`. The key stays. Needs the permission on the alias and on the key.

use super::aliases::{authorize_key, check_name, target_of, unknown};
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
        check_name(&input.alias_name)?;
        let keys = &call.platform.keys;
        let found = keys.alias(call.account(), &call.region, &input.alias_name).await.map_err(refused)?;
        let alias = found.ok_or_else(|| unknown(&input.alias_name, call))?;
        let key = find_own(&alias.value.key, call).await?.value;
        authorize_key(&Self::ACCESS, &key, call).await?;
        keys.delete_alias(call.account(), &call.region, alias).await.map_err(refused)?;
        Ok(Empty {})
    }
}
