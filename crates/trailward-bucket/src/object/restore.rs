use crate::engine::{Attempts, Plan};
use crate::events::Happening;
use crate::record::{Kind, Object, key};
use crate::{BucketError, Buckets, Grant};
use trailward_store::stored::encode;

/// Days a restored copy may be asked for.
const MAX_DAYS: i64 = 36_500;

impl Buckets {
    /// `RestoreObject`: makes an archived object readable for `days` days from now, rounded up to midnight; `true` if
    /// it was readable already, and is for another time now. `InvalidObjectState` for objects that are no archive.
    /// For `s3:RestoreObject`.
    ///
    /// DEVIATION: the copy is there at once; S3 takes minutes to hours.
    pub async fn restore_object(&self, grant: &Grant, days: i64) -> Result<bool, BucketError> {
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(BucketError::argument(
                "Days",
                days.to_string(),
                "restoration days should be at least 1",
            ));
        }
        self.enter(grant, &["s3:RestoreObject"]).await?;
        let _one_writer = self.lock(grant.bucket()?, grant.key()?).await;
        let mut attempts = Attempts::new();
        loop {
            match self.try_restore(grant, days).await {
                Err(error) if error.is_conflict() => attempts.again().await?,
                done => return done,
            }
        }
    }

    async fn try_restore(&self, grant: &Grant, days: i64) -> Result<bool, BucketError> {
        let loaded = self.enter(grant, &["s3:RestoreObject"]).await?;
        let key = grant.key()?;
        let (found, _) = self.resolve_object(&loaded.bucket, grant, "POST").await?;
        let missing = || BucketError::NoSuchKey { key: key.to_owned(), marker: None };
        let sequence = self.sequence_of(&loaded.bucket, key, &found.id).await?.ok_or_else(missing)?;
        let (revision, mut version) =
            self.version(&loaded.bucket, key, sequence).await?.ok_or_else(missing)?;
        let Kind::Object(object) = &mut version.kind else {
            return Err(missing());
        };
        if !object.class.is_archive() {
            return Err(BucketError::InvalidObjectState {
                message: "Restore is not allowed for the object's current storage class",
                class: object.class,
            });
        }
        let now = self.now();
        let already = object.restored_until.is_some_and(|until| until > now);
        object.restored_until = Some(self.calendar().midnight_after(now, days));
        let at = key::version(&loaded.bucket.id, key, sequence);
        let mut plan = Plan::new();
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        for name in ["ObjectRestore:Post", "ObjectRestore:Completed"] {
            let happening = Happening::of(name, key, &version, Some(grant));
            plan.tell(&loaded.bucket, self.now_nanos(), happening)?;
        }
        self.commit(plan).await?;
        Ok(already)
    }

    /// Refuses to read what lies in an archive.
    pub(crate) fn check_readable(&self, object: &Object) -> Result<(), BucketError> {
        let restored = object.restored_until.is_some_and(|until| until > self.now());
        if !object.class.is_archive() || restored {
            return Ok(());
        }
        Err(BucketError::InvalidObjectState {
            message: "The operation is not valid for the object's storage class",
            class: object.class,
        })
    }
}
