//! Whether the stores can still take what calls bring: for `/readyz`.

use futures::FutureExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use trailward_store::keys::Key;
use trailward_store::{Batch, Catalog, Journal, Position, StoreErrorKind};

/// How long an answer stands: whoever asks more often gets the same one.
const ANSWER_STANDS: Duration = Duration::from_secs(1);

/// How long a commit may take.
const COMMIT_TIME: Duration = Duration::from_secs(5);

/// Free space below which nothing more should be sent here, bytes: two segments of the journal.
const LEAST_FREE: u64 = 128 << 20;

/// Looks at the stores of a running service.
#[derive(Debug)]
pub(crate) struct Vitals {
    catalog: Arc<dyn Catalog>,
    journal: Arc<dyn Journal>,
    data: PathBuf,
    least_free: u64,
    stands: Duration,
    /// Held while looking, so that many askers make one look.
    last: Mutex<Option<(Instant, Option<String>)>>,
}

impl Vitals {
    /// Of the stores in `data`.
    pub(crate) fn new(catalog: Arc<dyn Catalog>, journal: Arc<dyn Journal>, data: PathBuf) -> Self {
        Self { catalog, journal, data, least_free: LEAST_FREE, stands: ANSWER_STANDS, last: Mutex::new(None) }
    }

    /// What keeps calls from being performed and recorded, if anything does. Says so only as long as it is so.
    pub(crate) async fn problem(&self) -> Option<String> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < self.stands
        {
            return answer.clone();
        }
        let answer = self.look().await;
        *last = Some((Instant::now(), answer.clone()));
        answer
    }

    async fn look(&self) -> Option<String> {
        // Answers at once only if the journal can never grow again.
        if let Some(Err(error)) = self.journal.wait_beyond(Position::MAX).now_or_never() {
            return Some(format!("{error}; restart after mending the disk"));
        }
        match rustix::fs::statvfs(&self.data) {
            Ok(disk) => {
                let free = disk.f_bavail.saturating_mul(disk.f_frsize);
                #[expect(clippy::cast_precision_loss, reason = "a gauge")]
                metrics::gauge!("trailward_data_free_bytes").set(free as f64);
                if free < self.least_free {
                    return Some(format!(
                        "the disk of the data directory has {free} bytes left; at least {} are needed",
                        self.least_free
                    ));
                }
            }
            Err(error) => return Some(format!("the disk of the data directory does not answer: {error}")),
        }
        // Reading would not do: a full or broken disk still reads.
        let probe = Batch::new().put(Key::new("readiness"), "");
        match timeout(COMMIT_TIME, self.catalog.commit(probe)).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) if error.kind() == StoreErrorKind::Poisoned => {
                Some(format!("{error}; restart after mending the disk"))
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the catalog does not commit".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trailward_store::faulty::{FaultMode, FaultPlan, FaultyCatalog, FaultyJournal};
    use trailward_store::memory::{MemoryCatalog, MemoryJournal};

    fn vitals(catalog: FaultPlan, journal: FaultPlan) -> Vitals {
        Vitals::new(
            Arc::new(FaultyCatalog::new(Arc::new(MemoryCatalog::new()), catalog)),
            Arc::new(FaultyJournal::new(Arc::new(MemoryJournal::new()), journal)),
            std::env::temp_dir(),
        )
    }

    #[tokio::test]
    async fn a_commit_that_fails_shows_and_heals() {
        let catalog = FaultPlan::fail_call(1, FaultMode::Before);
        let vitals = vitals(catalog.clone(), FaultPlan::none());
        let vitals = Vitals { least_free: 0, stands: Duration::MAX, ..vitals };
        assert!(vitals.problem().await.is_some());
        assert!(vitals.problem().await.is_some(), "the answer stands for a while");
        assert_eq!(catalog.calls(), 1, "and costs nothing meanwhile");
        let vitals = Vitals { stands: Duration::ZERO, ..vitals };
        assert_eq!(vitals.problem().await, None);
    }

    #[tokio::test]
    async fn a_journal_that_ended_and_a_full_disk_show() {
        let journal = FaultPlan::fail_call(1, FaultMode::Before);
        let vitals = vitals(FaultPlan::none(), journal);
        let vitals = Vitals { least_free: 0, stands: Duration::ZERO, ..vitals };
        assert!(vitals.problem().await.unwrap().contains("restart"));
        let vitals = Vitals { least_free: u64::MAX, ..vitals };
        assert!(vitals.problem().await.unwrap().contains("bytes left"));
        let vitals = Vitals { least_free: 0, data: "/nowhere".into(), ..vitals };
        assert!(vitals.problem().await.unwrap().contains("does not answer"));
    }
}
