use super::Resource;
use crate::BucketError;
use crate::encryption::{KeyUse, Sealing};
use std::sync::Arc;

/// Permission to do one action to one resource, as [`crate::Buckets::authorize`] decided it.
///
/// Nothing else makes one, and every operation demands one: a way into a bucket without a policy check does not
/// compile. A grant is for the bucket that existed then; if it is deleted and made again, the grant is void.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) action: &'static str,
    pub(super) resource: Resource,
    pub(super) bucket_id: Option<String>,
    pub(super) account: Option<String>,
    pub(super) arn: Box<str>,
    pub(super) may_list: bool,
    pub(super) may_lock: bool,
    pub(super) may_set_acl: bool,
    pub(super) may_set_ownership: bool,
    pub(super) sees_retention: bool,
    pub(super) sees_legal_hold: bool,
    /// Who asked, where events of the bucket tell of it.
    pub(super) requester: Option<Arc<Requester>>,
    /// Where a KMS key may have to be used on the caller's behalf.
    pub(super) sealing: Option<Arc<Sealing>>,
}

/// Who asked for something, as events tell it.
#[derive(Debug, Clone)]
pub(crate) struct Requester {
    /// `AWS:` and the user id, or a service's name.
    pub(crate) principal: String,
    pub(crate) address: String,
    /// The request's id; empty for services.
    pub(crate) request: String,
}

impl Grant {
    /// Who asked, where events of the bucket tell of it.
    pub(crate) fn requester(&self) -> Option<&Requester> {
        self.requester.as_deref()
    }

    /// The action it is for.
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// What it is for.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The uses of KMS keys that operations under this grant made so far, for their records. Each is told once.
    pub fn take_key_uses(&self) -> Vec<KeyUse> {
        self.sealing.as_ref().map(|sealing| sealing.take()).unwrap_or_default()
    }

    /// Whether operations under this grant may use a KMS key.
    pub fn may_use_keys(&self) -> bool {
        self.sealing.is_some()
    }

    /// Who asked, and what keys were used; `None` for actions that never need a KMS key.
    pub(crate) fn sealing(&self) -> Option<&Sealing> {
        self.sealing.as_deref()
    }

    /// The caller's account; services and anonymous callers have none.
    pub(crate) fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The caller's ARN, or a service's name.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    /// The bucket it was given for.
    pub(crate) fn bucket_id(&self) -> Option<&str> {
        self.bucket_id.as_deref()
    }

    /// Whether the caller may know that a key does not exist.
    pub(crate) fn may_list(&self) -> bool {
        self.may_list
    }

    /// Whether the caller may make the bucket with Object Lock.
    pub(crate) fn may_lock(&self) -> bool {
        self.may_lock
    }

    /// Whether the caller may make the bucket with an access control list that is not private.
    pub(crate) fn may_set_acl(&self) -> bool {
        self.may_set_acl
    }

    /// Whether the caller may make the bucket with an ownership of its choice.
    pub(crate) fn may_set_ownership(&self) -> bool {
        self.may_set_ownership
    }

    /// Whether reading the object shows its retention.
    pub(crate) fn sees_retention(&self) -> bool {
        self.sees_retention
    }

    /// Whether reading the object shows its legal hold.
    pub(crate) fn sees_legal_hold(&self) -> bool {
        self.sees_legal_hold
    }

    /// Fails if this grant is for something else than one of `actions`.
    pub(crate) fn permits(&self, actions: &[&str]) -> Result<(), BucketError> {
        if actions.contains(&self.action) {
            return Ok(());
        }
        self.misused(&format!("one of {actions:?}"))
    }

    /// The bucket's name.
    pub(crate) fn bucket(&self) -> Result<&str, BucketError> {
        match self.resource.bucket_name() {
            Some(name) => Ok(name),
            None => self.misused("a bucket"),
        }
    }

    /// The object's key.
    pub(crate) fn key(&self) -> Result<&str, BucketError> {
        match &self.resource {
            Resource::Object { key, .. } => Ok(key),
            Resource::Service | Resource::Bucket(_) => self.misused("an object"),
        }
    }

    /// The version asked for.
    pub(crate) fn version(&self) -> Option<&str> {
        match &self.resource {
            Resource::Object { version, .. } => version.as_deref(),
            Resource::Service | Resource::Bucket(_) => None,
        }
    }

    /// A mistake in the program, not of the caller; it must not open anything.
    fn misused<T>(&self, wanted: &str) -> Result<T, BucketError> {
        tracing::error!(
            action = self.action,
            resource = self.resource.arn(),
            wanted,
            "a grant was used for something else"
        );
        Err(BucketError::AccessDenied("Access Denied".to_owned()))
    }
}
