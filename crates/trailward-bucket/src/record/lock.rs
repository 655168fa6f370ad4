//! Object Lock: what holds a version, and what may be done against it.
//!
//! Source: Amazon S3 User Guide, "Locking objects with Object Lock" and "Object Lock considerations".

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use trailward_model::stamp;

const DAY: i64 = 86_400_000;

/// S3 counts a year as 365 days.
const DAYS_A_YEAR: i64 = 365;

/// How strict a retention is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockMode {
    /// Gives way to callers with `s3:BypassGovernanceRetention` who ask for it.
    Governance,
    /// Gives way to nobody, root included.
    Compliance,
}

impl LockMode {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance].into_iter().find(|mode| mode.as_str() == name)
    }
}

/// Until when a version is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// How strictly.
    pub mode: LockMode,
    /// Milliseconds since 1970; from then on the version is free.
    pub until: i64,
}

impl Retention {
    /// Until a moment, which is kept to the millisecond. `None` for moments after the year 9999, which no policy could
    /// be told of.
    pub fn new(mode: LockMode, until: OffsetDateTime) -> Option<Self> {
        let until = i64::try_from(stamp::in_utc(until)?.unix_timestamp_nanos() / 1_000_000).ok()?;
        Some(Self { mode, until })
    }

    /// The moment it ends.
    pub fn until_time(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.until) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// How long a bucket's new versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetentionPeriod {
    /// 1 to 36,500.
    Days(u32),
    /// 1 to 100, of 365 days each.
    Years(u32),
}

/// The retention that a bucket gives to new versions that bring none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultRetention {
    /// How strictly.
    pub mode: LockMode,
    /// How long.
    pub period: RetentionPeriod,
}

impl DefaultRetention {
    /// The retention of a version that is made at `now`, in milliseconds since 1970.
    fn from(self, now: i64) -> Retention {
        let days = match self.period {
            RetentionPeriod::Days(days) => i64::from(days),
            RetentionPeriod::Years(years) => i64::from(years) * DAYS_A_YEAR,
        };
        Retention { mode: self.mode, until: now.saturating_add(days * DAY) }
    }
}

/// A bucket's Object Lock. Once a bucket has it, it keeps it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketLock {
    /// For versions that bring no retention of their own.
    pub default: Option<DefaultRetention>,
}

/// What holds one version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ObjectLock {
    pub(crate) retention: Option<Retention>,
    /// `None` if there never was a legal hold.
    pub(crate) legal_hold: Option<bool>,
}

/// What a lock says to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing stands against it.
    Free,
    /// Only callers who may bypass governance retention, and say so.
    Bypass,
    /// Nobody.
    Never,
}

impl ObjectLock {
    pub(crate) fn is_empty(&self) -> bool {
        self.retention.is_none() && self.legal_hold.is_none()
    }

    /// The lock of a version made at `now`, with the bucket's default where it brings no retention.
    pub(crate) fn or_default(mut self, bucket: Option<&BucketLock>, now: i64) -> Self {
        let default = bucket.and_then(|lock| lock.default);
        self.retention = self.retention.or_else(|| default.map(|default| default.from(now)));
        self
    }

    fn in_force(&self, now: i64) -> Option<Retention> {
        self.retention.filter(|retention| retention.until > now)
    }

    /// Whether the version may be taken away at `now`, in milliseconds since 1970.
    pub(crate) fn against_erasure(&self, now: i64) -> Verdict {
        if self.legal_hold == Some(true) {
            return Verdict::Never;
        }
        match self.in_force(now).map(|retention| retention.mode) {
            None => Verdict::Free,
            Some(LockMode::Governance) => Verdict::Bypass,
            Some(LockMode::Compliance) => Verdict::Never,
        }
    }

    /// Whether `new` (`None` for none) may take the place of the retention at `now`. Keeping the mode and the date,
    /// or a later one, weakens nothing.
    pub(crate) fn against_retention(&self, new: Option<&Retention>, now: i64) -> Verdict {
        let Some(old) = self.in_force(now) else {
            return Verdict::Free;
        };
        match (old.mode, new) {
            (mode, Some(new)) if new.mode == mode && new.until >= old.until => Verdict::Free,
            (LockMode::Governance, _) => Verdict::Bypass,
            (LockMode::Compliance, _) => Verdict::Never,
        }
    }
}
