//! Applies lifecycle configurations on schedule.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trailward_bucket::Buckets;

/// The longest wait between two runs: rules change at midnight, and objects come and go all day.
const MOST_WAIT: Duration = Duration::from_hours(1);

/// Runs several times a lifecycle day, until `stop`. A run that fails is repeated by the next one: every step of it is a
/// commit of its own.
pub(crate) async fn keep(buckets: Arc<Buckets>, day: Duration, mut stop: watch::Receiver<bool>) {
    let wait = (day / 4).min(MOST_WAIT);
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let run = tokio::select! {
            run = buckets.apply_lifecycle() => run,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        match run {
            Ok(run) => {
                metrics::counter!("trailward_lifecycle_expired_total").increment(run.expired);
                metrics::counter!("trailward_lifecycle_removed_total").increment(run.removed);
                metrics::counter!("trailward_lifecycle_moved_total").increment(run.moved);
                metrics::counter!("trailward_lifecycle_aborted_total").increment(run.aborted);
            }
            Err(error) => {
                tracing::warn!(%error, source = ?std::error::Error::source(&error), "lifecycle rules could not be applied; the next run goes on");
                metrics::counter!("trailward_lifecycle_errors_total").increment(1);
            }
        }
    }
}
