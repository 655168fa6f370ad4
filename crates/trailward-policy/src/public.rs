//! S3's notion of a public bucket policy.

use crate::ast::{Condition, Effect, PrincipalPattern, Quantifier, Scope, Statement, Test};
use crate::value::Cidr;

/// Keys that tie a grant to somebody in particular when their value is fixed. S3 documents all but the
/// `aws:Principal…` and `aws:SourceOrg…` keys by name; those it means by "an AWS principal".
const TYING_KEYS: [&str; 15] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

pub(crate) fn is_public(statement: &Statement) -> bool {
    let everyone = match &statement.principal {
        Some(Scope::Only(patterns)) => patterns.contains(&PrincipalPattern::Everyone),
        Some(Scope::Except(_)) => true,
        None => false,
    };
    everyone && statement.effect == Effect::Allow && !statement.conditions.iter().any(ties)
}

/// Whether a condition ties its statement to fixed values. A request that lacks the key must fail it: `IfExists` and
/// `ForAllValues` let such a request pass.
fn ties(condition: &Condition) -> bool {
    let operator = condition.operator;
    if operator.if_exists || operator.quantifier == Quantifier::ForAll || condition.values.is_empty() {
        return false;
    }
    let key = condition.key.to_lowercase();
    match operator.test {
        Test::IpAddress => {
            key == "aws:sourceip"
                && condition
                    .values
                    .iter()
                    .all(|value| Cidr::parse(value).is_some_and(|range| !range.is_broad()))
        }
        Test::StringEquals
        | Test::StringEqualsIgnoreCase
        | Test::StringLike
        | Test::ArnEquals
        | Test::ArnLike => {
            TYING_KEYS.contains(&key.as_str()) && condition.values.iter().all(|value| fixed(&key, value))
        }
        _ => false,
    }
}

fn fixed(key: &str, value: &str) -> bool {
    // A wildcard for the access point's name is fine as long as the account is fixed.
    let value = match (key, value.split_once(":accesspoint/")) {
        ("s3:dataaccesspointarn", Some((owner, _))) => owner,
        _ => value,
    };
    !value.contains(['*', '?']) && !value.contains("${") && !value.is_empty()
}
