//! What is known of one thing.

use crate::aws::ReadError;
use serde::{Deserialize, Serialize};

/// Something that was asked of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "value", rename_all = "kebab-case")]
pub enum Fact<T> {
    /// It is there.
    Present(T),
    /// The service says that there is none.
    Absent,
    /// It could not be read, so that nothing is known.
    Unreadable(Unreadable),
    /// The control has no use for it.
    #[default]
    NotAsked,
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unreadable {
    /// The permission it takes.
    pub action: String,
    /// Whether that permission is missing.
    pub denied: bool,
    /// Whether the service has no such operation at all.
    pub unsupported: bool,
    /// What the service said.
    pub problem: String,
}

impl<T> Fact<T> {
    /// What is there.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            _ => None,
        }
    }

    /// Why it is not known.
    pub fn unreadable(&self) -> Option<&Unreadable> {
        match self {
            Self::Unreadable(why) => Some(why),
            _ => None,
        }
    }

    /// The same of what is in it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Present(value) => Fact::Present(change(value)),
            Self::Absent => Fact::Absent,
            Self::Unreadable(why) => Fact::Unreadable(why),
            Self::NotAsked => Fact::NotAsked,
        }
    }

    /// The same, where what is there may turn out to be nothing.
    pub fn and<U>(self, change: impl FnOnce(T) -> Option<U>) -> Fact<U> {
        match self.map(change) {
            Fact::Present(Some(value)) => Fact::Present(value),
            Fact::Present(None) | Fact::Absent => Fact::Absent,
            Fact::Unreadable(why) => Fact::Unreadable(why),
            Fact::NotAsked => Fact::NotAsked,
        }
    }
}

impl<T> From<Result<Option<T>, ReadError>> for Fact<T> {
    fn from(answer: Result<Option<T>, ReadError>) -> Self {
        match answer {
            Ok(Some(value)) => Self::Present(value),
            Ok(None) => Self::Absent,
            Err(error) => Self::Unreadable(Unreadable {
                action: error.action.to_owned(),
                denied: error.is_denied(),
                unsupported: error.code.as_deref() == Some("NotImplemented"),
                problem: error.problem,
            }),
        }
    }
}
