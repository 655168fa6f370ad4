//! `CreateServiceLinkedRole`, for the services that have one here.

use super::change::create;
use super::check::Check;
use super::documents::decode_recorded;
use super::errors::invalid_input;
use super::service_linked::Linked;
use super::shapes::RoleShape;
use super::state::{Role, find, unique_id};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct CreateServiceLinkedRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(rename = "AWSServiceName")]
    service: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_suffix: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    role: RoleShape,
}

impl Operation for CreateServiceLinkedRole {
    const NAME: &'static str = "CreateServiceLinkedRole";
    const ACCESS: Access = Access::write("iam:CreateServiceLinkedRole");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .name("awsServiceName", &input.service, 128)
            .optional_length("description", input.description.as_deref(), 0, 1_000)
            .name("customSuffix", input.custom_suffix.as_deref().unwrap_or("-"), 64)
            .done()?;
        let linked = Linked::of(&input.service)?;
        let target = target::created::<Role>(Some(&linked.path()), linked.role, call);
        Ok(target.with_key("iam:AWSServiceName", linked.service))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let linked = Linked::of(&input.service)?;
        if input.custom_suffix.is_some() {
            return Err(invalid_input(format!("Custom suffix is not allowed for {}", linked.service)));
        }
        if find::<Role>(&call.platform, call.account(), linked.role).await?.is_some() {
            return Err(invalid_input(format!(
                "Service role name {} has been taken in this account, please try a different suffix.",
                linked.role
            )));
        }
        let role = Role {
            name: linked.role.to_owned(),
            id: unique_id(&call.platform, "AROA")?,
            path: linked.path(),
            created: call.now.unix_timestamp(),
            description: input.description,
            trust: linked.trust(),
            max_session_seconds: 3_600,
            tags: Vec::new(),
            inline: BTreeMap::new(),
            attached: vec![linked.policy.to_owned()],
            boundary: None,
        };
        create(&role, Batch::new(), call).await?;
        Ok(Output { role: RoleShape::made(&role, call.account()) })
    }

    fn record_output(output: &Output) -> Value {
        let mut answer = recorded(output);
        decode_recorded(&mut answer, "/role/assumeRolePolicyDocument");
        answer
    }
}
