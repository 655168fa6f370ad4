//! The shapes of answers.

use super::target::arn;
use crate::shape::EpochTime;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use trailward_organization::{
    ControlPolicy, Creation, CreationState, Features, Handshake, Joined, Member, PolicyType, Tree, Unit,
};

/// A stored moment.
pub(super) fn time(seconds: i64) -> EpochTime {
    EpochTime(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

/// `{Type, Status}` of a policy type.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyTypeSummary {
    #[serde(rename = "Type")]
    kind: &'static str,
    status: &'static str,
}

fn enabled(kind: PolicyType) -> PolicyTypeSummary {
    PolicyTypeSummary { kind: kind.name(), status: "ENABLED" }
}

/// `Organization`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OrganizationShape {
    id: String,
    arn: String,
    feature_set: &'static str,
    master_account_arn: String,
    master_account_id: String,
    master_account_email: String,
    available_policy_types: Vec<PolicyTypeSummary>,
}

impl From<&Tree> for OrganizationShape {
    fn from(tree: &Tree) -> Self {
        let organization = &tree.organization;
        let all = organization.features == Features::All;
        Self {
            id: organization.id.clone(),
            arn: organization.arn("organization", ""),
            feature_set: organization.features.name(),
            master_account_arn: organization.arn("account", &organization.management),
            master_account_id: organization.management.clone(),
            master_account_email: tree
                .members
                .get(&organization.management)
                .map(|m| m.email.clone())
                .unwrap_or_default(),
            // What is really available shows `ListRoots`; this member is the oldest type's alone, as AWS documents.
            available_policy_types: if all { vec![enabled(PolicyType::ServiceControl)] } else { Vec::new() },
        }
    }
}

/// `Root`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RootShape {
    id: String,
    arn: String,
    name: &'static str,
    policy_types: Vec<PolicyTypeSummary>,
}

impl From<&Tree> for RootShape {
    fn from(tree: &Tree) -> Self {
        let organization = &tree.organization;
        Self {
            id: organization.root.clone(),
            arn: organization.arn("root", &organization.root),
            name: "Root",
            policy_types: organization.enabled.iter().map(|kind| enabled(*kind)).collect(),
        }
    }
}

/// `Account`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountShape {
    pub(super) id: String,
    arn: String,
    email: String,
    name: String,
    status: &'static str,
    state: &'static str,
    paths: Vec<String>,
    joined_method: &'static str,
    joined_timestamp: EpochTime,
}

impl AccountShape {
    pub(super) fn new(tree: &Tree, member: &Member) -> Self {
        let status = if member.closed.is_some() { "SUSPENDED" } else { "ACTIVE" };
        Self {
            id: member.account.clone(),
            arn: tree.organization.arn("account", &member.account),
            email: member.email.clone(),
            name: member.name.clone(),
            status,
            state: status,
            paths: vec![format!("{}{}/", tree.path_text(&member.parent), member.account)],
            joined_method: match member.joined {
                Joined::Invited => "INVITED",
                Joined::Created => "CREATED",
            },
            joined_timestamp: time(member.since),
        }
    }
}

/// `OrganizationalUnit`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UnitShape {
    pub(super) id: String,
    arn: String,
    name: String,
    path: String,
}

impl UnitShape {
    pub(super) fn new(tree: &Tree, unit: &Unit) -> Self {
        Self {
            id: unit.id.clone(),
            arn: tree.organization.arn("ou", &unit.id),
            name: unit.name.clone(),
            path: tree.path_text(&unit.id),
        }
    }
}

/// `PolicySummary`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicySummary {
    pub(super) id: String,
    arn: String,
    name: String,
    description: String,
    #[serde(rename = "Type")]
    kind: &'static str,
    aws_managed: bool,
}

impl PolicySummary {
    pub(super) fn new(tree: &Tree, policy: &ControlPolicy) -> Self {
        let kind = policy.kind.name().to_lowercase();
        let path = format!("{kind}/{}", policy.id);
        Self {
            id: policy.id.clone(),
            arn: if policy.is_of_aws() {
                format!("arn:aws:organizations::aws:policy/{path}")
            } else {
                tree.organization.arn("policy", &path)
            },
            name: policy.name.clone(),
            description: policy.description.clone(),
            kind: policy.kind.name(),
            aws_managed: policy.is_of_aws(),
        }
    }
}

