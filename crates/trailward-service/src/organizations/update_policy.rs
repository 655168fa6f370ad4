//! `UpdatePolicy`: in effect at once, wherever the policy is attached.

use super::caller::change;
use super::check::{id, length};
use super::shapes::PolicyShape;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_organization::Id;
use trailward_wire::ApiError;

pub(crate) struct UpdatePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    policy_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: PolicyShape,
}

impl Operation for UpdatePolicy {
    const NAME: &'static str = "UpdatePolicy";
    const ACCESS: Access = Access::write("organizations:UpdatePolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        target::of(call, &input.policy_id).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        id(&input.policy_id, &[Id::Policy])?;
        for (text, least, most) in
            [(&input.name, 1, 128), (&input.description, 0, 512), (&input.content, 1, 1_000_000)]
        {
            text.as_deref().map_or(Ok(()), |text| length(text, least, most))?;
        }
        let changed = change(call, |tree| {
            let (name, description) = (input.name.as_deref(), input.description.as_deref());
            let policy = tree.update_policy(&input.policy_id, name, description, input.content.as_deref())?;
            Ok(PolicyShape::new(tree, &policy))
        });
        Ok(Output { policy: changed.await? })
    }
}
