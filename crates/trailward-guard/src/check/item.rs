//! What an item is.

use super::view::View;
use crate::account::{Fact, Unreadable};
use serde::Serialize;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to have.
    Low,
    /// One of several protections is missing.
    Medium,
    /// Evidence can be lost.
    High,
    /// There is no evidence, or anybody can remove it.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// What is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it has to be.
    Pass,
    /// Not as it has to be.
    Fail,
    /// It could not be read.
    Unknown,
    /// Nothing to judge here.
    NotApplicable,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        })
    }
}

/// One thing that has to be so.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// Its id, which stays.
    pub id: &'static str,
    /// What has to be so.
    pub title: &'static str,
    /// How bad it is otherwise.
    pub severity: Severity,
    /// Benchmarks that ask for it.
    pub benchmarks: &'static [&'static str],
    /// What to do otherwise.
    pub remedy: &'static str,
    /// Steps of the plan that heal it, the first that the plan has.
    pub steps: &'static [&'static str],
    pub(super) judge: fn(&View<'_>) -> Judged,
}

/// A verdict with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub verdict: Verdict,
    pub evidence: String,
    pub needs: Option<String>,
}

pub(super) fn pass(evidence: impl Into<String>) -> Judged {
    Judged { verdict: Verdict::Pass, evidence: evidence.into(), needs: None }
}

pub(super) fn fail(evidence: impl Into<String>) -> Judged {
    Judged { verdict: Verdict::Fail, evidence: evidence.into(), needs: None }
}

/// Pass or fail, on the same evidence.
pub(super) fn judged(good: bool, evidence: impl Into<String>) -> Judged {
    if good { pass(evidence) } else { fail(evidence) }
}

/// Pass or fail, each with its own words.
pub(super) fn either(good: bool, if_so: &str, if_not: &str) -> Judged {
    if good { pass(if_so) } else { fail(if_not) }
}

pub(super) fn not_applicable(why: impl Into<String>) -> Judged {
    Judged { verdict: Verdict::NotApplicable, evidence: why.into(), needs: None }
}

pub(super) fn unknown(why: &Unreadable) -> Judged {
    Judged {
        verdict: Verdict::Unknown,
        evidence: format!("{} failed: {}", why.action, why.problem),
        needs: Some(why.action.clone()),
    }
}

/// Judges a fact; `None` is given for what is not there.
pub(super) fn of<T>(fact: &Fact<T>, judge: impl FnOnce(Option<&T>) -> Judged) -> Judged {
    match fact {
        Fact::Present(value) => judge(Some(value)),
        Fact::Absent => judge(None),
        Fact::Unreadable(why) => unknown(why),
        Fact::NotAsked => not_applicable("the control does not ask for it"),
    }
}
