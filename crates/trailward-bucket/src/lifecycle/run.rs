//! Applies lifecycle configurations.
//!
//! Each step is decided on the key as it is, and its commit demands that key and bucket still are so: what is written
//! meanwhile, a lock above all, is never overtaken. Dying between two steps loses nothing; the next run goes on.

use super::rules::{Action, Calendar, decide, rules_of};
use crate::engine::{Attempts, Loaded, Origin, Plan, Told};
use crate::events::Happening;
use crate::list::{upload_key, version_key};
use crate::record::{Bucket, Kind, LifecycleRule, StorageClass, Version, Versioning, When, key};
use crate::witness::witnessed;
use crate::{BucketError, Buckets, Deed, Witness};
use serde_json::{Map, json};
use std::sync::Arc;
use trailward_store::keys::Key;
use trailward_store::stored::{decode, encode};
use trailward_store::{Item, Scan};

const PAGE: usize = 500;

/// Versions that one commit removes at most.
const TOGETHER: usize = 100;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LifecycleRun {
    /// Newest versions that expired.
    pub expired: u64,
    /// Versions and markers that were removed for good.
    pub removed: u64,
    /// Versions that changed their storage class.
    pub moved: u64,
    /// Uploads that were ended.
    pub aborted: u64,
}

impl Buckets {
    /// Does what the lifecycle configurations of all buckets demand now, and tells `witness` of each step. To be called a
    /// few times a day. What is in a closed account stays as it is.
    pub async fn apply_lifecycle(&self, witness: &dyn Witness) -> Result<LifecycleRun, BucketError> {
        let mut run = LifecycleRun::default();
        let mut after = None;
        loop {
            let scan = Scan { prefix: Key::new("bucket").into_bytes(), after, limit: PAGE };
            let page = self.catalog.scan(scan).await?;
            let Some(last) = page.last() else {
                return Ok(run);
            };
            after = Some(last.key.clone());
            for item in &page {
                let bucket: Bucket = decode(&item.value)?;
                if rules_of(&bucket).is_some() && !self.is_closed(&bucket.owner).await? {
                    self.apply_to_bucket(&bucket, witness, &mut run).await?;
                }
            }
        }
    }

    async fn apply_to_bucket(
        &self,
        bucket: &Bucket,
        witness: &dyn Witness,
        run: &mut LifecycleRun,
    ) -> Result<(), BucketError> {
        self.end_uploads(bucket, witness, run).await?;
        let mut after = None;
        let mut versions: Vec<(u64, Version)> = Vec::new();
        let mut of: Option<String> = None;
        loop {
            let prefix = key::versions(&bucket.id).into_bytes();
            let page = self.catalog.scan(Scan { prefix, after, limit: PAGE }).await?;
            let ended = page.len() < PAGE;
            after = page.last().map(|item| item.key.clone());
            for item in page {
                let (name, sequence) = version_key(&item.key)?;
                if of.as_ref() != Some(&name) {
                    self.look_at(bucket, of.replace(name), &versions, witness, run).await?;
                    versions.clear();
                }
                versions.push((sequence, decode(&item.value)?));
            }
            if ended {
                return self.look_at(bucket, of, &versions, witness, run).await;
            }
        }
    }

