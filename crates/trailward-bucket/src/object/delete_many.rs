use super::bypass::Bypass;
use super::delete::{DeleteObject, DeleteOutput};
use crate::record::MAX_KEY;
use crate::{BucketError, Buckets, Grant, MfaProof, Resource};
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

/// One deletion that is allowed and not done yet.
#[derive(Debug)]
pub struct Deletion {
    grant: Grant,
    delete: DeleteObject,
}

impl Buckets {
    /// `DeleteObjects`, its first half: which of up to 1,000 objects the caller may delete, in the order of the entries.
    /// There is no permission for the call as a whole, so it takes the caller. Nothing is deleted yet.
    ///
    /// All of it is refused if there are too many entries or none, if a key is longer than any can be, and, with
    /// `AccessDenied`, if it names versions, the bucket has MFA delete and there is no proof of the owner's root user.
    pub async fn authorize_deletions(
        &self,
        caller: &Caller,
        context: &Context,
        bucket: &str,
        entries: &[DeleteEntry],
        by: &DeleteBy,
    ) -> Result<Vec<Result<Deletion, BucketError>>, BucketError> {
        if entries.is_empty() || entries.len() > MAX {
            return Err(BucketError::MalformedXml);
        }
        for entry in entries {
            check(entry)?;
        }
        let loaded = self.load(bucket).await?;
        let versions = entries.iter().any(|entry| entry.version_id.is_some());
        if versions && by.mfa.is_none() && loaded.bucket.mfa_delete == Some(true) {
            let text = "Mfa Authentication must be used for this request";
            return Err(BucketError::AccessDenied(text.to_owned()));
        }
        let mut asked = Vec::with_capacity(entries.len());
        for entry in entries {
            asked.push(self.authorize_deletion(caller, context, bucket, entry, by).boxed());
        }
        Ok(stream::iter(asked).buffered(AT_A_TIME).collect().await)
    }

    /// Both halves of `DeleteObjects`.
    pub async fn delete_objects(
        &self,
        caller: &Caller,
        context: &Context,
        bucket: &str,
        entries: &[DeleteEntry],
        by: &DeleteBy,
    ) -> Result<Vec<Result<DeleteOutput, BucketError>>, BucketError> {
        let deletions = self.authorize_deletions(caller, context, bucket, entries, by).await?;
        Ok(self.delete_authorized(deletions).await)
    }

    /// `DeleteObjects`, its second half: each of them on its own, in no particular order. The outcomes are in the order
    /// of `deletions`.
    pub async fn delete_authorized(
        &self,
        deletions: Vec<Result<Deletion, BucketError>>,
    ) -> Vec<Result<DeleteOutput, BucketError>> {
        let one = |deletion: Result<Deletion, BucketError>| async {
            let Deletion { grant, delete } = deletion?;
            self.delete_object(&grant, &delete).await
        };
        let mut under_way = Vec::with_capacity(deletions.len());
        for deletion in deletions {
            under_way.push(one(deletion).boxed());
        }
        stream::iter(under_way).buffered(AT_A_TIME).collect().await
    }

    async fn authorize_deletion(
        &self,
        caller: &Caller,
        context: &Context,
        bucket: &str,
        entry: &DeleteEntry,
        by: &DeleteBy,
    ) -> Result<Deletion, BucketError> {
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
        Ok(Deletion { grant, delete })
    }
}

/// Refuses what names no object that could be there.
fn check(entry: &DeleteEntry) -> Result<(), BucketError> {
    if entry.key.len() > MAX_KEY {
        return Err(BucketError::KeyTooLong { size: entry.key.len() });
    }
    if entry.version_id.as_ref().is_some_and(|version| version.len() > MAX_KEY) {
        return Err(BucketError::InvalidArgument {
            message: "Invalid version id specified".to_owned(),
            name: "versionId",
            value: String::new(),
        });
    }
    Ok(())
}
