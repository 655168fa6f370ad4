use crate::encryption::EncryptionAsked;
use crate::engine::{Attempts, Demands, Loaded, Origin, Plan, Spooled, Told};
use crate::object::{Expected, ExpectedChecksum, MAX_PUT};
use crate::record::{
    ChecksumKind, Content, Kind, Object, ObjectLock, ReplicationRule, ReplicationTask, Sse, Verdict, Version,
    Versioning, key,
};
use crate::{BucketError, Buckets, Caller, Context, Grant, Resource};
use trailward_store::stored::encode;

impl Buckets {
    /// Makes the version `task` names be at the rule's destination as it is here. Doing it again changes nothing.
    pub(super) async fn write_replica(
        &self,
        source: &Loaded,
        caller: &Caller,
        task: &ReplicationTask,
        version: &Version,
        rule: &ReplicationRule,
    ) -> Result<(), BucketError> {
        let there = &rule.destination.bucket;
        let target = Resource::object(there, &task.key);
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
        let known = self.sequence_of(&loaded.bucket, &task.key, &version.id).await?;
        match (&version.kind, known) {
            (Kind::DeleteMarker, Some(_)) => Ok(()),
            (Kind::DeleteMarker, None) => self.add_replica(&to, task, version, Kind::DeleteMarker).await,
            (Kind::Object(object), known) => {
                let from = Resource::version(&source.bucket.name, &task.key, &version.id);
                let read = self.may(caller, "s3:GetObjectVersionForReplication", &from).await?;
                if !object.tags.is_empty() {
                    self.may(caller, "s3:ReplicateTags", &target).await?;
                }
                let lock = self.lock_of(caller, &from, object).await?;
                match known {
                    Some(sequence) => self.sync_replica(&to, task, sequence, object, lock).await,
                    None => {
                        // Kept until the commit: it keeps a sweep away from the bytes.
                        let (copied, _spooled) = self.copy_bytes(source, (&read, &to), object, rule).await?;
                        let kind = Kind::Object(Box::new(Object { lock, ..copied }));
                        self.add_replica(&to, task, version, kind).await
                    }
                }
            }
        }
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

    /// Makes tags and lock of a replica what the source's are. A lock is only ever made stronger.
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
        replica.tags.clone_from(&object.tags);
        if bucket.lock.is_some() {
            if replica.lock.against_retention(lock.retention.as_ref(), self.now_millis()) == Verdict::Free {
                replica.lock.retention = lock.retention.or(replica.lock.retention);
            }
            replica.lock.legal_hold = lock.legal_hold.or(replica.lock.legal_hold);
        }
        let state = self.key_state(bucket, &task.key).await?;
        let at = key::version(&bucket.id, &task.key, sequence);
        let mut plan = Plan::new();
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        plan.touch(bucket, &task.key, &state, &version, sequence)?;
        self.commit(plan).await
    }
}
