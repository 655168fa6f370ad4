use serde::{Deserialize, Serialize};
use trailward_store::stored::Stored;

/// Where a bucket's access log goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Logging {
    /// A bucket of the same account and Region.
    pub target: String,
    /// Before the names of log files; may be empty.
    pub prefix: String,
    /// How they are named.
    pub naming: LogNaming,
}

/// `TargetObjectKeyFormat`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogNaming {
    /// `PREFIX` and the time of delivery.
    #[default]
    Simple,
    /// Folders for account, Region, bucket and the day of the requests.
    PartitionedByEventTime,
    /// Folders for account, Region, bucket and the day of delivery.
    PartitionedByDeliveryTime,
}

/// A line of an access log that waits for its file, with where it goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogLine {
    pub(crate) logging: Logging,
    /// When the request was, in seconds since 1970.
    pub(crate) at: i64,
    pub(crate) text: String,
}

impl Stored for LogLine {
    const FORMAT: u16 = 1;
}

/// A file of access log lines that will be put: written before it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogPlan {
    pub(crate) target: String,
    pub(crate) key: String,
    /// The catalog keys of its lines, in order.
    pub(crate) lines: Vec<Vec<u8>>,
    /// When the first line was written, in seconds since 1970.
    pub(crate) oldest: i64,
}

impl Stored for LogPlan {
    const FORMAT: u16 = 1;
}
