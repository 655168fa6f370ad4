//! A message, and how it is kept.

use crate::{Protocol, TopicError, TopicRef};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_store::seal::MasterKey;
use trailward_store::stored::Stored;

/// What kind of message it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageKind {
    /// Something was published.
    Notification,
    /// Asks whether the endpoint wants to be subscribed: it answers with this token.
    SubscriptionConfirmation {
        /// Good for three days.
        token: String,
    },
    /// Says that a subscription ended; the token brings it back.
    UnsubscribeConfirmation {
        /// Good for three days.
        token: String,
    },
}

impl MessageKind {
    /// Its name in envelopes.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation { .. } => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation { .. } => "UnsubscribeConfirmation",
        }
    }
}

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageAttribute {
    /// `String`, `String.Array`, `Number` or `Binary`.
    pub data_type: String,
    /// Binary values in base64.
    pub value: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// A UUID. The same for everybody who gets the message, however often.
    pub id: String,
    /// Where it was published.
    pub topic: TopicRef,
    /// What it is.
    pub kind: MessageKind,
    /// At most 100 characters.
    pub subject: Option<String>,
    /// What is said, to whom nothing else is.
    pub body: String,
    /// What is said over a protocol, where that differs.
    pub bodies: BTreeMap<Protocol, String>,
    /// By name.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl Message {
    /// What is said over `protocol`.
    pub fn body_for(&self, protocol: Protocol) -> &str {
        self.bodies.get(&protocol).unwrap_or(&self.body)
    }
}

/// A message in the catalog, unreadable without the master key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sealed(String);

impl Stored for Sealed {
    const FORMAT: u16 = 1;
}

fn context(id: &str) -> String {
    format!("topic-message/{id}")
}

impl Sealed {
    pub(crate) fn new(master: &MasterKey, message: &Message) -> Result<Self, TopicError> {
        let text = serde_json::to_vec(message).map_err(|_| TopicError::Crypto)?;
        Ok(Self(STANDARD.encode(master.seal(&context(&message.id), &text)?)))
    }

    pub(crate) fn open(&self, master: &MasterKey, id: &str) -> Result<Message, TopicError> {
        let sealed = STANDARD.decode(&self.0).map_err(|_| TopicError::Crypto)?;
        let text = master.open(&context(id), &sealed)?;
        serde_json::from_slice(&text).map_err(|_| TopicError::Crypto)
    }
}

/// A random UUID.
pub(crate) fn uuid() -> Result<String, TopicError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| TopicError::Crypto)?;
    // Version 4, variant 1 (RFC 9562).
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
}
