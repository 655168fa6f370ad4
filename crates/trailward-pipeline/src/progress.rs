//! How far the pipeline has come, for health checks and metrics.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Numbers that the worker keeps up to date. Times are epoch seconds; 0 means never or none.
#[derive(Debug, Default)]
pub struct Progress {
    cursor: AtomicU64,
    oldest_undelivered: AtomicI64,
    last_delivery: AtomicI64,
    last_digest: AtomicI64,
    files: AtomicU64,
    digests: AtomicU64,
    failures: AtomicU64,
    settled: AtomicU64,
}

impl Progress {
    /// Every record before this journal position was delivered, or no trail wanted it.
    pub fn cursor(&self) -> u64 {
        self.cursor.load(Ordering::Relaxed)
    }

    /// When the oldest record that still waits for delivery was read.
    pub fn oldest_undelivered(&self) -> i64 {
        self.oldest_undelivered.load(Ordering::Relaxed)
    }

    /// Log files delivered since the start.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Digests delivered since the start.
    pub fn digests(&self) -> u64 {
        self.digests.load(Ordering::Relaxed)
    }

    /// Failed deliveries since the start.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Changes of trails that apply since the start.
    pub fn settled(&self) -> u64 {
        self.settled.load(Ordering::Relaxed)
    }

    pub(crate) fn moved(&self, cursor: u64, oldest_undelivered: i64, end: u64) {
        self.cursor.store(cursor, Ordering::Relaxed);
        self.oldest_undelivered.store(oldest_undelivered, Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("trailward_journal_lag_records").set(end.saturating_sub(cursor) as f64);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("trailward_oldest_undelivered_timestamp_seconds").set(oldest_undelivered as f64);
    }

    pub(crate) fn change_settled(&self) {
        self.settled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn delivered(&self, at: i64) {
        self.last_delivery.store(at, Ordering::Relaxed);
        self.files.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("trailward_log_files_delivered_total").increment(1);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("trailward_last_delivery_timestamp_seconds").set(at as f64);
    }

    pub(crate) fn digested(&self, at: i64) {
        self.last_digest.store(at, Ordering::Relaxed);
        self.digests.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("trailward_digests_delivered_total").increment(1);
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("trailward_last_digest_timestamp_seconds").set(at as f64);
    }

    pub(crate) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("trailward_delivery_errors_total").increment(1);
    }
}
