//! What a replication configuration must be like, apart from the buckets it names.
//!
//! Source: S3 API Reference, `PutBucketReplication`; User Guide, "Replication configuration file elements".

use crate::BucketError;
use crate::record::{Replication, ReplicationFilterForm, ReplicationRule, random_hex};
use std::collections::BTreeSet;

/// Checks the rules and gives those without an id one.
pub(super) fn check_rules(replication: &mut Replication) -> Result<(), BucketError> {
    let rules = &mut replication.rules;
    if rules.is_empty() || rules.len() > 1000 {
        return Err(BucketError::MalformedXml);
    }
    for rule in rules.iter_mut() {
        if rule.id.is_empty() {
            rule.id = random_hex()?;
        }
        check_rule(rule)?;
    }
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    if ids.len() < rules.len() {
        return Err(argument("ID", "Rule ID must be unique. Found same ID for one or more rules."));
    }
    let legacy = rules.iter().filter(|rule| is_legacy(rule)).count();
    if legacy > 0 && legacy < rules.len() {
        return Err(invalid("Replication rules of both versions cannot be in one configuration."));
    }
    let priorities: BTreeSet<i64> = rules.iter().filter_map(|rule| rule.priority).collect();
    if legacy == 0 && priorities.len() < rules.len() {
        return Err(argument(
            "Priority",
            "Found duplicate priority or a rule without one. Priority must be unique across all replication rules.",
        ));
    }
    Ok(())
}

fn is_legacy(rule: &ReplicationRule) -> bool {
    rule.filter.form == ReplicationFilterForm::Legacy
}

fn check_rule(rule: &ReplicationRule) -> Result<(), BucketError> {
    if rule.id.chars().count() > 255 {
        return Err(argument("ID", "ID length should not exceed allowed limit of 255"));
    }
    if rule.filter.prefix.as_ref().is_some_and(|prefix| prefix.len() > 1024) {
        return Err(argument("Prefix", "The maximum size of a prefix is 1024"));
    }
    if is_legacy(rule) {
        if rule.priority.is_some() || rule.delete_markers.is_some() {
            return Err(invalid(
                "Priority and DeleteMarkerReplication cannot be used for this version of the replication configuration schema. Please refer to S3 Developer Guide for more information.",
            ));
        }
    } else {
        let Some(delete_markers) = rule.delete_markers else {
            return Err(invalid(
                "DeleteMarkerReplication must be specified for this version of the replication configuration schema. Please refer to S3 Developer Guide for more information.",
            ));
        };
        match rule.priority {
            None => {
                return Err(invalid(
                    "Priority must be specified for this version of the replication configuration schema. Please refer to S3 Developer Guide for more information.",
                ));
            }
            Some(priority) if !(0..=i64::from(i32::MAX)).contains(&priority) => {
                return Err(argument("Priority", "Priority must be between 0 and 2147483647"));
            }
            Some(_) => {}
        }
        if delete_markers && !rule.filter.tags.is_empty() {
            return Err(invalid(
                "Delete marker replication is not supported if any Tag filter is specified.",
            ));
        }
    }
    let mut keys = BTreeSet::new();
    if rule.filter.tags.len() > 10 || !rule.filter.tags.iter().all(|tag| keys.insert(&tag.key)) {
        return Err(invalid("Duplicate Tag Keys are not allowed."));
    }
    let destination = &rule.destination;
    if rule.kms_objects && destination.kms_key.is_none() {
        return Err(invalid("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."));
    }
    if !rule.kms_objects && destination.kms_key.is_some() {
        return Err(invalid(
            "SseKmsEncryptedObjects must be enabled if EncryptionConfiguration tag is present.",
        ));
    }
    if destination.owner_translation && destination.account.is_none() {
        return Err(invalid("Account must be specified if AccessControlTranslation tag is present."));
    }
    if destination.time_minutes.is_some_and(|minutes| minutes != 15)
        || destination.metrics.flatten().is_some_and(|minutes| minutes != 15)
    {
        return Err(invalid("Replication time and its threshold must be 15 minutes."));
    }
    if destination.time_minutes.is_some() && destination.metrics.is_none() {
        return Err(invalid("Metrics must be specified if ReplicationTime tag is present."));
    }
    Ok(())
}

fn invalid(text: &str) -> BucketError {
    BucketError::InvalidRequest(text.to_owned())
}

fn argument(name: &'static str, text: &str) -> BucketError {
    BucketError::argument(name, "", text)
}
