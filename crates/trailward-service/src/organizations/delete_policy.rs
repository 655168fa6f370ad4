//! `DeletePolicy`, if it is attached to nothing.

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

pub(crate) struct DeletePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_id: String,
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    const ACCESS: Access = Access::write("organizations:DeletePolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.policy_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        id(&input.policy_id, &[Id::Policy])?;
        change(call, |tree| tree.delete_policy(&input.policy_id)).await?;
        Ok(Empty {})
    }
}
