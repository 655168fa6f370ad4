//! SNS topics as one engine with no wire format, for every way in: the SNS API, S3's event notifications, CloudTrail's
//! notices of log files.
//!
//! A message is published by a commit: the message, and a row for each subscription that is to get it. A worker
//! ([`Topics::deliver`]) hands each to a [`Courier`], again and again as the subscription's retry policy says; a row goes
//! only when the endpoint has taken the message, or the policy gives it up. So a message that was accepted arrives at
//! least once, whatever dies in between, and an endpoint that is asked twice can tell by the message's id.
//!
//! Not here: requests, answers, records, sockets.
//!
//! Source: Amazon SNS Developer Guide and API Reference.

mod attributes;
mod envelope;
mod error;
mod key;
mod message;
mod outbox;
mod policy;
mod publish;
mod retry;
mod signing;
mod subscription;
mod subscriptions;
mod topic;
mod topics;
mod turns;

pub use error::TopicError;
pub use message::{Message, MessageAttribute, MessageKind};
pub use outbox::{Courier, DeliveryRun, Parcel, Undelivered};
pub use policy::{ACTIONS, default_policy};
pub use publish::{Published, ServicePublication};
pub use retry::{RequestPolicy, RetryPolicy, TopicDeliveryPolicy};
pub use signing::CERTIFICATE_PATH;
pub use subscription::{Endpoint, Protocol, State, Subscription, SubscriptionRef};
pub use subscriptions::Subscribing;
pub use topic::{Topic, TopicRef, check_name};
pub use topics::{MAX_SUBSCRIPTIONS, MAX_TOPICS, Topics, Versioned};
