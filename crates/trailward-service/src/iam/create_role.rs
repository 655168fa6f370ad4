//! `CreateRole`.
//!
//! DEVIATION: principals in the trust policy need not exist; names stand for whoever has them when the role is assumed.

use super::change::create;
use super::check::Check;
use super::documents::{bound_trust, decode_recorded, shown};
use super::errors::invalid_input;
use super::policies;
use super::shapes::RoleShape;
use super::state::{Role, unique_id};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_model::Tag;
use trailward_wire::ApiError;

/// Where service-linked roles are.
const SERVICE_LINKED: &str = "/aws-service-role/";

pub(crate) struct CreateRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    role_name: String,
    assume_role_policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_session_duration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    role: RoleShape,
}

impl Operation for CreateRole {
    const NAME: &'static str = "CreateRole";
    const ACCESS: Access = Access::write("iam:CreateRole");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .path("path", input.path.as_deref())
            .role(&input.role_name)
            .document("assumeRolePolicyDocument", &input.assume_role_policy_document)
            .optional_length("description", input.description.as_deref(), 0, 1_000)
            .range("maxSessionDuration", input.max_session_duration, 3_600, 43_200)
            .boundary(input.permissions_boundary.as_deref())
            .tags(&input.tags)
            .done()?;
        if input.path.as_deref().is_some_and(|path| path.starts_with(SERVICE_LINKED)) {
            // Roles there escape service control policies, so only AWS's services make them.
            return Err(invalid_input(format!(
                "The path prefix {SERVICE_LINKED} is reserved for service-linked roles."
            )));
        }
        let target = target::created::<Role>(input.path.as_deref(), &input.role_name, call);
        let target = target::with_boundary(target, input.permissions_boundary.as_deref());
        Ok(target.tagged_by("iam:TagRole", &input.tags))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let trust = bound_trust(&input.assume_role_policy_document, call).await?;
        let role = Role {
            name: input.role_name,
            id: unique_id(&call.platform, "AROA")?,
            path: input.path.unwrap_or_else(|| "/".into()),
            created: call.now.unix_timestamp(),
            description: input.description,
            trust,
            max_session_seconds: input.max_session_duration.unwrap_or(3_600),
            tags: input.tags,
            inline: BTreeMap::new(),
            attached: Vec::new(),
            boundary: input.permissions_boundary,
        };
        let batch = policies::pinned_boundary(role.boundary.as_deref(), call).await?;
        create(&role, batch, call).await?;
        let role = shown(role, call).await?;
        Ok(Output { role: RoleShape::made(&role, call.account()) })
    }

    fn record_output(output: &Output) -> Value {
        let mut answer = recorded(output);
        decode_recorded(&mut answer, "/role/assumeRolePolicyDocument");
        answer
    }
}
