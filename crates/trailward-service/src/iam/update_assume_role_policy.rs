//! `UpdateAssumeRolePolicy`.

use super::change::change;
use super::check::Check;
use super::documents::bound_trust;
use super::errors::protected;
use super::state::Role;
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct UpdateAssumeRolePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    role_name: String,
    policy_document: String,
}

impl Operation for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    const ACCESS: Access = Access::write("iam:UpdateAssumeRolePolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().role(&input.role_name).document("policyDocument", &input.policy_document).done()?;
        target::of::<Role>(&input.role_name, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let trust = bound_trust(&input.policy_document, call).await?;
        change::<Role>(&input.role_name, call, |role| {
            protected(role)?;
            role.trust.clone_from(&trust);
            Ok(())
        })
        .await?;
        Ok(Empty {})
    }
}