    /// Works on a key, if there is anything to do with it.
    async fn look_at(
        &self,
        bucket: &Bucket,
        name: Option<String>,
        versions: &[(u64, Version)],
        witness: &dyn Witness,
        run: &mut LifecycleRun,
    ) -> Result<(), BucketError> {
        let Some(name) = name else {
            return Ok(());
        };
        if decide(bucket, &name, versions, self.calendar()).is_empty() {
            return Ok(());
        }
        let _one_writer = self.lock(&bucket.name, &name).await;
        let mut attempts = Attempts::new();
        loop {
            match self.step(bucket, &name, witness, run).await {
                Ok(true) => {}
                Err(error) if error.is_conflict() => attempts.again().await?,
                // All is done, or the bucket is gone.
                Ok(false) | Err(BucketError::NoSuchBucket(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// One commit's worth of work; `false` if there is nothing left to do.
    async fn step(
        &self,
        bucket: &Bucket,
        name: &str,
        witness: &dyn Witness,
        run: &mut LifecycleRun,
    ) -> Result<bool, BucketError> {
        let loaded = self.load(&bucket.name).await?;
        if loaded.bucket.id != bucket.id {
            return Ok(false);
        }
        let state = self.key_state(&loaded.bucket, name).await?;
        let versions = self.all_versions(&loaded, name).await?;
        let actions = decide(&loaded.bucket, name, &versions, self.calendar());
        let removed: Vec<u64> = actions.iter().filter_map(|action| removal(*action)).take(TOGETHER).collect();
        let mut plan = Plan::new();
        plan.bucket_unchanged(&loaded);
        let mut done = *run;
        let mut deeds = Vec::new();
        if !removed.is_empty() {
            self.plan_noncurrent_removals(&mut plan, &loaded, name, &state, &removed).await?;
            for (_, version) in versions.iter().filter(|(sequence, _)| removed.contains(sequence)) {
                deeds.push(deed(&loaded.bucket, name, EXPIRED, Some(version)));
                self.tell_lifecycle(
                    &mut plan,
                    &loaded,
                    "LifecycleExpiration:Delete",
                    (name, Some(&version.id)),
                )?;
            }
            done.removed += removed.len() as u64;
        } else if let Some(Action::RemoveMarker(sequence)) = actions.first() {
            let gone = self.plan_removal(&mut plan, &loaded, name, &state, *sequence, None).await?;
            deeds.push(deed(&loaded.bucket, name, EXPIRED, gone.as_ref()));
            let id = gone.as_ref().map(|version| version.id.as_str());
            self.tell_lifecycle(&mut plan, &loaded, "LifecycleExpiration:Delete", (name, id))?;
            done.removed += 1;
        } else if let Some(Action::Expire) = actions.first() {
            if loaded.bucket.versioning == Versioning::Off {
                let Some((sequence, version)) = versions.first() else { return Ok(false) };
                deeds.push(deed(&loaded.bucket, name, EXPIRED, Some(version)));
                self.plan_removal(&mut plan, &loaded, name, &state, *sequence, None).await?;
                self.tell_lifecycle(&mut plan, &loaded, "LifecycleExpiration:Delete", (name, None))?;
            } else {
                deeds.push(deed(&loaded.bucket, name, "S3.CREATE.DELETEMARKER", None));
                let marker = (Kind::DeleteMarker, Origin::Lifecycle);
                let told = Told { event: "LifecycleExpiration:DeleteMarkerCreated", by: None };
                self.plan_version(&mut plan, &loaded, name, &state, marker, told).await?;
            }
            done.expired += 1;
        } else if let Some(Action::Move(sequence, class)) = actions.first() {
            if !self.plan_move(&mut plan, &loaded, name, &state, (*sequence, *class)).await? {
                return Ok(false);
            }
            let version = versions.iter().find(|(at, _)| at == sequence).map(|(_, version)| version);
            let mut moved = deed(&loaded.bucket, name, "S3.TRANSITION.OBJECT", version);
            moved.parameters.insert("storageClass".to_owned(), class.as_str().into());
            deeds.push(moved);
            done.moved += 1;
        } else {
            return Ok(false);
        }
        witnessed(witness, deeds, self.commit(plan)).await?;
        *run = done;
        Ok(true)
    }

    fn tell_lifecycle(
        &self,
        plan: &mut Plan,
        loaded: &Arc<Loaded>,
        name: &'static str,
        (key, version): (&str, Option<&str>),
    ) -> Result<(), BucketError> {
        let happening = Happening { name, key, version, kind: None, by: None };
        plan.tell(&loaded.bucket, self.now_nanos(), happening)
    }

    async fn all_versions(
        &self,
        loaded: &Arc<Loaded>,
        name: &str,
    ) -> Result<Vec<(u64, Version)>, BucketError> {
        let prefix = key::versions(&loaded.bucket.id).str(name).into_bytes();
        let mut versions = Vec::new();
        let mut after = None;
        loop {
            let scan = Scan { prefix: prefix.clone(), after, limit: PAGE };
            let page: Vec<Item> = self.catalog.scan(scan).await?;
            after = page.last().map(|item| item.key.clone());
            for item in &page {
                versions.push((version_key(&item.key)?.1, decode(&item.value)?));
            }
            if page.len() < PAGE {
                return Ok(versions);
            }
        }
    }

    /// Gives a version another storage class. `false` if it is gone.
    async fn plan_move(
        &self,
        plan: &mut Plan,
        loaded: &Loaded,
        name: &str,
        state: &crate::engine::KeyState,
        (sequence, class): (u64, StorageClass),
    ) -> Result<bool, BucketError> {
        let Some((revision, mut version)) = self.version(&loaded.bucket, name, sequence).await? else {
            return Ok(false);
        };
        if let Kind::Object(object) = &mut version.kind {
            object.class = class;
        }
        let at = key::version(&loaded.bucket.id, name, sequence);
        plan.unchanged(at.clone(), revision);
        plan.put(at, encode(&version)?);
        plan.touch(&loaded.bucket, name, state, &version, sequence)?;
        let happening = Happening::of("LifecycleTransition", name, &version, None);
        plan.tell(&loaded.bucket, self.now_nanos(), happening)?;
        Ok(true)
    }

    /// Ends uploads that were begun too long ago.
    async fn end_uploads(
        &self,
        bucket: &Bucket,
        witness: &dyn Witness,
        run: &mut LifecycleRun,
    ) -> Result<(), BucketError> {
        let Some(lifecycle) = rules_of(bucket) else {
            return Ok(());
        };
        let rules: Vec<&LifecycleRule> =
            lifecycle.rules.iter().filter(|rule| rule.enabled && rule.abort_days.is_some()).collect();
        if rules.is_empty() {
            return Ok(());
        }
        let calendar = self.calendar();
        let is_due = |name: &str, initiated: u64| {
            let from = i64::try_from(initiated / 1_000_000_000).unwrap_or(i64::MAX);
            rules.iter().any(|rule| {
                rule.filter.prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
                    && rule.abort_days.is_some_and(|days| calendar.is_due(from, When::Days(days)))
            })
        };
        let mut after = None;
        loop {
            let prefix = key::uploads(&bucket.id).into_bytes();
            let page = self.catalog.scan(Scan { prefix, after, limit: PAGE }).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.key.clone());
            for item in &page {
                let (name, initiated, id) = upload_key(&item.key)?;
                if !is_due(&name, initiated) {
                    continue;
                }
                let mut ended = deed(bucket, &name, "S3.DELETE.UPLOAD", None);
                ended.parameters.insert("uploadId".to_owned(), id.clone().into());
                match witnessed(witness, vec![ended], self.abort(bucket, &name, &id)).await {
                    Ok(()) => run.aborted += 1,
                    Err(BucketError::NoSuchUpload(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    pub(crate) fn calendar(&self) -> Calendar {
        Calendar { now: self.now(), day: self.day() }
    }
}

/// What S3's access logs call the end of a version by a lifecycle rule.
const EXPIRED: &str = "S3.EXPIRE.OBJECT";

fn deed(bucket: &Bucket, key: &str, name: &'static str, version: Option<&Version>) -> Deed {
    Deed {
        name,
        by: None,
        bucket: bucket.name.clone(),
        owner: bucket.owner.clone(),
        region: bucket.region.clone(),
        key: key.to_owned(),
        version: version.map(|version| version.id.clone()),
        parameters: Map::new(),
        because: json!({ "lifecycleConfigurationOf": bucket.name }),
    }
}

fn removal(action: Action) -> Option<u64> {
    match action {
        Action::Remove(sequence) => Some(sequence),
        Action::Expire | Action::RemoveMarker(_) | Action::Move(..) => None,
    }
}
