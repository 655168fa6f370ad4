//! The two changes a key can see: a version is added, a version is removed. Each is one commit.

use super::{KeyState, Loaded};
use crate::events::Happening;
use crate::object::{Bypass, locked};
use crate::record::{
    Bucket, Content, Head, Kind, Live, NULL, Part, ReplicationStatus, ReplicationTask, StoredSequence,
    Verdict, Version, VersionId, Versioning, key,
};
use crate::replication::wants;
use crate::{BucketError, Buckets, Grant};
use trailward_store::stored::{decode, encode};
use trailward_store::{Batch, BlobId, Scan};

/// A commit that is about to happen.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) batch: Batch,
    /// Blobs that nothing will name any more.
    pub(crate) garbage: Vec<BlobId>,
}

/// Where a version comes from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// A request.
    Request,
    /// A lifecycle rule: not replicated, as on AWS.
    Lifecycle,
    /// Another bucket: the version keeps its id and time.
    Replica { id: String, modified: i64 },
}

/// What is told of a version that comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The event's name, as in [`Happening`].
    pub(crate) event: &'static str,
    /// By whose grant; `None` for S3's own doing.
    pub(crate) by: Option<&'a Grant>,
}

/// Parts that are read at a time.
pub(crate) const PART_PAGE: usize = 1000;

impl Plan {
    pub(crate) fn new() -> Self {
        Self { batch: Batch::new(), garbage: Vec::new() }
    }

    fn edit(&mut self, edit: impl FnOnce(Batch) -> Batch) {
        self.batch = edit(std::mem::take(&mut self.batch));
    }

    pub(crate) fn put(&mut self, at: impl Into<Vec<u8>>, value: impl Into<bytes::Bytes>) {
        self.edit(|batch| batch.put(at, value));
    }

    pub(crate) fn delete(&mut self, at: impl Into<Vec<u8>>) {
        self.edit(|batch| batch.delete(at));
    }

    pub(crate) fn unchanged(&mut self, at: impl Into<Vec<u8>>, revision: u64) {
        self.edit(|batch| batch.unchanged(at, revision));
    }

    /// The bucket must be as it was read. If it is being deleted, that is called off: the deletion then finds the
    /// bucket changed.
    pub(crate) fn in_bucket(&mut self, loaded: &Loaded) -> Result<(), BucketError> {
        let at = key::bucket(&loaded.bucket.name);
        self.unchanged(at.clone(), loaded.revision);
        if loaded.bucket.deleting {
            self.put(at, encode(&Bucket { deleting: false, ..loaded.bucket.clone() })?);
        }
        Ok(())
    }

    /// The bucket's configuration must be as it was read.
    pub(crate) fn bucket_unchanged(&mut self, loaded: &Loaded) {
        self.unchanged(key::bucket(&loaded.bucket.name), loaded.revision);
    }

    /// The key must be as it was read.
    pub(crate) fn on_key(&mut self, bucket: &Bucket, name: &str, state: &KeyState) {
        let at = key::head(&bucket.id, name);
        match &state.head {
            Some((revision, _)) => self.unchanged(at, *revision),
            None => self.edit(|batch| batch.absent(at)),
        }
    }

    /// A version of the key changed: listings show it if it is the newest, and whoever decided on the key as it was
    /// must decide anew.
    pub(crate) fn touch(
        &mut self,
        bucket: &Bucket,
        name: &str,
        state: &KeyState,
        version: &Version,
        sequence: u64,
    ) -> Result<(), BucketError> {
        self.on_key(bucket, name, state);
        if let Some((_, head)) = &state.head {
            self.put(key::head(&bucket.id, name), encode(head)?);
            if head.latest == sequence {
                show(self, bucket, name, version)?;
            }
        }
        Ok(())
    }

    /// Tags or lock of a version changed: its replicas are made like it again.
    pub(crate) fn follow(
        &mut self,
        bucket: &Bucket,
        name: &str,
        version: &Version,
        sequence: u64,
        now: i64,
    ) -> Result<(), BucketError> {
        if version.replication.is_some() && wants(bucket, name, version) {
            self.replicate(bucket, name, version, sequence, now)?;
        }
        Ok(())
    }

    /// The version is to be replicated.
    fn replicate(
        &mut self,
        bucket: &Bucket,
        name: &str,
        version: &Version,
        sequence: u64,
        now: i64,
    ) -> Result<(), BucketError> {
        let task = ReplicationTask {
            key: name.to_owned(),
            sequence,
            version: version.id.clone(),
            since: now,
            attempts: 0,
            due: now,
        };
        self.put(key::replication(&bucket.name, &bucket.id, name, sequence), encode(&task)?);
        Ok(())
    }

    /// The blob is named from now on.
    pub(crate) fn name_blob(&mut self, id: &BlobId) {
        self.put(key::blob(id), "");
    }

