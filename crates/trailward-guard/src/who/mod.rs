//! Who can destroy or blind a trail: every principal against every way, with the path of permissions and what closes it.
//!
//! [`Snapshot`] is what was read; [`judge`] is a pure function of it. What a snapshot does not settle is never silently
//! taken for one side or the other:
//!
//! * A condition on a place, a time, a device or a secret (`aws:SourceIp`, `aws:MultiFactorAuthPresent`,
//!   `sts:ExternalId` …) makes an answer *possible*, with the condition.
//! * A condition on what the caller writes into its own request (`s3:x-amz-acl`, `aws:UserAgent` …) holds nobody back.
//! * A policy that could not be read makes answers that rest on it *possible*, and is an [`Unknown`] of the report.
//! * An account that was not read is taken to let its own people do whatever others let them do.

mod actors;
mod ask;
#[cfg(test)]
mod changing_tests;
mod document;
mod gather;
pub mod graph;
mod keys;
pub mod read;
mod report;
mod search;
mod snapshot;
mod steps;
#[cfg(test)]
mod tests;
mod ways;
mod world;

pub use report::{
    Assumption, Certainty, Closed, Effect, Finding, Kind, Place, Principal, Report, Severity, Step, Unknown,
};
pub use search::judge;
pub use snapshot::{
    Account, AclGrant, Attached, Bucket, Fact, Identities, Identity, Key, KeyGrant, Lock, LogGroup,
    Organization, PublicAccess, Retention, Snapshot, Topic, Trail, Unread, Versioning,
};

/// Whether this is the ARN of a service-linked role. Its path says so, and only as the whole path that IAM reserves: a path
/// may hold any characters, the name of another path among them.
fn is_service_linked(arn: &str) -> bool {
    let arn: Result<trailward_model::Arn, _> = arn.parse();
    arn.is_ok_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/aws-service-role/"))
}

/// Whether this is the ARN of a managed policy of AWS, which nobody else can change.
fn is_managed_by_aws(arn: &str) -> bool {
    let arn: Result<trailward_model::Arn, _> = arn.parse();
    arn.is_ok_and(|arn| arn.service == "iam" && arn.account == "aws")
}

/// An action that is never asked for here, and that every kind of policy may name: a statement about it alone does not
/// apply.
const NEVER: &str = "sts:SetSourceIdentity";

/// The name of a policy that lets everybody in, which stands in for one that an actor could write or has a grant beside.
const DOOR: &str = "a policy that lets everybody in";

/// The name of what somebody gives itself who may change its own permissions.
const OWN: &str = "a policy that it gives itself";

/// The name of what an account that was not read lets its people do.
const THEIRS: &str = "whatever its own account lets it do";
