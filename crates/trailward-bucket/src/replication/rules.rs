use crate::record::{Bucket, Kind, ReplicationRule, ReplicationStatus, Sse, Version};
use std::collections::BTreeMap;

/// Whether any rule of the bucket wants the version replicated.
pub(crate) fn wants(bucket: &Bucket, key: &str, version: &Version) -> bool {
    !matching(bucket, key, version).is_empty()
}

/// The rule to apply for each destination: of those that match, the one with the highest priority.
pub(super) fn matching<'a>(bucket: &'a Bucket, key: &str, version: &Version) -> Vec<&'a ReplicationRule> {
    // A replica of a replica would go round in circles.
    if version.replication == Some(ReplicationStatus::Replica) {
        return Vec::new();
    }
    let mut chosen: BTreeMap<&str, &ReplicationRule> = BTreeMap::new();
    for rule in bucket.replication.iter().flat_map(|replication| &replication.rules) {
        if !matches(rule, key, version) {
            continue;
        }
        let there = chosen.entry(&rule.destination.bucket).or_insert(rule);
        if rule.priority > there.priority {
            *there = rule;
        }
    }
    chosen.into_values().collect()
}

fn matches(rule: &ReplicationRule, key: &str, version: &Version) -> bool {
    let filter = &rule.filter;
    if !rule.enabled || !filter.prefix.as_deref().is_none_or(|prefix| key.starts_with(prefix)) {
        return false;
    }
    match &version.kind {
        // Rules of the first version always replicated them.
        Kind::DeleteMarker => rule.delete_markers.unwrap_or(true),
        Kind::Object(object) => {
            let sealed = match &object.sse {
                Sse::Store => true,
                Sse::Kms(_) => rule.kms_objects,
                Sse::Customer(_) => false,
            };
            sealed && filter.tags.iter().all(|tag| object.tags.contains(tag))
        }
    }
}
