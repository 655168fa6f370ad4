use crate::encryption::EncryptionAsked;
use crate::engine::{Attempts, Demands, Loaded, Origin, Plan, Spooled, Told};
use crate::object::{Expected, ExpectedChecksum, MAX_PUT};
use crate::record::{
    Bucket, ChecksumKind, Content, Kind, Object, ObjectLock, ReplicationRule, ReplicationTask, Sse, Verdict,
    Version, Versioning, key,
};
use crate::witness::witnessed;
use crate::{BucketError, Buckets, Caller, Context, Deed, Grant, Resource, Witness};
use serde_json::{Map, Value, json};
use trailward_model::stamp;
use trailward_store::stored::encode;

/// One version on its way to one destination.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replica<'a> {
    pub(super) source: &'a Loaded,
    /// S3 in the role of the configuration.
    pub(super) caller: &'a Caller,
    pub(super) task: &'a ReplicationTask,
    pub(super) version: &'a Version,
    pub(super) rule: &'a ReplicationRule,
}

impl Replica<'_> {
    /// What is told of a write of this replica, under the name of the API that would do it.
    fn deed(&self, there: &Bucket, name: &'static str, parameters: Map<String, Value>) -> Deed {
        Deed {
            name,
            by: Some(self.caller.clone()),
            bucket: there.name.clone(),
            owner: there.owner.clone(),
            region: there.region.clone(),
            key: self.task.key.clone(),
            version: Some(self.version.id.clone()),
            parameters,
            because: json!({ "replicationFrom": self.source.bucket.name }),
        }
    }
}

impl Buckets {
    /// Makes the version of `replica` be at the rule's destination as it is here. Doing it again changes nothing.
    pub(super) async fn write_replica(
        &self,
        replica: Replica<'_>,
        witness: &dyn Witness,
    ) -> Result<(), BucketError> {
        let Replica { task, version, rule, .. } = replica;
        let there = self.load(&rule.destination.bucket).await?;
        let (name, parameters) = match &version.kind {
            Kind::DeleteMarker => ("DeleteObject", Map::new()),
            Kind::Object(object) => ("PutObject", written(object)),
        };
        match self.sequence_of(&there.bucket, &task.key, &version.id).await? {
            Some(sequence) => self.follow_replica(replica, sequence, witness).await,
            None => {
                let deed = replica.deed(&there.bucket, name, parameters);
                witnessed(witness, vec![deed], self.make_replica(replica)).await
            }
        }
    }

    /// A replica that is not there yet.
    async fn make_replica(&self, replica: Replica<'_>) -> Result<(), BucketError> {
        let to = self.admit(replica).await?;
        let Replica { source, caller, task, version, rule } = replica;
        let Kind::Object(object) = &version.kind else {
            return self.add_replica(&to, task, version, Kind::DeleteMarker).await;
        };
        let (read, lock) = self.read_for(replica, object).await?;
        if !object.tags.is_empty() {
            self.may(caller, "s3:ReplicateTags", to.resource()).await?;
        }
        // Kept until the commit: it keeps a sweep away from the bytes.
        let (copied, _spooled) = self.copy_bytes(source, (&read, &to), object, rule).await?;
        let kind = Kind::Object(Box::new(Object { lock, ..copied }));
        self.add_replica(&to, task, version, kind).await
    }

    /// Whether the role may write there at all.
    async fn admit(&self, replica: Replica<'_>) -> Result<Grant, BucketError> {
        let Replica { caller, task, version, rule, .. } = replica;
        let target = Resource::object(&rule.destination.bucket, &task.key);
        let action = match version.kind {
            Kind::Object(_) => "s3:ReplicateObject",
            Kind::DeleteMarker => "s3:ReplicateDelete",
        };
        let to = self.may(caller, action, &target).await?;
        let loaded = self.enter(&to, &[action]).await?;
        if rule.destination.account.as_ref().is_some_and(|account| *account != loaded.bucket.owner) {
            return Err(BucketError::AccessDenied("the destination has another owner".to_owned()));
        }
        if rule.destination.owner_translation {
            self.may(caller, "s3:ObjectOwnerOverrideToBucketOwner", &target).await?;
        }
        Ok(to)
    }

    /// Whether the role may read the version, and the lock that goes along.
    async fn read_for(
        &self,
        replica: Replica<'_>,
        object: &Object,
    ) -> Result<(Grant, ObjectLock), BucketError> {
        let Replica { source, caller, task, version, .. } = replica;
        let from = Resource::version(&source.bucket.name, &task.key, &version.id);
        let read = self.may(caller, "s3:GetObjectVersionForReplication", &from).await?;
        Ok((read, self.lock_of(caller, &from, object).await?))
    }

