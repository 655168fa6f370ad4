use std::borrow::Cow;

use crate::context::Context;

/// Context key under which a caller's account carries its canonical user id, so that a `CanonicalUser` principal
/// can be compared. It is this crate's own: AWS turns canonical ids into account ARNs when a policy is stored.
pub const CANONICAL_USER_KEY: &str = "trailward:canonicaluser";

/// Context key that names the identity provider of an `AssumeRoleWithSAML` or `AssumeRoleWithWebIdentity` caller.
pub const FEDERATED_PROVIDER_KEY: &str = "aws:federatedprovider";

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody signed.
    Anonymous,
    /// A service on its own behalf, such as `cloudtrail.amazonaws.com`.
    Service(String),
    /// An account's root user.
    Root {
        /// Twelve digits.
        account: String,
    },
    /// An IAM user.
    User {
        /// Twelve digits.
        account: String,
        /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
        arn: String,
        /// `AIDA…`.
        user_id: String,
    },
    /// A session of a role.
    RoleSession {
        /// Twelve digits.
        account: String,
        /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
        role_arn: String,
        /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
        session_arn: String,
        /// `AROA…`.
        role_id: String,
        /// The session's name.
        session_name: String,
    },
    /// A session made by `GetFederationToken`.
    FederatedUser {
        /// Twelve digits.
        account: String,
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: String,
        /// The session's name.
        name: String,
    },
}

impl Principal {
    /// The account the caller belongs to; services and anonymous callers have none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Anonymous | Self::Service(_) => None,
            Self::Root { account }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
        }
    }

    /// The condition keys that follow from who the caller is, for a key that is lower-cased already. What the
    /// request or the caller's context sets goes before.
    ///
    /// `aws:PrincipalArn` is the role's ARN for a session, and absent for services and anonymous callers
    /// (IAM User Guide, AWS global condition context keys).
    pub(crate) fn derived(&self, key: &str) -> Option<Cow<'_, str>> {
        match key {
            "aws:principalarn" => match self {
                Self::Anonymous | Self::Service(_) => None,
                Self::Root { account } => Some(format!("arn:aws:iam::{account}:root").into()),
                Self::User { arn, .. } | Self::FederatedUser { arn, .. } => Some(arn.into()),
                Self::RoleSession { role_arn, .. } => Some(role_arn.into()),
            },
            "aws:principalaccount" => self.account().map(Into::into),
            "aws:principaltype" => match self {
                Self::Anonymous => Some("Anonymous".into()),
                Self::Service(_) => None,
                Self::Root { .. } => Some("Account".into()),
                Self::User { .. } => Some("User".into()),
                Self::RoleSession { .. } => Some("AssumedRole".into()),
                Self::FederatedUser { .. } => Some("FederatedUser".into()),
            },
            "aws:userid" => match self {
                Self::Anonymous => Some("anonymous".into()),
                Self::Service(_) => None,
                Self::Root { account } => Some(account.into()),
                Self::User { user_id, .. } => Some(user_id.into()),
                Self::RoleSession { role_id, session_name, .. } => {
                    Some(format!("{role_id}:{session_name}").into())
                }
                Self::FederatedUser { account, name, .. } => Some(format!("{account}:{name}").into()),
            },
            "aws:username" => match self {
                Self::User { arn, .. } => arn.rsplit('/').next().map(Into::into),
                _ => None,
            },
            "aws:principalisawsservice" => {
                Some(if matches!(self, Self::Service(_)) { "true" } else { "false" }.into())
            }
            "aws:principalservicename" => match self {
                Self::Service(name) => Some(name.into()),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The values of one condition key, borrowed where they can be.
pub(crate) enum KeyValues<'a> {
    Many(&'a [String]),
    One(Cow<'a, str>),
}

impl KeyValues<'_> {
    pub(crate) fn any(&self, mut test: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::Many(values) => values.iter().any(|value| test(value)),
            Self::One(value) => test(value),
        }
    }

    pub(crate) fn all(&self, mut test: impl FnMut(&str) -> bool) -> bool {
        !self.any(|value| !test(value))
    }
}

/// Where condition keys are looked up: the request's, then the caller's, then those that follow from the principal.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    pub(crate) request: &'a Context,
    pub(crate) caller: &'a Context,
    pub(crate) principal: &'a Principal,
}

impl<'a> Keys<'a> {
    /// The values of a key that is lower-cased already; `None` when the request lacks it.
    pub(crate) fn get(&self, key: &str) -> Option<KeyValues<'a>> {
        self.request
            .lookup(key)
            .or_else(|| self.caller.lookup(key))
            .map(KeyValues::Many)
            .or_else(|| self.principal.derived(key).map(KeyValues::One))
    }

    /// The value a policy variable stands for. A multivalued key stands for none (IAM User Guide, policy variables).
    pub(crate) fn single(&self, key: &str) -> Option<Cow<'a, str>> {
        match self.get(key)? {
            KeyValues::Many([value]) => Some(Cow::Borrowed(value)),
            KeyValues::Many(_) => None,
            KeyValues::One(value) => Some(value),
        }
    }
}
