//! `CreateGroup`.

use super::change::create;
use super::check::Check;
use super::shapes::GroupShape;
use super::state::{Group, unique_id};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_store::Batch;
use trailward_wire::ApiError;

pub(crate) struct CreateGroup;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    group_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    group: GroupShape,
}

impl Operation for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    const ACCESS: Access = Access::write("iam:CreateGroup");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().path("path", input.path.as_deref()).group(&input.group_name).done()?;
        Ok(target::created::<Group>(input.path.as_deref(), &input.group_name, call))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let group = Group {
            name: input.group_name,
            id: unique_id(&call.platform, "AGPA")?,
            path: input.path.unwrap_or_else(|| "/".into()),
            created: call.now.unix_timestamp(),
            inline: BTreeMap::new(),
            attached: Vec::new(),
        };
        create(&group, Batch::new(), call).await?;
        Ok(Output { group: GroupShape::new(&group, call.account()) })
    }
}
