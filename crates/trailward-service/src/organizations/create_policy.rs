//! `CreatePolicy`. The document is checked against the grammar of its type; attached to nothing, it binds nobody.

use super::caller::change;
use super::check::{length, new_id, policy_type, tags};
use super::shapes::PolicyShape;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_organization::ControlPolicy;
use trailward_wire::ApiError;

pub(crate) struct CreatePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(default)]
    content: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    name: String,
    #[serde(default, rename = "Type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy: PolicyShape,
}

impl Operation for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    const ACCESS: Access = Access::write("organizations:CreatePolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, _: &Call) -> Result<Target, ApiError> {
        let target = Target::any().with_key("organizations:PolicyType", input.kind.clone());
        Ok(target.tagged_by("organizations:TagResource", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let kind = policy_type(&input.kind)?;
        length(&input.name, 1, 128)?;
        length(&input.description, 0, 512)?;
        length(&input.content, 1, 1_000_000)?;
        tags(&input.tags)?;
        let policy = ControlPolicy {
            id: new_id(call, "p-", 10)?,
            kind,
            name: input.name,
            description: input.description,
            content: input.content,
            tags: input.tags,
        };
        let made = change(call, |tree| {
            tree.create_policy(policy.clone())?;
            Ok(PolicyShape::new(tree, &policy))
        });
        Ok(Output { policy: made.await? })
    }
}