    /// A replica that is there follows its source's tags and lock, as far as that takes nothing away.
    async fn follow_replica(
        &self,
        replica: Replica<'_>,
        sequence: u64,
        witness: &dyn Witness,
    ) -> Result<(), BucketError> {
        let Kind::Object(object) = &replica.version.kind else { return Ok(()) };
        let to = self.admit(replica).await?;
        let (_, lock) = self.read_for(replica, object).await?;
        let loaded = self.enter(&to, &["s3:ReplicateObject"]).await?;
        let Some((_, present)) = self.version(&loaded.bucket, &replica.task.key, sequence).await? else {
            return Ok(());
        };
        let Kind::Object(present) = &present.kind else { return Ok(()) };
        let wanted = followed(present, object, &lock, loaded.bucket.lock.is_some(), self.now_millis());
        let mut deeds = Vec::new();
        if wanted.tags != present.tags {
            self.may(replica.caller, "s3:ReplicateTags", to.resource()).await?;
            deeds.push(replica.deed(&loaded.bucket, "PutObjectTagging", tagging(&wanted)));
        }
        if wanted.lock.retention != present.lock.retention {
            deeds.push(replica.deed(&loaded.bucket, "PutObjectRetention", written(&wanted)));
        }
        if wanted.lock.legal_hold != present.lock.legal_hold {
            deeds.push(replica.deed(&loaded.bucket, "PutObjectLegalHold", written(&wanted)));
        }
        if deeds.is_empty() {
            return Ok(());
        }
        witnessed(witness, deeds, self.sync_replica(&to, replica.task, sequence, object, lock)).await
    }

    async fn may(
        &self,
        caller: &Caller,
        action: &'static str,
        resource: &Resource,
    ) -> Result<Grant, BucketError> {
        let mut context = Context::new();
        context.set("aws:SecureTransport", "true");
        context.set("aws:ViaAWSService", "true");
        Ok(self.authorize(caller, action, resource.clone(), &context).await?)
    }

    /// The lock that goes along: for roles that may see it.
    async fn lock_of(
        &self,
        caller: &Caller,
        from: &Resource,
        object: &Object,
    ) -> Result<ObjectLock, BucketError> {
        if object.lock.retention.is_some() {
            self.may(caller, "s3:GetObjectRetention", from).await?;
        }
        if object.lock.legal_hold.is_some() {
            self.may(caller, "s3:GetObjectLegalHold", from).await?;
        }
        Ok(object.lock)
    }

    /// The object with its bytes copied, encrypted as the destination wants it. Its checksum must come out the same.
    async fn copy_bytes(
        &self,
        source: &Loaded,
        (from, to): (&Grant, &Grant),
        object: &Object,
        rule: &ReplicationRule,
    ) -> Result<(Object, Spooled), BucketError> {
        let loaded = self.enter(to, &["s3:ReplicateObject"]).await?;
        let opened_with = self.unseal(from, &source.bucket.region, &object.sse, None).await?;
        let asked = match (&object.sse, &rule.destination.kms_key) {
            (Sse::Kms(_), Some(key)) => EncryptionAsked {
                algorithm: Some("aws:kms".to_owned()),
                kms_key: Some(key.clone()),
                ..EncryptionAsked::default()
            },
            _ => EncryptionAsked::default(),
        };
        let (sse, seal_under) = self.seal(to, &loaded.bucket, &asked).await?;
        let whole = object.checksum.as_ref().filter(|checksum| checksum.kind == ChecksumKind::FullObject);
        let demands = Demands {
            // An object in parts may be larger than what one put takes.
            max: MAX_PUT.max(object.size),
            length: Some(object.size),
            checksum: whole.map(|checksum| ExpectedChecksum {
                algorithm: checksum.algorithm,
                expected: Expected::Value(checksum.value.clone()),
            }),
            seal_under,
            ..Demands::default()
        };
        let body = self.open(&object.content, 0..object.size, opened_with).await?;
        let spooled = self.spool(body, demands).await?;
        let copied = Object {
            content: spooled.content.clone(),
            class: rule.destination.class.unwrap_or(object.class),
            sse,
            restored_until: None,
            acl: object.acl.clone().filter(|_| !rule.destination.owner_translation),
            ..object.clone()
        };
        Ok((copied, spooled))
    }

