//! Everything about an account's identities and policies at once, for `GetAccountAuthorizationDetails`.

use super::attachments::{self, AttachedPolicy};
use super::documents::{encoded, shown};
use super::instance_profiles::{InstanceProfile, ProfileShape};
use super::policies;
use super::shapes::{Boundary, PolicyShape, RoleLastUsed, VersionShape};
use super::state::{Group, ManagedPolicy, Role, User, all as all_of};
use super::usage::Usage;
use crate::call::Call;
use crate::shape::QueryTime;
use serde::Serialize;
use std::collections::BTreeMap;
use trailward_model::Tag;
use trailward_wire::ApiError;

/// One inline policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDetail {
    policy_name: String,
    policy_document: String,
}

fn inline(policies: &BTreeMap<String, String>) -> Vec<PolicyDetail> {
    let one = |(name, document): (&String, &String)| PolicyDetail {
        policy_name: name.clone(),
        policy_document: encoded(document),
    };
    policies.iter().map(one).collect()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserDetail {
    path: String,
    user_name: String,
    user_id: String,
    arn: String,
    create_date: QueryTime,
    user_policy_list: Vec<PolicyDetail>,
    group_list: Vec<String>,
    attached_managed_policies: Vec<AttachedPolicy>,
    permissions_boundary: Option<Boundary>,
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupDetail {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: QueryTime,
    group_policy_list: Vec<PolicyDetail>,
    attached_managed_policies: Vec<AttachedPolicy>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleDetail {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: QueryTime,
    assume_role_policy_document: String,
    instance_profile_list: Vec<ProfileShape>,
    role_policy_list: Vec<PolicyDetail>,
    attached_managed_policies: Vec<AttachedPolicy>,
    permissions_boundary: Option<Boundary>,
    tags: Vec<Tag>,
    role_last_used: RoleLastUsed,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManagedPolicyDetail {
    #[serde(flatten)]
    policy: PolicyShape,
    policy_version_list: Vec<VersionShape>,
}

/// One user, group, role or policy.
#[derive(Debug)]
pub(super) enum Detail {
    User(UserDetail),
    Group(GroupDetail),
    Role(RoleDetail),
    Own(ManagedPolicyDetail),
    Aws(ManagedPolicyDetail),
}

impl Detail {
    /// The word that `Filter` has for it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
            Self::Role(_) => "Role",
            Self::Own(_) => "LocalManagedPolicy",
            Self::Aws(_) => "AWSManagedPolicy",
        }
    }

    /// Orders users before groups before roles before own policies before AWS's, each by ARN.
    pub(super) fn sort_key(&self) -> String {
        match self {
            Self::User(user) => format!("1{}", user.arn),
            Self::Group(group) => format!("2{}", group.arn),
            Self::Role(role) => format!("3{}", role.arn),
            Self::Own(own) => format!("4{}", own.policy.arn),
            Self::Aws(aws) => format!("5{}", aws.policy.arn),
        }
    }
}

/// The lists of an answer.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Details {
    user_detail_list: Vec<UserDetail>,
    group_detail_list: Vec<GroupDetail>,
    role_detail_list: Vec<RoleDetail>,
    policies: Vec<ManagedPolicyDetail>,
}

impl From<Vec<Detail>> for Details {
    fn from(found: Vec<Detail>) -> Self {
        let mut details = Self::default();
        for detail in found {
            match detail {
                Detail::User(user) => details.user_detail_list.push(user),
                Detail::Group(group) => details.group_detail_list.push(group),
                Detail::Role(role) => details.role_detail_list.push(role),
                Detail::Own(policy) | Detail::Aws(policy) => details.policies.push(policy),
            }
        }
        details
    }
}

/// All there is, in no order.
pub(super) async fn all(call: &Call) -> Result<Vec<Detail>, ApiError> {
    let (platform, account) = (&call.platform, call.account());
    let usage = Usage::count(call).await?;
    let mut found = Vec::new();
    found.extend(all_of::<User>(platform, account).await?.into_iter().map(|it| user(it, account)));
    found.extend(all_of::<Group>(platform, account).await?.into_iter().map(|it| group(it, account)));
    let profiles = all_of::<InstanceProfile>(platform, account).await?;
    for it in all_of::<Role>(platform, account).await? {
        found.push(role(shown(it, call).await?, &profiles, account));
    }
    for (arn, own) in policies::all(Some("Local"), call).await? {
        found.push(Detail::Own(policy(&own, arn, &usage)));
    }
    for (arn, aws) in policies::all(Some("AWS"), call).await? {
        if usage.attached(&arn) > 0 || usage.bounding(&arn) > 0 {
            found.push(Detail::Aws(policy(&aws, arn, &usage)));
        }
    }
    Ok(found)
}

fn user(user: User, account: &str) -> Detail {
    Detail::User(UserDetail {
        arn: user.arn(account),
        create_date: QueryTime::from_epoch(user.created),
        user_policy_list: inline(&user.inline),
        attached_managed_policies: attachments::shown(&user.attached),
        permissions_boundary: Boundary::of(user.boundary.as_ref()),
        path: user.path,
        user_name: user.name,
        user_id: user.id,
        group_list: user.groups,
        tags: user.tags,
    })
}

fn group(group: Group, account: &str) -> Detail {
    Detail::Group(GroupDetail {
        arn: group.arn(account),
        create_date: QueryTime::from_epoch(group.created),
        group_policy_list: inline(&group.inline),
        attached_managed_policies: attachments::shown(&group.attached),
        path: group.path,
        group_name: group.name,
        group_id: group.id,
    })
}

fn role(role: Role, profiles: &[InstanceProfile], account: &str) -> Detail {
    let of_role = profiles.iter().filter(|profile| profile.has(&role.name));
    Detail::Role(RoleDetail {
        arn: role.arn(account),
        create_date: QueryTime::from_epoch(role.created),
        assume_role_policy_document: encoded(&role.trust),
        instance_profile_list: of_role
            .map(|profile| ProfileShape::with(profile, std::slice::from_ref(&role), account))
            .collect(),
        role_policy_list: inline(&role.inline),
        attached_managed_policies: attachments::shown(&role.attached),
        permissions_boundary: Boundary::of(role.boundary.as_ref()),
        path: role.path,
        role_name: role.name,
        role_id: role.id,
        tags: role.tags,
        role_last_used: RoleLastUsed {},
    })
}

fn policy(policy: &ManagedPolicy, arn: String, usage: &Usage) -> ManagedPolicyDetail {
    let versions = policy.versions.iter().rev();
    ManagedPolicyDetail {
        policy_version_list: versions.map(|version| VersionShape::whole(version, policy)).collect(),
        policy: PolicyShape::listed(policy, arn, usage),
    }
}
