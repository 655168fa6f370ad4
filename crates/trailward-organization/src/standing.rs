//! What an organization means for one account.

use crate::documents::compile;
use crate::records::{Features, PolicyType};
use crate::tree::Tree;
use trailward_policy::Policy;
use trailward_store::StoreError;

/// One account's place in its organization, with the policies that bind it, compiled.
#[derive(Debug, Clone)]
pub struct Standing {
    /// `o-…`; empty for an account that was closed and has left it.
    pub organization: String,
    /// The management account.
    pub management: String,
    /// `o-…/r-…/ou-…/`, as `aws:PrincipalOrgPaths` has it.
    pub path: String,
    /// Whether it is the management account itself.
    pub is_management: bool,
    /// Whether the account is closed: nobody in it can act.
    pub is_closed: bool,
    /// Service control policies, level by level from the root down to the account; empty for the management account and
    /// where the type is not enabled.
    pub scps: Vec<Vec<Policy>>,
    /// Resource control policies over the account's resources, likewise.
    pub rcps: Vec<Vec<Policy>>,
}

/// Services whose resources are bound by resource control policies, by the prefix of their actions.
///
/// Source: AWS Organizations User Guide, "List of AWS services that support RCPs".
const BOUND: &[&str] = &[
    "s3",
    "sts",
    "kms",
    "sqs",
    "secretsmanager",
    "cognito-identity",
    "cognito-idp",
    "logs",
    "dynamodb",
    "ecr",
    "aoss",
];

impl Standing {
    /// The place of `account` in `tree`; `None` if it is not in it. `Corrupt` if a stored policy does not compile.
    pub fn of(tree: &Tree, account: &str) -> Result<Option<Self>, StoreError> {
        let Some(member) = tree.members.get(account) else { return Ok(None) };
        let is_management = tree.is_management(account);
        let levels = |kind: PolicyType| -> Result<Vec<Vec<Policy>>, StoreError> {
            if is_management || tree.organization.features != Features::All || !tree.is_enabled(kind) {
                return Ok(Vec::new());
            }
            let path = tree.path(&member.parent);
            path.into_iter().chain([account]).map(|target| level(tree, target, kind)).collect()
        };
        Ok(Some(Self {
            organization: tree.organization.id.clone(),
            management: tree.organization.management.clone(),
            path: tree.path_text(&member.parent),
            is_management,
            is_closed: member.closed.is_some(),
            scps: levels(PolicyType::ServiceControl)?,
            rcps: levels(PolicyType::ResourceControl)?,
        }))
    }

    /// That of an account that was closed and is in no organization any more.
    pub(crate) fn closed() -> Self {
        Self {
            organization: String::new(),
            management: String::new(),
            path: String::new(),
            is_management: false,
            is_closed: true,
            scps: Vec::new(),
            rcps: Vec::new(),
        }
    }

    /// The resource control policies that bear on `action` on a resource of this account: none for services that they do
    /// not bind, nor for `kms:RetireGrant`.
    pub fn rcps_for(&self, action: &str) -> &[Vec<Policy>] {
        let service = action.split_once(':').map_or("", |(service, _)| service);
        if BOUND.contains(&service) && action != "kms:RetireGrant" { &self.rcps } else { &[] }
    }
}

/// A stored policy was valid when it was stored; one that no longer parses stops the account rather than freeing it.
fn level(tree: &Tree, target: &str, kind: PolicyType) -> Result<Vec<Policy>, StoreError> {
    let policies = tree.policies_on(target, kind).unwrap_or_default();
    let compiled = policies.iter().map(|policy| {
        compile(kind, &policy.content).map_err(|error| {
            StoreError::corrupt(format!("control policy {} does not parse: {error}", policy.id))
        })
    });
    compiled.collect()
}
