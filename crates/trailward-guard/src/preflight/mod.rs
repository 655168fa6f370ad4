//! Why `CreateTrail` would refuse a bucket, a topic, a key or a log group, before it is called: which statement of which policy stands in the
//! way, and the smallest change that lets CloudTrail through.

mod because;
mod judge;
mod need;
mod patch;
mod report;
mod role;
#[cfg(test)]
mod role_tests;

pub use judge::preflight;
pub use need::{Need, Subject};
pub use patch::Edit;
pub use report::{Finding, Patch, Place, Report};

use trailward_model::Arn;

/// The service that tries the bucket, the topic and the key.
pub(crate) const SERVICE: &str = "cloudtrail.amazonaws.com";

/// A trail, and where its files are to go.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The ARN the trail has or will have.
    pub trail: Arn,
    /// The bucket's name.
    pub bucket: String,
    /// The key prefix, without a slash at its end.
    pub prefix: Option<String>,
    /// The organization's id, `o-…`, for an organization trail.
    pub organization: Option<String>,
    /// Whether digests will be delivered.
    pub validation: bool,
}

/// What was read of the account.
#[derive(Debug, Clone)]
pub struct Facts {
    /// `None` if there is no such bucket.
    pub bucket: Option<BucketFacts>,
    /// `None` for a trail without an SNS topic.
    pub topic: Option<TopicFacts>,
    /// `None` for a trail without a KMS key.
    pub key: Option<KeyFacts>,
    /// `None` for a trail without a log group.
    pub log: Option<LogFacts>,
}

/// What a bucket says of itself.
#[derive(Debug, Clone)]
pub struct BucketFacts {
    /// Its Region; `None` if that is not known, and then the key's Region is not judged.
    pub region: Option<String>,
    /// Its policy's JSON.
    pub policy: Option<String>,
}

/// What an SNS topic says of itself.
#[derive(Debug, Clone)]
pub struct TopicFacts {
    /// Its ARN.
    pub arn: String,
    /// Its policy's JSON; `None` if there is no such topic.
    pub policy: Option<String>,
    /// Whether its messages are encrypted under a KMS key that CloudTrail has to be let to; that key is not judged.
    pub encrypted: bool,
}

/// What a KMS key says of itself.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// Its ARN, or what was asked for if there is no such key.
    pub arn: String,
    /// `None` if there is no such key where it was looked for.
    pub found: Option<FoundKey>,
}

/// A key that exists.
#[derive(Debug, Clone)]
pub struct FoundKey {
    /// Its policy's JSON.
    pub policy: String,
    /// `Enabled`, `Disabled`, `PendingDeletion` …; `None` if that is not known.
    pub state: Option<String>,
    /// Whether it is a symmetric encryption key; `None` if that is not known.
    pub symmetric: Option<bool>,
}

/// What a log group and the role that CloudTrail writes there with say of themselves.
#[derive(Debug, Clone)]
pub struct LogFacts {
    /// The log group's ARN, as it is to be given to `CreateTrail`.
    pub group: String,
    /// Whether there is such a group; `None` if that is not known.
    pub exists: Option<bool>,
    /// The role's ARN.
    pub role: String,
    /// `None` if there is no such role.
    pub found: Option<FoundRole>,
}

/// A role that exists. Service control policies, which bind it too, are not judged.
#[derive(Debug, Clone)]
pub struct FoundRole {
    /// The JSON of its trust policy.
    pub trust: String,
    /// Its inline and its managed policies.
    pub policies: Vec<RolePolicy>,
    /// Its permissions boundary.
    pub boundary: Option<RolePolicy>,
}

/// A policy of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolePolicy {
    /// The name of an inline one, the ARN of a managed one.
    pub name: String,
    /// Its JSON.
    pub document: String,
    /// Whether it is the role's alone.
    pub inline: bool,
}

/// A policy that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {} is not valid: {problem}", subject.policy())]
pub struct InvalidPolicy {
    /// Whose policy.
    pub subject: Subject,
    /// What is wrong with it.
    pub problem: String,
}
