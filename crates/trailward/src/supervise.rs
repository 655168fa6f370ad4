//! Keeps the pipeline working: a store that failed once is tried again from what the catalog says.

use crate::config::Config;
use crate::health::Health;
use crate::wiring::Stores;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trailward_pipeline::Pipeline;
use trailward_store::{StoreError, StoreErrorKind};

const FIRST_WAIT: Duration = Duration::from_millis(200);
const MOST_WAIT: Duration = Duration::from_secs(30);

/// Runs `pipeline`, and after a passing failure a new one from where it stopped, until `stop`.
pub(crate) async fn run(
    mut pipeline: Pipeline,
    stores: Arc<Stores>,
    config: Arc<Config>,
    health: Arc<Health>,
    stop: watch::Receiver<bool>,
) {
    let mut wait = FIRST_WAIT;
    loop {
        let started = tokio::time::Instant::now();
        let error = match pipeline.run(stop.clone()).await {
            Ok(()) => return,
            Err(error) => error,
        };
        report(&error, &health);
        if started.elapsed() > MOST_WAIT {
            wait = FIRST_WAIT;
        }
        pipeline = loop {
            let mut stopped = stop.clone();
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
            wait = (wait * 2).min(MOST_WAIT);
            match Pipeline::open(stores.sources(&config)).await {
                Ok(pipeline) => break pipeline,
                Err(error) => report(&error, &health),
            }
        };
        health.ready();
    }
}

fn report(error: &StoreError, health: &Health) {
    tracing::error!(%error, source = ?std::error::Error::source(error), "delivery stopped; it starts again from the catalog");
    metrics::counter!("trailward_pipeline_restarts_total").increment(1);
    let lasting = matches!(error.kind(), StoreErrorKind::Poisoned | StoreErrorKind::Corrupt);
    health.not_ready(if lasting {
        "delivery cannot go on: a store is damaged"
    } else {
        "delivery is starting again"
    });
}
