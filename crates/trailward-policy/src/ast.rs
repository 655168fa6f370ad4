//! A policy as it is written: what validation, explanation and the second evaluator read.

use std::fmt;

/// Which grammar a document follows, and so which elements it must and must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Attached to a user, group or role, or used as a permissions boundary or session policy: no principal.
    Identity,
    /// Attached to a resource: a principal in every statement.
    Resource,
    /// A role's trust policy: a principal in every statement, no resource, STS actions only.
    Trust,
    /// A service control policy: as [`PolicyKind::Identity`].
    Scp,
    /// A resource control policy: the principal of every statement is `*`.
    Rcp,
}

/// The policy language's version. Only the newer one knows variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// `2008-10-17`, also meant by a document that names none.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Grants, or in a boundary or control policy lets pass.
    Allow,
    /// Refuses, whatever else allows.
    Deny,
}

/// One statement of a policy, values as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The statement's own name.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; `None` in kinds that have none.
    pub principal: Option<Scope<PrincipalPattern>>,
    /// `Action` or `NotAction`.
    pub action: Scope<String>,
    /// `Resource` or `NotResource`; `None` in a trust policy.
    pub resource: Option<Scope<String>>,
    /// Every operator and key of `Condition`, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// An element and its negated twin, such as `Action` and `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope<T> {
    /// Covers what one of these names.
    Only(Vec<T>),
    /// Covers everything but these: the `Not…` form.
    Except(Vec<T>),
}

impl<T> Scope<T> {
    /// The values as written, whichever form they stand in.
    pub fn values(&self) -> &[T] {
        match self {
            Self::Only(values) | Self::Except(values) => values,
        }
    }

    /// Whether this is the `Not…` form.
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::Except(_))
    }
}

/// One principal of a resource or trust policy, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalPattern {
    /// `"*"` or `{"AWS": "*"}`: everybody, signed or not.
    Everyone,
    /// An account number, an ARN, or the unique id that a deleted user or role leaves behind.
    Aws(String),
    /// A service, such as `cloudtrail.amazonaws.com`.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// An account by its canonical user id.
    CanonicalUser(String),
}

/// One key under one operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator with its prefix and suffix.
    pub operator: Operator,
    /// The condition key as written; keys compare without regard to case.
    pub key: String,
    /// The values, of which one must match (or none, for a negated operator).
    pub values: Vec<String>,
}

/// A condition operator with its `ForAllValues:`/`ForAnyValue:` prefix and `IfExists` suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The comparison.
    pub test: Test,
    /// The prefix.
    pub quantifier: Quantifier,
    /// Whether a key that the request lacks passes.
    pub if_exists: bool,
}

/// How the values of a multivalued key are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// No prefix.
    Single,
    /// `ForAllValues:`, which a request without the key passes.
    ForAll,
    /// `ForAnyValue:`, which a request without the key does not pass.
    ForAny,
}

macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// The comparison of a condition operator, named as AWS names it.
        #[expect(missing_docs, reason = "the names are AWS's operators")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Test { $($name),* }

        impl Test {
            /// Every comparison there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The operator's name in a policy.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

tests! {
    StringEquals, StringNotEquals, StringEqualsIgnoreCase, StringNotEqualsIgnoreCase, StringLike, StringNotLike,
    NumericEquals, NumericNotEquals, NumericLessThan, NumericLessThanEquals, NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals, DateNotEquals, DateLessThan, DateLessThanEquals, DateGreaterThan, DateGreaterThanEquals,
    Bool, BinaryEquals, IpAddress, NotIpAddress, ArnEquals, ArnNotEquals, ArnLike, ArnNotLike, Null,
}

impl Test {
    /// Whether the comparison is the denial of another, and so holds for a key that the request lacks.
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl Operator {
    /// Reads an operator's full name, without regard to case as AWS does; `None` for a name that is not one.
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => (Quantifier::ForAll, rest),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::Single, name),
        };
        let plain = Test::ALL.iter().find(|test| test.name().eq_ignore_ascii_case(rest));
        if let Some(&test) = plain {
            return Some(Self { test, quantifier, if_exists: false });
        }
        let stem = rest.len().checked_sub("IfExists".len())?;
        let (stem, suffix) = rest.split_at_checked(stem)?;
        let test = *Test::ALL.iter().find(|test| test.name().eq_ignore_ascii_case(stem))?;
        // Null asks whether the key exists; with IfExists it would ask nothing.
        (suffix.eq_ignore_ascii_case("IfExists") && test != Test::Null).then_some(Self {
            test,
            quantifier,
            if_exists: true,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            Quantifier::Single => "",
            Quantifier::ForAll => "ForAllValues:",
            Quantifier::ForAny => "ForAnyValue:",
        })?;
        f.write_str(self.test.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}
