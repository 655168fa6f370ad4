//! What S3 refuses of a bucket policy beyond what the language itself refuses.

use super::s3_actions::{Level, levels};
use crate::BucketError;
use trailward_policy::{Policy, PolicyKind, Scope, Statement};

/// 20 KiB, white space aside.
const MAX_CHARS: usize = 20_480;

const ARN: &str = "arn:aws:s3:::";

/// Parses and checks the policy of the bucket `name`.
pub(super) fn check_policy(name: &str, text: &str) -> Result<Policy, BucketError> {
    let malformed = |message: &str| BucketError::MalformedPolicy(message.to_owned());
    if !text.trim_start().starts_with('{') {
        return Err(malformed("Policies must be valid JSON and the first byte must be '{'"));
    }
    let policy = Policy::parse_within(text, PolicyKind::Resource, MAX_CHARS).map_err(|error| {
        if error.is_too_large() {
            malformed("Policy exceeds the maximum allowed document size.")
        } else {
            BucketError::MalformedPolicy(error.to_string())
        }
    })?;
    if policy.actions().any(|action| levels(action).is_none()) {
        return Err(malformed("Policy has invalid action"));
    }
    if !policy.resources().all(|resource| is_inside(name, resource)) {
        return Err(malformed("Policy has invalid resource"));
    }
    if !policy.statements().iter().all(applies) {
        return Err(malformed("Action does not apply to any resource(s) in statement"));
    }
    Ok(policy)
}

/// Whether a resource pattern names this bucket or things in it.
fn is_inside(name: &str, resource: &str) -> bool {
    let Some(rest) = resource.strip_prefix(ARN) else {
        return false;
    };
    let bucket = rest.split_once('/').map_or(rest, |(bucket, _)| bucket);
    match bucket.split_once(['*', '?']) {
        None => bucket == name,
        // `arn:aws:s3:::logs*` covers the bucket `logs` and everything in it; `*` alone names no bucket.
        Some((start, _)) => !start.is_empty() && name.starts_with(start) && matches(bucket, name),
    }
}

/// Whether every action of a statement can be done to one of its resources.
fn applies(statement: &Statement) -> bool {
    let (Scope::Only(actions), Some(Scope::Only(resources))) = (&statement.action, &statement.resource)
    else {
        return true;
    };
    actions.iter().all(|action| {
        levels(action).is_some_and(|levels| {
            resources.iter().any(|resource| levels.contains(&level_of(resource)) || spans_both(resource))
        })
    })
}

fn level_of(resource: &str) -> Level {
    if resource.contains('/') { Level::Object } else { Level::Bucket }
}

/// A wildcard in the bucket's name also matches what follows the name.
fn spans_both(resource: &str) -> bool {
    !resource.contains('/') && resource.contains('*')
}

/// Wildcard matching over bytes.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == b'?' || wanted == byte => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}
