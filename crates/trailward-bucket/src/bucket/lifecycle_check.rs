//! What S3 refuses of a lifecycle configuration.
//!
//! Source: Amazon S3 User Guide, "Lifecycle configuration elements" and "Transitioning objects using Amazon S3
//! Lifecycle". Where AWS documents no message, the words are those its users report.

use crate::BucketError;
use crate::record::{
    Expiration, FilterForm, Lifecycle, LifecycleFilter, LifecycleRule, Noncurrent, StorageClass, When,
};
use std::collections::HashSet;

const MAX_RULES: usize = 1000;
const MAX_ID: usize = 255;
const DAY: i64 = 86_400;

/// Days an object stays before it may move to an infrequent access class, and before it may move on from there.
const INFREQUENT: i64 = 30;

pub(super) fn check(lifecycle: &Lifecycle) -> Result<(), BucketError> {
    let rules = &lifecycle.rules;
    if rules.is_empty() || rules.len() > MAX_RULES {
        return Err(BucketError::MalformedXml);
    }
    let mut ids = HashSet::new();
    for rule in rules {
        if rule.id.chars().count() > MAX_ID {
            return Err(invalid("ID", &rule.id, "ID length should not exceed allowed limit of 255"));
        }
        if !ids.insert(rule.id.as_str()) {
            let text = "Rule ID must be unique. Found same ID for more than one rule";
            return Err(invalid("ID", &rule.id, text));
        }
        check_rule(rule)?;
    }
    Ok(())
}

fn invalid(name: &'static str, value: &str, message: &str) -> BucketError {
    BucketError::argument(name, value, message)
}

fn request(message: &str) -> BucketError {
    BucketError::InvalidRequest(message.to_owned())
}

fn check_rule(rule: &LifecycleRule) -> Result<(), BucketError> {
    check_filter(&rule.filter)?;
    let acts = rule.expiration.is_some()
        || rule.noncurrent_expiration.is_some()
        || rule.abort_days.is_some()
        || !rule.transitions.is_empty()
        || !rule.noncurrent_transitions.is_empty();
    if !acts {
        return Err(request("At least one action needs to be specified in a rule"));
    }
    let sized = rule.filter.larger_than.is_some() || rule.filter.smaller_than.is_some();
    if rule.abort_days.is_some() && (!rule.filter.tags.is_empty() || sized) {
        let what = if sized { "ObjectSize" } else { "Tags" };
        return Err(request(&format!("AbortIncompleteMultipartUpload cannot be specified with {what}.")));
    }
    let markers = matches!(rule.expiration, Some(Expiration::ExpiredMarkers(_)));
    if markers && (!rule.filter.tags.is_empty() || sized) {
        let what = if sized { "ObjectSize" } else { "Tags" };
        return Err(request(&format!("ExpiredObjectDeleteMarker cannot be specified with {what}.")));
    }
    if let Some(days) = rule.abort_days {
        positive("DaysAfterInitiation", "AbortIncompleteMultipartUpload", days)?;
    }
    check_newest(rule)?;
    check_noncurrent(rule)
}

fn check_filter(filter: &LifecycleFilter) -> Result<(), BucketError> {
    if filter.prefix.as_ref().is_some_and(|prefix| prefix.len() > 1024) {
        return Err(request("The maximum size of a prefix is 1024."));
    }
    let predicates = usize::from(filter.prefix.is_some())
        + filter.tags.len()
        + usize::from(filter.larger_than.is_some())
        + usize::from(filter.smaller_than.is_some());
    match filter.form {
        FilterForm::Plain if predicates > 1 => return Err(BucketError::MalformedXml),
        FilterForm::And if predicates < 2 => return Err(BucketError::MalformedXml),
        _ => {}
    }
    let mut keys = HashSet::new();
    if !filter.tags.iter().all(|tag| keys.insert(tag.key.as_str())) {
        return Err(request("Duplicate Tag Keys are not allowed."));
    }
    for (name, bytes) in
        [("ObjectSizeGreaterThan", filter.larger_than), ("ObjectSizeLessThan", filter.smaller_than)]
    {
        if let Some(bytes) = bytes.filter(|bytes| *bytes < 0) {
            return Err(invalid(name, &bytes.to_string(), &format!("'{name}' must be nonnegative")));
        }
    }
    if let (Some(larger), Some(smaller)) = (filter.larger_than, filter.smaller_than)
        && larger >= smaller
    {
        return Err(request("'ObjectSizeGreaterThan' must be less than 'ObjectSizeLessThan'"));
    }
    Ok(())
}

fn positive(member: &'static str, action: &str, days: i64) -> Result<(), BucketError> {
    if days > 0 {
        return Ok(());
    }
    let text = format!("'{member}' for {action} action must be a positive integer");
    Err(invalid(member, &days.to_string(), &text))
}

