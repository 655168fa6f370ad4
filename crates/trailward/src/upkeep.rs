//! What is done to buckets on schedule: lifecycle rules, access logs, replication.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trailward_bucket::{BucketError, Buckets};
use trailward_service::Platform;

/// The longest wait between two runs of lifecycle rules: rules change at midnight, and objects come and go all day.
const MOST_WAIT: Duration = Duration::from_hours(1);

/// Does `work` every `wait`, until `stop`. A run that fails is repeated by the next one: every step of each is a commit
/// of its own.
async fn every<W>(wait: Duration, what: &str, mut stop: watch::Receiver<bool>, work: impl Fn() -> W + Send)
where
    W: Future<Output = Result<(), BucketError>> + Send,
{
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let done = tokio::select! {
            done = work() => done,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Err(error) = done {
            tracing::warn!(%error, source = ?std::error::Error::source(&error), "{what} failed; the next run goes on");
            metrics::counter!("trailward_upkeep_errors_total", "work" => what.to_owned()).increment(1);
        }
    }
}

/// Applies lifecycle rules several times a lifecycle day.
pub(crate) async fn lifecycle(buckets: Arc<Buckets>, day: Duration, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = buckets.apply_lifecycle().await?;
        metrics::counter!("trailward_lifecycle_expired_total").increment(run.expired);
        metrics::counter!("trailward_lifecycle_removed_total").increment(run.removed);
        metrics::counter!("trailward_lifecycle_moved_total").increment(run.moved);
        metrics::counter!("trailward_lifecycle_aborted_total").increment(run.aborted);
        Ok(())
    };
    every((day / 4).min(MOST_WAIT), "lifecycle", stop, work).await;
}

/// Puts access logs into their buckets.
pub(crate) async fn access_logs(buckets: Arc<Buckets>, wait: Duration, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = buckets.deliver_access_logs().await?;
        metrics::counter!("trailward_access_log_delivered_total").increment(run.delivered);
        metrics::counter!("trailward_access_log_refused_total").increment(run.refused);
        metrics::counter!("trailward_access_log_dropped_total").increment(run.dropped);
        Ok(())
    };
    every(wait, "access_log", stop, work).await;
}

/// Replicates new versions. The lag is how long the oldest one that waits has waited, in seconds.
pub(crate) async fn replication(platform: Arc<Platform>, wait: Duration, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = platform.buckets.replicate(&*platform).await?;
        metrics::counter!("trailward_replication_completed_total").increment(run.completed);
        metrics::counter!("trailward_replication_refused_total").increment(run.refused);
        metrics::counter!("trailward_replication_failed_total").increment(run.failed);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        {
            metrics::gauge!("trailward_replication_waiting").set(run.waiting as f64);
            metrics::gauge!("trailward_replication_lag_seconds").set(run.lag as f64);
        }
        Ok(())
    };
    every(wait, "replication", stop, work).await;
}
