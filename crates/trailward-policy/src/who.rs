//! The principal element, compiled.

use crate::ast::{PrincipalPattern, Scope};
use crate::principal::{CANONICAL_USER_KEY, FEDERATED_PROVIDER_KEY, Keys, Principal};

/// How a resource policy reaches a caller. In the caller's own account, the stronger the form, the fewer of the
/// caller's other policies can hold the grant back (IAM User Guide, "Evaluating policies within a single account").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// The account is named: it is up to the account's identity policies.
    Account,
    /// The role is named, or everybody: boundary and session policies still hold it back.
    Limited,
    /// The user, the session or the service itself is named.
    Direct,
}

/// A compiled `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    Only(Names),
    Except(Names),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    everyone: bool,
    accounts: Vec<Box<str>>,
    /// ARNs of users, roles and sessions, and unique ids.
    entities: Vec<Box<str>>,
    services: Vec<Box<str>>,
    providers: Vec<Box<str>>,
    canonical: Vec<Box<str>>,
}

impl Who {
    pub(crate) fn compile(element: &Scope<PrincipalPattern>) -> Self {
        let mut names = Names::default();
        for pattern in element.values() {
            match pattern {
                PrincipalPattern::Everyone => names.everyone = true,
                PrincipalPattern::Aws(value) => match account_of_root(value) {
                    Some(account) => names.accounts.push(account.into()),
                    None => names.entities.push(value.as_str().into()),
                },
                PrincipalPattern::Service(name) => names.services.push(name.as_str().into()),
                PrincipalPattern::Federated(provider) => names.providers.push(provider.as_str().into()),
                PrincipalPattern::CanonicalUser(id) => names.canonical.push(id.as_str().into()),
            }
        }
        if element.is_negated() { Self::Except(names) } else { Self::Only(names) }
    }

    /// How the element reaches the caller, if it does.
    pub(crate) fn reach(&self, keys: &Keys<'_>, has_boundary: bool) -> Option<Grant> {
        match self {
            Self::Only(names) => names.reach(keys),
            // A caller with a permissions boundary is never excepted (IAM User Guide, "Permissions boundaries").
            Self::Except(names) => {
                (has_boundary || !names.holds_whole(keys.principal)).then_some(Grant::Limited)
            }
        }
    }
}

/// The account of a bare account number or a root ARN, which mean the same.
pub(crate) fn account_of_root(value: &str) -> Option<&str> {
    if value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value);
    }
    let mut fields = value.strip_suffix(":root")?.strip_prefix("arn:")?.splitn(2, ":iam::");
    fields.next()?;
    fields.next()
}

fn listed(names: &[Box<str>], name: &str) -> bool {
    names.iter().any(|have| **have == *name)
}

impl Names {
    fn reach(&self, keys: &Keys<'_>) -> Option<Grant> {
        let entity = |name: &str| listed(&self.entities, name);
        let named = match keys.principal {
            Principal::Anonymous => self.provider(keys).then_some(Grant::Direct),
            Principal::Service(name) => listed(&self.services, name).then_some(Grant::Direct),
            Principal::Root { .. } => None,
            Principal::User { arn, user_id, .. } => (entity(arn) || entity(user_id)).then_some(Grant::Direct),
            Principal::RoleSession { role_arn, session_arn, role_id, session_name, .. } => {
                if entity(session_arn) || self.session(role_id, session_name) {
                    Some(Grant::Direct)
                } else {
                    (entity(role_arn) || entity(role_id)).then_some(Grant::Limited)
                }
            }
            Principal::FederatedUser { arn, .. } => entity(arn).then_some(Grant::Direct),
        };
        named
            .or(self.everyone.then_some(Grant::Limited))
            .or_else(|| (self.account(keys.principal) || self.canonical(keys)).then_some(Grant::Account))
    }

    /// Whether a session is named by its role's unique id and its own name.
    fn session(&self, role_id: &str, name: &str) -> bool {
        self.entities.iter().any(|have| have.split_once(':') == Some((role_id, name)))
    }

    fn account(&self, principal: &Principal) -> bool {
        principal.account().is_some_and(|account| listed(&self.accounts, account))
    }

    fn provider(&self, keys: &Keys<'_>) -> bool {
        !self.providers.is_empty()
            && keys
                .get(FEDERATED_PROVIDER_KEY)
                .is_some_and(|have| have.any(|have| listed(&self.providers, have)))
    }

    fn canonical(&self, keys: &Keys<'_>) -> bool {
        !self.canonical.is_empty()
            && keys.principal.account().is_some()
            && keys.get(CANONICAL_USER_KEY).is_some_and(|have| have.any(|have| listed(&self.canonical, have)))
    }

    /// Whether every name the caller goes by is listed, as `NotPrincipal` with `Deny` demands: AWS checks the account,
    /// then the role, then the session, and each must be excepted (IAM User Guide, "NotPrincipal").
    fn holds_whole(&self, principal: &Principal) -> bool {
        let entity = |name: &str| listed(&self.entities, name);
        self.everyone
            || match principal {
                Principal::Anonymous => false,
                Principal::Service(name) => listed(&self.services, name),
                Principal::Root { .. } => self.account(principal),
                Principal::User { arn, user_id, .. } => {
                    (entity(arn) || entity(user_id)) && self.account(principal)
                }
                Principal::RoleSession { role_arn, session_arn, role_id, session_name, .. } => {
                    (entity(session_arn) || self.session(role_id, session_name))
                        && (entity(role_arn) || entity(role_id))
                        && self.account(principal)
                }
                Principal::FederatedUser { arn, .. } => entity(arn) && self.account(principal),
            }
    }
}
