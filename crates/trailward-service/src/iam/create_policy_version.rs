//! `CreatePolicyVersion`. Numbers are never used again.

use super::change::{commit, retried};
use super::check::Check;
use super::documents::check_managed;
use super::errors::limit_exceeded;
use super::policies;
use super::shapes::VersionShape;
use super::state::{PolicyVersion, replacement};
use super::target;
use crate::access::{Access, Target};
use crate::call::Call;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use trailward_wire::ApiError;

pub(crate) struct CreatePolicyVersion;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input {
    policy_arn: String,
    policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_as_default: Option<bool>,
}

/// Versions of one policy.
const MOST: usize = 5;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    policy_version: VersionShape,
}

impl Operation for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    const ACCESS: Access = Access::write("iam:CreatePolicyVersion");
    type Input = Input;
    type Output = Output;

    async fn resource(input: &Input, call: &Call) -> Result<Target, ApiError> {
        Check::new()
            .policy_arn("policyArn", &input.policy_arn)
            .document("policyDocument", &input.policy_document)
            .done()?;
        target::policy(&input.policy_arn, call).await
    }

    async fn run(input: Input, call: &Call) -> Result<Output, ApiError> {
        check_managed(&input.policy_document)?;
        let arn = &input.policy_arn;
        let input = &input;
        retried(|| async move {
            let mut read = policies::own(arn, call).await?;
            let policy = &mut read.value;
            if policy.versions.len() >= MOST {
                return Err(limit_exceeded(
                    "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
                ));
            }
            let version = PolicyVersion {
                id: format!("v{}", policy.next_version),
                document: input.policy_document.clone(),
                created: call.now.unix_timestamp(),
            };
            policy.next_version += 1;
            policy.updated = version.created;
            if input.set_as_default == Some(true) {
                policy.default_version.clone_from(&version.id);
            }
            policy.versions.push(version.clone());
            commit(replacement(call.account(), &read)?, call).await?;
            Ok(Output { policy_version: VersionShape::listed(&version, &read.value) })
        })
        .await
    }
}
