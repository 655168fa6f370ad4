//! What passwords of an account's users must be like.
//!
//! Source: IAM User Guide, "Set an account password policy for IAM users".

use super::errors::no_such;
use super::state::failed;
use crate::Platform;
use crate::access::Target;
use crate::call::Call;
use serde::{Deserialize, Serialize};
use trailward_policy::PolicyKind;
use trailward_store::Revision;
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode};
use trailward_wire::ApiError;

/// Characters that count as symbols.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// A custom password policy.
#[expect(clippy::struct_excessive_bools, reason = "AWS's members")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordPolicy {
    /// 6 to 128.
    pub minimum_length: i64,
    pub symbols: bool,
    pub numbers: bool,
    pub uppercase: bool,
    pub lowercase: bool,
    /// Whether users may change their own without further permission.
    pub users_may_change: bool,
    /// Days; `None`: they do not expire.
    pub max_age: Option<i64>,
    /// Earlier passwords that may not come back, 1 to 24.
    pub reuse_prevention: Option<i64>,
    /// Whether an expired one can only be replaced by an administrator.
    pub hard_expiry: bool,
}

impl Stored for PasswordPolicy {
    const FORMAT: u16 = 1;
}

/// Where an account's policy is.
pub(super) fn at(account: &str) -> Vec<u8> {
    Key::new("account-password-policy").str(account).into_bytes()
}

/// The account's own policy, with the revision it was read at.
pub(super) async fn find(call: &Call) -> Result<Option<(PasswordPolicy, Revision)>, ApiError> {
    let entry = call.platform.catalog.get(&at(call.account())).await.map_err(failed)?;
    entry.map(|entry| Ok((decode(&entry.value).map_err(failed)?, entry.revision))).transpose()
}

/// There is no policy of the account's own.
pub(super) fn missing(call: &Call) -> ApiError {
    no_such(format!("The Password Policy with domain name {} cannot be found.", call.account()))
}

/// The new password breaks a rule.
pub(super) fn violated(text: impl Into<String>) -> ApiError {
    ApiError::bad_request("PasswordPolicyViolation", text)
}

/// Refuses a password that the account's policy, or AWS's default where there is none, does not allow.
pub(super) fn check(policy: Option<&PasswordPolicy>, user: &str, password: &str) -> Result<(), ApiError> {
    let upper = password.chars().any(|c| c.is_ascii_uppercase());
    let lower = password.chars().any(|c| c.is_ascii_lowercase());
    let number = password.chars().any(|c| c.is_ascii_digit());
    let symbol = password.chars().any(|c| SYMBOLS.contains(c));
    let length = i64::try_from(password.chars().count()).unwrap_or(i64::MAX);
    let least = policy.map_or(8, |policy| policy.minimum_length);
    if length < least {
        return Err(violated(format!("Password should have a minimum length of {least}")));
    }
    let Some(policy) = policy else {
        let kinds = [upper, lower, number, symbol].into_iter().filter(|there| *there).count();
        if kinds < 3 {
            return Err(violated(
                "Password should have at least three of the following: uppercase letters, lowercase letters, numbers, symbols",
            ));
        }
        if password.eq_ignore_ascii_case(user) {
            return Err(violated("Password should not be the name of the user"));
        }
        return Ok(());
    };
    let rules = [
        (policy.uppercase, upper, "uppercase letter"),
        (policy.lowercase, lower, "lowercase letter"),
        (policy.numbers, number, "number"),
        (policy.symbols, symbol, "symbol"),
    ];
    match rules.iter().find(|(wanted, there, _)| *wanted && !there) {
        Some((.., what)) => Err(violated(format!("Password should have at least one {what}"))),
        None => Ok(()),
    }
}

/// Lets every user of the account in, if the account's policy lets users change their passwords: what denies still
/// denies, and what bounds still bounds.
pub(super) fn opened(
    mut target: Target,
    policy: Option<&PasswordPolicy>,
    platform: &Platform,
    account: &str,
) -> Result<Target, ApiError> {
    if policy.is_some_and(|policy| policy.users_may_change) {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":"*","Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalAccount":"{account}"}}}}}}}}"#
        );
        let policy = platform.policies.get(&text, PolicyKind::Resource).map_err(|error| {
            tracing::error!(%error, "the policy for changing passwords does not parse");
            ApiError::internal()
        })?;
        target.policy = Some(policy);
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_and_a_custom_policy() {
        for good in ["abcDEF12", "abc-1234", "ABC_def_"] {
            assert!(check(None, "bob", good).is_ok(), "{good}");
        }
        for bad in ["aB1-", "abcdefgh", "abcdef12", "12345678"] {
            assert_eq!(check(None, "bob", bad).unwrap_err().code, "PasswordPolicyViolation", "{bad}");
        }
        assert!(check(None, "Robert-12", "robert-12").is_err());
        let mut policy = PasswordPolicy {
            minimum_length: 6,
            symbols: false,
            numbers: false,
            uppercase: false,
            lowercase: false,
            users_may_change: false,
            max_age: None,
            reuse_prevention: None,
            hard_expiry: false,
        };
        assert!(check(Some(&policy), "bob", "aaaaaa").is_ok());
        assert!(check(Some(&policy), "bob", "aaaaa").is_err());
        (policy.symbols, policy.numbers, policy.uppercase, policy.lowercase) = (true, true, true, true);
        assert!(check(Some(&policy), "bob", "aA1-aA").is_ok());
        for bad in ["aA1aaaa", "aA-aaaa", "a1-aaaa", "A1-AAAA"] {
            assert!(check(Some(&policy), "bob", bad).is_err(), "{bad}");
        }
    }
}
