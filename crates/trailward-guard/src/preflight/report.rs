//! What preflight says.

use super::need::Subject;
use super::patch::Edit;
use serde::Serialize;
use serde_json::Value;

/// What stands between a trail and its bucket, topic, key and log group, and what to do about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// In the order in which CloudTrail would meet them. Empty: `CreateTrail` will not refuse them.
    pub findings: Vec<Finding>,
    /// For each policy that is in the way and can be mended, how.
    pub patches: Vec<Patch>,
}

/// One obstacle.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The error `CreateTrail` would answer. `None`: the trail is made, but files never arrive.
    pub refusal: Option<&'static str>,
    /// What CloudTrail cannot do, each with action and resource.
    pub cannot: Vec<String>,
    /// The statement that refuses, or that comes nearest to allowing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Why, in one sentence.
    pub because: String,
    /// What to do, where no policy can be mended to help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Whose policy.
    pub subject: Subject,
    /// The policy's name, of a role's, which may have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Its place, from 0.
    pub statement: usize,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Whether it denies; otherwise it is the one that comes nearest to allowing.
    pub denies: bool,
}

/// A policy, mended. That it lets CloudTrail through was judged before it is offered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patch {
    /// Whose policy.
    pub subject: Subject,
    /// The policy's name, of a role's: an inline one, which there may not be yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What changes, in order.
    pub edits: Vec<Edit>,
    /// The whole policy with all changes.
    pub policy: Value,
}
