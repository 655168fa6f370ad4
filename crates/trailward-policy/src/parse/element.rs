//! Actions and resources.

use crate::ast::{PolicyKind, Version};
use crate::error::{ParseError, quote};
use crate::json::Json;
use crate::template::{Part, split};

use super::texts;

pub(super) fn actions(json: &Json, kind: PolicyKind, path: &str) -> Result<Vec<String>, ParseError> {
    texts(json, path)?
        .into_iter()
        .map(|(place, action)| match action_problem(action, kind) {
            None => Ok(action.to_owned()),
            Some(problem) => Err(ParseError::new(place, format!("{} {problem}", quote(action)))),
        })
        .collect()
}

fn action_problem(action: &str, kind: PolicyKind) -> Option<&'static str> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'-' | b'_' | b'.');
    let vendor = match action.split_once(':') {
        None if !action.is_empty() && action.bytes().all(|byte| byte == b'*') => "*",
        None => return Some("must be prefaced by a vendor, such as s3 or iam"),
        Some((vendor, name)) => {
            if vendor.is_empty() || name.is_empty() || !vendor.bytes().chain(name.bytes()).all(legal) {
                return Some("must be a vendor, one colon and a name");
            }
            vendor
        }
    };
    // AWS: "AssumeRole policy may only specify STS AssumeRole actions".
    (kind == PolicyKind::Trust && !vendor.eq_ignore_ascii_case("sts"))
        .then_some("is not allowed: a trust policy may only specify STS AssumeRole actions")
}

pub(super) fn resources(
    json: &Json,
    kind: PolicyKind,
    version: Version,
    path: &str,
) -> Result<Vec<String>, ParseError> {
    if kind == PolicyKind::Trust {
        return Err(ParseError::new(path, "is a prohibited field in a trust policy"));
    }
    texts(json, path)?
        .into_iter()
        .map(|(place, resource)| match resource_problem(resource, version) {
            None => Ok(resource.to_owned()),
            Some(problem) => Err(ParseError::new(place, format!("{} {problem}", quote(resource)))),
        })
        .collect()
}

fn resource_problem(resource: &str, version: Version) -> Option<String> {
    if resource == "*" {
        return None;
    }
    let Some(rest) = resource.strip_prefix("arn:") else {
        return Some("must be in ARN format or \"*\"".into());
    };
    let partition = rest.split(':').next().unwrap_or_default();
    let legal =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'*' | b'?');
    if partition.is_empty() || !partition.bytes().all(legal) {
        return Some(format!("names {}, which is not a valid partition", quote(partition)));
    }
    if !partition.contains(['*', '?']) && partition != "aws" && !partition.starts_with("aws-") {
        return Some(format!("names {}, which is not a valid partition", quote(partition)));
    }
    let parts = match split(resource, version) {
        Ok(parts) => parts,
        Err(problem) => return Some(problem),
    };
    // IAM User Guide, "Where you can use policy variables": only behind the fifth colon.
    let mut colons = 0_usize;
    for part in parts {
        if matches!(part, Part::Variable(_)) && colons < 5 {
            return Some("has a policy variable before the resource part of the ARN".into());
        }
        colons = colons.saturating_add(part.colons());
    }
    None
}
