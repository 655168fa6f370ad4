//! The answer: who, what, by which path, and what closes it.

use super::snapshot::Unread;
use serde::Serialize;

/// Who can destroy or blind a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The trail's ARN.
    pub trail: String,
    /// Its bucket.
    pub bucket: String,
    /// The accounts whose identities were judged.
    pub accounts: Vec<String>,
    /// Every principal with every way it has, worst first.
    pub findings: Vec<Finding>,
    /// Who may act as whom, as far as it leads to a finding.
    pub assumptions: Vec<Assumption>,
    /// Ways that nobody has, whatever policies say, and why.
    pub closed: Vec<Closed>,
    /// What could not be read, and what therefore is not known. With any of these, "nobody" is no answer.
    pub unknown: Vec<Unknown>,
    /// How many principals were judged.
    pub judged: usize,
}

impl Report {
    /// Findings of principals that nobody expects to have them.
    pub fn unexpected(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.principal.expected.is_none())
    }

    /// Whether nobody unexpected has any way, and nothing is left open.
    pub fn is_clean(&self) -> bool {
        self.unknown.is_empty() && self.unexpected().next().is_none()
    }
}

/// A principal with one of its ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Who.
    pub principal: Principal,
    /// The way's name, stable.
    pub way: &'static str,
    /// What it is, such as `delete the trail`.
    pub title: &'static str,
    /// What becomes of the trail.
    pub effect: Effect,
    /// How bad.
    pub severity: Severity,
    /// The permissions it takes.
    pub actions: Vec<&'static str>,
    /// What they are needed on.
    pub resources: Vec<String>,
    /// Whether it is certain.
    pub certainty: Certainty,
    /// What it depends on, where it is only possible.
    pub conditions: Vec<String>,
    /// Through whom; empty if the principal has the permissions itself.
    pub path: Vec<Step>,
    /// The statements that allow it, at the end of the path.
    pub because: Vec<Place>,
    /// What closes it.
    pub closes: Vec<String>,
}

/// Whether somebody can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Yes.
    Certain,
    /// Under conditions that the snapshot does not settle: a place, a device, a secret, a policy that was not read.
    Possible,
}

/// What becomes of the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// What was recorded is gone.
    Destroys,
    /// Nothing more is recorded.
    Stops,
    /// What is recorded arrives nowhere, or can be read by nobody.
    Starves,
    /// What is recorded is less, or is there and not seen.
    Hides,
    /// A protection is gone; the rest follows.
    Opens,
}

impl Effect {
    /// In a sentence about the trail.
    pub fn word(self) -> &'static str {
        match self {
            Self::Destroys => "destroys",
            Self::Stops => "stops",
            Self::Starves => "starves",
            Self::Hides => "hides",
            Self::Opens => "opens",
        }
    }
}

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The trail, or what it recorded, is lost.
    Critical,
    /// A protection is lost, or much of the trail.
    High,
    /// A part of the trail, or of who is told.
    Medium,
    /// An inconvenience, or a step towards more.
    Low,
}

impl Severity {
    /// In lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// What kind.
    pub kind: Kind,
    /// Short, such as `user/alice`; unique with the account.
    pub name: String,
    /// The account, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The ARN, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Why nobody is alarmed that it can; `None` for one that should not be able to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

/// Kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A user.
    User,
    /// A role.
    Role,
    /// A role that only its service can use, and nobody can change.
    ServiceLinkedRole,
    /// Somebody a policy names in an account that was not read.
    Outsider,
    /// All of an account that was not read, as its administrators please.
    OtherAccount,
    /// The organization's management account.
    ManagementAccount,
    /// Whoever an identity provider vouches for.
    Federated,
    /// A service.
    Service,
    /// Any account there is.
    AnyAccount,
    /// Whoever sends a request.
    Anonymous,
    /// An account's root user.
    Root,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What is done, such as `assumes role/deploy`.
    pub does: String,
    /// The permissions it takes.
    pub actions: Vec<&'static str>,
    /// The statements that allow it.
    pub because: Vec<Place>,
    /// What closes it.
    pub closes: String,
    /// Whether the principal stays who it is, and only gains permissions.
    pub itself: bool,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Which policy, such as `inline policy ops of user/alice`.
    pub policy: String,
    /// Which statement, from 0; `None` where a service has no statements, as in access control lists and grants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

impl std::fmt::Display for Place {
    /// Statements count from 1 for people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.policy)?;
        if let Some(statement) = self.statement {
            write!(f, ", statement {}", statement + 1)?;
        }
        self.sid.as_ref().map_or(Ok(()), |sid| write!(f, " ({sid})"))
    }
}

/// Somebody who may act as somebody else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumption {
    /// Who.
    pub from: Principal,
    /// As whom.
    pub to: Principal,
    /// How, such as `assumes`.
    pub how: String,
    /// Whether it is certain.
    pub certainty: Certainty,
}

/// A way that nobody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    /// The way's name.
    pub way: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What closes it.
    pub by: String,
}

/// Something that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// What the answer lacks.
    pub what: String,
    /// Why.
    #[serde(flatten)]
    pub why: Unread,
}
