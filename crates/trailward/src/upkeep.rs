//! What is done on schedule: lifecycle rules, access logs, replication, messages of topics.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trailward_bucket::BucketError;
use trailward_service::Platform;
use trailward_topic::{Courier, DeliveryRun, TopicError, Topics};

/// How often messages that are due are looked for.
const MESSAGES: Duration = Duration::from_millis(500);

/// How often subscriptions that nobody confirmed are looked for.
const UNCONFIRMED: Duration = Duration::from_hours(1);

/// The most messages that the gauge counts.
const MOST_COUNTED: usize = 10_000;

/// The longest wait between two runs of lifecycle rules: rules change at midnight, and objects come and go all day.
const MOST_WAIT: Duration = Duration::from_hours(1);

/// Does `work` every `wait`, until `stop`. A run that fails is repeated by the next one: every step of each is a commit
/// of its own.
async fn every<W, E>(wait: Duration, what: &str, mut stop: watch::Receiver<bool>, work: impl Fn() -> W + Send)
where
    W: Future<Output = Result<(), E>> + Send,
    E: std::error::Error + 'static,
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
pub(crate) async fn lifecycle(platform: Arc<Platform>, day: Duration, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = platform.buckets.apply_lifecycle(&*platform).await?;
        metrics::counter!("trailward_lifecycle_expired_total").increment(run.expired);
        metrics::counter!("trailward_lifecycle_removed_total").increment(run.removed);
        metrics::counter!("trailward_lifecycle_moved_total").increment(run.moved);
        metrics::counter!("trailward_lifecycle_aborted_total").increment(run.aborted);
        Ok::<_, BucketError>(())
    };
    every((day / 4).min(MOST_WAIT), "lifecycle", stop, work).await;
}

/// Puts access logs into their buckets.
pub(crate) async fn access_logs(platform: Arc<Platform>, wait: Duration, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = platform.buckets.deliver_access_logs(&*platform).await?;
        metrics::counter!("trailward_access_log_delivered_total").increment(run.delivered);
        metrics::counter!("trailward_access_log_refused_total").increment(run.refused);
        metrics::counter!("trailward_access_log_dropped_total").increment(run.dropped);
        Ok::<_, BucketError>(())
    };
    every(wait, "access_log", stop, work).await;
}

/// Replicates new versions. The lag is how long the oldest one that waits has waited, in seconds.
pub(crate) async fn replication(platform: Arc<Platform>, wait: Duration, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = platform.buckets.replicate(&*platform, &*platform).await?;
        metrics::counter!("trailward_replication_completed_total").increment(run.completed);
        metrics::counter!("trailward_replication_refused_total").increment(run.refused);
        metrics::counter!("trailward_replication_failed_total").increment(run.failed);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        {
            metrics::gauge!("trailward_replication_waiting").set(run.waiting as f64);
            metrics::gauge!("trailward_replication_lag_seconds").set(run.lag as f64);
        }
        Ok::<_, BucketError>(())
    };
    every(wait, "replication", stop, work).await;
}

/// Delivers messages of topics. `base` is the endpoint of the API as subscribers see it.
pub(crate) async fn messages(
    topics: Arc<Topics>,
    courier: Arc<dyn Courier>,
    base: String,
    stop: watch::Receiver<bool>,
) {
    let work = || async {
        let run = topics.deliver(&*courier, &base).await?;
        metrics::counter!("trailward_messages_delivered_total").increment(run.delivered);
        metrics::counter!("trailward_messages_put_off_total").increment(run.put_off);
        metrics::counter!("trailward_messages_dropped_total").increment(run.dropped);
        if run != DeliveryRun::default() {
            // Nothing else makes messages wait or go: what was published since is due, and would have been tried.
            #[expect(clippy::cast_precision_loss, reason = "a gauge")]
            metrics::gauge!("trailward_messages_waiting").set(topics.waiting(MOST_COUNTED).await? as f64);
        }
        Ok::<_, TopicError>(())
    };
    every(MESSAGES, "messages", stop, work).await;
}

/// Forgets subscriptions that nobody confirmed.
pub(crate) async fn unconfirmed(topics: Arc<Topics>, stop: watch::Receiver<bool>) {
    let work = || async { topics.sweep().await.map(drop) };
    every(UNCONFIRMED, "unconfirmed", stop, work).await;
}

/// Publishes events of buckets to topics.
pub(crate) async fn bucket_events(platform: Arc<Platform>, stop: watch::Receiver<bool>) {
    let work = || async {
        let run = platform.buckets.publish_events(&*platform).await?;
        metrics::counter!("trailward_bucket_events_published_total").increment(run.published);
        metrics::counter!("trailward_bucket_events_refused_total").increment(run.refused);
        Ok::<_, BucketError>(())
    };
    every(MESSAGES, "bucket_events", stop, work).await;
}