    /// The blob is not named any more.
    pub(crate) fn forget_blob(&mut self, id: BlobId) {
        self.delete(key::blob(&id));
        self.garbage.push(id);
    }
}

impl Buckets {
    /// Adds a version on top; in a bucket that does not keep versions, in place of the version `null`. A version
    /// that brings no retention gets the bucket's. Returns the new version's id.
    pub(crate) async fn plan_addition(
        &self,
        plan: &mut Plan,
        loaded: &Loaded,
        name: &str,
        state: &KeyState,
        kind: Kind,
        told: Told<'_>,
    ) -> Result<String, BucketError> {
        self.plan_version(plan, loaded, name, state, (kind, Origin::Request), told).await
    }

    /// The same, for versions of another origin.
    pub(crate) async fn plan_version(
        &self,
        plan: &mut Plan,
        loaded: &Loaded,
        name: &str,
        state: &KeyState,
        (mut kind, origin): (Kind, Origin),
        told: Told<'_>,
    ) -> Result<String, BucketError> {
        let bucket = &loaded.bucket;
        plan.in_bucket(loaded)?;
        plan.on_key(bucket, name, state);
        let before = state.head.as_ref().map(|(_, head)| *head);
        let sequence = before.map_or(1, |head| head.next);
        let keeps = bucket.versioning == Versioning::Enabled;
        let id = match &origin {
            Origin::Replica { id, .. } => id.clone(),
            _ if keeps => VersionId::create(sequence)?,
            _ => NULL.to_owned(),
        };
        let mut null = before.and_then(|head| head.null);
        if !keeps && let Some(replaced) = null.replace(sequence) {
            self.plan_erasure(plan, bucket, name, replaced, None).await?;
        }
        if let Kind::Object(object) = &mut kind {
            object.lock = object.lock.or_default(bucket.lock.as_ref(), self.now_millis());
            // Lists may have been switched off since this one was decided.
            object.acl = object.acl.take().filter(|_| bucket.has_acls());
        }
        let modified = match &origin {
            Origin::Replica { modified, .. } => *modified,
            Origin::Request | Origin::Lifecycle => self.now(),
        };
        let owner = match &kind {
            Kind::Object(object) => object.acl.as_ref().map(|acl| acl.owner.clone()),
            Kind::DeleteMarker => None,
        };
        let owner = owner.unwrap_or_else(|| bucket.owner.clone());
        let mut version = Version { id: id.clone(), modified, owner, kind, replication: None };
        match origin {
            Origin::Replica { .. } => {
                version.replication = Some(ReplicationStatus::Replica);
                plan.put(key::replica(&bucket.id, name, &id), encode(&StoredSequence(sequence))?);
            }
            Origin::Request if keeps && wants(bucket, name, &version) => {
                version.replication = Some(ReplicationStatus::Pending);
                plan.replicate(bucket, name, &version, sequence, self.now())?;
            }
            Origin::Request | Origin::Lifecycle => {}
        }
        let deleted = matches!(version.kind, Kind::DeleteMarker);
        plan.put(key::version(&bucket.id, name, sequence), encode(&version)?);
        plan.put(
            key::head(&bucket.id, name),
            encode(&Head { next: sequence + 1, latest: sequence, deleted, null })?,
        );
        show(plan, bucket, name, &version)?;
        plan.tell(bucket, self.now_nanos(), Happening::of(told.event, name, &version, told.by))?;
        Ok(id)
    }

    /// Takes a version away for good; the next newest one becomes the newest. Returns it. `AccessDenied` if it is
    /// locked and `by` does not pass over that.
    pub(crate) async fn plan_removal(
        &self,
        plan: &mut Plan,
        loaded: &Loaded,
        name: &str,
        state: &KeyState,
        sequence: u64,
        by: Option<(&Grant, &Bypass)>,
    ) -> Result<Option<Version>, BucketError> {
        let bucket = &loaded.bucket;
        let Some((_, head)) = state.head else {
            return Ok(None);
        };
        plan.on_key(bucket, name, state);
        let Some(removed) = self.plan_erasure(plan, bucket, name, sequence, by).await? else {
            return Ok(None);
        };
        let mut head = Head { null: head.null.filter(|null| *null != sequence), ..head };
        if head.latest == sequence {
            let Some((next, version)) = self.below(bucket, name, sequence).await? else {
                plan.delete(key::head(&bucket.id, name));
                plan.delete(key::live(&bucket.id, name));
                return Ok(Some(removed));
            };
            head.latest = next;
            head.deleted = matches!(version.kind, Kind::DeleteMarker);
            show(plan, bucket, name, &version)?;
        }
        // Written even if it did not change: whoever decided on the key as it was must decide anew.
        plan.put(key::head(&bucket.id, name), encode(&head)?);
        Ok(Some(removed))
    }

