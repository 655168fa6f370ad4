//! How often, how large, how long.

use std::time::Duration;

/// The pipeline's knobs.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// A log file is closed this long after its first record was read. CloudTrail's is about five minutes.
    pub delivery_interval: Duration,
    /// A log file is closed when its records reach this many bytes, uncompressed. CloudTrail's is 50 MB.
    pub delivery_max_bytes: usize,
    /// A digest covers this long. CloudTrail's is one hour. Whole seconds, at least one.
    pub digest_interval: Duration,
    /// A signing key signs for this long; then a new one is made and the old one stays listed.
    pub signing_key_lifetime: Duration,
    /// The first wait after a failed delivery; doubles up to `retry_most`.
    pub retry_first: Duration,
    /// The longest wait between two attempts.
    pub retry_most: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            delivery_interval: Duration::from_mins(5),
            delivery_max_bytes: 50_000_000,
            digest_interval: Duration::from_hours(1),
            signing_key_lifetime: Duration::from_hours(30 * 24),
            retry_first: Duration::from_secs(1),
            retry_most: Duration::from_mins(5),
        }
    }
}

impl Timing {
    /// How long to wait after the failure that followed `attempts` earlier ones.
    pub(crate) fn wait_after(&self, attempts: u32) -> Duration {
        self.retry_first.saturating_mul(2_u32.saturating_pow(attempts.min(20))).min(self.retry_most)
    }
}
