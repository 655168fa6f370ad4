//! A bucket's lifecycle, as far as it decides where log files lie and how long.
//!
//! SPEC Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle": since September 2024 objects below 128 KB
//! are not moved unless a rule's filter says otherwise.

use crate::aws::{Account, ReadError, found};
use aws_sdk_s3::types::{ExpirationStatus, TransitionDefaultMinimumObjectSize};

/// What S3 moves at least, bytes.
const SMALLEST: u64 = 131_072;

/// Where objects lie as they grow old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// After how many days into which class, in any order.
    pub transitions: Vec<(u32, String)>,
    /// After how many days they are gone.
    pub expires: Option<u32>,
    /// Objects with fewer bytes are not moved.
    pub smallest: u64,
}

impl Default for Lifecycle {
    /// In STANDARD for good.
    fn default() -> Self {
        Self { transitions: Vec::new(), expires: None, smallest: SMALLEST }
    }
}

/// Days that objects spend in a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The class.
    pub class: String,
    /// The first day.
    pub from: u32,
    /// The day it ends; `None` for never.
    pub until: Option<u32>,
}

impl Lifecycle {
    /// The stages in order. `small`: objects that are not moved.
    pub fn stages(&self, small: bool) -> Vec<Stage> {
        let mut moves: Vec<(u32, &str)> = vec![(0, "STANDARD")];
        if !small {
            moves.extend(self.transitions.iter().map(|(days, class)| (*days, class.as_str())));
        }
        moves.sort_unstable();
        let ends = moves.iter().skip(1).map(|(days, _)| Some(*days)).chain([None]);
        let stages = moves.iter().zip(ends).map(|((from, class), until)| Stage {
            class: (*class).to_owned(),
            from: *from,
            until: match (until, self.expires) {
                (Some(until), Some(expires)) => Some(until.min(expires)),
                (until, expires) => until.or(expires),
            },
        });
        stages.filter(|stage| stage.until.is_none_or(|until| until > stage.from)).collect()
    }

    /// Reads a bucket's rules that reach objects under `prefix`. Rules for other prefixes, tags or sizes from above are
    /// left out.
    pub async fn read(account: &Account, bucket: &str, prefix: &str) -> Result<Self, ReadError> {
        let client = account.s3(&account.config);
        let answer = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
        let none = ["NoSuchLifecycleConfiguration"];
        let Some(answer) = found("s3:GetLifecycleConfiguration", answer, &none)? else {
            return Ok(Self::default());
        };
        let varies = TransitionDefaultMinimumObjectSize::VariesByStorageClass;
        let mut lifecycle = Self::default();
        if answer.transition_default_minimum_object_size == Some(varies) {
            lifecycle.smallest = 0;
        }
        for rule in answer.rules.unwrap_or_default() {
            let filter = rule.filter.as_ref();
            let and = filter.and_then(|filter| filter.and.as_ref());
            let whole =
                and.map_or_else(|| filter.and_then(|f| f.prefix.as_deref()), |and| and.prefix.as_deref());
            let tagged = filter.is_some_and(|filter| filter.tag.is_some())
                || and.is_some_and(|and| and.tags.as_ref().is_some_and(|tags| !tags.is_empty()));
            let below =
                filter.and_then(|f| f.object_size_less_than).or(and.and_then(|a| a.object_size_less_than));
            let reaches = whole.is_none_or(|rule| prefix.starts_with(rule)) && !tagged && below.is_none();
            if rule.status != ExpirationStatus::Enabled || !reaches {
                continue;
            }
            let above = filter
                .and_then(|f| f.object_size_greater_than)
                .or(and.and_then(|a| a.object_size_greater_than));
            if let Some(above) = above {
                lifecycle.smallest = u64::try_from(above).unwrap_or_default();
            }
            let days = |days: Option<i32>| days.and_then(|days| u32::try_from(days).ok());
            for transition in rule.transitions.unwrap_or_default() {
                if let (Some(days), Some(class)) = (days(transition.days), transition.storage_class) {
                    lifecycle.transitions.push((days, class.as_str().to_owned()));
                }
            }
            let expires = rule.expiration.and_then(|expiration| days(expiration.days));
            lifecycle.expires = match (lifecycle.expires, expires) {
                (Some(before), Some(now)) => Some(before.min(now)),
                (before, now) => before.or(now),
            };
        }
        Ok(lifecycle)
    }
}
