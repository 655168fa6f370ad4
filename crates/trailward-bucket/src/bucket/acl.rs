//! Access control lists: what a request asks for, what comes of it, and reading and changing them.
//!
//! Source: Amazon S3 User Guide, "Access control list (ACL) overview" and "Controlling ownership of objects".

use crate::engine::{Attempts, Plan};
use crate::events::Happening;
use crate::record::{Acl, AclGrant, AclPermission, Bucket, Grantee, Kind, Ownership, PublicAccessBlock, key};
use crate::{BucketError, Buckets, Grant};
use trailward_store::stored::encode;

/// The canned list that every bucket accepts: it changes nothing where the owner owns everything.
const OWNER_FULL_CONTROL: &str = "bucket-owner-full-control";

/// Entries of a list at most.
const MAX_GRANTS: usize = 100;

/// What a request says about access control lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AskedAcl {
    /// Nothing.
    #[default]
    Default,
    /// `x-amz-acl`.
    Canned(String),
    /// `x-amz-grant-…`: the owner gets nothing that is not among them.
    Grants(Vec<AclGrant>),
    /// A whole list; its owner must be the owner there is.
    List(Acl),
}

impl AskedAcl {
    /// One that has a name, such as `bucket-owner-full-control`.
    pub fn canned(name: impl Into<String>) -> Self {
        Self::Canned(name.into())
    }
}

