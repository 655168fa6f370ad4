use super::bypass::Bypass;
use super::preconditions::same_etag;
use crate::access::require_for_deletion;
use crate::engine::{Attempts, Loaded, Plan, Told};
use crate::events::Happening;
use crate::record::{Kind, Versioning, check_key};
use crate::{BucketError, Buckets, Grant, MfaProof};

/// How to delete.
#[derive(Debug, Default)]
pub struct DeleteObject {
    /// Only if the object has this entity tag (`*`: if there is one).
    pub if_match: Option<String>,
    /// Whether governance retention is passed over.
    pub bypass: Bypass,
    /// `x-amz-mfa`.
    pub mfa: Option<MfaProof>,
}

/// What a deletion did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteOutput {
    /// Whether it made a delete marker, or took one away.
    pub delete_marker: bool,
    /// The version it made or took away; `None` where the bucket never had versions.
    pub version_id: Option<String>,
}

impl Buckets {
    /// `DeleteObject`: without a version, puts a delete marker on top (or, where versions are not kept, removes the
    /// object); of a version, removes it for good. No error if there is nothing to delete.
    /// For `s3:DeleteObject`, or `s3:DeleteObjectVersion` of a version.
    ///
    /// `AccessDenied` if the version is locked and the caller does not pass over that, or if the bucket has MFA delete
    /// and there is no proof of the owner's root user. A delete marker may always be
    /// put on top.
    pub async fn delete_object(
        &self,
        grant: &Grant,
        delete: &DeleteObject,
    ) -> Result<DeleteOutput, BucketError> {
        let action = if grant.version().is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
        self.enter(grant, &[action]).await?;
        let key = grant.key()?;
        check_key(key)?;
        let _one_writer = self.lock(grant.bucket()?, key).await;
        let mut attempts = Attempts::new();
        loop {
            let loaded = self.enter(grant, &[action]).await?;
            let result = match grant.version() {
                Some(version) => self.delete_version(&loaded, grant, version, delete).await,
                None => self.delete_newest(&loaded, grant, delete).await,
            };
            match result {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn delete_newest(
        &self,
        loaded: &Loaded,
        grant: &Grant,
        delete: &DeleteObject,
    ) -> Result<DeleteOutput, BucketError> {
        let key = grant.key()?;
        let state = self.key_state(&loaded.bucket, key).await?;
        check_match(key, state.etag(), delete.if_match.as_deref())?;
        let mut plan = Plan::new();
        if loaded.bucket.versioning != Versioning::Off {
            let told = Told { event: "ObjectRemoved:DeleteMarkerCreated", by: Some(grant) };
            let id = self.plan_addition(&mut plan, loaded, key, &state, Kind::DeleteMarker, told).await?;
            self.commit(plan).await?;
            return Ok(DeleteOutput { delete_marker: true, version_id: Some(id) });
        }
        if let Some(sequence) = state.head.and_then(|(_, head)| head.null) {
            // If versioning is enabled meanwhile, this must become a delete marker.
            plan.in_bucket(loaded)?;
            let by = Some((grant, &delete.bypass));
            self.plan_removal(&mut plan, loaded, key, &state, sequence, by).await?;
            self.tell_removal(&mut plan, loaded, "ObjectRemoved:Delete", (key, None), grant)?;
            self.commit(plan).await?;
        }
        Ok(DeleteOutput::default())
    }

    async fn delete_version(
        &self,
        loaded: &Loaded,
        grant: &Grant,
        id: &str,
        delete: &DeleteObject,
    ) -> Result<DeleteOutput, BucketError> {
        require_for_deletion(&loaded.bucket, grant, delete.mfa.as_ref())?;
        let key = grant.key()?;
        let if_match = delete.if_match.as_deref();
        let state = self.key_state(&loaded.bucket, key).await?;
        let mut output = DeleteOutput { delete_marker: false, version_id: Some(id.to_owned()) };
        let Some(sequence) = self.sequence_of(&loaded.bucket, key, id).await? else {
            check_match(key, None, if_match)?;
            return Ok(output);
        };
        if if_match.is_some() {
            let version = self.version(&loaded.bucket, key, sequence).await?;
            let etag = version.and_then(|(_, version)| match version.kind {
                Kind::Object(object) => Some(object.etag),
                Kind::DeleteMarker => None,
            });
            check_match(key, etag.as_deref(), if_match)?;
        }
        let mut plan = Plan::new();
        // MFA delete that is enabled meanwhile counts.
        plan.bucket_unchanged(loaded);
        let by = Some((grant, &delete.bypass));
        if let Some(removed) = self.plan_removal(&mut plan, loaded, key, &state, sequence, by).await? {
            output.delete_marker = matches!(removed.kind, Kind::DeleteMarker);
            self.tell_removal(&mut plan, loaded, "ObjectRemoved:Delete", (key, Some(id)), grant)?;
            self.commit(plan).await?;
        }
        Ok(output)
    }
}

impl Buckets {
    fn tell_removal(
        &self,
        plan: &mut Plan,
        loaded: &Loaded,
        name: &'static str,
        (key, version): (&str, Option<&str>),
        by: &Grant,
    ) -> Result<(), BucketError> {
        let happening = Happening { name, key, version, kind: None, by: Some(by) };
        plan.tell(&loaded.bucket, self.now_nanos(), happening)
    }
}

fn check_match(key: &str, etag: Option<&str>, if_match: Option<&str>) -> Result<(), BucketError> {
    match (if_match, etag) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(BucketError::NoSuchKey { key: key.to_owned(), marker: None }),
        (Some(wanted), Some(etag)) if wanted.trim() == "*" || same_etag(wanted, etag) => Ok(()),
        (Some(_), Some(_)) => Err(BucketError::PreconditionFailed("If-Match")),
    }
}
