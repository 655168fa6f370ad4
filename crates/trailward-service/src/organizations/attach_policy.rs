//! `AttachPolicy`: in effect when the call returns. Needs the permission on the policy and on the target.

use super::caller::change;
use super::check::id;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct AttachPolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_id: String,
    #[serde(default)]
    target_id: String,
}

impl Operation for AttachPolicy {
    const NAME: &'static str = "AttachPolicy";
    const ACCESS: Access = Access::write("organizations:AttachPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.policy_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.policy_id, &[Id::Policy])?;
        id(&input.target_id, &[Id::Root, Id::Unit, Id::Account])?;
        call.authorize(&Self::ACCESS, &target::of(call, &input.target_id).await?).await?;
        change(call, |tree| tree.attach(&input.policy_id, &input.target_id)).await?;
        Ok(Empty {})
    }
}
