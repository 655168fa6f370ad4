//! Session tags and source identity: what they may look like, and what a chain of roles does to them.
//!
//! Source: IAM User Guide, "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed roles".

use crate::access::{Access, Target};
use crate::call::Call;
use crate::identity::Bestowed;
use std::collections::HashSet;
use trailward_model::Tag;
use trailward_wire::ApiError;

const MOST: usize = 50;

/// What the new session is given: what was asked for, and what the caller's session passes on.
pub(super) fn bestowed(
    asked: &[Tag],
    transitive: &[String],
    source_identity: Option<&str>,
    caller: &Bestowed,
) -> Result<Bestowed, ApiError> {
    check(asked, transitive)?;
    let keys: HashSet<String> = asked.iter().map(|tag| tag.key.to_lowercase()).collect();
    let mut tags: Vec<Tag> =
        caller.tags.iter().filter(|tag| caller.is_transitive(&tag.key)).cloned().collect();
    if tags.iter().any(|tag| keys.contains(&tag.key.to_lowercase())) {
        return Err(invalid_value(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
        ));
    }
    if transitive.iter().any(|key| !keys.contains(&key.to_lowercase())) {
        return Err(invalid_value(
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    let mut passed: Vec<String> = tags.iter().map(|tag| tag.key.clone()).collect();
    passed.extend(transitive.iter().cloned());
    tags.extend(asked.iter().cloned());
    Ok(Bestowed { tags, transitive: passed, source_identity: source(source_identity, caller)? })
}

/// The source identity of a session, which stays what it was first set to.
fn source(asked: Option<&str>, caller: &Bestowed) -> Result<Option<String>, ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if let Some(name) = asked
        && (!(2..=64).contains(&name.len()) || !name.chars().all(allowed))
    {
        return Err(broken(
            "sourceIdentity",
            name,
            "satisfy regular expression pattern: [\\w+=,.@-]*, with a length of 2 to 64",
        ));
    }
    match (asked, &caller.source_identity) {
        (Some(asked), Some(have)) if asked != have => Err(ApiError::bad_request(
            "ValidationError",
            "The source identity is already set for this assume role session",
        )),
        (_, Some(have)) => Ok(Some(have.clone())),
        (asked, None) => Ok(asked.map(str::to_owned)),
    }
}

fn broken(member: &str, value: &str, rule: &str) -> ApiError {
    let shown: String = value.chars().take(200).collect();
    ApiError::bad_request(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{shown}' at '{member}' failed to satisfy constraint: Member must {rule}"
        ),
    )
}

fn invalid_value(text: &str) -> ApiError {
    ApiError::bad_request("InvalidParameterValue", text)
}

fn check(tags: &[Tag], transitive: &[String]) -> Result<(), ApiError> {
    if tags.len() > MOST {
        return Err(broken("tags", &format!("{} tags", tags.len()), "have length less than or equal to 50"));
    }
    if transitive.len() > MOST {
        let shown = format!("{} keys", transitive.len());
        return Err(broken("transitiveTagKeys", &shown, "have length less than or equal to 50"));
    }
    let mut seen = HashSet::new();
    for (at, tag) in tags.iter().enumerate() {
        let place = format!("tags.{}.member", at + 1);
        text(&format!("{place}.key"), &tag.key, 1, 128)?;
        text(&format!("{place}.value"), &tag.value, 0, 256)?;
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(invalid_value("Tag keys that begin with 'aws:' are reserved for system tags."));
        }
        if !seen.insert(tag.key.to_lowercase()) {
            return Err(invalid_value(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    let mut keys = transitive.iter().enumerate();
    keys.try_for_each(|(at, key)| text(&format!("transitiveTagKeys.{}.member", at + 1), key, 1, 128))
}

fn text(member: &str, value: &str, min: usize, max: usize) -> Result<(), ApiError> {
    let length = value.chars().count();
    if length < min {
        return Err(broken(member, value, &format!("have length greater than or equal to {min}")));
    }
    if length > max {
        return Err(broken(member, value, &format!("have length less than or equal to {max}")));
    }
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if !value.chars().all(allowed) {
        return Err(broken(
            member,
            value,
            "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
        ));
    }
    Ok(())
}

/// Adds what policies may ask about the tags and the source identity.
pub(super) fn with_keys(mut target: Target, given: &Bestowed) -> Target {
    for tag in &given.tags {
        target = target.with_key(&format!("aws:RequestTag/{}", tag.key), tag.value.clone());
    }
    target.context.set_multi("aws:TagKeys", given.tags.iter().map(|tag| tag.key.clone()));
    target.context.set_multi("sts:TransitiveTagKeys", given.transitive.iter().cloned());
    match &given.source_identity {
        Some(name) => target.with_key("sts:SourceIdentity", name.clone()),
        None => target,
    }
}

/// Tags and a source identity need permissions of their own beside `first`, inherited ones too: of the caller and, for a
/// role, of its trust policy.
pub(super) async fn authorize(
    first: Access,
    target: &Target,
    given: &Bestowed,
    call: &Call,
) -> Result<(), ApiError> {
    let mut needed = Vec::new();
    if !given.tags.is_empty() {
        needed.push(Access::read("sts:TagSession"));
    }
    if given.source_identity.is_some() {
        needed.push(Access::read("sts:SetSourceIdentity"));
    }
    if needed.is_empty() {
        return Ok(());
    }
    call.authorize(&first, target).await?;
    for access in needed {
        call.authorize(&access, target).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    fn caller() -> Bestowed {
        Bestowed {
            tags: vec![tag("Team", "blue"), tag("Stage", "dev")],
            transitive: vec!["team".into()],
            source_identity: Some("carol".into()),
        }
    }

    #[test]
    fn transitive_tags_and_the_source_identity_travel_on() {
        let made = bestowed(&[tag("Stage", "prod")], &["stage".into()], None, &caller()).unwrap();
        assert_eq!(made.tags, [tag("Team", "blue"), tag("Stage", "prod")]);
        assert!(made.is_transitive("TEAM") && made.is_transitive("Stage"));
        assert_eq!(made.source_identity.as_deref(), Some("carol"));
        assert!(bestowed(&[], &[], Some("carol"), &caller()).is_ok());
    }

    #[test]
    fn what_is_refused() {
        let none = Bestowed::default();
        let code = |outcome: Result<Bestowed, ApiError>| outcome.unwrap_err().code;
        let many: Vec<Tag> = (0..51).map(|n| tag(&format!("k{n}"), "")).collect();
        assert!(bestowed(&many[..50], &[], None, &none).is_ok());
        assert_eq!(code(bestowed(&many, &[], None, &none)), "ValidationError");
        assert_eq!(code(bestowed(&[tag("", "")], &[], None, &none)), "ValidationError");
        assert_eq!(code(bestowed(&[tag("a!", "")], &[], None, &none)), "ValidationError");
        assert_eq!(code(bestowed(&[tag("a", &"x".repeat(257))], &[], None, &none)), "ValidationError");
        assert_eq!(code(bestowed(&[tag("AWS:a", "")], &[], None, &none)), "InvalidParameterValue");
        let twice = [tag("a", "1"), tag("A", "2")];
        assert_eq!(code(bestowed(&twice, &[], None, &none)), "InvalidParameterValue");
        assert_eq!(code(bestowed(&[], &["a".into()], None, &none)), "InvalidParameterValue");
        assert_eq!(code(bestowed(&[tag("team", "red")], &[], None, &caller())), "InvalidParameterValue");
        assert_eq!(code(bestowed(&[], &[], Some("dave"), &caller())), "ValidationError");
        for bad in ["x", "a b", "a:b", &"x".repeat(65)] {
            assert_eq!(code(bestowed(&[], &[], Some(bad), &none)), "ValidationError", "{bad}");
        }
    }
}
