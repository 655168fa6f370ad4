//! `AttachPolicy`: in effect when the call returns. Needs the permission on the policy and on the target.

use super::caller::change;
use super::check::id;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_organization::{Id, Refusal, Tree};
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

impl Input {
    /// The policy; what it is attached to needs the permission as well.
    pub(super) async fn target(&self, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &self.policy_id).await
    }

    /// Changes the tree, if `access` is allowed on what the policy is attached to.
    pub(super) async fn edit(
        &self,
        access: &Access,
        call: &Call,
        edit: impl Fn(&mut Tree, &str, &str) -> Result<(), Refusal> + Send + Sync,
    ) -> Result<Empty, ApiError> {
        id(&self.policy_id, &[Id::Policy])?;
        id(&self.target_id, &[Id::Root, Id::Unit, Id::Account])?;
        call.authorize(access, &target::of(call, &self.target_id).await?).await?;
        change(call, |tree| edit(tree, &self.policy_id, &self.target_id)).await?;
        Ok(Empty {})
    }
}

impl Operation for AttachPolicy {
    const NAME: &'static str = "AttachPolicy";
    const ACCESS: Access = Access::write("organizations:AttachPolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        input.target(call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        input.edit(&Self::ACCESS, call, Tree::attach).await
    }
}
