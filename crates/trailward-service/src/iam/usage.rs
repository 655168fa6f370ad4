//! Where managed policies are used, counted when asked: a count that is not kept cannot be wrong.

use super::identified::Identified;
use super::state::{Group, Role, User, all};
use crate::call::Call;
use std::collections::HashMap;
use trailward_wire::ApiError;

/// `PolicyUsageFilter`.
pub(super) const USAGES: &[&str] = &["PermissionsPolicy", "PermissionsBoundary"];

/// `EntityFilter` and `Filter`.
pub(super) const ENTITIES: &[&str] = &["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];

/// How often each policy is used in an account.
#[derive(Debug, Default)]
pub(super) struct Usage {
    attached: HashMap<String, usize>,
    bounding: HashMap<String, usize>,
}

impl Usage {
    /// Counts.
    pub(super) async fn count(call: &Call) -> Result<Self, ApiError> {
        let mut usage = Self::default();
        usage.add(&all::<User>(&call.platform, call.account()).await?);
        usage.add(&all::<Group>(&call.platform, call.account()).await?);
        usage.add(&all::<Role>(&call.platform, call.account()).await?);
        Ok(usage)
    }

    fn add<T: Identified>(&mut self, entities: &[T]) {
        for entity in entities {
            for arn in entity.attached() {
                *self.attached.entry(arn.clone()).or_default() += 1;
            }
            if let Some(arn) = entity.boundary() {
                *self.bounding.entry(arn.to_owned()).or_default() += 1;
            }
        }
    }

    /// To how many users, groups and roles a policy is attached.
    pub(super) fn attached(&self, arn: &str) -> usize {
        self.attached.get(arn).copied().unwrap_or(0)
    }

    /// Of how many users and roles a policy is the boundary.
    pub(super) fn bounding(&self, arn: &str) -> usize {
        self.bounding.get(arn).copied().unwrap_or(0)
    }
}
