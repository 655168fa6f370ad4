//! Users, groups, roles and policies as answers show them.

use super::documents::encoded;
use super::state::{Group, ManagedPolicy, PolicyVersion, Role, User};
use super::usage::Usage;
use crate::shape::QueryTime;
use serde::Serialize;
use trailward_model::Tag;

/// `PermissionsBoundary` of an answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

impl Boundary {
    pub(super) fn of(arn: Option<&String>) -> Option<Self> {
        arn.map(|arn| Self { permissions_boundary_type: "Policy", permissions_boundary_arn: arn.clone() })
    }
}

/// `User`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserShape {
    pub path: Option<String>,
    pub user_name: Option<String>,
    pub user_id: String,
    pub arn: String,
    pub create_date: QueryTime,
    pub permissions_boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl UserShape {
    /// As listings have it: without boundary and tags.
    pub(super) fn listed(user: &User, account: &str) -> Self {
        Self {
            path: Some(user.path.clone()),
            user_name: Some(user.name.clone()),
            user_id: user.id.clone(),
            arn: user.arn(account),
            create_date: QueryTime::from_epoch(user.created),
            permissions_boundary: None,
            tags: Vec::new(),
        }
    }

    /// All of it.
    pub(super) fn whole(user: &User, account: &str) -> Self {
        Self {
            permissions_boundary: Boundary::of(user.boundary.as_ref()),
            tags: user.tags.clone(),
            ..Self::listed(user, account)
        }
    }
}

/// `Group`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupShape {
    path: String,
    pub group_name: String,
    group_id: String,
    arn: String,
    create_date: QueryTime,
}

impl GroupShape {
    pub(super) fn new(group: &Group, account: &str) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.id.clone(),
            arn: group.arn(account),
            create_date: QueryTime::from_epoch(group.created),
        }
    }
}

/// `RoleLastUsed`; when a role was last used is not kept.
#[derive(Debug, Serialize)]
pub(super) struct RoleLastUsed {}

/// `Role`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleShape {
    path: String,
    pub role_name: String,
    role_id: String,
    arn: String,
    create_date: QueryTime,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<i64>,
    permissions_boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    role_last_used: Option<RoleLastUsed>,
}

impl RoleShape {
    /// As listings have it: without boundary and tags.
    pub(super) fn listed(role: &Role, account: &str) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            arn: role.arn(account),
            create_date: QueryTime::from_epoch(role.created),
            assume_role_policy_document: encoded(&role.trust),
            description: role.description.clone(),
            max_session_duration: Some(role.max_session_seconds),
            permissions_boundary: None,
            tags: Vec::new(),
            role_last_used: None,
        }
    }

    /// As `CreateRole` answers.
    pub(super) fn made(role: &Role, account: &str) -> Self {
        Self {
            permissions_boundary: Boundary::of(role.boundary.as_ref()),
            tags: role.tags.clone(),
            max_session_duration: None,
            ..Self::listed(role, account)
        }
    }

    /// All of it.
    pub(super) fn whole(role: &Role, account: &str) -> Self {
        Self {
            max_session_duration: Some(role.max_session_seconds),
            role_last_used: Some(RoleLastUsed {}),
            ..Self::made(role, account)
        }
    }
}

/// `Policy`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyShape {
    policy_name: String,
    policy_id: String,
    pub arn: String,
    path: String,
    default_version_id: String,
    attachment_count: usize,
    permissions_boundary_usage_count: usize,
    is_attachable: bool,
    description: Option<String>,
    create_date: QueryTime,
    update_date: QueryTime,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

impl PolicyShape {
    /// As listings have it: without description and tags.
    pub(super) fn listed(policy: &ManagedPolicy, arn: String, usage: &Usage) -> Self {
        Self {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            path: policy.path.clone(),
            default_version_id: policy.default_version.clone(),
            attachment_count: usage.attached(&arn),
            permissions_boundary_usage_count: usage.bounding(&arn),
            is_attachable: true,
            description: None,
            create_date: QueryTime::from_epoch(policy.created),
            update_date: QueryTime::from_epoch(policy.updated),
            tags: Vec::new(),
            arn,
        }
    }

    /// All of it.
    pub(super) fn whole(policy: &ManagedPolicy, arn: String, usage: &Usage) -> Self {
        Self {
            description: policy.description.clone(),
            tags: policy.tags.clone(),
            ..Self::listed(policy, arn, usage)
        }
    }
}

/// `PolicyVersion`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionShape {
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: QueryTime,
}

impl VersionShape {
    /// As listings have it: without the document.
    pub(super) fn listed(version: &PolicyVersion, policy: &ManagedPolicy) -> Self {
        Self {
            document: None,
            version_id: version.id.clone(),
            is_default_version: version.id == policy.default_version,
            create_date: QueryTime::from_epoch(version.created),
        }
    }

    /// All of it.
    pub(super) fn whole(version: &PolicyVersion, policy: &ManagedPolicy) -> Self {
        Self { document: Some(encoded(&version.document)), ..Self::listed(version, policy) }
    }
}