fn midnight(date: i64) -> Result<(), BucketError> {
    if date.rem_euclid(DAY) == 0 {
        return Ok(());
    }
    Err(invalid("Date", &date.to_string(), "'Date' must be at midnight GMT"))
}

fn infrequent(class: StorageClass) -> bool {
    matches!(class, StorageClass::StandardIa | StorageClass::OnezoneIa)
}

fn after_thirty(
    member: &'static str,
    action: &str,
    class: StorageClass,
    days: i64,
) -> Result<(), BucketError> {
    if days < 0 {
        let text = format!("'{member}' in {action} action must be nonnegative");
        return Err(invalid(member, &days.to_string(), &text));
    }
    if infrequent(class) && days < INFREQUENT {
        let text = format!(
            "'{member}' in {action} action must be greater than or equal to {INFREQUENT} for storageClass '{}'",
            class.as_str()
        );
        return Err(invalid(member, &days.to_string(), &text));
    }
    Ok(())
}

fn check_newest(rule: &LifecycleRule) -> Result<(), BucketError> {
    let expires = match rule.expiration {
        Some(Expiration::When(when)) => Some(when),
        _ => None,
    };
    match expires {
        Some(When::Days(days)) => positive("Days", "Expiration", days)?,
        Some(When::Date(date)) => midnight(date)?,
        None => {}
    }
    let mut seen = HashSet::new();
    let mut steps = Vec::new();
    for transition in &rule.transitions {
        if !seen.insert(transition.class.as_str()) {
            return Err(request("'StorageClass' must be different for 'Transition' actions in same 'Rule'"));
        }
        let at = match transition.when {
            When::Days(days) => {
                after_thirty("Days", "Transition", transition.class, days)?;
                days
            }
            When::Date(date) => {
                midnight(date)?;
                date / DAY
            }
        };
        steps.push((at, transition.class));
    }
    let dated = |when: When| matches!(when, When::Date(_));
    let whens: Vec<When> = rule.transitions.iter().map(|t| t.when).chain(expires).collect();
    if whens.iter().any(|when| dated(*when)) && !whens.iter().all(|when| dated(*when)) {
        return Err(request(
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
        ));
    }
    check_order(&mut steps, "Transition")?;
    let last = steps.iter().map(|(at, _)| *at).max();
    let end = expires.map(|when| match when {
        When::Days(days) => days,
        When::Date(date) => date / DAY,
    });
    match (last, end) {
        (Some(last), Some(end)) if end <= last => {
            let member = if whens.iter().any(|when| dated(*when)) { "Date" } else { "Days" };
            let text = format!(
                "'{member}' in the Expiration action must be greater than '{member}' in the Transition action"
            );
            Err(invalid(member, &end.to_string(), &text))
        }
        _ => Ok(()),
    }
}

/// Colder classes come later, and no sooner than thirty days after an infrequent access class.
fn check_order(steps: &mut [(i64, StorageClass)], action: &str) -> Result<(), BucketError> {
    steps.sort_by_key(|(_, class)| class.coldness());
    for pair in steps.windows(2) {
        let [(before, from), (at, to)] = pair else { continue };
        let wait = if infrequent(*from) { INFREQUENT } else { 1 };
        if *at < before + wait {
            let text = format!(
                "'Days' in the '{action}' action for StorageClass '{}' must be {wait} days more than for StorageClass '{}'",
                to.as_str(),
                from.as_str()
            );
            return Err(invalid("Days", &at.to_string(), &text));
        }
    }
    Ok(())
}

fn check_noncurrent(rule: &LifecycleRule) -> Result<(), BucketError> {
    let newer = |noncurrent: &Noncurrent, action: &str| match noncurrent.newer {
        Some(newer) if !(1..=100).contains(&newer) => {
            let text =
                format!("'NewerNoncurrentVersions' for {action} action must be a positive integer up to 100");
            Err(invalid("NewerNoncurrentVersions", &newer.to_string(), &text))
        }
        _ => Ok(()),
    };
    if let Some(expiration) = &rule.noncurrent_expiration {
        positive("NoncurrentDays", "NoncurrentVersionExpiration", expiration.days)?;
        newer(expiration, "NoncurrentVersionExpiration")?;
    }
    let mut steps = Vec::new();
    for (noncurrent, class) in &rule.noncurrent_transitions {
        after_thirty("NoncurrentDays", "NoncurrentVersionTransition", *class, noncurrent.days)?;
        newer(noncurrent, "NoncurrentVersionTransition")?;
        steps.push((noncurrent.days, *class));
    }
    check_order(&mut steps, "NoncurrentVersionTransition")?;
    let last = steps.iter().map(|(at, _)| *at).max();
    match (last, rule.noncurrent_expiration) {
        (Some(last), Some(expiration)) if expiration.days <= last => Err(invalid(
            "NoncurrentDays",
            &expiration.days.to_string(),
            "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action",
        )),
        _ => Ok(()),
    }
}
