//! What validation says of an archive, and why.

use serde::{Serialize, Serializer};
use std::fmt;

/// Why an archive, or a part of it, is not proven. The codes are stable: scripts and reports depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A digest lists a log file that is not there.
    LogMissing,
    /// A log file's uncompressed bytes are not those that a digest lists.
    LogAltered,
    /// Bytes follow the gzip member of a log file.
    LogTrailingBytes,
    /// A log file could not be read: denied, not gzip, or larger than any log file can be.
    LogUnreadable,
    /// A log file lies in the archive and no digest names it.
    LogUnlisted,
    /// A digest that its successor names is not there.
    DigestMissing,
    /// A digest's signature is not of these bytes at this place after this predecessor.
    DigestAltered,
    /// A digest could not be read: denied, without a signature, not gzip, or not a digest.
    DigestUnreadable,
    /// A digest lies elsewhere than it says.
    DigestMoved,
    /// No public key with the fingerprint that a digest names is known.
    KeyUnknown,
    /// A digest does not follow the predecessor that it names.
    ChainBroken,
    /// Two digests claim one predecessor or one time.
    ChainForked,
    /// Time that no digest covers, between two digests.
    ChainGap,
    /// The newest digests of the range are not there.
    TailMissing,
    /// The oldest digests of the range are not there.
    HeadMissing,
    /// An expected Region has no digests in the range.
    RegionMissing,
    /// An expected account has nothing in the archive.
    AccountMissing,
    /// There is not one digest in the range.
    NothingFound,
    /// A chain ends or begins inside the range: logging or validation was switched off or on.
    LoggingStopped,
    /// A log file, digest or folder is named for a time that has not come yet.
    FromTheFuture,
    /// Something was seen and not searched, so what lies in it is not judged.
    NotSearched,
}

impl Reason {
    /// Every reason, in the order reports use.
    pub const ALL: [Self; 21] = [
        Self::LogAltered,
        Self::LogTrailingBytes,
        Self::DigestAltered,
        Self::DigestMoved,
        Self::ChainBroken,
        Self::ChainForked,
        Self::LogMissing,
        Self::LogUnreadable,
        Self::LogUnlisted,
        Self::DigestMissing,
        Self::DigestUnreadable,
        Self::KeyUnknown,
        Self::FromTheFuture,
        Self::LoggingStopped,
        Self::ChainGap,
        Self::TailMissing,
        Self::HeadMissing,
        Self::RegionMissing,
        Self::AccountMissing,
        Self::NothingFound,
        Self::NotSearched,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LogMissing => "log-missing",
            Self::LogAltered => "log-altered",
            Self::LogTrailingBytes => "log-trailing-bytes",
            Self::LogUnreadable => "log-unreadable",
            Self::LogUnlisted => "log-unlisted",
            Self::DigestMissing => "digest-missing",
            Self::DigestAltered => "digest-altered",
            Self::DigestUnreadable => "digest-unreadable",
            Self::DigestMoved => "digest-moved",
            Self::KeyUnknown => "key-unknown",
            Self::ChainBroken => "chain-broken",
            Self::ChainForked => "chain-forked",
            Self::ChainGap => "chain-gap",
            Self::TailMissing => "tail-missing",
            Self::HeadMissing => "head-missing",
            Self::RegionMissing => "region-missing",
            Self::AccountMissing => "account-missing",
            Self::NothingFound => "nothing-found",
            Self::LoggingStopped => "logging-stopped",
            Self::FromTheFuture => "from-the-future",
            Self::NotSearched => "not-searched",
        }
    }

    /// The verdict on an archive of which nothing else is known. Only what cannot be so without a change is
    /// *altered*: S2, "never altered without one". The two *unreadable* reasons are *incomplete* here; where the bytes
    /// themselves are wrong the finding says *altered*.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::LogAltered
            | Self::LogTrailingBytes
            | Self::DigestAltered
            | Self::DigestMoved
            | Self::ChainBroken
            | Self::ChainForked => Verdict::Altered,
            Self::LogMissing
            | Self::LogUnreadable
            | Self::LogUnlisted
            | Self::DigestMissing
            | Self::DigestUnreadable
            | Self::KeyUnknown
            | Self::ChainGap
            | Self::TailMissing
            | Self::HeadMissing
            | Self::RegionMissing
            | Self::AccountMissing
            | Self::NothingFound
            | Self::LoggingStopped
            | Self::FromTheFuture
            | Self::NotSearched => Verdict::Incomplete,
        }
    }

    /// One sentence for a reader who meets the code for the first time.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::LogMissing => "A digest lists this log file, but it is not in the archive.",
            Self::LogAltered => "The log file's content is not what was delivered.",
            Self::LogTrailingBytes => "Bytes were added behind the log file's compressed content.",
            Self::LogUnreadable => "The log file could not be read, so its content is not proven.",
            Self::LogUnlisted => {
                "No digest names this log file: it was not delivered under validation, or it was planted."
            }
            Self::DigestMissing => {
                "The next digest names this one as its predecessor, but it is not in the archive."
            }
            Self::DigestAltered => "The digest's signature does not match its content and place.",
            Self::DigestUnreadable => {
                "The digest could not be read or carries no signature, so its hour is not proven."
            }
            Self::DigestMoved => "The digest lies at another place than the one it was signed for.",
            Self::KeyUnknown => {
                "No public key with the digest's fingerprint is known, so its signature cannot be checked."
            }
            Self::ChainBroken => "The digest does not continue the digest that it names as its predecessor.",
            Self::ChainForked => "Two digests claim the same predecessor or the same time.",
            Self::ChainGap => {
                "No digest covers this time: logging or validation was off, or digests were removed."
            }
            Self::TailMissing => "The newest digests are missing: delivery stopped, or they were cut off.",
            Self::HeadMissing => "The oldest digests of the range are missing.",
            Self::RegionMissing => "A Region that should have digests has none in the range.",
            Self::AccountMissing => "An account that should be in the archive is not.",
            Self::NothingFound => "There is no digest in the range, so nothing is proven.",
            Self::LoggingStopped => {
                "A chain of digests ends or begins here: logging or validation was switched off or on."
            }
            Self::FromTheFuture => "It is named for a time that has not come yet.",
            Self::NotSearched => "It was seen and not searched, so what lies in it is not judged.",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// What validation says. The order is that of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All that was asked for is there and unchanged.
    Intact,
    /// Something that should be provable is not: missing, unreadable, uncovered, unlisted.
    Incomplete,
    /// Something was changed.
    Altered,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Intact => "intact",
            Self::Incomplete => "incomplete",
            Self::Altered => "altered",
        })
    }
}
