//! Roles that belong to a service: made and deleted by calls of their own, and otherwise nobody's to change.
//!
//! Source: IAM User Guide, "Create a service-linked role"; CloudTrail User Guide, "Using service-linked roles for AWS
//! CloudTrail".

use super::errors::invalid_input;
use super::state::{Role, failed};
use crate::call::Call;
use serde::{Deserialize, Serialize};
use trailward_store::Batch;
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_wire::ApiError;

/// A service that has such a role here.
#[derive(Debug)]
pub(super) struct Linked {
    pub service: &'static str,
    pub role: &'static str,
    pub policy: &'static str,
}

/// All of them.
pub(super) const LINKED: &[Linked] = &[Linked {
    service: "cloudtrail.amazonaws.com",
    role: "AWSServiceRoleForCloudTrail",
    policy: "arn:aws:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy",
}];

impl Linked {
    /// The service of that name.
    pub(super) fn of(service: &str) -> Result<&'static Self, ApiError> {
        LINKED.iter().find(|linked| linked.service == service).ok_or_else(|| {
            invalid_input(format!(
                "Service {} has no service-linked role here. Services that have one: cloudtrail.amazonaws.com",
                super::errors::short(service)
            ))
        })
    }

    /// `/aws-service-role/SERVICE/`.
    pub(super) fn path(&self) -> String {
        format!("/aws-service-role/{}/", self.service)
    }

    /// The trust policy.
    pub(super) fn trust(&self) -> String {
        let service = self.service;
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
        )
    }
}

/// Whether the role belongs to a service.
pub(super) fn is_linked(role: &Role) -> bool {
    role.path.starts_with("/aws-service-role/")
}

/// What became of a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Deletion {
    Succeeded,
}

/// A deletion that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeletionTask {
    pub role_arn: String,
    /// Epoch seconds.
    pub asked: i64,
    pub outcome: Deletion,
}

impl Stored for DeletionTask {
    const FORMAT: u16 = 1;
}

fn at(account: &str, id: &str) -> Vec<u8> {
    Key::new("service-linked-role-deletion").str(account).str(id).into_bytes()
}

/// Adds the task `id` to a batch.
pub(super) fn kept(batch: Batch, id: &str, task: &DeletionTask, call: &Call) -> Result<Batch, ApiError> {
    Ok(batch.put(at(call.account(), id), encode(task).map_err(failed)?))
}

/// The task `id`.
pub(super) async fn find(id: &str, call: &Call) -> Result<Option<DeletionTask>, ApiError> {
    let entry = call.platform.catalog.get(&at(call.account(), id)).await.map_err(failed)?;
    entry.map(|entry| decode(&entry.value).map_err(failed)).transpose()
}
