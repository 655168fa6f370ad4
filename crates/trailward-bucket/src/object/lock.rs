use super::bypass::Bypass;
use crate::engine::{Attempts, Plan};
use crate::record::{Bucket, Kind, Object, ObjectLock, Retention, Version, key};
use crate::{BucketError, Buckets, Grant};
use trailward_store::stored::encode;

/// A lock for an object to be, with the permissions to set it.
#[derive(Debug, Clone, Default)]
pub struct GrantedLock {
    /// With a grant for `s3:PutObjectRetention` on the same object.
    pub retention: Option<(Retention, Grant)>,
    /// With a grant for `s3:PutObjectLegalHold` on the same object.
    pub legal_hold: Option<(bool, Grant)>,
}

const PUT_RETENTION: [&str; 1] = ["s3:PutObjectRetention"];
const PUT_HOLD: [&str; 1] = ["s3:PutObjectLegalHold"];

impl Buckets {
    /// `GetObjectRetention`. `NoSuchObjectLockConfiguration` without one. For `s3:GetObjectRetention`.
    pub async fn get_object_retention(&self, grant: &Grant) -> Result<Retention, BucketError> {
        let lock = self.object_lock(grant, "s3:GetObjectRetention").await?;
        lock.retention.ok_or_else(|| none(grant))
    }

    /// `GetObjectLegalHold`. `NoSuchObjectLockConfiguration` if there never was one. For `s3:GetObjectLegalHold`.
    pub async fn get_object_legal_hold(&self, grant: &Grant) -> Result<bool, BucketError> {
        let lock = self.object_lock(grant, "s3:GetObjectLegalHold").await?;
        lock.legal_hold.ok_or_else(|| none(grant))
    }

    /// `PutObjectRetention`: sets a version's retention, or with `None` removes it. `AccessDenied` if that weakens
    /// one that is in force, unless it is governance and `bypass` was granted. For `s3:PutObjectRetention`.
    pub async fn put_object_retention(
        &self,
        grant: &Grant,
        retention: Option<Retention>,
        bypass: &Bypass,
    ) -> Result<(), BucketError> {
        check_future(retention.as_ref(), self.now_millis(), "RetainUntilDate")?;
        self.change_lock(grant, &PUT_RETENTION, |lock, now| {
            bypass.check(lock.against_retention(retention.as_ref(), now), grant)?;
            lock.retention = retention;
            Ok(())
        })
        .await
    }

    /// `PutObjectLegalHold`. For `s3:PutObjectLegalHold`.
    pub async fn put_object_legal_hold(&self, grant: &Grant, on: bool) -> Result<(), BucketError> {
        self.change_lock(grant, &PUT_HOLD, |lock, _| {
            lock.legal_hold = Some(on);
            Ok(())
        })
        .await
    }

    async fn object_lock(&self, grant: &Grant, action: &str) -> Result<ObjectLock, BucketError> {
        let loaded = self.enter(grant, &[action]).await?;
        check_lockable(&loaded.bucket)?;
        let (_, object) = self.resolve_object(&loaded.bucket, grant, "GET").await?;
        Ok(object.lock)
    }

    async fn change_lock(
        &self,
        grant: &Grant,
        actions: &[&str],
        change: impl Fn(&mut ObjectLock, i64) -> Result<(), BucketError> + Send + Sync,
    ) -> Result<(), BucketError> {
        self.enter(grant, actions).await?;
        let _one_writer = self.lock(grant.bucket()?, grant.key()?).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_change_lock(grant, actions, &change).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn try_change_lock(
        &self,
        grant: &Grant,
        actions: &[&str],
        change: &(impl Fn(&mut ObjectLock, i64) -> Result<(), BucketError> + Sync),
    ) -> Result<(), BucketError> {
        let loaded = self.enter(grant, actions).await?;
        check_lockable(&loaded.bucket)?;
        let key = grant.key()?;
        let found = self.resolve(&loaded.bucket, grant, "PUT").await?;
        let missing = || BucketError::NoSuchKey { key: key.to_owned(), marker: None };
        let sequence = self.sequence_of(&loaded.bucket, key, &found.id).await?.ok_or_else(missing)?;
        let (revision, mut version) =
            self.version(&loaded.bucket, key, sequence).await?.ok_or_else(missing)?;
        change(&mut object_of(&mut version)?.lock, self.now_millis())?;
        let at = key::version(&loaded.bucket.id, key, sequence);
        let mut plan = Plan::new();
        // A removal demands this row as it is, so one of the two loses.
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        plan.follow(&loaded.bucket, key, &version, sequence, self.now())?;
        self.commit(plan).await
    }
}

fn object_of(version: &mut Version) -> Result<&mut Object, BucketError> {
    match &mut version.kind {
        Kind::Object(object) => Ok(object),
        Kind::DeleteMarker => {
            Err(BucketError::MethodNotAllowed { method: "PUT", version: version.id.clone() })
        }
    }
}

fn none(grant: &Grant) -> BucketError {
    BucketError::NoSuchObjectLockConfiguration(grant.key().unwrap_or_default().to_owned())
}

/// Refuses buckets without Object Lock.
pub(crate) fn check_lockable(bucket: &Bucket) -> Result<(), BucketError> {
    match bucket.lock {
        Some(_) => Ok(()),
        None => Err(BucketError::InvalidRequest("Bucket is missing Object Lock Configuration".to_owned())),
    }
}

fn check_future(retention: Option<&Retention>, now: i64, name: &'static str) -> Result<(), BucketError> {
    match retention {
        Some(retention) if retention.until <= now => Err(BucketError::argument(
            name,
            trailward_model::stamp::extended(retention.until_time()),
            "The retain until date must be in the future!",
        )),
        _ => Ok(()),
    }
}

/// The lock of an object to be, if the permissions to set it are for this object.
pub(crate) fn granted_lock(
    put: &Grant,
    bucket: &Bucket,
    lock: GrantedLock,
    now: i64,
) -> Result<ObjectLock, BucketError> {
    let same = |grant: &Grant, actions: &[&str]| -> Result<(), BucketError> {
        grant.permits(actions)?;
        let same = (grant.bucket_id(), grant.key()?) == (put.bucket_id(), put.key()?);
        if same { Ok(()) } else { Err(BucketError::AccessDenied("Access Denied".to_owned())) }
    };
    if let Some((retention, grant)) = &lock.retention {
        same(grant, &PUT_RETENTION)?;
        check_future(Some(retention), now, "x-amz-object-lock-retain-until-date")?;
    }
    if let Some((_, grant)) = &lock.legal_hold {
        same(grant, &PUT_HOLD)?;
    }
    let lock = ObjectLock {
        retention: lock.retention.map(|(retention, _)| retention),
        legal_hold: lock.legal_hold.map(|(on, _)| on),
    };
    if !lock.is_empty() {
        check_lockable(bucket)?;
    }
    Ok(lock)
}

/// Bytes that will be locked must come with a digest, so that nothing broken is kept for years.
pub(crate) fn check_digest(
    bucket: &Bucket,
    lock: &ObjectLock,
    announced: bool,
    call: &str,
) -> Result<(), BucketError> {
    let locks = !lock.is_empty() || bucket.lock.is_some_and(|lock| lock.default.is_some());
    if !locks || announced {
        return Ok(());
    }
    Err(BucketError::InvalidRequest(format!(
        "Content-MD5 OR x-amz-checksum- HTTP header is required for {call} requests with Object Lock parameters"
    )))
}
