//! What an operation needs, and what it touches.

use trailward_model::{RecordResource, Tag};
use trailward_policy::{Context, Policy};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Whoever the policies allow.
    Policy,
    /// Every authenticated caller; an explicit deny is not consulted either, as AWS documents for this call.
    Authenticated,
    /// Whoever the policies allow, and whoever does not sign: the operation itself asks for a secret of theirs.
    Link,
}

/// An operation's permission and what its record says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    /// `cloudtrail:StopLogging`.
    pub action: &'static str,
    /// `readOnly` of the record.
    pub reads: bool,
    /// Whether the record carries the answer; by default those of calls that change something do.
    pub answers_recorded: bool,
    /// Who may call.
    pub door: Door,
    /// Whether the owner of what was asked for is not told of refusals, as AWS does it for this call.
    pub denials_private: bool,
}

impl Access {
    /// A call that changes nothing.
    pub(crate) const fn read(action: &'static str) -> Self {
        Self { action, reads: true, answers_recorded: false, door: Door::Policy, denials_private: false }
    }

    /// A call that changes something.
    pub(crate) const fn write(action: &'static str) -> Self {
        Self { action, reads: false, answers_recorded: true, door: Door::Policy, denials_private: false }
    }

    /// The same for every authenticated caller.
    pub(crate) const fn for_everyone(mut self) -> Self {
        self.door = Door::Authenticated;
        self
    }

    /// The same, also for callers who follow a link and do not sign.
    pub(crate) const fn for_links(mut self) -> Self {
        self.door = Door::Link;
        self
    }

    /// The same, with refusals that only the caller's account is told of.
    pub(crate) const fn with_private_denials(mut self) -> Self {
        self.denials_private = true;
        self
    }

    /// The same, with the answer in the record.
    pub(crate) const fn with_answer(mut self) -> Self {
        self.answers_recorded = true;
        self
    }
}

/// What one call touches: the resource its permission is checked on.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The ARN that policies see; `*` for calls without a resource.
    pub arn: String,
    /// How a refusal names it, where AWS does not name it by its ARN (`user bob`).
    pub shown: Option<String>,
    /// The account that owns it.
    pub account: Option<String>,
    /// Its own policy, if it has one (a role's trust policy). Only what exists has one.
    pub policy: Option<Policy>,
    /// Whether that policy must allow (role trust).
    pub policy_required: bool,
    /// Further actions that the call needs on the same resource.
    pub also: Vec<&'static str>,
    /// Condition keys of this call.
    pub context: Context,
    /// `resources` of the record; most control-plane calls have none.
    pub recorded: Vec<RecordResource>,
}

impl Target {
    /// A resource of `account`.
    pub(crate) fn new(arn: impl Into<String>, account: &str) -> Self {
        Self {
            arn: arn.into(),
            shown: None,
            account: Some(account.to_owned()),
            policy: None,
            policy_required: false,
            also: Vec::new(),
            context: Context::new(),
            recorded: Vec::new(),
        }
    }

    /// A call without a resource.
    pub(crate) fn any() -> Self {
        Self {
            arn: "*".into(),
            shown: None,
            account: None,
            policy: None,
            policy_required: false,
            also: Vec::new(),
            context: Context::new(),
            recorded: Vec::new(),
        }
    }

    /// Adds a condition key.
    #[must_use]
    pub(crate) fn with_key(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.set(key, value);
        self
    }

    /// Gives what is made these tags: policies see them, and `action` is needed as well, as AWS documents for every
    /// operation that tags what it makes (Service Authorization Reference, "Dependent actions").
    #[must_use]
    pub(crate) fn tagged_by(mut self, action: &'static str, tags: &[Tag]) -> Self {
        if tags.is_empty() {
            return self;
        }
        for tag in tags {
            self.context.set(&format!("aws:RequestTag/{}", tag.key), tag.value.clone());
        }
        self.context.set_multi("aws:TagKeys", tags.iter().map(|tag| tag.key.clone()));
        self.also.push(action);
        self
    }

    /// Names it differently in a refusal.
    #[must_use]
    pub(crate) fn shown_as(mut self, text: impl Into<String>) -> Self {
        self.shown = Some(text.into());
        self
    }
}
