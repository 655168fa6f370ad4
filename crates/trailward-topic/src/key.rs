//! Where things are in the catalog.
//!
//! | space | parts | value |
//! |---|---|---|
//! | `topic` | account, Region, name | [`crate::Topic`]; changes with every subscription that comes or goes |
//! | `topic-subscription` | account, Region, name, id | [`crate::Subscription`] |
//! | `topic-subscriber` | owner, Region, topic's account and name, id | nothing: which subscriptions an account has |
//! | `topic-token` | SHA-256 of the token | [`crate::subscriptions::Token`]: of a subscription that waits to be confirmed |
//! | `topic-message` | id | [`crate::message::Sealed`]; there as long as somebody waits for it |
//! | `topic-delivery` | due (seconds), message, subscription | [`crate::outbox::Delivery`] |
//! | `topic-waiting` | message, subscription | nothing: who waits for a message |
//! | `topic-signing-key` | – | [`crate::signing::StoredKey`] |

use crate::{SubscriptionRef, TopicRef};
use trailward_store::StoreError;
use trailward_store::keys::{Key, KeyReader};

const SUBSCRIBER: &str = "topic-subscriber";
const DELIVERY: &str = "topic-delivery";
const SUBSCRIPTION: &str = "topic-subscription";

/// Before an account's topics in a Region.
pub(crate) fn topics(account: &str, region: &str) -> Key {
    Key::new("topic").str(account).str(region)
}

pub(crate) fn topic(at: &TopicRef) -> Key {
    topics(&at.account, &at.region).str(&at.name)
}

/// Before a topic's subscriptions.
pub(crate) fn subscriptions(at: &TopicRef) -> Key {
    Key::new(SUBSCRIPTION).str(&at.account).str(&at.region).str(&at.name)
}

pub(crate) fn subscription(at: &SubscriptionRef) -> Key {
    subscriptions(&at.topic).str(&at.id)
}

/// Before an account's own subscriptions in a Region.
pub(crate) fn subscribers(owner: &str, region: &str) -> Key {
    Key::new(SUBSCRIBER).str(owner).str(region)
}

pub(crate) fn subscriber(owner: &str, at: &SubscriptionRef) -> Key {
    subscribers(owner, &at.topic.region).str(&at.topic.account).str(&at.topic.name).str(&at.id)
}

/// The subscription that a row of [`subscribers`] is about.
pub(crate) fn read_subscriber(bytes: &[u8]) -> Result<SubscriptionRef, StoreError> {
    let mut reader = KeyReader::new(bytes, SUBSCRIBER)?;
    let _owner = reader.str()?;
    let region = reader.str()?;
    let topic = TopicRef { region, account: reader.str()?, name: reader.str()? };
    Ok(SubscriptionRef { topic, id: reader.str()? })
}

/// Before all tokens.
pub(crate) fn tokens() -> Key {
    Key::new("topic-token")
}

pub(crate) fn token(hash: &str) -> Key {
    tokens().str(hash)
}

pub(crate) fn message(id: &str) -> Key {
    Key::new("topic-message").str(id)
}

/// Before everything that is to be delivered, the earliest first.
pub(crate) fn deliveries() -> Key {
    Key::new(DELIVERY)
}

pub(crate) fn delivery(due: i64, message: &str, subscription: &str) -> Key {
    deliveries().u64(u64::try_from(due).unwrap_or_default()).str(message).str(subscription)
}

/// When a delivery is due, of which message, to which subscription.
pub(crate) fn read_delivery(bytes: &[u8]) -> Result<(i64, String, String), StoreError> {
    let mut reader = KeyReader::new(bytes, DELIVERY)?;
    let due = i64::try_from(reader.u64()?).unwrap_or(i64::MAX);
    Ok((due, reader.str()?, reader.str()?))
}

/// Before those who wait for a message.
pub(crate) fn waiting(message: &str) -> Key {
    Key::new("topic-waiting").str(message)
}

pub(crate) fn waits(message: &str, subscription: &str) -> Key {
    waiting(message).str(subscription)
}

pub(crate) fn signing_key() -> Key {
    Key::new("topic-signing-key")
}
