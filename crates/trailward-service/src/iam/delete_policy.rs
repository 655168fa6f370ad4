//! `DeletePolicy`. Only a policy that is used nowhere and has no version but the default one.

use super::change::{commit, retried};
use super::check::Check;
use super::errors::delete_conflict;
use super::policies;
use super::state::removal;
use super::target;
use super::usage::Usage;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use crate::shape::Empty;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct DeletePolicy;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
}

impl Operation for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    const ACCESS: Access = Access::write("iam:DeletePolicy");
    type Input = Input;
    type Output = Empty;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new().policy_arn("policyArn", &input.policy_arn).done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Empty, ApiError> {
        let arn = &input.policy_arn;
        retried(|| async move {
            let read = policies::own(arn, call).await?;
            let usage = Usage::count(call).await?;
            if usage.attached(arn) > 0 || usage.bounding(arn) > 0 {
                return Err(delete_conflict("Cannot delete a policy attached to entities."));
            }
            if read.value.versions.len() > 1 {
                return Err(delete_conflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
                ));
            }
            // Whoever attaches the policy meanwhile pins it, so that this commit fails and all is looked at anew.
            commit(removal(call.account(), &read), call).await?;
            Ok(Empty {})
        })
        .await
    }
}
