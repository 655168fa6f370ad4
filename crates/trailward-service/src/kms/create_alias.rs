//! `CreateAlias`. Needs the permission on the alias and on the key.

use super::aliases::{authorize_key, check_name, target_of};
use super::subject::{find_own, refused};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct CreateAlias;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    alias_name: String,
    #[serde(default)]
    target_key_id: String,
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    const ACCESS: Access = Access::write("kms:CreateAlias");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Ok(target_of(&input.alias_name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        check_name(&input.alias_name)?;
        let key = find_own(&input.target_key_id, call).await?.value;
        authorize_key(&Self::ACCESS, &key, call).await?;
        let now = call.now.unix_timestamp();
        call.platform.keys.create_alias(&key, &input.alias_name, now).await.map_err(refused)?;
        Ok(Empty {})
    }
}
