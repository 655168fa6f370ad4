//! A bucket's lifecycle, as far as it decides where log files lie and how long.
//!
//! SPEC Amazon S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle": since September 2024 objects below 128 KB
//! are not moved unless a rule's filter says otherwise.

use crate::account::Lifecycle as Configuration;
use crate::aws::{Account, ReadError, found};

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

    /// Reads a bucket's rules, as far as they reach objects under `prefix`.
    pub async fn read(account: &Account, bucket: &str, prefix: &str) -> Result<Self, ReadError> {
        let client = account.s3(&account.config);
        let answer = client.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
        let none = ["NoSuchLifecycleConfiguration"];
        let answer = found("s3:GetLifecycleConfiguration", answer, &none)?;
        Ok(answer
            .and_then(crate::account::lifecycle)
            .map_or_else(Self::default, |there| Self::of(&there, prefix)))
    }

    /// What rules mean for objects under `prefix`. Rules for other prefixes, tags or sizes from above are left out.
    pub fn of(configuration: &Configuration, prefix: &str) -> Self {
        let mut lifecycle = Self::default();
        let least = configuration.transition_default_minimum_object_size.as_deref();
        if least == Some("varies_by_storage_class") {
            lifecycle.smallest = 0;
        }
        let days = |days: Option<i32>| days.and_then(|days| u32::try_from(days).ok());
        for rule in configuration.rules.iter().filter(|rule| rule.status == "Enabled") {
            let filter = rule.filter.as_ref();
            let and = filter.and_then(|filter| filter.and.as_ref());
            let whole = match (filter, and) {
                (_, Some(and)) => and.prefix.as_deref(),
                (Some(filter), None) => filter.prefix.as_deref(),
                (None, None) => rule.prefix.as_deref(),
            };
            let tagged = filter.is_some_and(|filter| filter.tag.is_some())
                || and.is_some_and(|and| !and.tags.is_empty());
            let below =
                filter.and_then(|f| f.object_size_less_than).or(and.and_then(|a| a.object_size_less_than));
            if tagged || below.is_some() || whole.is_some_and(|whole| !prefix.starts_with(whole)) {
                continue;
            }
            let above = filter
                .and_then(|f| f.object_size_greater_than)
                .or(and.and_then(|a| a.object_size_greater_than));
            if let Some(above) = above {
                lifecycle.smallest = u64::try_from(above).unwrap_or_default();
            }
            let moves = rule.transitions.iter();
            lifecycle
                .transitions
                .extend(moves.filter_map(|to| Some((days(to.days)?, to.storage_class.clone()))));
            let expires = rule.expiration.as_ref().and_then(|expiration| days(expiration.days));
            lifecycle.expires = match (lifecycle.expires, expires) {
                (Some(before), Some(now)) => Some(before.min(now)),
                (before, now) => before.or(now),
            };
        }
        lifecycle
    }
}
