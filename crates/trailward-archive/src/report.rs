//! What a validation found: the verdict, the findings, and which hours are proven.

use serde::Serialize;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use trailward_digest::{Reason, Verdict};

/// The most findings that are kept one by one; of the rest only the number is. Bounds the memory that a hostile archive
/// can take.
pub const MOST_FINDINGS: usize = 100_000;

/// The result of one validation.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The worst of all findings.
    pub verdict: Verdict,
    /// When the validation began.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What was validated.
    pub sources: Vec<SourceReport>,
    /// The range asked for.
    pub requested: Span,
    /// From the oldest to the newest valid digest's window; `None` when there is none.
    pub found: Option<Span>,
    /// Where the public keys came from, in words, and how many there are.
    pub keys: KeysReport,
    /// Totals.
    pub counts: Counts,
    /// Every chain, ordered by account, Region, trail.
    pub chains: Vec<ChainReport>,
    /// What is proven of each day, ordered by account, Region.
    pub coverage: Vec<Coverage>,
    /// What is wrong, ordered as [`Reason::ALL`], then by account, Region, time. At most [`MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// Findings for each reason, also those beyond [`MOST_FINDINGS`].
    pub totals: BTreeMap<&'static str, u64>,
    /// What the reader must know beside the findings: a state file that was ignored, objects that were skipped.
    pub warnings: Vec<String>,
}

/// One source.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceReport {
    /// As the user named it: `s3://bucket/prefix` or a path.
    pub name: String,
    /// The bucket that the digests name, when that is not where they lie now: this is a copy.
    pub copy_of: Option<String>,
}

/// Where the public keys came from.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeysReport {
    /// `"CloudTrail API"`, or the file's path; empty when no key was needed.
    pub origin: String,
    /// Keys known.
    pub count: usize,
}

/// A closed span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Its start; `None` for the archive's beginning.
    #[serde(with = "time::serde::rfc3339::option")]
    pub start: Option<OffsetDateTime>,
    /// Its end.
    #[serde(with = "time::serde::rfc3339::option")]
    pub end: Option<OffsetDateTime>,
}

/// Totals over the whole archive.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Accounts with at least one object in the range.
    pub accounts: u64,
    /// Account and Region pairs.
    pub regions: u64,
    /// Digests looked at, backfill digests included.
    pub digests: u64,
    /// Of them valid.
    pub digests_valid: u64,
    /// Log files that digests list.
    pub logs: u64,
    /// Of them valid.
    pub logs_valid: u64,
    /// Log files that no digest names.
    pub logs_unlisted: u64,
    /// Log files that the next digest will name: it is not due yet. Nothing is proven of them, and nothing is missing.
    pub logs_pending: u64,
    /// Objects that an earlier run had verified and that have not changed since.
    pub remembered: u64,
    /// Compressed bytes read.
    pub bytes: u64,
    /// Uncompressed bytes hashed.
    pub unpacked: u64,
}

/// One chain: the digests of one trail, account and Region.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainReport {
    /// The part of the keys before `AWSLogs/`, without its last slash; empty for none.
    pub prefix: String,
    /// `o-…` in an organization's layout.
    pub organization: Option<String>,
    /// The account.
    pub account: String,
    /// The Region of the records.
    pub region: String,
    /// The trail's name.
    pub trail: String,
    /// The trail's home Region.
    pub home_region: String,
    /// Whether these are backfill digests, which form a chain of their own.
    pub backfill: bool,
    /// Digests in the range.
    pub digests: u64,
    /// Log files that they list.
    pub logs: u64,
    /// From the first valid window's start to the last one's end.
    pub found: Option<Span>,
    /// The worst of its findings.
    pub verdict: Verdict,
}

/// What is proven of one account and Region, day by day.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Days in order; days outside the range are not there.
    pub days: Vec<Day>,
}

/// One UTC day.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// What is proven of it.
    pub state: DayState,
    /// Seconds of the day, as far as it lies in the range, that valid digests cover.
    pub proven_seconds: u32,
    /// Seconds of the day that lie in the range.
    pub asked_seconds: u32,
}

/// What is proven of a day. The order is that of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DayState {
    /// Every second in the range is covered, and nothing is wrong.
    Ok,
    /// No digest covers any of it.
    None,
    /// A part is not covered, or something is missing.
    Incomplete,
    /// Something was changed.
    Altered,
}

/// One thing that is wrong.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The stable code.
    pub reason: Reason,
    /// *Incomplete* or *altered*.
    pub verdict: Verdict,
    /// The account, where known.
    pub account: Option<String>,
    /// The Region, where known.
    pub region: Option<String>,
    /// The trail's name, where known.
    pub trail: Option<String>,
    /// The object, as `s3://bucket/key` or the path in a directory; `None` when the finding is about time.
    pub object: Option<String>,
    /// The time that is not proven because of it.
    pub span: Span,
    /// Records in the object, where it could be counted.
    pub records: Option<u64>,
    /// What exactly was seen, with the values that differ.
    pub detail: String,
    /// What to do next.
    pub remedy: String,
    /// The permission that would be needed to say more, as `ACTION on RESOURCE`.
    pub needs: Option<String>,
}

/// What kind of object was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A digest.
    Digest,
    /// A digest that lists late log files.
    Backfill,
    /// A log file.
    Log,
}

/// One object that was checked.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// What it is.
    pub kind: Kind,
    /// Its bucket; empty when the digests' bucket is not known.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// What is wrong with it; `None` when it is valid.
    pub reason: Option<Reason>,
    /// Whether an earlier run had verified it and it was not read again.
    pub remembered: bool,
    /// Compressed bytes read.
    pub bytes: u64,
    /// Uncompressed bytes hashed.
    pub unpacked: u64,
}

/// Watches a validation as it runs. Called from several threads.
pub trait Observer: Send + Sync {
    /// `objects` more are known that will be checked.
    fn found(&self, objects: u64);
    /// One object was checked.
    fn checked(&self, object: &Checked);
    /// Something is wrong.
    fn finding(&self, finding: &Finding);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn found(&self, _objects: u64) {}
    fn checked(&self, _object: &Checked) {}
    fn finding(&self, _finding: &Finding) {}
}
