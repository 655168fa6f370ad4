use crate::record::{Bucket, TopicNotification};

/// Every event that S3 has for topics. Those that cannot happen here never do.
///
/// Source: S3 User Guide, "Supported event types for SQS, SNS, and Lambda".
pub(crate) const EVENTS: [&str; 27] = [
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:ObjectAcl:Put",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Put",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ObjectRestore:Post",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Delete",
    "s3:ObjectTagging:Put",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationReplicatedAfterThreshold",
];

/// Whether one of the two event names covers the other.
fn same(one: &str, other: &str) -> bool {
    let covers = |wide: &str, narrow: &str| {
        wide == narrow || wide.strip_suffix('*').is_some_and(|start| narrow.starts_with(start))
    };
    covers(one, other) || covers(other, one)
}

/// Whether some object's event would be told by both.
pub(crate) fn overlap(one: &TopicNotification, other: &TopicNotification) -> bool {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (a, b) = (text(&one.prefix), text(&other.prefix));
    let (c, d) = (text(&one.suffix), text(&other.suffix));
    let events = one.events.iter().any(|event| other.events.iter().any(|another| same(event, another)));
    let prefixes = a.starts_with(&b) || b.starts_with(&a);
    let suffixes = c.ends_with(&d) || d.ends_with(&c);
    events && prefixes && suffixes
}

/// The configurations of `bucket` that want the event `name` (without `s3:`) of `key`.
pub(super) fn wanting<'a>(
    bucket: &'a Bucket,
    name: &'a str,
    key: &'a str,
) -> impl Iterator<Item = &'a TopicNotification> {
    let name = format!("s3:{name}");
    bucket.notifications.iter().filter(move |wanted| {
        wanted.events.iter().any(|event| same(event, &name))
            && wanted.prefix.as_deref().is_none_or(|prefix| key.starts_with(prefix))
            && wanted.suffix.as_deref().is_none_or(|suffix| key.ends_with(suffix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(events: &[&str], prefix: &str, suffix: &str) -> TopicNotification {
        TopicNotification {
            id: "x".into(),
            topic: "arn".into(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            prefix: Some(prefix.into()).filter(|text: &String| !text.is_empty()),
            suffix: Some(suffix.into()).filter(|text: &String| !text.is_empty()),
        }
    }

    #[test]
    fn overlaps_are_found() {
        let all = wanted(&["s3:ObjectCreated:*"], "", "");
        assert!(overlap(&all, &wanted(&["s3:ObjectCreated:Put"], "a/", ".gz")));
        assert!(!overlap(&all, &wanted(&["s3:ObjectRemoved:*"], "", "")));
        let logs = wanted(&["s3:ObjectCreated:Put"], "AWSLogs/", ".gz");
        assert!(!overlap(&logs, &wanted(&["s3:ObjectCreated:*"], "other/", "")));
        assert!(!overlap(&logs, &wanted(&["s3:ObjectCreated:*"], "", ".json")));
        assert!(overlap(&logs, &wanted(&["s3:ObjectCreated:*"], "AWSLogs/1", "json.gz")));
    }
}
