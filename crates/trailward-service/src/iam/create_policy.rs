//! `CreatePolicy`.

use super::change::create;
use super::check::Check;
use super::documents::check_managed;
use super::shapes::PolicyShape;
use super::state::{ManagedPolicy, PolicyVersion, unique_id};
use super::target;
use super::usage::Usage;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct CreatePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
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
    const ACCESS: Access = Access::write("iam:CreatePolicy");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .policy(&input.policy_name)
            .policy_path(input.path.as_deref())
            .document("policyDocument", &input.policy_document)
            .optional_length("description", input.description.as_deref(), 0, 1_000)
            .tags(&input.tags)
            .done()?;
        let shown = format!("policy {}", input.policy_name);
        let target =
            target::created::<ManagedPolicy>(input.path.as_deref(), &input.policy_name, call).shown_as(shown);
        Ok(target.tagged_by("iam:TagPolicy", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_managed(&input.policy_document)?;
        let now = call.now.unix_timestamp();
        let version = PolicyVersion { id: "v1".into(), document: input.policy_document, created: now };
        let policy = ManagedPolicy {
            name: input.policy_name,
            id: unique_id(&call.platform, "ANPA")?,
            path: input.path.unwrap_or_else(|| "/".into()),
            created: now,
            updated: now,
            description: input.description,
            tags: input.tags,
            default_version: version.id.clone(),
            versions: vec![version],
            next_version: 2,
        };
        create(&policy, Batch::new(), call).await?;
        let arn = policy.arn(call.account());
        // A new policy is used nowhere.
        Ok(Output { policy: PolicyShape::whole(&policy, arn, &Usage::default()) })
    }
}
