//! Shapes of SNS's inputs and answers.

use super::subject::invalid;
use crate::shape::recorded;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trailward_topic::{State, Subscription};
use trailward_wire::ApiError;

/// What a page holds.
pub(super) const PAGE: usize = 100;

/// A map of texts as the Query protocol has it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Entries {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

impl Entries {
    pub(super) fn new(pairs: Vec<(&str, String)>) -> Self {
        let entry = |(key, value): (&str, String)| Entry { key: key.to_owned(), value };
        Self { entry: pairs.into_iter().map(entry).collect() }
    }

    /// The pairs; a name that comes twice is refused.
    pub(super) fn pairs(self) -> Result<Vec<(String, String)>, ApiError> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for Entry { key, value } in self.entry {
            if pairs.iter().any(|(other, _)| *other == key) {
                return Err(invalid("Attributes Reason: a name comes twice"));
            }
            pairs.push((key, value));
        }
        Ok(pairs)
    }

    /// As records have it: an object.
    pub(super) fn recorded(&self) -> Value {
        self.entry.iter().map(|entry| (entry.key.clone(), Value::from(entry.value.as_str()))).collect()
    }
}

/// What a record says of `input`, but `value` of its member `name`.
pub(super) fn recorded_with<T: Serialize>(input: &T, name: &str, value: Value) -> Value {
    let mut recorded = recorded(input);
    if let Some(member) = recorded.get_mut(name) {
        *member = value;
    }
    recorded
}

/// A subscription in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedSubscription {
    subscription_arn: String,
    owner: String,
    protocol: &'static str,
    endpoint: String,
    topic_arn: String,
}

impl From<Subscription> for ListedSubscription {
    fn from(subscription: Subscription) -> Self {
        Self {
            subscription_arn: match subscription.state {
                State::Pending { .. } => "PendingConfirmation".to_owned(),
                State::Confirmed { .. } => subscription.at.arn(),
            },
            owner: subscription.owner,
            protocol: subscription.endpoint.protocol.name(),
            endpoint: subscription.endpoint.url,
            topic_arn: subscription.at.topic.arn(),
        }
    }
}

/// What a token of an earlier page says: the name of its last item.
pub(super) fn after(token: Option<&str>) -> Result<Option<String>, ApiError> {
    let read = |token: &str| URL_SAFE_NO_PAD.decode(token).ok().and_then(|text| String::from_utf8(text).ok());
    match token.filter(|token| !token.is_empty()) {
        None => Ok(None),
        Some(token) => read(token).map(Some).ok_or_else(|| invalid("NextToken")),
    }
}

/// One page of `items`, of which there is one more if there is a next page, and that page's token.
pub(super) fn page<T>(mut items: Vec<T>, name: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let more = items.len() > PAGE;
    items.truncate(PAGE);
    let token = items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(name(last)));
    (items, token)
}
