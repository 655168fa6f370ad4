//! `PutKeyPolicy`.

use super::get_key_policy::check_policy_name;
use super::subject::{bound, check_lockout, find_own, refused, target};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_kms::EncryptionContext;
use trailward_wire::ApiError;

pub(crate) struct PutKeyPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    key_id: String,
    policy_name: Option<String>,
    #[serde(default)]
    policy: String,
    bypass_policy_lockout_safety_check: Option<bool>,
}

impl Operation for PutKeyPolicy {
    const NAME: &'static str = "PutKeyPolicy";
    const ACCESS: Access = Access::write("kms:PutKeyPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target(&input.key_id, call, &EncryptionContext::default()).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let read = find_own(&input.key_id, call).await?;
        check_policy_name(input.policy_name.as_deref())?;
        let policy = bound(&input.policy, call).await?;
        if input.bypass_policy_lockout_safety_check != Some(true) {
            check_lockout(&read.value, &policy, call).await?;
        }
        call.platform.keys.put_policy(read, policy).await.map_err(refused)?;
        Ok(Empty {})
    }
}
