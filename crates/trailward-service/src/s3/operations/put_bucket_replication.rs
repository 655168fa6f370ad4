//! `PutBucketReplication`.
//!
//! DEVIATION: replica modification sync and the replication of objects that are there already are not implemented, and
//! refused. Replication Time Control is accepted and shown; replication is always as soon as it can be.

use super::prelude::{Answer, S3Call, S3Request, S3Response, convert, dto, record};
use serde_json::json;
use trailward_bucket::{
    BucketError, Replication, ReplicationDestination, ReplicationFilter, ReplicationFilterForm,
    ReplicationRule, StorageClass,
};
use trailward_model::Arn;
use trailward_policy::{Context, Decision, Request, evaluate, explain};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketReplicationInput>,
) -> Answer<dto::PutBucketReplicationOutput> {
    let grant = call.grant()?;
    let replication = read(req.input.replication_configuration).map_err(|e| call.refuse(e))?;
    note(&call, &replication);
    check_role(&call, &replication.role).map_err(|e| call.refuse(e))?;
    call.writing().await?.put_bucket_replication(&grant, replication).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketReplicationOutput::default()))
}

/// The caller hands the role to S3, which is a permission of its own; and only a role of the same account.
fn check_role(call: &S3Call, role: &str) -> Result<(), BucketError> {
    let invalid = || BucketError::InvalidArgument {
        message: "Invalid Amazon Resource Name (ARN) for the role.".to_owned(),
        name: "Role",
        value: role.to_owned(),
    };
    let arn: Arn = role.parse().map_err(|_| invalid())?;
    if arn.service != "iam" || !arn.resource.starts_with("role/") {
        return Err(invalid());
    }
    let mut context = Context::new();
    context.set("iam:PassedToService", "s3.amazonaws.com");
    let context = call.context().clone().overlaid(&context);
    let identity = call.identity();
    let request = Request {
        caller: &identity.caller,
        action: "iam:PassRole",
        resource: role,
        resource_account: Some(&arn.account),
        resource_policy: None,
        resource_policy_required: false,
        rcps: &[],
        context: &context,
    };
    if arn.account == identity.account && evaluate(&request) == Decision::Allow {
        return Ok(());
    }
    Err(BucketError::AccessDenied(format!(
        "User: {} is not authorized to perform: iam:PassRole on resource: {role} {}",
        identity.display_arn(),
        explain(&request).denied_because()
    )))
}

fn read(asked: dto::ReplicationConfiguration) -> Result<Replication, BucketError> {
    let rules = asked.rules.into_iter().map(read_rule).collect::<Result<_, _>>()?;
    Ok(Replication { role: asked.role, rules })
}

fn on(status: &str) -> Result<bool, BucketError> {
    match status {
        "Enabled" => Ok(true),
        "Disabled" => Ok(false),
        _ => Err(BucketError::MalformedXml),
    }
}

fn read_rule(rule: dto::ReplicationRule) -> Result<ReplicationRule, BucketError> {
    let off = |what: &'static str, status: Option<&str>| match status.map(on).transpose()? {
        Some(true) => Err(BucketError::NotImplemented(what)),
        _ => Ok(()),
    };
    off(
        "The replication of existing objects is not implemented here",
        rule.existing_object_replication.as_ref().map(|e| e.status.as_str()),
    )?;
    let criteria = rule.source_selection_criteria.unwrap_or_default();
    off(
        "The replication of replica modifications is not implemented here",
        criteria.replica_modifications.as_ref().map(|m| m.status.as_str()),
    )?;
    let kms = criteria.sse_kms_encrypted_objects.map(|objects| on(objects.status.as_str())).transpose()?;
    let markers = rule.delete_marker_replication.map(|markers| {
        markers.status.as_ref().map_or(Err(BucketError::MalformedXml), |status| on(status.as_str()))
    });
    Ok(ReplicationRule {
        id: rule.id.unwrap_or_default(),
        priority: rule.priority.map(i64::from),
        enabled: on(rule.status.as_str())?,
        filter: filter(rule.filter, rule.prefix)?,
        delete_markers: markers.transpose()?,
        kms_objects: kms.unwrap_or(false),
        destination: destination(rule.destination)?,
    })
}

fn filter(
    filter: Option<dto::ReplicationRuleFilter>,
    prefix: Option<String>,
) -> Result<ReplicationFilter, BucketError> {
    let (form, prefix, tags) = match (filter, prefix) {
        (None, prefix) => (ReplicationFilterForm::Legacy, prefix, Vec::new()),
        (Some(dto::ReplicationRuleFilter { and: None, prefix, tag, .. }), None) => {
            if prefix.is_some() && tag.is_some() {
                return Err(BucketError::MalformedXml);
            }
            (ReplicationFilterForm::Plain, prefix, tag.into_iter().collect())
        }
        (Some(dto::ReplicationRuleFilter { and: Some(and), prefix: None, tag: None, .. }), None) => {
            (ReplicationFilterForm::And, and.prefix, and.tags.unwrap_or_default())
        }
        _ => return Err(BucketError::MalformedXml),
    };
    Ok(ReplicationFilter { form, prefix, tags: convert::to_tags(tags)? })
}

fn destination(asked: dto::Destination) -> Result<ReplicationDestination, BucketError> {
    let bucket = asked.bucket.strip_prefix("arn:aws:s3:::").filter(|name| !name.is_empty());
    let bucket = bucket.ok_or_else(|| BucketError::InvalidArgument {
        message: "Invalid bucket ARN.".to_owned(),
        name: "Bucket",
        value: asked.bucket.clone(),
    })?;
    let class = asked.storage_class.as_ref().map(dto::StorageClass::as_str);
    let class = class.map(|name| match name {
        "STANDARD" => Ok(StorageClass::Standard),
        "REDUCED_REDUNDANCY" => Ok(StorageClass::ReducedRedundancy),
        name => {
            StorageClass::of_transition(name).ok_or_else(|| BucketError::InvalidStorageClass(name.to_owned()))
        }
    });
    let minutes = |value: dto::ReplicationTimeValue| value.minutes.unwrap_or(0);
    let time = match asked.replication_time {
        Some(time) if on(time.status.as_str())? => Some(minutes(time.time)),
        _ => None,
    };
    let metrics = match asked.metrics {
        Some(metrics) if on(metrics.status.as_str())? => Some(metrics.event_threshold.map(minutes)),
        _ => None,
    };
    Ok(ReplicationDestination {
        bucket: bucket.to_owned(),
        account: asked.account,
        class: class.transpose()?,
        kms_key: asked.encryption_configuration.and_then(|encryption| encryption.replica_kms_key_id),
        owner_translation: asked.access_control_translation.is_some(),
        time_minutes: time,
        metrics,
    })
}

fn note(call: &S3Call, replication: &Replication) {
    let rules: Vec<_> = replication
        .rules
        .iter()
        .map(|rule| {
            json!({
                "ID": rule.id,
                "Status": if rule.enabled { "Enabled" } else { "Disabled" },
                "Destination": { "Bucket": format!("arn:aws:s3:::{}", rule.destination.bucket) },
            })
        })
        .collect();
    let members = [("Role", json!(replication.role)), ("Rule", json!(rules))];
    record::add_document(call, "ReplicationConfiguration", members);
}