    async fn add_replica(
        &self,
        to: &Grant,
        task: &ReplicationTask,
        version: &Version,
        kind: Kind,
    ) -> Result<(), BucketError> {
        let blob = match &kind {
            Kind::Object(object) => match &object.content {
                Content::Blob(id) => Some(id.clone()),
                Content::Empty | Content::Parts { .. } => None,
            },
            Kind::DeleteMarker => None,
        };
        let _one_writer = self.lock(to.bucket()?, &task.key).await;
        let mut attempts = Attempts::new();
        let done = loop {
            match self.try_add_replica(to, task, version, &kind).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => break done,
            }
        };
        if let (Err(error), Some(id)) = (&done, &blob)
            && !matches!(error, BucketError::Internal(_))
        {
            self.discard(std::slice::from_ref(id)).await;
        }
        done
    }

    async fn try_add_replica(
        &self,
        to: &Grant,
        task: &ReplicationTask,
        version: &Version,
        kind: &Kind,
    ) -> Result<(), BucketError> {
        let loaded = self.enter(to, &["s3:ReplicateObject", "s3:ReplicateDelete"]).await?;
        if loaded.bucket.versioning != Versioning::Enabled {
            return Err(BucketError::InvalidRequest(
                "Destination bucket must have versioning enabled.".to_owned(),
            ));
        }
        let mut plan = Plan::new();
        let mut kind = kind.clone();
        if let Kind::Object(object) = &mut kind {
            if loaded.bucket.lock.is_none() {
                object.lock = ObjectLock::default();
            }
            if let Content::Blob(id) = &object.content {
                plan.name_blob(id);
            }
        }
        let state = self.key_state(&loaded.bucket, &task.key).await?;
        let origin = Origin::Replica { id: version.id.clone(), modified: version.modified };
        let event = match &kind {
            Kind::Object(_) => "ObjectCreated:Put",
            Kind::DeleteMarker => "ObjectRemoved:DeleteMarkerCreated",
        };
        let told = Told { event, by: Some(to) };
        self.plan_version(&mut plan, &loaded, &task.key, &state, (kind, origin), told).await?;
        self.commit(plan).await
    }

    /// Makes tags and lock of a replica follow the source's.
    async fn sync_replica(
        &self,
        to: &Grant,
        task: &ReplicationTask,
        sequence: u64,
        object: &Object,
        lock: ObjectLock,
    ) -> Result<(), BucketError> {
        let loaded = self.enter(to, &["s3:ReplicateObject"]).await?;
        let bucket = &loaded.bucket;
        let _one_writer = self.lock(&bucket.name, &task.key).await;
        let Some((revision, mut version)) = self.version(bucket, &task.key, sequence).await? else {
            return Ok(());
        };
        let Kind::Object(replica) = &mut version.kind else { return Ok(()) };
        **replica = followed(replica, object, &lock, bucket.lock.is_some(), self.now_millis());
        let state = self.key_state(bucket, &task.key).await?;
        let at = key::version(&bucket.id, &task.key, sequence);
        let mut plan = Plan::new();
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        plan.touch(bucket, &task.key, &state, &version, sequence)?;
        self.commit(plan).await
    }
}

/// A replica with its source's tags, and with a lock that is at least as strong as both.
fn followed(replica: &Object, source: &Object, lock: &ObjectLock, locks: bool, now: i64) -> Object {
    let mut followed = Object { tags: source.tags.clone(), ..replica.clone() };
    if locks {
        if replica.lock.against_retention(lock.retention.as_ref(), now) == Verdict::Free {
            followed.lock.retention = lock.retention.or(replica.lock.retention);
        }
        // A hold that was set there is not the source's to take away.
        if replica.lock.legal_hold != Some(true) {
            followed.lock.legal_hold = lock.legal_hold.or(replica.lock.legal_hold);
        }
    }
    followed
}

/// What a record says of the object that is written.
fn written(object: &Object) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(retention) = &object.lock.retention {
        members.insert("x-amz-object-lock-mode".to_owned(), retention.mode.as_str().into());
        let until = stamp::extended(retention.until_time());
        members.insert("x-amz-object-lock-retain-until-date".to_owned(), until.into());
    }
    if let Some(hold) = object.lock.legal_hold {
        members.insert("x-amz-object-lock-legal-hold".to_owned(), if hold { "ON" } else { "OFF" }.into());
    }
    members.extend(tagging(object));
    members
}

fn tagging(object: &Object) -> Map<String, Value> {
    let tags: Vec<Value> =
        object.tags.iter().map(|tag| json!({ "Key": tag.key, "Value": tag.value })).collect();
    if tags.is_empty() {
        return Map::new();
    }
    Map::from_iter([("Tagging".to_owned(), json!({ "TagSet": { "Tag": tags } }))])
}