    /// Takes versions away for good that are not the newest.
    pub(crate) async fn plan_noncurrent_removals(
        &self,
        plan: &mut Plan,
        loaded: &Loaded,
        name: &str,
        state: &KeyState,
        sequences: &[u64],
    ) -> Result<(), BucketError> {
        let Some((_, head)) = state.head else {
            return Ok(());
        };
        plan.on_key(&loaded.bucket, name, state);
        for sequence in sequences {
            self.plan_erasure(plan, &loaded.bucket, name, *sequence, None).await?;
        }
        let head = Head { null: head.null.filter(|null| !sequences.contains(null)), ..head };
        plan.put(key::head(&loaded.bucket.id, name), encode(&head)?);
        Ok(())
    }

    /// The newest version older than `sequence`.
    async fn below(
        &self,
        bucket: &Bucket,
        name: &str,
        sequence: u64,
    ) -> Result<Option<(u64, Version)>, BucketError> {
        let scan = Scan {
            prefix: key::versions(&bucket.id).str(name).into_bytes(),
            after: Some(key::version(&bucket.id, name, sequence).into_bytes()),
            limit: 1,
        };
        match self.catalog.scan(scan).await?.into_iter().next() {
            Some(item) => {
                let (_, sequence) = crate::list::version_key(&item.key)?;
                Ok(Some((sequence, decode(&item.value)?)))
            }
            None => Ok(None),
        }
    }

    /// Deletes a version's row and lets go of its bytes. The only place that does, and the one that asks the lock:
    /// the commit demands the row as it was asked, so a lock that is set meanwhile wins.
    async fn plan_erasure(
        &self,
        plan: &mut Plan,
        bucket: &Bucket,
        name: &str,
        sequence: u64,
        by: Option<(&Grant, &Bypass)>,
    ) -> Result<Option<Version>, BucketError> {
        let Some((revision, version)) = self.version(bucket, name, sequence).await? else {
            return Ok(None);
        };
        if let Kind::Object(object) = &version.kind {
            match (object.lock.against_erasure(self.now_millis()), by) {
                (Verdict::Free, None) => {}
                (Verdict::Bypass | Verdict::Never, None) => return Err(locked()),
                (verdict, Some((grant, bypass))) => bypass.check(verdict, grant)?,
            }
        }
        let at = key::version(&bucket.id, name, sequence);
        plan.unchanged(at.clone(), revision);
        plan.delete(at);
        if version.replication == Some(ReplicationStatus::Replica) {
            plan.delete(key::replica(&bucket.id, name, &version.id));
        }
        if let Kind::Object(object) = &version.kind {
            match &object.content {
                Content::Empty => {}
                Content::Blob(id) => plan.forget_blob(id.clone()),
                Content::Parts { upload, .. } => {
                    for (number, part) in self.parts(upload).await? {
                        plan.delete(key::part(upload, number));
                        if let Some(id) = part.blob {
                            plan.forget_blob(id);
                        }
                    }
                }
            }
        }
        Ok(Some(version))
    }

    /// All parts of an upload, or of the object made from it, in order.
    pub(crate) async fn parts(&self, upload: &str) -> Result<Vec<(u32, Part)>, BucketError> {
        Ok(self
            .parts_with_revisions(upload)
            .await?
            .into_iter()
            .map(|(number, _, part)| (number, part))
            .collect())
    }

    /// The same, with the commit that wrote each.
    pub(crate) async fn parts_with_revisions(
        &self,
        upload: &str,
    ) -> Result<Vec<(u32, u64, Part)>, BucketError> {
        let mut parts = Vec::new();
        let mut after = None;
        loop {
            let prefix = key::parts(upload).into_bytes();
            let page = self.catalog.scan(Scan { prefix, after, limit: PART_PAGE }).await?;
            after = page.last().map(|item| item.key.clone());
            let is_last = page.len() < PART_PAGE;
            for item in page {
                parts.push((crate::list::part_number(&item.key)?, item.revision, decode(&item.value)?));
            }
            if is_last {
                return Ok(parts);
            }
        }
    }

    /// Commits, then removes the blobs that nothing names any more. Should that fail, the next sweep does it.
    pub(crate) async fn commit(&self, plan: Plan) -> Result<(), BucketError> {
        self.catalog.commit(plan.batch).await?;
        self.discard(&plan.garbage).await;
        Ok(())
    }

    /// Removes blobs that nothing names.
    pub(crate) async fn discard(&self, blobs: &[BlobId]) {
        for id in blobs {
            if let Err(error) = self.blobs.delete(id).await {
                tracing::warn!(%error, blob = id.0, "a blob is left for the next sweep");
            }
        }
    }
}

/// Makes listings show `version` as the newest one of its key.
fn show(plan: &mut Plan, bucket: &Bucket, name: &str, version: &Version) -> Result<(), BucketError> {
    let at = key::live(&bucket.id, name);
    match &version.kind {
        Kind::Object(object) => plan.put(at, encode(&Live::of(version, object))?),
        Kind::DeleteMarker => plan.delete(at),
    }
    Ok(())
}
