//! `GetKeyPolicy`.

use super::subject::{find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::principals;
use crate::operation::Operation;

use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_kms::KmsError;
use trailward_wire::ApiError;

pub(crate) struct GetKeyPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    policy_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: String,
    policy_name: &'static str,
}

/// A key has one policy, whose name is `default`.
pub(super) fn check_policy_name(name: Option<&str>) -> Result<(), ApiError> {
    match name {
        None | Some("default") => Ok(()),
        Some(_) => Err(refused(KmsError::NotFound("No such policy exists".into()))),
    }
}

impl Operation for GetKeyPolicy {
    const NAME: &'static str = "GetKeyPolicy";
    const ACCESS: Access = Access::read("kms:GetKeyPolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        check_policy_name(input.policy_name.as_deref())?;
        let policy = principals::show(&call.platform, &read.value.policy).await?;
        Ok(Output { policy, policy_name: "default" })
    }
}
