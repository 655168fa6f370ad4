//! A topic, and what names it.

use crate::TopicError;
use crate::retry::TopicDeliveryPolicy;
use serde::{Deserialize, Serialize};
use trailward_model::{Arn, Tag};
use trailward_policy::{Context, Policy, PolicyKind};
use trailward_store::stored::Stored;

/// Names a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicRef {
    /// 12 digits.
    pub account: String,
    /// Where it is.
    pub region: String,
    /// Unique in its account and Region.
    pub name: String,
}

impl TopicRef {
    /// `arn:aws:sns:REGION:ACCOUNT:NAME`.
    pub fn arn(&self) -> String {
        Arn::new("sns", &self.region, &self.account, self.name.clone()).to_string()
    }

    /// Reads a topic's ARN. `None` if it is not one.
    pub fn parse(arn: &str) -> Option<Self> {
        let arn: Arn = arn.parse().ok()?;
        let valid = arn.partition == "aws"
            && arn.service == "sns"
            && is_account(&arn.account)
            && !arn.region.is_empty()
            && check_name(&arn.resource).is_ok();
        valid.then_some(Self { account: arn.account, region: arn.region, name: arn.resource })
    }
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// 1 to 256 letters, digits, hyphens and underscores. `Unsupported` for the name of a FIFO topic.
pub fn check_name(name: &str) -> Result<(), TopicError> {
    let plain = name.strip_suffix(".fifo").unwrap_or(name);
    let valid = (1..=256).contains(&name.len())
        && !plain.is_empty()
        && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !valid {
        return Err(TopicError::Invalid("Topic Name".into()));
    }
    if plain.len() != name.len() {
        return Err(TopicError::Unsupported("FIFO topics are not implemented here.".into()));
    }
    Ok(())
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its name.
    pub at: TopicRef,
    /// Epoch seconds.
    pub created: i64,
    /// At most 100 characters.
    pub display_name: String,
    /// Its policy, as it was given.
    pub policy: String,
    /// How often its HTTP subscriptions are tried, if it says so.
    pub delivery_policy: Option<TopicDeliveryPolicy>,
    /// At most 50.
    pub tags: Vec<Tag>,
    /// Subscriptions that wait to be confirmed.
    pub pending: u32,
    /// Subscriptions that get messages.
    pub confirmed: u32,
    /// Subscriptions that ended.
    pub ended: u32,
}

impl Stored for Topic {
    const FORMAT: u16 = 1;
}

impl Topic {
    /// Its policy, compiled. One that cannot be read any more allows nothing.
    pub fn compiled_policy(&self) -> Option<Policy> {
        Policy::parse_within(&self.policy, PolicyKind::Resource, crate::policy::MOST_POLICY).ok()
    }

    /// The condition keys that come with it.
    pub fn condition_keys(&self) -> Context {
        let mut keys = Context::new();
        for tag in &self.tags {
            keys.set(&format!("aws:ResourceTag/{}", tag.key), tag.value.clone());
        }
        keys
    }

    /// All of its subscriptions.
    pub fn subscriptions(&self) -> usize {
        usize::try_from(self.pending.saturating_add(self.confirmed)).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_arns_of_topics_only() {
        let arn = "arn:aws:sns:eu-west-1:111122223333:audit";
        assert_eq!(TopicRef::parse(arn).unwrap().arn(), arn);
        for bad in [
            "",
            "audit",
            "arn:aws:sqs:eu-west-1:111122223333:audit",
            "arn:aws:sns::111122223333:audit",
            "arn:aws:sns:eu-west-1:1:audit",
            "arn:aws:sns:eu-west-1:111122223333:a.b",
            "arn:aws:sns:eu-west-1:111122223333:audit:5be8f5b7-6a48-41d7-b3cb-4b2b8e1b9a39",
        ] {
            assert_eq!(TopicRef::parse(bad), None, "{bad}");
        }
        assert!(matches!(check_name("a.fifo"), Err(TopicError::Unsupported(_))));
        assert!(check_name(&"a".repeat(256)).is_ok());
        for bad in ["", ".fifo", "a b", &"a".repeat(257)] {
            assert!(matches!(check_name(bad), Err(TopicError::Invalid(_))), "{bad}");
        }
    }
}
