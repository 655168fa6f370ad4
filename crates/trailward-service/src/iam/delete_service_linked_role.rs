//! `DeleteServiceLinkedRole`. It is done when this answers; what became of it is asked for all the same, as with AWS.

use super::change::{commit, existing, retried};
use super::check::Check;
use super::errors::no_such;
use super::service_linked::{self, Deletion, DeletionTask, is_linked};
use super::state::{Role, removal};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;
use trailward_wire::uuid_id;

pub(crate) struct DeleteServiceLinkedRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    deletion_task_id: String,
}

impl Operation for DeleteServiceLinkedRole {
    const NAME: &'static str = "DeleteServiceLinkedRole";
    const ACCESS: Access = Access::write("iam:DeleteServiceLinkedRole");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        let name = &input.role_name;
        let mut random = [0; 16];
        call.platform.entropy.fill(&mut random)?;
        let unique = &uuid_id(random);
        retried(|| async move {
            let role = existing::<Role>(name, call).await?;
            if !is_linked(&role.value) {
                return Err(no_such(format!(
                    "There is no service-linked role with name {}.",
                    role.value.name
                )));
            }
            let deletion_task_id = format!("task{}{}/{unique}", role.value.path, role.value.name);
            let task = DeletionTask {
                role_arn: role.value.arn(call.account()),
                asked: call.now.unix_timestamp(),
                outcome: Deletion::Succeeded,
            };
            let batch = removal(call.account(), &role);
            commit(service_linked::kept(batch, &deletion_task_id, &task, call)?, call).await?;
            Ok(Output { deletion_task_id })
        })
        .await
    }
}
