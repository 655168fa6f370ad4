//! `GetBucketReplication`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, convert, dto, int};
use trailward_bucket::{ReplicationDestination, ReplicationFilter, ReplicationFilterForm, ReplicationRule};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketReplicationInput>,
) -> Answer<dto::GetBucketReplicationOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_replication(&grant).await.map_err(|e| call.refuse(e))?;
    let rules = found.rules.into_iter().map(shown).collect();
    Ok(S3Response::new(dto::GetBucketReplicationOutput {
        replication_configuration: Some(dto::ReplicationConfiguration { role: found.role, rules }),
    }))
}

fn status(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}

fn shown(rule: ReplicationRule) -> dto::ReplicationRule {
    let (filter, prefix) = filter(rule.filter);
    let criteria = dto::SourceSelectionCriteria {
        replica_modifications: None,
        sse_kms_encrypted_objects: Some(dto::SseKmsEncryptedObjects {
            status: dto::SseKmsEncryptedObjectsStatus::from_static(status(true)),
        }),
    };
    dto::ReplicationRule {
        delete_marker_replication: rule.delete_markers.map(|on| dto::DeleteMarkerReplication {
            status: Some(dto::DeleteMarkerReplicationStatus::from_static(status(on))),
        }),
        destination: destination(rule.destination),
        existing_object_replication: None,
        filter,
        id: Some(rule.id),
        prefix,
        priority: rule.priority.map(int),
        source_selection_criteria: rule.kms_objects.then_some(criteria),
        status: dto::ReplicationRuleStatus::from_static(status(rule.enabled)),
    }
}

fn filter(filter: ReplicationFilter) -> (Option<dto::ReplicationRuleFilter>, Option<String>) {
    let tags = convert::from_tags(filter.tags);
    let plain = dto::ReplicationRuleFilter::default();
    match filter.form {
        ReplicationFilterForm::Legacy => (None, Some(filter.prefix.unwrap_or_default())),
        ReplicationFilterForm::Plain => {
            let tag = tags.into_iter().next();
            // An empty filter is one with an empty prefix.
            let prefix = filter.prefix.or_else(|| tag.is_none().then(String::new));
            (Some(dto::ReplicationRuleFilter { prefix, tag, ..plain }), None)
        }
        ReplicationFilterForm::And => {
            let and = dto::ReplicationRuleAndOperator {
                prefix: filter.prefix,
                tags: Some(tags).filter(|tags| !tags.is_empty()),
            };
            (Some(dto::ReplicationRuleFilter { and: Some(and), ..plain }), None)
        }
    }
}

fn destination(destination: ReplicationDestination) -> dto::Destination {
    let minutes = |minutes| dto::ReplicationTimeValue { minutes: Some(minutes) };
    dto::Destination {
        access_control_translation: destination.owner_translation.then(|| dto::AccessControlTranslation {
            owner: dto::OwnerOverride::from_static(dto::OwnerOverride::DESTINATION),
        }),
        account: destination.account,
        bucket: format!("arn:aws:s3:::{}", destination.bucket),
        encryption_configuration: destination
            .kms_key
            .map(|key| dto::EncryptionConfiguration { replica_kms_key_id: Some(key) }),
        metrics: destination.metrics.map(|threshold| dto::Metrics {
            event_threshold: threshold.map(minutes),
            status: dto::MetricsStatus::from_static(status(true)),
        }),
        replication_time: destination.time_minutes.map(|time| dto::ReplicationTime {
            status: dto::ReplicationTimeStatus::from_static(status(true)),
            time: minutes(time),
        }),
        storage_class: destination.class.map(|class| dto::StorageClass::from_static(class.as_str())),
    }
}
