//! Access control lists in access evaluation.
//!
//! Source: Amazon S3 User Guide, "Mapping of ACL permissions and access policy permissions" and "How Amazon S3
//! authorizes a request for an object operation".

use super::Resource;
use crate::bucket::effective;
use crate::engine::Loaded;
use crate::record::{Acl, AclPermission, Grantee, Kind, PublicAccessBlock, Version};
use crate::{BucketError, Buckets};
use trailward_policy::{Caller, Policy, PolicyKind, Principal};

/// What lists and the public access block say about a request.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) block: PublicAccessBlock,
    bucket: Option<Acl>,
    object: Option<Acl>,
    /// The account that owns the bucket.
    owner: String,
}

/// What a permission on a bucket's list allows.
const ON_BUCKETS: [(&str, AclPermission); 6] = [
    ("s3:ListBucket", AclPermission::Read),
    ("s3:ListBucketVersions", AclPermission::Read),
    ("s3:ListBucketMultipartUploads", AclPermission::Read),
    ("s3:PutObject", AclPermission::Write),
    ("s3:GetBucketAcl", AclPermission::ReadAcp),
    ("s3:PutBucketAcl", AclPermission::WriteAcp),
];

/// What a permission on an object's list allows. Only these need the object's owner; the bucket's owner decides about
/// all others.
const ON_OBJECTS: [(&str, AclPermission); 6] = [
    ("s3:GetObject", AclPermission::Read),
    ("s3:GetObjectVersion", AclPermission::Read),
    ("s3:GetObjectAcl", AclPermission::ReadAcp),
    ("s3:GetObjectVersionAcl", AclPermission::ReadAcp),
    ("s3:PutObjectAcl", AclPermission::WriteAcp),
    ("s3:PutObjectVersionAcl", AclPermission::WriteAcp),
];

fn needed(table: &[(&str, AclPermission)], action: &str) -> Option<AclPermission> {
    table.iter().find(|(known, _)| *known == action).map(|(_, permission)| *permission)
}

impl Buckets {
    /// Reads what a decision about `action` will need, and no more.
    pub(super) async fn lists(
        &self,
        loaded: &Loaded,
        action: &str,
        resource: &Resource,
    ) -> Result<Lists, BucketError> {
        let bucket = &loaded.bucket;
        let mut lists = Lists { owner: bucket.owner.clone(), ..Lists::default() };
        if bucket.has_acls() {
            lists.bucket.clone_from(&bucket.acl);
            if let Resource::Object { key, version, .. } = resource
                && needed(&ON_OBJECTS, action).is_some()
            {
                lists.object = match self.find(bucket, key, version.as_deref()).await {
                    Ok(Some(Version { owner, kind: Kind::Object(object), .. })) => {
                        Some(effective(bucket, &owner, object.acl.as_ref()))
                    }
                    Err(error @ BucketError::Internal(_)) => return Err(error),
                    // A version that is not there, or cannot be, is refused where it is asked for.
                    Ok(_) | Err(_) => None,
                };
            }
        }
        let is_public = |acl: &Option<Acl>| acl.as_ref().is_some_and(Acl::is_public);
        if loaded.policy_is_public || is_public(&lists.bucket) || is_public(&lists.object) {
            lists.block = self.public_access(bucket).await?;
        }
        Ok(lists)
    }
}

impl Lists {
    /// Who owns the object, if it is not the bucket's owner and that matters for `action`.
    pub(super) fn foreign_owner(&self, action: &str) -> Option<&str> {
        needed(&ON_OBJECTS, action)?;
        self.object.as_ref().map(|acl| acl.owner.as_str()).filter(|owner| *owner != self.owner)
    }

    /// What the list in question grants the caller, in words of policies.
    pub(super) fn policy(&self, caller: &Caller, action: &str) -> Option<Policy> {
        let (list, needed) = match (needed(&ON_OBJECTS, action), needed(&ON_BUCKETS, action)) {
            (Some(permission), _) => (self.object.as_ref()?, permission),
            (None, Some(permission)) => (self.bucket.as_ref()?, permission),
            (None, None) => return None,
        };
        let granted = list.grants.iter().filter(|grant| grant.permission.covers(needed));
        let statements: Vec<String> = granted
            .filter_map(|grant| self.principal(&grant.grantee, caller))
            .map(|principal| {
                format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*"}}"#)
            })
            .collect();
        if statements.is_empty() {
            return None;
        }
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        Policy::parse(&text, PolicyKind::Resource).ok()
    }

    /// The caller as a grantee's statement would name it; `None` if it is not meant.
    fn principal(&self, grantee: &Grantee, caller: &Caller) -> Option<String> {
        let account = caller.principal.account();
        match grantee {
            // An account passes on what it was granted.
            Grantee::Account(id) if account == Some(id) => {
                Some(format!(r#"{{"AWS":"arn:aws:iam::{id}:root"}}"#))
            }
            Grantee::AllUsers if !self.block.ignore_public_acls => Some(r#""*""#.to_owned()),
            Grantee::AuthenticatedUsers if !self.block.ignore_public_acls => {
                account.map(|id| format!(r#"{{"AWS":"arn:aws:iam::{id}:root"}}"#))
            }
            Grantee::LogDelivery => {
                let service = "logging.s3.amazonaws.com";
                matches!(&caller.principal, Principal::Service(name) if name == service)
                    .then(|| format!(r#"{{"Service":"{service}"}}"#))
            }
            _ => None,
        }
    }
}