/// `Policy`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyShape {
    policy_summary: PolicySummary,
    content: String,
}

impl PolicyShape {
    pub(super) fn new(tree: &Tree, policy: &ControlPolicy) -> Self {
        Self { policy_summary: PolicySummary::new(tree, policy), content: policy.content.clone() }
    }
}

/// `{Id, Type}` of a parent or a child.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Relative {
    pub(super) id: String,
    #[serde(rename = "Type")]
    pub(super) kind: &'static str,
}

/// `PolicyTargetSummary`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TargetSummary {
    pub(super) target_id: String,
    arn: String,
    name: String,
    #[serde(rename = "Type")]
    kind: &'static str,
}

impl TargetSummary {
    pub(super) fn new(tree: &Tree, id: &str) -> Self {
        let (name, kind) = match (tree.units.get(id), tree.members.get(id)) {
            (Some(unit), _) => (unit.name.clone(), "ORGANIZATIONAL_UNIT"),
            (None, Some(member)) => (member.name.clone(), "ACCOUNT"),
            (None, None) => ("Root".to_owned(), "ROOT"),
        };
        Self { target_id: id.to_owned(), arn: arn(tree, id).unwrap_or_default(), name, kind }
    }
}

/// `CreateAccountStatus`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreationShape {
    pub(super) id: String,
    account_name: String,
    pub(super) state: &'static str,
    requested_timestamp: EpochTime,
    completed_timestamp: EpochTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
}

impl From<&Creation> for CreationShape {
    fn from(creation: &Creation) -> Self {
        let (state, failure_reason) = match creation.state {
            CreationState::Succeeded => ("SUCCEEDED", None),
            CreationState::EmailExists => ("FAILED", Some("EMAIL_ALREADY_EXISTS")),
            CreationState::LimitExceeded => ("FAILED", Some("ACCOUNT_LIMIT_EXCEEDED")),
        };
        Self {
            id: creation.id.clone(),
            account_name: creation.name.clone(),
            state,
            requested_timestamp: time(creation.at),
            completed_timestamp: time(creation.at),
            account_id: creation.account.clone(),
            failure_reason,
        }
    }
}

/// `HandshakeParty`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Party {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default, rename = "Type")]
    pub(super) kind: String,
}

/// `HandshakeResource`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HandshakeResource {
    value: String,
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<HandshakeResource>,
}

/// `Handshake`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct HandshakeShape {
    pub(super) id: String,
    arn: String,
    parties: Vec<Party>,
    state: &'static str,
    requested_timestamp: EpochTime,
    expiration_timestamp: EpochTime,
    action: &'static str,
    resources: Vec<HandshakeResource>,
}

/// `arn:aws:organizations::MANAGEMENT:handshake/o-…/invite/h-…`.
pub(super) fn handshake_arn(handshake: &Handshake) -> String {
    let Handshake { id, organization, management: (account, ..), .. } = handshake;
    format!("arn:aws:organizations::{account}:handshake/{organization}/invite/{id}")
}

impl HandshakeShape {
    pub(super) fn new(handshake: &Handshake, now: i64) -> Self {
        let plain =
            |kind, value: &str| HandshakeResource { value: value.to_owned(), kind, resources: Vec::new() };
        let party = |id: &str, kind: &str| Party { id: id.to_owned(), kind: kind.to_owned() };
        let (_, name, email) = &handshake.management;
        let (invited, kind) = match &handshake.email {
            Some(email) => (email, "EMAIL"),
            None => (&handshake.account, "ACCOUNT"),
        };
        let mut resources = vec![
            HandshakeResource {
                value: handshake.organization.clone(),
                kind: "ORGANIZATION",
                resources: vec![
                    plain("MASTER_EMAIL", email),
                    plain("MASTER_NAME", name),
                    plain("ORGANIZATION_FEATURE_SET", &handshake.features),
                ],
            },
            plain(kind, invited),
        ];
        resources.extend(handshake.notes.as_deref().map(|notes| plain("NOTES", notes)));
        Self {
            id: handshake.id.clone(),
            arn: handshake_arn(handshake),
            parties: vec![party(&handshake.organization, "ORGANIZATION"), party(invited, kind)],
            state: handshake.state_at(now).name(),
            requested_timestamp: time(handshake.requested),
            expiration_timestamp: time(handshake.expires),
            action: "INVITE",
            resources,
        }
    }
}
