use super::acl::{AskedAcl, bucket_acl};
use super::names::check_bucket_name;
use crate::engine::bucket_id;
use crate::record::{Bucket, BucketLock, Ownership, PublicAccessBlock, Versioning, key};
use crate::{BucketError, Buckets, Grant};
use trailward_model::is_region_name;
use trailward_store::Batch;
use trailward_store::stored::encode;

const US_EAST_1: &str = "us-east-1";

/// What a new bucket is like.
#[derive(Debug, Clone, Default)]
pub struct CreateBucket {
    /// The Region the request was sent to.
    pub region: String,
    /// `LocationConstraint`; may be missing in us-east-1 only.
    pub location_constraint: Option<String>,
    /// Its access control list. Needs `s3:PutBucketAcl` as well, unless it is private.
    pub acl: AskedAcl,
    /// `x-amz-object-ownership`; the bucket's owner owns everything unless it says otherwise. Needs
    /// `s3:PutBucketOwnershipControls` as well.
    pub ownership: Option<Ownership>,
    /// `x-amz-bucket-object-lock-enabled`: versioning enabled, and Object Lock without a default retention. Needs
    /// `s3:PutBucketObjectLockConfiguration` and `s3:PutBucketVersioning` as well.
    pub object_lock: bool,
}

impl Buckets {
    /// `CreateBucket`: all public access blocked, versioning off, owned by the caller's account.
    /// For `s3:CreateBucket`.
    ///
    /// After `Ok` the bucket is durable. Making one's own bucket again in us-east-1 succeeds and changes nothing,
    /// as it always has there; elsewhere it is `BucketAlreadyOwnedByYou`.
    pub async fn create_bucket(&self, grant: &Grant, create: CreateBucket) -> Result<(), BucketError> {
        grant.permits(&["s3:CreateBucket"])?;
        let name = grant.bucket()?.to_owned();
        let Some(owner) = grant.account().map(str::to_owned) else {
            return Err(BucketError::AccessDenied("Access Denied".to_owned()));
        };
        check_bucket_name(&name)?;
        let region = location(&create)?;
        let private = match &create.acl {
            AskedAcl::Default => true,
            AskedAcl::Canned(name) => name == "private",
            AskedAcl::Grants(_) | AskedAcl::List(_) => false,
        };
        if (create.object_lock && !grant.may_lock())
            || (!private && !grant.may_set_acl())
            || (create.ownership.is_some() && !grant.may_set_ownership())
        {
            return Err(BucketError::AccessDenied("Access Denied".to_owned()));
        }
        let mut bucket = Bucket {
            name: name.clone(),
            id: bucket_id()?,
            owner: owner.clone(),
            region,
            created: self.now(),
            deleting: false,
            versioning: if create.object_lock { Versioning::Enabled } else { Versioning::Off },
            policy: None,
            tags: Vec::new(),
            public_access: Some(PublicAccessBlock::ALL),
            ownership: Some(create.ownership.unwrap_or(Ownership::BucketOwnerEnforced)),
            lock: create.object_lock.then(BucketLock::default),
            mfa_delete: None,
            lifecycle: None,
            encryption: None,
            logging: None,
            replication: None,
            notifications: Vec::new(),
            acl: None,
            cors: Vec::new(),
            requester_pays: false,
        };
        // The bucket's own block begins with its existence, the account's was there before.
        let block = self.public_access(&Bucket { public_access: None, ..bucket.clone() }).await?;
        match &create.acl {
            // For buckets, `private` is what they are anyway.
            AskedAcl::Canned(name) if name == "private" => {}
            acl => match bucket_acl(&bucket, block, grant, acl) {
                Err(BucketError::AccessControlListNotSupported) => {
                    return Err(BucketError::InvalidBucketAclWithObjectOwnership(name));
                }
                acl => bucket.acl = acl?,
            },
        }
        let at = key::bucket(&name);
        let batch =
            Batch::new().absent(at.clone()).put(at, encode(&bucket)?).put(key::owned(&owner).str(&name), "");
        match self.catalog.commit(batch).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_conflict() => {
                let there = self.load(&name).await?;
                if there.bucket.owner != owner {
                    Err(BucketError::BucketAlreadyExists(name))
                } else if create.region == US_EAST_1 && there.bucket.region == US_EAST_1 {
                    Ok(())
                } else {
                    Err(BucketError::BucketAlreadyOwnedByYou(name))
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where the bucket will be. A request to us-east-1 may name any Region, one to another Region that Region only.
fn location(create: &CreateBucket) -> Result<String, BucketError> {
    let constraint = create.location_constraint.as_deref().filter(|constraint| !constraint.is_empty());
    let wanted = match constraint {
        None if create.region == US_EAST_1 => return Ok(US_EAST_1.to_owned()),
        None => return Err(BucketError::IllegalLocationConstraint("unspecified".to_owned())),
        // us-east-1 is asked for by naming nothing.
        Some(US_EAST_1) if create.region == US_EAST_1 => {
            return Err(BucketError::InvalidLocationConstraint(US_EAST_1.to_owned()));
        }
        Some("EU") => "eu-west-1",
        Some(constraint) => constraint,
    };
    if !is_region_name(wanted) {
        return Err(BucketError::InvalidLocationConstraint(wanted.to_owned()));
    }
    if create.region != US_EAST_1 && create.region != wanted {
        return Err(BucketError::IllegalLocationConstraint(wanted.to_owned()));
    }
    Ok(wanted.to_owned())
}
