//! `RevokeGrant`: takes a grant back, by who manages the key.

use super::subject::{check_dry_run, find, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_wire::ApiError;

pub(crate) struct RevokeGrant;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    #[serde(default)]
    grant_id: String,
    dry_run: Option<bool>,
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";
    const ACCESS: Access = Access::write("kms:RevokeGrant");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let key = find(&input.key_id, call).await?.value;
        check_dry_run(input.dry_run)?;
        call.platform.keys.delete_grant(&key, &input.grant_id).await.map_err(refused)?;
        Ok(Empty {})
    }
}
