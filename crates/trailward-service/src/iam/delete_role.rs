//! `DeleteRole`. Only a role without policies, in no instance profile, and of no service; its sessions die with it.

use super::change::{check_no_policies, commit, existing, retried};
use super::check::Check;
use super::errors::protected;
use super::instance_profiles::check_in_none;
use super::state::{Role, removal};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeleteRole;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
}

impl Operation for DeleteRole {
    const NAME: &'static str = "DeleteRole";
    const ACCESS: Access = Access::write("iam:DeleteRole");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let name = &input.role_name;
        retried(|| async move {
            let read = existing::<Role>(name, call).await?;
            protected(&read.value)?;
            check_no_policies(&read.value)?;
            check_in_none(&read.value.name, call).await?;
            commit(removal(call.account(), &read), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
