use super::rules::matching;
use super::write::Replica;
use crate::engine::{Loaded, Plan};
use crate::events::Happening;
use crate::record::{ReplicationRule, ReplicationStatus, ReplicationTask, Version, key};
use crate::{BucketError, Buckets, Caller, Witness};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Arc;
use trailward_store::stored::{decode, encode};
use trailward_store::{Batch, Item, Scan};

/// Gives replication its hands: the role that a configuration names.
#[async_trait]
pub trait ReplicationRoles: Send + Sync {
    /// The caller that S3 is as `role`, for the bucket `source` of `account`; `None` if there is no such role, or it does
    /// not let `s3.amazonaws.com` assume it.
    async fn assume(&self, role: &str, source: &str, account: &str) -> Result<Option<Caller>, BucketError>;
}

/// How often a version that a destination refuses is tried, each time after twice the wait, before it is `FAILED`.
const ATTEMPTS: u32 = 8;

/// The first wait, in seconds.
const WAIT: i64 = 10;

const PAGE: usize = 500;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplicationRun {
    /// Versions that are at all their destinations now.
    pub completed: u64,
    /// Versions that a destination refused; they will be tried again.
    pub refused: u64,
    /// Versions that were given up.
    pub failed: u64,
    /// Versions that wait still.
    pub waiting: u64,
    /// How long the oldest of them has waited, in seconds.
    pub lag: i64,
}

type Callers = HashMap<(String, String), Option<Arc<Caller>>>;

impl Buckets {
    /// Replicates what waits, and tells `witness` of each replica. To be called every few seconds. From a closed account
    /// nothing goes anywhere.
    pub async fn replicate(
        &self,
        roles: &dyn ReplicationRoles,
        witness: &dyn Witness,
    ) -> Result<ReplicationRun, BucketError> {
        let mut run = ReplicationRun::default();
        let mut callers = Callers::new();
        let mut after = None;
        loop {
            let prefix = key::replications().into_bytes();
            let page = self.catalog.scan(Scan { prefix, after, limit: PAGE }).await?;
            let Some(last) = page.last() else { return Ok(run) };
            after = Some(last.key.clone());
            for item in page {
                let task: ReplicationTask = decode(&item.value)?;
                if task.due <= self.now() {
                    self.replicate_one(&item, task, (roles, witness), &mut callers, &mut run).await?;
                } else {
                    wait(&mut run, self.now() - task.since);
                }
            }
        }
    }

    async fn replicate_one(
        &self,
        item: &Item,
        task: ReplicationTask,
        (roles, witness): (&dyn ReplicationRoles, &dyn Witness),
        callers: &mut Callers,
        run: &mut ReplicationRun,
    ) -> Result<(), BucketError> {
        let (name, id) = key::replication_source(&item.key)?;
        let loaded = match self.load(&name).await {
            Ok(loaded) if loaded.bucket.id == id => Some(loaded),
            Ok(_) | Err(BucketError::NoSuchBucket(_)) => None,
            Err(error) => return Err(error),
        };
        let version = match &loaded {
            Some(loaded) => self.version(&loaded.bucket, &task.key, task.sequence).await?,
            None => None,
        };
        let (Some(loaded), Some((_, version))) =
            (loaded, version.filter(|(_, version)| version.id == task.version))
        else {
            // What was deleted meanwhile is not replicated.
            self.catalog.commit(Batch::new().delete(item.key.clone())).await?;
            return Ok(());
        };
        let applied: Vec<ReplicationRule> =
            matching(&loaded.bucket, &task.key, &version).into_iter().cloned().collect();
        let mut refused = None;
        for rule in &applied {
            let caller = self.caller_of(&loaded, roles, callers).await?;
            let done = match caller {
                Some(caller) => {
                    let replica =
                        Replica { source: &loaded, caller: &caller, task: &task, version: &version, rule };
                    self.write_replica(replica, witness).await
                }
                None => Err(BucketError::AccessDenied("the role cannot be assumed by S3".to_owned())),
            };
            match done {
                Ok(()) => {}
                Err(error @ BucketError::Internal(_)) if !error.is_conflict() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, code = error.code(), source = name, key = task.key, destination = rule.destination.bucket, "a replica was refused");
                    refused = Some(error);
                }
            }
        }
        let status = match refused {
            None if applied.is_empty() => ReplicationStatus::Failed,
            None => ReplicationStatus::Completed,
            Some(_) if task.attempts + 1 >= ATTEMPTS => ReplicationStatus::Failed,
            Some(_) => {
                run.refused += 1;
                wait(run, self.now() - task.since);
                let attempts = task.attempts + 1;
                let due = self.now() + (WAIT << attempts);
                let task = ReplicationTask { attempts, due, ..task };
                let batch = Batch::new()
                    .unchanged(item.key.clone(), item.revision)
                    .put(item.key.clone(), encode(&task)?);
                return self.unless_overtaken(batch).await;
            }
        };
        match status {
            ReplicationStatus::Completed => run.completed += 1,
            _ => run.failed += 1,
        }
        self.settle(&loaded, &task, item, status).await
    }

    async fn caller_of(
        &self,
        loaded: &Loaded,
        roles: &dyn ReplicationRoles,
        callers: &mut Callers,
    ) -> Result<Option<Arc<Caller>>, BucketError> {
        let bucket = &loaded.bucket;
        let Some(replication) = &bucket.replication else { return Ok(None) };
        let at = (replication.role.clone(), bucket.name.clone());
        if let Some(known) = callers.get(&at) {
            return Ok(known.clone());
        }
        let caller = roles.assume(&replication.role, &bucket.name, &bucket.owner).await?.map(Arc::new);
        callers.insert(at, caller.clone());
        Ok(caller)
    }

    /// Writes how it went into the version, and forgets the task. A version that changed meanwhile has a task of its own
    /// again.
    async fn settle(
        &self,
        loaded: &Loaded,
        task: &ReplicationTask,
        item: &Item,
        status: ReplicationStatus,
    ) -> Result<(), BucketError> {
        let bucket = &loaded.bucket;
        let _one_writer = self.lock(&bucket.name, &task.key).await;
        let mut plan = Plan::new();
        plan.unchanged(item.key.clone(), item.revision);
        plan.delete(item.key.clone());
        if let Some((revision, version)) = self.version(bucket, &task.key, task.sequence).await?
            && version.id == task.version
        {
            let version = Version { replication: Some(status), ..version };
            let at = key::version(&bucket.id, &task.key, task.sequence);
            plan.unchanged(at.clone(), revision);
            if status == ReplicationStatus::Failed {
                let name = "Replication:OperationFailedReplication";
                plan.tell(bucket, self.now_nanos(), Happening::of(name, &task.key, &version, None))?;
            }
            plan.put(at, encode(&version)?);
        }
        self.unless_overtaken(plan.batch).await
    }

    /// Commits, unless somebody else was faster: then the task is there still, and the next run looks again.
    async fn unless_overtaken(&self, batch: Batch) -> Result<(), BucketError> {
        match self.catalog.commit(batch).await {
            Err(error) if error.is_conflict() => Ok(()),
            done => done.map(drop).map_err(BucketError::from),
        }
    }
}

fn wait(run: &mut ReplicationRun, waited: i64) {
    run.waiting += 1;
    run.lag = run.lag.max(waited);
}
