//! Checking and compiling the documents of control policies.

use crate::error::Refusal;
use crate::records::PolicyType;
use trailward_policy::{Effect, ParseError, Policy, Scope, Version};

/// The most characters of a document, white space included (quotas of AWS Organizations).
const MAX_CHARS: usize = 5_120;

/// AWS's own policies, which let everything pass.
const FULL_SCP: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;
const FULL_RCP: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
}"#;

/// The document of AWS's own policy of a type.
pub(crate) fn full_access(kind: PolicyType) -> &'static str {
    match kind {
        PolicyType::ServiceControl => FULL_SCP,
        PolicyType::ResourceControl => FULL_RCP,
    }
}

/// Compiles a document that was checked when it was stored.
pub(crate) fn compile(kind: PolicyType, content: &str) -> Result<Policy, ParseError> {
    Policy::parse(content, kind.kind())
}

/// Checks a document that somebody gave.
///
/// Source: AWS Organizations User Guide, "SCP syntax" and "RCP syntax".
pub(crate) fn check(kind: PolicyType, content: &str) -> Result<(), Refusal> {
    if content.chars().count() > MAX_CHARS {
        return Err(Refusal::constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            format!("You have exceeded the maximum size of a policy document: {MAX_CHARS} characters."),
        ));
    }
    let malformed = || {
        Refusal::new(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.",
        )
    };
    let policy = compile(kind, content).map_err(|_| malformed())?;
    if policy.version() != Version::V2012 || policy.statements().is_empty() {
        return Err(malformed());
    }
    let limited = kind == PolicyType::ResourceControl;
    let beyond = policy.statements().iter().any(|statement| {
        // Only AWS's own policy may allow; and a statement names the services it is about.
        statement.effect == Effect::Allow
            || statement.action.is_negated()
            || statement.action.values().iter().any(|action| action == "*")
            || statement.resource.as_ref().is_none_or(|resource| Scope::values(resource).is_empty())
    });
    if limited && beyond { Err(malformed()) } else { Ok(()) }
}
