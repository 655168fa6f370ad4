//! Reading a [`Snapshot`] with the AWS SDK. Nothing is changed; what is refused is noted and read around.

mod bucket;
mod identities;
mod lists;
mod organization;
pub(crate) mod trail;

use super::snapshot::{Account as AccountFacts, Fact, Snapshot, Unread};
use crate::aws::{Account, ReadError, found};
use std::collections::BTreeMap;
use trailward_model::Arn;

/// Every permission a reading can need, beside `sts:AssumeRole` on the roles of further accounts. None can be narrowed to
/// a resource without knowing the answer.
pub const ACTIONS: &[&str] = &[
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetInsightSelectors",
    "cloudtrail:GetTrail",
    "cloudwatch:DescribeAlarmsForMetric",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetGroupPolicy",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListPolicyVersions",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:GetUser",
    "iam:GetUserPolicy",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupPolicies",
    "iam:ListGroups",
    "iam:ListGroupsForUser",
    "iam:ListRolePolicies",
    "iam:ListRoles",
    "iam:ListUserPolicies",
    "iam:ListUsers",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "logs:DescribeMetricFilters",
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListParents",
    "organizations:ListPoliciesForTarget",
    "organizations:ListRoots",
    "s3:GetAccountPublicAccessBlock",
    "s3:GetBucketAcl",
    "s3:GetBucketLocation",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "sns:GetTopicAttributes",
    "sts:GetCallerIdentity",
];

/// Why there is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// A call without which there is nothing to judge failed.
    #[error(transparent)]
    Call(#[from] ReadError),
    /// No trail was named, and there is none.
    #[error("there is no trail in {region}: name one with its ARN")]
    NoTrail {
        /// Where it was looked for.
        region: String,
    },
    /// No trail was named, and there are several.
    #[error("there are several trails, name one: {}", arns.join(", "))]
    ManyTrails {
        /// Their ARNs.
        arns: Vec<String>,
    },
    /// The trail that was named is not there.
    #[error("there is no trail {arn}")]
    Missing {
        /// Its ARN.
        arn: String,
    },
    /// The trail has no bucket, or an ARN that is none.
    #[error("the trail {arn} cannot be judged: {problem}")]
    Unfit {
        /// Its ARN.
        arn: String,
        /// What is wrong.
        problem: String,
    },
}

/// Reads a trail and all that bears on it. `accounts` are ways into accounts to read the identities of: the first is used
/// for everything that another does not own. Without a trail's ARN, the only trail of the first account is taken.
pub async fn read(accounts: &[Account], trail: Option<&Arn>) -> Result<Snapshot, ReadFailure> {
    let Some(main) = accounts.first() else {
        return Err(ReadFailure::NoTrail { region: "no account".to_owned() });
    };
    let number = main.number().await?;
    let mut known = BTreeMap::from([(number.clone(), main.clone())]);
    for account in accounts.iter().skip(1) {
        known.entry(account.number().await?).or_insert_with(|| account.clone());
    }
    let found = trail::read(main, trail).await?;
    let bucket = bucket::read((&number, main), &known, &found.bucket).await;
    let organization = organization::organization(&known).await;
    let key = match &found.key {
        Some(key) => Some(trail::key(main, &known, key).await),
        None => None,
    };
    let mut facts = BTreeMap::new();
    for (id, account) in &known {
        let identities = fact(identities::read(account).await);
        let (service_controls, resource_controls) = organization::controls(&known, id, &organization).await;
        facts.insert(id.clone(), AccountFacts { identities, service_controls, resource_controls });
    }
    Ok(Snapshot {
        bucket,
        key,
        log_group: trail::log_group(main, &found).await,
        topic: trail::topic(main, &found).await,
        accounts: facts,
        organization,
        trail: found.trail,
    })
}

impl Account {
    /// The account's number.
    pub async fn number(&self) -> Result<String, ReadError> {
        let answer = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let answer = found("sts:GetCallerIdentity", answer, &[])?;
        Ok(answer.and_then(|answer| answer.account).unwrap_or_default())
    }

    /// The account of a role, which is assumed for reading.
    pub async fn assume(&self, role: &str) -> Result<Self, ReadError> {
        let client = aws_sdk_sts::Client::new(&self.config);
        let answer = client.assume_role().role_arn(role).role_session_name("trailward-who").send().await;
        let credentials = found("sts:AssumeRole", answer, &[])?.and_then(|answer| answer.credentials);
        let credentials = credentials.ok_or_else(|| ReadError {
            action: "sts:AssumeRole",
            code: None,
            problem: format!("the answer for {role} has no credentials"),
        })?;
        let credentials = aws_sdk_sts::config::Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            None,
            "AssumeRole",
        );
        let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(credentials);
        Ok(Self { config: self.config.to_builder().credentials_provider(provider).build() })
    }
}

fn fact<T>(answer: Result<T, ReadError>) -> Fact<T> {
    answer.map_or_else(|error| Fact::Unread(unread(&error)), Fact::Known)
}

fn unread(error: &ReadError) -> Unread {
    Unread { action: error.action.to_owned(), problem: error.problem.clone() }
}
