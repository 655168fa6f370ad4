//! Invitations.

use crate::error::Refusal;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_store::stored::Stored;

/// How long an invitation is open: 15 days.
pub const INVITATION_SECONDS: i64 = 15 * 86_400;

/// How an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandshakeState {
    /// `OPEN`.
    Open,
    /// `CANCELED` by the organization.
    Canceled,
    /// `ACCEPTED` by the account.
    Accepted,
    /// `DECLINED` by the account.
    Declined,
    /// `EXPIRED`: nobody answered in time. Never stored; it follows from the time.
    Expired,
}

impl HandshakeState {
    /// As the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Canceled => "CANCELED",
            Self::Accepted => "ACCEPTED",
            Self::Declined => "DECLINED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// An answer to an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// By the account that was invited.
    Accept,
    /// By the account that was invited.
    Decline,
    /// By the organization.
    Cancel,
}

/// An invitation of an account into an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// `h-…`.
    pub id: String,
    /// `o-…`.
    pub organization: String,
    /// The management account when the invitation was made, with its name and address.
    pub management: (String, String, String),
    /// `ALL` or `CONSOLIDATED_BILLING`, when the invitation was made.
    pub features: String,
    /// The invited account.
    pub account: String,
    /// The address that named the account, if it was named so.
    pub email: Option<String>,
    /// At most 1,024 characters.
    pub notes: Option<String>,
    /// What the account will be tagged with.
    pub tags: Vec<Tag>,
    /// How it stands, its age aside.
    pub state: HandshakeState,
    /// Epoch seconds.
    pub requested: i64,
    /// Epoch seconds.
    pub expires: i64,
}

impl Stored for Handshake {
    const FORMAT: u16 = 1;
}

impl Handshake {
    /// How it stands at `now`.
    pub fn state_at(&self, now: i64) -> HandshakeState {
        if self.state == HandshakeState::Open && now >= self.expires {
            HandshakeState::Expired
        } else {
            self.state
        }
    }

    /// The invitation after an answer at `now`. Only an open one can be answered.
    pub fn answered(mut self, answer: Answer, now: i64) -> Result<Self, Refusal> {
        let to = match answer {
            Answer::Accept => HandshakeState::Accepted,
            Answer::Decline => HandshakeState::Declined,
            Answer::Cancel => HandshakeState::Canceled,
        };
        match self.state_at(now) {
            HandshakeState::Open => {
                self.state = to;
                Ok(self)
            }
            already if already == to => Err(Refusal::new(
                "HandshakeAlreadyInStateException",
                format!("The specified handshake is already in the requested state: {}.", to.name()),
            )),
            other => Err(Refusal::new(
                "InvalidHandshakeTransitionException",
                format!(
                    "You can't perform the operation on the handshake in its current state: {}.",
                    other.name()
                ),
            )),
        }
    }
}
