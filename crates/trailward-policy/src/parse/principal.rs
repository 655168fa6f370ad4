//! The principal element.

use crate::ast::{PolicyKind, PrincipalPattern};
use crate::error::{ParseError, quote};
use crate::json::Json;

use super::{object, quoted_path, texts};

pub(super) fn principals(
    json: &Json,
    kind: PolicyKind,
    negated: bool,
    path: &str,
) -> Result<Vec<PrincipalPattern>, ParseError> {
    match kind {
        PolicyKind::Identity | PolicyKind::Scp => {
            return Err(ParseError::new(path, "must not be specified in a policy of this kind"));
        }
        PolicyKind::Trust | PolicyKind::Rcp if negated => {
            return Err(ParseError::new(path, "is a prohibited field in a policy of this kind"));
        }
        _ => {}
    }
    let patterns = match json {
        Json::Text(text) if text == "*" => vec![PrincipalPattern::Everyone],
        Json::Text(text) => {
            let message = format!("{} must be \"*\" or an object such as {{\"AWS\": …}}", quote(text));
            return Err(ParseError::new(path, message));
        }
        _ => typed(json, path)?,
    };
    if kind == PolicyKind::Rcp && patterns.iter().any(|pattern| *pattern != PrincipalPattern::Everyone) {
        return Err(ParseError::new(path, "must be \"*\" in a resource control policy"));
    }
    Ok(patterns)
}

fn typed(json: &Json, path: &str) -> Result<Vec<PrincipalPattern>, ParseError> {
    let object = object(json, path)?;
    if object.members.is_empty() {
        return Err(ParseError::new(path, "must name a principal"));
    }
    let mut patterns = Vec::new();
    for (key, value) in &object.members {
        let place = quoted_path(path, key);
        let read: fn(&str) -> Option<PrincipalPattern> = match key.as_str() {
            "AWS" => aws,
            "Service" => service,
            "Federated" => federated,
            "CanonicalUser" => canonical,
            _ => return Err(ParseError::new(place, "is not a kind of principal")),
        };
        for (place, text) in texts(value, &place)? {
            let pattern = read(text);
            patterns.push(pattern.ok_or_else(|| {
                ParseError::new(place, format!("{} is not a valid principal", quote(text)))
            })?);
        }
    }
    Ok(patterns)
}

fn aws(text: &str) -> Option<PrincipalPattern> {
    if text == "*" {
        return Some(PrincipalPattern::Everyone);
    }
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    // A user's or a role's unique id; behind a role's, the name of a session.
    let (id, session) = text.split_once(':').map_or((text, None), |(id, session)| (id, Some(session)));
    let unique_id = (id.starts_with("AROA") || (id.starts_with("AIDA") && session.is_none()))
        && (16..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && session.is_none_or(|name| (2..=64).contains(&name.len()) && !name.contains(['*', '?', ':']));
    let valid = account(text)
        || unique_id
        || {
            let mut fields = text.splitn(6, ':');
            let mut next = || fields.next().unwrap_or_default();
            let (arn, partition, service, region) = (next(), next(), next(), next());
            let (owner, name) = (next(), next());
            let kind = name.split_once('/');
            arn == "arn"
            && (partition == "aws" || partition.starts_with("aws-"))
            && region.is_empty()
            // CloudFront's origin access identities live in an account called `cloudfront`.
            && (account(owner) || owner == "cloudfront")
            && !text.contains(['*', '?'])
            && match service {
                "iam" => {
                    name == "root" || kind.is_some_and(|(kind, rest)| matches!(kind, "user" | "role") && !rest.is_empty())
                }
                "sts" => kind.is_some_and(|(kind, rest)| match kind {
                    "assumed-role" => rest.split_once('/').is_some_and(|(role, name)| !role.is_empty() && !name.is_empty()),
                    "federated-user" => !rest.is_empty(),
                    _ => false,
                }),
                _ => false,
            }
        };
    valid.then(|| PrincipalPattern::Aws(text.to_owned()))
}

fn service(text: &str) -> Option<PrincipalPattern> {
    let legal =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    let valid = text.contains('.') && text.bytes().all(legal);
    valid.then(|| PrincipalPattern::Service(text.to_owned()))
}

fn federated(text: &str) -> Option<PrincipalPattern> {
    let valid = !text.is_empty() && !text.contains(['*', '?']) && !text.contains(char::is_whitespace);
    valid.then(|| PrincipalPattern::Federated(text.to_owned()))
}

fn canonical(text: &str) -> Option<PrincipalPattern> {
    let valid = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| PrincipalPattern::CanonicalUser(text.to_owned()))
}
