use super::bypass::Bypass;
use super::delete::{DeleteObject, DeleteOutput};
use crate::{BucketError, Buckets, MfaProof, Resource};
use futures::FutureExt as _;
use futures::stream::{self, StreamExt as _};
use trailward_policy::{Caller, Context};

/// One of the objects that `DeleteObjects` is to delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteEntry {
    /// Its key.
    pub key: String,
    /// Which version, for good; `None` for a delete marker.
    pub version_id: Option<String>,
    /// Only if the object has this entity tag.
    pub if_match: Option<String>,
}

/// How `DeleteObjects` deletes.
#[derive(Debug, Clone, Default)]
pub struct DeleteBy {
    /// Whether governance retention is to be passed over, where the caller may.
    pub bypass: bool,
    /// `x-amz-mfa`.
    pub mfa: Option<MfaProof>,
}

const BYPASS: &str = "s3:BypassGovernanceRetention";

/// Entries of a request at most.
const MAX: usize = 1000;

/// Deletions under way at a time: their commits reach the disk together.
const AT_A_TIME: usize = 128;

impl Buckets {
    /// `DeleteObjects`: each of up to 1,000 objects on its own, with a permission check of its own; the outcomes are
    /// in the order of the entries. There is no permission for the call as a whole, so it takes the caller.
    /// They happen in no particular order.
    /// `AccessDenied` for all of it if it names versions, the bucket has MFA delete and there is no proof of the owner's
    /// root user.
    pub async fn delete_objects(
        &self,
        caller: &Caller,
        context: &Context,
        bucket: &str,
        entries: &[DeleteEntry],
        by: &DeleteBy,
    ) -> Result<Vec<Result<DeleteOutput, BucketError>>, BucketError> {
        if entries.is_empty() || entries.len() > MAX {
            return Err(BucketError::MalformedXml);
        }
        let loaded = self.load(bucket).await?;
        let versions = entries.iter().any(|entry| entry.version_id.is_some());
        if versions && by.mfa.is_none() && loaded.bucket.mfa_delete == Some(true) {
            let text = "Mfa Authentication must be used for this request";
            return Err(BucketError::AccessDenied(text.to_owned()));
        }
        let mut deletions = Vec::with_capacity(entries.len());
        for entry in entries {
            deletions.push(self.delete_one(caller, context, bucket, entry, by).boxed());
        }
        Ok(stream::iter(deletions).buffered(AT_A_TIME).collect().await)
    }

    async fn delete_one(
        &self,
        caller: &Caller,
        context: &Context,
        bucket: &str,
        entry: &DeleteEntry,
        by: &DeleteBy,
    ) -> Result<DeleteOutput, BucketError> {
        let (action, resource) = match &entry.version_id {
            Some(version) => ("s3:DeleteObjectVersion", Resource::version(bucket, &entry.key, version)),
            None => ("s3:DeleteObject", Resource::object(bucket, &entry.key)),
        };
        let bypass = match (by.bypass, &entry.version_id) {
            (true, Some(_)) => Bypass::Asked(self.authorize(caller, BYPASS, resource.clone(), context).await),
            _ => Bypass::NotAsked,
        };
        let grant = self.authorize(caller, action, resource, context).await?;
        let delete = DeleteObject { if_match: entry.if_match.clone(), bypass, mfa: by.mfa.clone() };
        self.delete_object(&grant, &delete).await
    }
}
