//! `GetServiceLinkedRoleDeletionStatus`.

use super::check::Check;
use super::errors::{invalid_input, no_such, short};
use super::service_linked::{self, Deletion};
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_model::Arn;
use trailward_wire::ApiError;

pub(crate) struct GetServiceLinkedRoleDeletionStatus;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    deletion_task_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    status: &'static str,
}

impl Operation for GetServiceLinkedRoleDeletionStatus {
    const NAME: &'static str = "GetServiceLinkedRoleDeletionStatus";
    const ACCESS: Access = Access::read("iam:GetServiceLinkedRoleDeletionStatus");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        let id = &input.deletion_task_id;
        Check::new().length("deletionTaskId", id, 1, 1_000).done()?;
        // `task/aws-service-role/SERVICE/ROLE/UUID`: the role is what the call is about.
        let role = id.strip_prefix("task/aws-service-role/").and_then(|rest| rest.rsplit_once('/'));
        let Some((role, _)) = role else {
            return Err(invalid_input(format!("{} is not the id of a deletion task.", short(id))));
        };
        let resource = format!("role/aws-service-role/{role}");
        Ok(Target::new(Arn::new("iam", "", call.account(), resource).to_string(), call.account()))
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let id = &input.deletion_task_id;
        let task = service_linked::find(id, call).await?;
        let task = task.ok_or_else(|| no_such(format!("No deletion task {} was found.", short(id))))?;
        Ok(match task.outcome {
            Deletion::Succeeded => Output { status: "SUCCEEDED" },
        })
    }
}
