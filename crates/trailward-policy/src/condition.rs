//! Conditions, compiled: one clause for each operator and key.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ast::{Condition, Quantifier, Test, Version};
use crate::error::quote;
use crate::glob::{ArnGlob, Glob};
use crate::principal::Keys;
use crate::template::Text;
use crate::value::{Cidr, boolean, instant, number};

/// One condition key under one operator.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    key: Box<str>,
    quantifier: Quantifier,
    if_exists: bool,
    negated: bool,
    want: Want,
}

/// What a value of the key is compared with; it matches when one of these does.
#[derive(Debug, Clone)]
enum Want {
    Text {
        values: Vec<Text>,
        fold: bool,
    },
    Like(Vec<Glob>),
    Number(Vec<f64>, Order),
    Instant(Vec<i128>, Order),
    Bool(Vec<bool>),
    Binary(Vec<Vec<u8>>),
    Address(Vec<Cidr>),
    Arn(Vec<ArnGlob>),
    /// Whether the key is to be absent.
    Null(Vec<bool>),
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    fn holds<T: PartialOrd>(self, have: &T, want: &T) -> bool {
        match self {
            Self::Equal => have == want,
            Self::Less => have < want,
            Self::LessOrEqual => have <= want,
            Self::Greater => have > want,
            Self::GreaterOrEqual => have >= want,
        }
    }
}

impl Clause {
    /// Compiles a condition; the error says what is wrong with which value.
    pub(crate) fn compile(condition: &Condition, version: Version) -> Result<Self, String> {
        let test = condition.operator.test;
        Ok(Self {
            key: condition.key.to_lowercase().into(),
            quantifier: condition.operator.quantifier,
            if_exists: condition.operator.if_exists,
            negated: test.is_negated(),
            want: Want::compile(test, &condition.values, version)?,
        })
    }

    /// Whether the request satisfies the clause.
    ///
    /// A key that is missing fails a positive operator and passes a negated one, `IfExists` and `ForAllValues`;
    /// `ForAnyValue` it fails. To the two set operators a key with nothing but empty strings is a null set, which
    /// `ForAllValues` passes and `ForAnyValue` fails (IAM User Guide, "Multivalued context keys").
    pub(crate) fn holds(&self, keys: &Keys<'_>) -> bool {
        let values = keys.get(&self.key);
        if let Want::Null(absent) = &self.want {
            return absent.iter().any(|absent| *absent == values.is_none());
        }
        let Some(values) = values else {
            return match self.quantifier {
                Quantifier::Single => self.if_exists || self.negated,
                Quantifier::ForAll => true,
                Quantifier::ForAny => self.if_exists,
            };
        };
        match self.quantifier {
            Quantifier::Single => values.any(|value| self.want.matches(value, keys)) != self.negated,
            Quantifier::ForAll => {
                values.all(str::is_empty)
                    || values.all(|value| self.want.matches(value, keys) != self.negated)
            }
            Quantifier::ForAny => {
                !values.all(str::is_empty)
                    && values.any(|value| self.want.matches(value, keys) != self.negated)
            }
        }
    }
}

impl Want {
    fn compile(test: Test, values: &[String], version: Version) -> Result<Self, String> {
        let order = match test {
            Test::NumericLessThan | Test::DateLessThan => Order::Less,
            Test::NumericLessThanEquals | Test::DateLessThanEquals => Order::LessOrEqual,
            Test::NumericGreaterThan | Test::DateGreaterThan => Order::Greater,
            Test::NumericGreaterThanEquals | Test::DateGreaterThanEquals => Order::GreaterOrEqual,
            _ => Order::Equal,
        };
        Ok(match test {
            Test::StringEquals | Test::StringNotEquals => {
                Self::Text { values: each(values, |value| Text::parse(value, version))?, fold: false }
            }
            Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
                Self::Text { values: each(values, |value| Text::parse(value, version))?, fold: true }
            }
            Test::StringLike | Test::StringNotLike => {
                Self::Like(each(values, |value| Glob::parse(value, version))?)
            }
            Test::NumericEquals
            | Test::NumericNotEquals
            | Test::NumericLessThan
            | Test::NumericLessThanEquals
            | Test::NumericGreaterThan
            | Test::NumericGreaterThanEquals => {
                Self::Number(each(values, |value| number(value).ok_or("is not a number"))?, order)
            }
            Test::DateEquals
            | Test::DateNotEquals
            | Test::DateLessThan
            | Test::DateLessThanEquals
            | Test::DateGreaterThan
            | Test::DateGreaterThanEquals => {
                let read =
                    |value: &str| instant(value).ok_or("is neither an ISO 8601 date nor an epoch time");
                Self::Instant(each(values, read)?, order)
            }
            Test::Bool => {
                Self::Bool(each(values, |value| boolean(value).ok_or("is neither true nor false"))?)
            }
            Test::Null => {
                Self::Null(each(values, |value| boolean(value).ok_or("is neither true nor false"))?)
            }
            Test::BinaryEquals => {
                Self::Binary(each(values, |value| STANDARD.decode(value).map_err(|_| "is not base64"))?)
            }
            Test::IpAddress | Test::NotIpAddress => Self::Address(each(values, |value| {
                Cidr::parse(value).ok_or("is not an IP address or CIDR range")
            })?),
            Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
                Self::Arn(each(values, |value| ArnGlob::parse(value, version))?)
            }
        })
    }

    /// Whether one value of the key matches any that the policy names.
    fn matches(&self, have: &str, keys: &Keys<'_>) -> bool {
        match self {
            Self::Text { values, fold } => values.iter().any(|want| {
                want.resolve(keys)
                    .is_some_and(|want| if *fold { same_folded(have, &want) } else { have == want })
            }),
            Self::Like(values) => values.iter().any(|want| want.matches(have, keys)),
            Self::Number(values, order) => {
                number(have).is_some_and(|have| values.iter().any(|want| order.holds(&have, want)))
            }
            Self::Instant(values, order) => {
                instant(have).is_some_and(|have| values.iter().any(|want| order.holds(&have, want)))
            }
            Self::Bool(values) => boolean(have).is_some_and(|have| values.contains(&have)),
            Self::Binary(values) => STANDARD.decode(have).is_ok_and(|have| values.contains(&have)),
            Self::Address(values) => {
                have.parse::<IpAddr>().is_ok_and(|have| values.iter().any(|want| want.contains(have)))
            }
            Self::Arn(values) => values.iter().any(|want| want.matches(have, keys)),
            // Answered before values are looked at.
            Self::Null(_) => false,
        }
    }
}

fn each<T, E: std::fmt::Display>(
    values: &[String],
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, String> {
    values.iter().map(|value| read(value).map_err(|problem| format!("{} {problem}", quote(value)))).collect()
}

fn same_folded(left: &str, right: &str) -> bool {
    left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase))
}
