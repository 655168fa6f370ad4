//! Finding managed policies, AWS's and the account's own.

use super::change::{commit, pin, retried};
use super::errors::{no_such, no_such_policy, short};
use super::managed::{self, AWS_POLICIES, AwsPolicy};
use super::state::{self, ManagedPolicy, PolicyVersion, Versioned, find, replacement};
use crate::call::{Call, access_denied};
use crate::shape::Empty;
use trailward_store::Batch;
use trailward_wire::ApiError;

/// When AWS made its first managed policies; the date of all those that are known here.
const AWS_CREATED: i64 = 1_423_247_986;

/// A managed policy that exists.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Of AWS.
    Aws(&'static AwsPolicy),
    /// Of the account.
    Own(Versioned<ManagedPolicy>),
}

/// The policy with this ARN, if there is one.
pub(super) async fn find_known(arn: &str, call: &Call) -> Result<Option<Known>, ApiError> {
    if let Some(policy) = managed::by_arn(arn) {
        return Ok(Some(Known::Aws(policy)));
    }
    let name = arn.rsplit('/').next().unwrap_or("");
    let found = find::<ManagedPolicy>(&call.platform, call.account(), name).await?;
    Ok(found.filter(|policy| policy.value.arn(call.account()) == arn).map(Known::Own))
}

/// The policy with this ARN.
pub(super) async fn known(arn: &str, call: &Call) -> Result<Known, ApiError> {
    find_known(arn, call).await?.ok_or_else(|| no_such_policy(arn))
}

/// The policy with this ARN, to attach it.
pub(super) async fn attachable(arn: &str, call: &Call) -> Result<Known, ApiError> {
    find_known(arn, call)
        .await?
        .ok_or_else(|| no_such(format!("Policy {} does not exist or is not attachable.", short(arn))))
}

/// The account's own policy with this ARN, to change it. AWS's are nobody's to change.
pub(super) async fn own(arn: &str, call: &Call) -> Result<Versioned<ManagedPolicy>, ApiError> {
    match known(arn, call).await? {
        Known::Own(policy) => Ok(policy),
        Known::Aws(_) => Err(access_denied(
            call.service.protocol,
            format!("The policy {} belongs to AWS and cannot be changed.", short(arn)),
        )),
    }
}

impl Known {
    /// As a policy of an account would be stored.
    pub(super) fn policy(&self) -> ManagedPolicy {
        match self {
            Self::Own(policy) => policy.value.clone(),
            Self::Aws(policy) => ManagedPolicy {
                name: policy.name.to_owned(),
                id: policy.id.to_owned(),
                path: policy.path.to_owned(),
                created: AWS_CREATED,
                updated: AWS_CREATED,
                description: Some(policy.description.to_owned()),
                tags: Vec::new(),
                default_version: "v1".to_owned(),
                versions: vec![PolicyVersion {
                    id: "v1".to_owned(),
                    document: policy.document.to_owned(),
                    created: AWS_CREATED,
                }],
                next_version: 2,
            },
        }
    }

    /// Whether it is for service-linked roles only.
    pub(super) fn is_of_service(&self) -> bool {
        matches!(self, Self::Aws(policy) if policy.path == "/aws-service-role/")
    }

    /// Its ARN.
    pub(super) fn arn(&self, account: &str) -> String {
        match self {
            Self::Aws(policy) => policy.arn(),
            Self::Own(policy) => policy.value.arn(account),
        }
    }

    /// Makes `batch` and the deletion of the policy exclude each other.
    pub(super) fn pinned(&self, batch: Batch, account: &str) -> Result<Batch, ApiError> {
        match self {
            Self::Aws(_) => Ok(batch),
            Self::Own(policy) => pin(batch, account, policy),
        }
    }
}

/// The version `id` of a policy.
pub(super) fn version<'a>(
    policy: &'a ManagedPolicy,
    arn: &str,
    id: &str,
) -> Result<&'a PolicyVersion, ApiError> {
    policy.versions.iter().find(|version| version.id == id).ok_or_else(|| {
        no_such(format!("Policy {} version {} does not exist or is not attachable.", short(arn), short(id)))
    })
}

/// Changes the account's own policy with this ARN; `edit` sees it as it is now, maybe more than once.
pub(super) async fn change(
    arn: &str,
    call: &Call,
    edit: impl Fn(&mut ManagedPolicy) -> Result<(), ApiError> + Send + Sync,
) -> Result<Empty, ApiError> {
    let edit = &edit;
    retried(|| async move {
        let mut read = own(arn, call).await?;
        edit(&mut read.value)?;
        commit(replacement(call.account(), &read)?, call).await?;
        Ok(Empty {})
    })
    .await
}

/// Every policy of a scope (`Local`, `AWS`, or all) with its ARN.
pub(super) async fn all(scope: Option<&str>, call: &Call) -> Result<Vec<(String, ManagedPolicy)>, ApiError> {
    let mut found = Vec::new();
    if scope != Some("AWS") {
        let own = state::all::<ManagedPolicy>(&call.platform, call.account()).await?;
        found.extend(own.into_iter().map(|policy| (policy.arn(call.account()), policy)));
    }
    if scope != Some("Local") {
        found.extend(AWS_POLICIES.iter().map(|policy| (policy.arn(), Known::Aws(policy).policy())));
    }
    Ok(found)
}

/// What must go into the batch that makes something with this permissions boundary.
pub(super) async fn pinned_boundary(arn: Option<&str>, call: &Call) -> Result<Batch, ApiError> {
    match arn {
        Some(arn) => attachable(arn, call).await?.pinned(Batch::new(), call.account()),
        None => Ok(Batch::new()),
    }
}
