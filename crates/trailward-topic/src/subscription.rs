//! A subscription, and what names it.

use crate::retry::{self, RequestPolicy, RetryPolicy};
use crate::{Topic, TopicError, TopicRef};
use serde::{Deserialize, Serialize};
use trailward_store::stored::Stored;

/// The most bytes of an endpoint.
const MOST_ENDPOINT: usize = 2048;

/// Names a subscription.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubscriptionRef {
    /// Its topic.
    pub topic: TopicRef,
    /// A UUID.
    pub id: String,
}

impl SubscriptionRef {
    /// `arn:aws:sns:REGION:ACCOUNT:NAME:ID`.
    pub fn arn(&self) -> String {
        format!("{}:{}", self.topic.arn(), self.id)
    }

    /// Reads a subscription's ARN. `None` if it is not one.
    pub fn parse(arn: &str) -> Option<Self> {
        let (topic, id) = arn.rsplit_once(':')?;
        let valid = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        let topic = TopicRef::parse(topic).filter(|_| valid)?;
        Some(Self { topic, id: id.to_owned() })
    }
}

/// How messages get to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// POST in the clear.
    Http,
    /// POST over TLS.
    Https,
}

impl Protocol {
    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// How.
    pub protocol: Protocol,
    /// The URL.
    pub url: String,
}

impl Endpoint {
    /// Checks a protocol and an endpoint of a request. `Unsupported` for protocols that AWS has and nobody here can
    /// deliver over.
    pub fn new(protocol: &str, url: &str) -> Result<Self, TopicError> {
        const ELSEWHERE: [&str; 7] =
            ["email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];
        let protocol = match protocol {
            "http" => Protocol::Http,
            "https" => Protocol::Https,
            other if ELSEWHERE.contains(&other) => {
                return Err(TopicError::Unsupported(format!(
                    "Subscriptions over {other} are not implemented here: subscribe an http or https endpoint."
                )));
            }
            other => {
                let shown: String = other.chars().take(100).collect();
                return Err(TopicError::Invalid(format!(
                    "Amazon SNS does not support this protocol string: {shown}"
                )));
            }
        };
        let scheme = format!("{}://", protocol.name());
        let Some(rest) = url.strip_prefix(&scheme) else {
            return Err(TopicError::Invalid("Endpoint must match the specified protocol".into()));
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A name and password in the URL would be shown to whoever lists subscriptions.
        let plain = url.len() <= MOST_ENDPOINT
            && url.bytes().all(|b| b.is_ascii_graphic())
            && !host.is_empty()
            && !host.contains('@')
            && !url.contains('#');
        if !plain {
            return Err(TopicError::Invalid("HTTP(S) Endpoint".into()));
        }
        Ok(Self { protocol, url: url.to_owned() })
    }
}

/// How far a subscription is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The endpoint has not said yes.
    Pending {
        /// SHA-256 of the token it was last asked with.
        token: String,
    },
    /// It gets messages.
    Confirmed {
        /// Whether its owner or the topic's must sign to end it: the URL in each message does not do.
        authenticate_on_unsubscribe: bool,
        /// Whether a signed call confirmed it.
        authenticated: bool,
    },
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its name.
    pub at: SubscriptionRef,
    /// The account that subscribed.
    pub owner: String,
    /// ARN of who subscribed.
    pub principal: String,
    /// Where messages go.
    pub endpoint: Endpoint,
    /// How far it is.
    pub state: State,
    /// Whether messages go without an envelope.
    pub raw: bool,
    /// How often it is tried, if it says so.
    pub retry: Option<RetryPolicy>,
    /// What the requests to it look like, if it says so.
    pub request: Option<RequestPolicy>,
}

impl Stored for Subscription {
    const FORMAT: u16 = 1;
}

impl Subscription {
    /// Its own delivery policy as the API shows it, if it has one.
    pub fn delivery_policy(&self) -> Option<String> {
        retry::shown(self.retry, self.request.as_ref())
    }

    /// The delivery policy that counts for it, as the API shows it.
    pub fn effective_delivery_policy(&self, topic: &Topic) -> String {
        let own = (self.retry, self.request.as_ref());
        let (retry, header_content_type) = retry::effective(topic.delivery_policy.as_ref(), own);
        let request = header_content_type.map(|header_content_type| RequestPolicy { header_content_type });
        retry::shown(Some(retry), request.as_ref()).unwrap_or_default()
    }

    /// Whether it gets messages.
    pub fn is_confirmed(&self) -> bool {
        matches!(self.state, State::Confirmed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_urls_of_their_protocol() {
        for good in [("http", "http://a.example/x?y=1"), ("https", "https://10.0.0.1:8443")] {
            assert!(Endpoint::new(good.0, good.1).is_ok(), "{good:?}");
        }
        for bad in [
            ("http", "https://a.example"),
            ("https", "http://a.example"),
            ("http", "http://"),
            ("http", "http:///x"),
            ("http", "http://name:password@a.example"),
            ("http", "http://a.example/ x"),
            ("http", "http://a.example/\n"),
            ("http", "http://a.example/#x"),
            ("gopher", "gopher://a.example"),
            ("", ""),
        ] {
            assert!(matches!(Endpoint::new(bad.0, bad.1), Err(TopicError::Invalid(_))), "{bad:?}");
        }
        assert!(matches!(Endpoint::new("sqs", "arn:aws:sqs:x"), Err(TopicError::Unsupported(_))));
    }
}