/// What the list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject<'a> {
    Bucket,
    /// An object that this account writes.
    New(&'a str),
    /// An object that this account owns.
    Existing(&'a str),
}

/// The list of a bucket.
pub(crate) fn bucket_acl(
    bucket: &Bucket,
    block: PublicAccessBlock,
    grant: &Grant,
    asked: &AskedAcl,
) -> Result<Option<Acl>, BucketError> {
    settle(bucket, Subject::Bucket, block, grant, asked)
}

fn settle(
    bucket: &Bucket,
    subject: Subject<'_>,
    block: PublicAccessBlock,
    grant: &Grant,
    asked: &AskedAcl,
) -> Result<Option<Acl>, BucketError> {
    if !bucket.has_acls() {
        return if leaves_all_to_owner(bucket, asked) {
            Ok(None)
        } else {
            Err(BucketError::AccessControlListNotSupported)
        };
    }
    let owner = match subject {
        Subject::Bucket => &*bucket.owner,
        Subject::New(_)
            if bucket.ownership == Some(Ownership::BucketOwnerPreferred)
                && *asked == AskedAcl::Canned(OWNER_FULL_CONTROL.to_owned()) =>
        {
            &*bucket.owner
        }
        Subject::New(writer) | Subject::Existing(writer) => writer,
    };
    let acl = match asked {
        AskedAcl::Default => Acl::private(owner),
        AskedAcl::Canned(name) => canned(name, owner, bucket, subject)?,
        AskedAcl::Grants(grants) => Acl { owner: owner.to_owned(), grants: grants.clone() },
        AskedAcl::List(list) if list.owner != owner => {
            return Err(BucketError::AccessDenied("Access Denied".to_owned()));
        }
        AskedAcl::List(list) => list.clone(),
    };
    if acl.grants.len() > MAX_GRANTS {
        return Err(BucketError::MalformedAcl);
    }
    if block.block_public_acls && acl.is_public() {
        return Err(BucketError::AccessDenied(format!(
            "User: {} is not authorized to perform: {} on resource: \"{}\" because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
            grant.arn(),
            grant.action(),
            grant.resource().arn()
        )));
    }
    Ok(Some(acl).filter(|acl| *acl != Acl::private(bucket.owner.clone())))
}

/// Whether a bucket without lists can accept it: full control for its owner, in whichever words.
fn leaves_all_to_owner(bucket: &Bucket, asked: &AskedAcl) -> bool {
    let owners = Acl::private(bucket.owner.clone());
    match asked {
        AskedAcl::Default => true,
        AskedAcl::Canned(name) => name == OWNER_FULL_CONTROL,
        AskedAcl::Grants(grants) => *grants == owners.grants,
        AskedAcl::List(list) => *list == owners,
    }
}

fn canned(name: &str, owner: &str, bucket: &Bucket, subject: Subject<'_>) -> Result<Acl, BucketError> {
    use AclPermission::{FullControl, Read, ReadAcp, Write};
    let bucket_owner = || Grantee::Account(bucket.owner.clone());
    let is_bucket = subject == Subject::Bucket;
    let more: Vec<(Grantee, AclPermission)> = match name {
        "private" => Vec::new(),
        "public-read" => vec![(Grantee::AllUsers, Read)],
        "public-read-write" => vec![(Grantee::AllUsers, Read), (Grantee::AllUsers, Write)],
        "authenticated-read" => vec![(Grantee::AuthenticatedUsers, Read)],
        "log-delivery-write" if is_bucket => {
            vec![(Grantee::LogDelivery, Write), (Grantee::LogDelivery, ReadAcp)]
        }
        // Its own owner needs none of these.
        "bucket-owner-read" | OWNER_FULL_CONTROL if owner == bucket.owner => Vec::new(),
        "bucket-owner-read" => vec![(bucket_owner(), Read)],
        OWNER_FULL_CONTROL => vec![(bucket_owner(), FullControl)],
        "aws-exec-read" => {
            return Err(BucketError::NotImplemented(
                "A header you provided implies functionality that is not implemented",
            ));
        }
        _ => return Err(BucketError::argument("x-amz-acl", name, "")),
    };
    let mut acl = Acl::private(owner);
    acl.grants.extend(more.into_iter().map(|(grantee, permission)| AclGrant { grantee, permission }));
    Ok(acl)
}

/// The list that counts: where lists are off, the bucket's owner owns everything.
pub(crate) fn effective(bucket: &Bucket, owner: &str, acl: Option<&Acl>) -> Acl {
    if !bucket.has_acls() {
        return Acl::private(bucket.owner.clone());
    }
    acl.cloned().unwrap_or_else(|| Acl::private(owner))
}

const PUT_OBJECT_ACL: [&str; 2] = ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"];

impl Buckets {
    /// The list of a new object; `None` if its owner, the bucket's, has full control and nobody else any.
    pub(crate) async fn new_acl(
        &self,
        bucket: &Bucket,
        grant: &Grant,
        asked: &AskedAcl,
    ) -> Result<Option<Acl>, BucketError> {
        // Services write for the bucket's owner.
        let writer = grant.account().unwrap_or(&bucket.owner);
        // Most buckets have no lists, and need not be asked what they block.
        let block =
            if bucket.has_acls() { self.public_access(bucket).await? } else { PublicAccessBlock::ALL };
        settle(bucket, Subject::New(writer), block, grant, asked)
    }

    /// `GetBucketAcl`. For `s3:GetBucketAcl`.
    pub async fn get_bucket_acl(&self, grant: &Grant) -> Result<Acl, BucketError> {
        let loaded = self.enter(grant, &["s3:GetBucketAcl"]).await?;
        Ok(effective(&loaded.bucket, &loaded.bucket.owner, loaded.bucket.acl.as_ref()))
    }

    /// `PutBucketAcl`. For `s3:PutBucketAcl`.
    ///
    /// `AccessControlListNotSupported` where lists are off and this is another one than full control for the owner;
    /// `AccessDenied` if it is public and that is blocked.
    pub async fn put_bucket_acl(&self, grant: &Grant, asked: &AskedAcl) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &["s3:PutBucketAcl"]).await?;
        let block = self.public_access(&loaded.bucket).await?;
        self.configure(grant, &["s3:PutBucketAcl"], |bucket| {
            bucket.acl = bucket_acl(bucket, block, grant, asked)?;
            Ok(())
        })
        .await
    }

    /// `GetObjectAcl`. For `s3:GetObjectAcl` or `s3:GetObjectVersionAcl`.
    pub async fn get_object_acl(&self, grant: &Grant) -> Result<Acl, BucketError> {
        let loaded = self.enter(grant, &["s3:GetObjectAcl", "s3:GetObjectVersionAcl"]).await?;
        let version = self.resolve(&loaded.bucket, grant, "GET").await?;
        match version.kind {
            Kind::Object(object) => Ok(effective(&loaded.bucket, &version.owner, object.acl.as_ref())),
            Kind::DeleteMarker => Err(BucketError::MethodNotAllowed { method: "GET", version: version.id }),
        }
    }

    /// `PutObjectAcl`; the owner stays the owner. For `s3:PutObjectAcl` or `s3:PutObjectVersionAcl`. Errors as for
    /// [`Buckets::put_bucket_acl`].
    pub async fn put_object_acl(&self, grant: &Grant, asked: &AskedAcl) -> Result<(), BucketError> {
        self.enter(grant, &PUT_OBJECT_ACL).await?;
        let _one_writer = self.lock(grant.bucket()?, grant.key()?).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_put_object_acl(grant, asked).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn try_put_object_acl(&self, grant: &Grant, asked: &AskedAcl) -> Result<(), BucketError> {
        let loaded = self.enter(grant, &PUT_OBJECT_ACL).await?;
        let (bucket, key) = (&loaded.bucket, grant.key()?);
        let block = self.public_access(bucket).await?;
        let found = self.resolve(bucket, grant, "PUT").await?;
        let missing = || BucketError::NoSuchKey { key: key.to_owned(), marker: None };
        let sequence = self.sequence_of(bucket, key, &found.id).await?.ok_or_else(missing)?;
        let (revision, mut version) = self.version(bucket, key, sequence).await?.ok_or_else(missing)?;
        let Kind::Object(object) = &mut version.kind else {
            return Err(BucketError::MethodNotAllowed { method: "PUT", version: version.id });
        };
        let acl = settle(bucket, Subject::Existing(&version.owner), block, grant, asked)?;
        if !bucket.has_acls() {
            // It says what holds anyway.
            return Ok(());
        }
        object.acl = acl;
        let at = key::version(&bucket.id, key, sequence);
        let mut plan = Plan::new();
        // Lists may have been switched off, or public ones blocked, since this was decided.
        plan.bucket_unchanged(&loaded);
        // A removal of the version deletes this row, so one of the two loses.
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        plan.tell(bucket, self.now_nanos(), Happening::of("ObjectAcl:Put", key, &version, Some(grant)))?;
        self.commit(plan).await
    }
}
