//! A trail, and what it was at each place of the journal.

use crate::selector::Selectors;
use crate::{Arn, RecordView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names a trail: it belongs to an account and has a home Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrailKey {
    /// 12 digits.
    pub account: String,
    /// Where the trail was made; only there can it be changed.
    pub home_region: String,
    /// Unique in its account and Region.
    pub name: String,
}

impl TrailKey {
    /// `arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME`.
    pub fn arn(&self) -> String {
        Arn::new("cloudtrail", &self.home_region, &self.account, format!("trail/{}", self.name)).to_string()
    }
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// 1 to 128 characters.
    pub key: String,
    /// 0 to 256 characters.
    #[serde(default)]
    pub value: String,
}

/// A trail's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Its name.
    pub key: TrailKey,
    /// Where files go.
    pub bucket: String,
    /// Before `AWSLogs/`; `None` or non-empty, no slash at either end.
    pub prefix: Option<String>,
    /// The topic as it was given.
    pub sns_topic: Option<String>,
    /// ARN of the KMS key that files are encrypted under; `None` for the bucket's own default.
    #[serde(default)]
    pub kms_key: Option<String>,
    /// Default true.
    pub include_global_service_events: bool,
    /// Whether it covers all enabled Regions.
    pub is_multi_region: bool,
    /// Whether digests are delivered.
    pub log_file_validation: bool,
    /// Which records it wants.
    pub selectors: Selectors,
    /// Whether `PutEventSelectors` was ever called.
    pub has_custom_selectors: bool,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// Between StartLogging and StopLogging.
    pub is_logging: bool,
    /// Last StartLogging, epoch seconds.
    pub started: Option<i64>,
    /// Last StopLogging, epoch seconds.
    pub stopped: Option<i64>,
    /// The version of the change that last started a digest chain: logging or validation switched on.
    pub chain: u64,
    /// The version of the change that made it what it is.
    pub version: u64,
    /// The organization whose accounts it gathers from, beside its own.
    #[serde(default)]
    pub organization: Option<TrailOrganization>,
}

/// An organization as a trail of it sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailOrganization {
    /// `o-…`: it stands in the key of every delivered object.
    pub id: String,
    /// Its accounts, but for the trail's own.
    pub members: BTreeMap<String, Joining>,
}

/// When a trail began to gather from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// The version of the trail's change by which it did.
    pub chain: u64,
    /// When that was, epoch seconds.
    pub since: i64,
}

impl Trail {
    /// ARN of its topic. A name means one of its own account and home Region.
    pub fn sns_topic_arn(&self) -> Option<String> {
        let topic = self.sns_topic.as_ref()?;
        if topic.starts_with("arn:") {
            return Some(topic.clone());
        }
        Some(Arn::new("sns", &self.key.home_region, &self.key.account, topic.clone()).to_string())
    }

    /// Whether the trail covers Region `region`.
    pub fn covers(&self, region: &str) -> bool {
        self.is_multi_region || self.key.home_region == region
    }

    /// Whether the trail gathers the records of `account`.
    pub fn gathers(&self, account: &str) -> bool {
        self.key.account == account
            || self
                .organization
                .as_ref()
                .is_some_and(|organization| organization.members.contains_key(account))
    }

    /// The accounts the trail gathers from.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        let members = self.organization.iter().flat_map(|organization| organization.members.keys());
        std::iter::once(self.key.account.as_str()).chain(members.map(String::as_str))
    }

    /// The version of the change that last started a digest chain for `account`: logging or validation switched on, or
    /// the account's joining. `None` if the trail does not gather from it.
    pub fn chain_of(&self, account: &str) -> Option<u64> {
        if self.key.account == account {
            return Some(self.chain);
        }
        Some(self.joining(account)?.chain.max(self.chain))
    }

    /// When the trail began to gather from a member account.
    pub fn joining(&self, account: &str) -> Option<Joining> {
        self.organization.as_ref()?.members.get(account).copied()
    }

    /// Whether `record` goes into this trail's files, apart from whether it is logging.
    pub fn wants(&self, record: &RecordView<'_>) -> bool {
        record.recipient_account_id.as_deref().is_some_and(|account| self.gathers(account))
            && self.covers(&record.aws_region)
            && (self.include_global_service_events || !record.is_global_service())
            && self.selectors.matches(record)
    }
}

/// One change of a trail. It applies to the records after the record of the call that made it, so a trail records
/// its own stopping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailEpoch {
    /// Grows by one with every change of the trail, and goes on growing when a deleted trail is made again.
    pub version: u64,
    /// When the change was made, epoch seconds.
    pub at: i64,
    /// The request id of the call that made the change.
    pub cause: String,
    /// The first journal position it applies to; `None` until the record of its cause has been seen.
    pub effective: Option<u64>,
    /// The configuration; `None` once the trail was deleted.
    pub trail: Option<Trail>,
}
