//! The calls that change a bucket.

use super::execute::unknown;
use super::input::Input;
use crate::account::{Block, Lifecycle, LifecycleFilter, LifecycleRule, Tag, Transition};
use crate::aws::{ReadError, found};
use crate::plan::Call;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types as aws;
use serde_json::Value;

/// The control's one rule.
fn replication(input: &Input<'_>) -> Result<aws::ReplicationConfiguration, ReadError> {
    let wrong = |_| input.wrong("ReplicationConfiguration");
    let root = "/ReplicationConfiguration";
    let rule = format!("{root}/Rules/0");
    let to = format!("{rule}/Destination");
    let maybe = |path: String| input.at(&path).and_then(Value::as_str).map(str::to_owned);
    let key = maybe(format!("{to}/EncryptionConfiguration/ReplicaKmsKeyID"));
    let owner = maybe(format!("{to}/AccessControlTranslation/Owner"));
    let owner =
        owner.map(|owner| aws::AccessControlTranslation::builder().owner(owner.as_str().into()).build());
    let encrypted = key.is_some().then(|| {
        aws::SseKmsEncryptedObjects::builder().status(aws::SseKmsEncryptedObjectsStatus::Enabled).build()
    });
    let destination = aws::Destination::builder()
        .bucket(input.text_at(&format!("{to}/Bucket"))?)
        .set_account(maybe(format!("{to}/Account")))
        .set_access_control_translation(owner.transpose().map_err(wrong)?)
        .set_encryption_configuration(
            key.map(|key| aws::EncryptionConfiguration::builder().replica_kms_key_id(key).build()),
        );
    let criteria = encrypted.transpose().map_err(wrong)?.map(|encrypted| {
        aws::SourceSelectionCriteria::builder().sse_kms_encrypted_objects(encrypted).build()
    });
    let markers = aws::DeleteMarkerReplication::builder()
        .status(input.text_at(&format!("{rule}/DeleteMarkerReplication/Status"))?.as_str().into());
    let rule = aws::ReplicationRule::builder()
        .id(input.text_at(&format!("{rule}/ID"))?)
        .priority(1)
        .status(aws::ReplicationRuleStatus::Enabled)
        .filter(aws::ReplicationRuleFilter::builder().prefix("").build())
        .delete_marker_replication(markers.build())
        .set_source_selection_criteria(criteria)
        .destination(destination.build().map_err(wrong)?);
    let configuration = aws::ReplicationConfiguration::builder()
        .role(input.text_at(&format!("{root}/Role"))?)
        .rules(rule.build().map_err(wrong)?);
    configuration.build().map_err(wrong)
}

/// Makes a call that changes the account.
pub(super) async fn execute_control(
    client: &aws_sdk_s3control::Client,
    call: &Call,
    input: Input<'_>,
) -> Result<(), ReadError> {
    if call.operation != "PutPublicAccessBlock" {
        return unknown(call);
    }
    let block: Block = input.structure("PublicAccessBlockConfiguration")?;
    let block = aws_sdk_s3control::types::PublicAccessBlockConfiguration::builder()
        .block_public_acls(block.block_public_acls)
        .ignore_public_acls(block.ignore_public_acls)
        .block_public_policy(block.block_public_policy)
        .restrict_public_buckets(block.restrict_public_buckets)
        .build();
    let request = client
        .put_public_access_block()
        .account_id(input.text("AccountId")?)
        .public_access_block_configuration(block);
    found("s3:PutAccountPublicAccessBlock", request.send().await, &[])?;
    Ok(())
}

/// Makes a call that changes a bucket.
pub(super) async fn execute(client: &Client, call: &Call, input: Input<'_>) -> Result<(), ReadError> {
    let bucket = input.text("Bucket")?;
    match call.operation.as_str() {
        "CreateBucket" => {
            let constraint =
                input.at("/CreateBucketConfiguration/LocationConstraint").and_then(Value::as_str);
            let place = constraint.map(|region| {
                aws::CreateBucketConfiguration::builder().location_constraint(region.into()).build()
            });
            let request = client
                .create_bucket()
                .bucket(bucket)
                .set_create_bucket_configuration(place)
                .set_object_lock_enabled_for_bucket(input.flag("ObjectLockEnabledForBucket"));
            found("s3:CreateBucket", request.send().await, &[])?;
        }
        "PutPublicAccessBlock" => {
            let block: Block = input.structure("PublicAccessBlockConfiguration")?;
            let block = aws::PublicAccessBlockConfiguration::builder()
                .block_public_acls(block.block_public_acls)
                .ignore_public_acls(block.ignore_public_acls)
                .block_public_policy(block.block_public_policy)
                .restrict_public_buckets(block.restrict_public_buckets)
                .build();
            let request =
                client.put_public_access_block().bucket(bucket).public_access_block_configuration(block);
            found("s3:PutBucketPublicAccessBlock", request.send().await, &[])?;
        }
        "PutBucketOwnershipControls" => {
            let ownership = input.text_at("/OwnershipControls/Rules/0/ObjectOwnership")?;
            let rule = aws::OwnershipControlsRule::builder().object_ownership(ownership.as_str().into());
            let wrong = |_| input.wrong("OwnershipControls");
            let controls = aws::OwnershipControls::builder().rules(rule.build().map_err(wrong)?);
            let request = client
                .put_bucket_ownership_controls()
                .bucket(bucket)
                .ownership_controls(controls.build().map_err(wrong)?);
            found("s3:PutBucketOwnershipControls", request.send().await, &[])?;
        }
        "PutBucketVersioning" => {
            let status = input.text_at("/VersioningConfiguration/Status")?;
            let versioning = aws::VersioningConfiguration::builder().status(status.as_str().into()).build();
            let request = client.put_bucket_versioning().bucket(bucket).versioning_configuration(versioning);
            found("s3:PutBucketVersioning", request.send().await, &[])?;
        }
        "PutBucketEncryption" => {
            let rule = "/ServerSideEncryptionConfiguration/Rules/0";
            let default = format!("{rule}/ApplyServerSideEncryptionByDefault");
            let key =
                input.at(&format!("{default}/KMSMasterKeyID")).and_then(Value::as_str).map(str::to_owned);
            let wrong = |_| input.wrong("ServerSideEncryptionConfiguration");
            let by_default = aws::ServerSideEncryptionByDefault::builder()
                .sse_algorithm(input.text_at(&format!("{default}/SSEAlgorithm"))?.as_str().into())
                .set_kms_master_key_id(key)
                .build()
                .map_err(wrong)?;
            let rule = aws::ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(by_default)
                .set_bucket_key_enabled(
                    input.at(&format!("{rule}/BucketKeyEnabled")).and_then(Value::as_bool),
                )
                .build();
            let configuration = aws::ServerSideEncryptionConfiguration::builder().rules(rule);
            let request = client
                .put_bucket_encryption()
                .bucket(bucket)
                .server_side_encryption_configuration(configuration.build().map_err(wrong)?);
            found("s3:PutEncryptionConfiguration", request.send().await, &[])?;
        }
        "PutObjectLockConfiguration" => {
            let rule = "/ObjectLockConfiguration/Rule/DefaultRetention";
            let days = input.at(&format!("{rule}/Days")).and_then(Value::as_i64);
            let days = days.and_then(|n| i32::try_from(n).ok()).ok_or_else(|| input.wrong("Days"))?;
            let retention = aws::DefaultRetention::builder()
                .mode(input.text_at(&format!("{rule}/Mode"))?.as_str().into())
                .days(days)
                .build();
            let configuration = aws::ObjectLockConfiguration::builder()
                .object_lock_enabled(aws::ObjectLockEnabled::Enabled)
                .rule(aws::ObjectLockRule::builder().default_retention(retention).build())
                .build();
            let request = client
                .put_object_lock_configuration()
                .bucket(bucket)
                .object_lock_configuration(configuration);
            found("s3:PutBucketObjectLockConfiguration", request.send().await, &[])?;
        }
        "PutBucketReplication" => {
            let configuration = replication(&input)?;
            let request =
                client.put_bucket_replication().bucket(bucket).replication_configuration(configuration);
            found("s3:PutReplicationConfiguration", request.send().await, &[])?;
        }
        "PutBucketPolicy" => {
            let request = client.put_bucket_policy().bucket(bucket).policy(input.text("Policy")?);
            found("s3:PutBucketPolicy", request.send().await, &[])?;
        }
        "PutBucketLifecycleConfiguration" => {
            let lifecycle: Lifecycle = input.structure("LifecycleConfiguration")?;
            let mut configuration = aws::BucketLifecycleConfiguration::builder();
            for rule in lifecycle.rules {
                let built = self::rule(rule).map_err(|_| input.wrong("LifecycleConfiguration"))?;
                configuration = configuration.rules(built);
            }
            let configuration = configuration.build().map_err(|_| input.wrong("LifecycleConfiguration"))?;
            let smallest = input.maybe_text("TransitionDefaultMinimumObjectSize");
            let request = client
                .put_bucket_lifecycle_configuration()
                .bucket(bucket)
                .lifecycle_configuration(configuration)
                .set_transition_default_minimum_object_size(smallest.map(|size| size.as_str().into()));
            found("s3:PutLifecycleConfiguration", request.send().await, &[])?;
        }
        "PutBucketLogging" => {
            let target = aws::LoggingEnabled::builder()
                .target_bucket(input.text_at("/BucketLoggingStatus/LoggingEnabled/TargetBucket")?)
                .target_prefix(input.text_at("/BucketLoggingStatus/LoggingEnabled/TargetPrefix")?)
                .build()
                .map_err(|_| input.wrong("BucketLoggingStatus"))?;
            let status = aws::BucketLoggingStatus::builder().logging_enabled(target).build();
            let request = client.put_bucket_logging().bucket(bucket).bucket_logging_status(status);
            found("s3:PutBucketLogging", request.send().await, &[])?;
        }
        _ => return unknown(call),
    }
    Ok(())
}

fn date(text: Option<String>) -> Option<DateTime> {
    DateTime::from_str(&text?, DateTimeFormat::DateTime).ok()
}

fn tag(tag: Tag) -> Result<aws::Tag, BuildError> {
    aws::Tag::builder().key(tag.key).value(tag.value).build()
}

fn transition(transition: Transition) -> aws::Transition {
    aws::Transition::builder()
        .set_date(date(transition.date))
        .set_days(transition.days)
        .storage_class(transition.storage_class.as_str().into())
        .build()
}

fn filter(filter: LifecycleFilter) -> Result<aws::LifecycleRuleFilter, BuildError> {
    let and = filter.and.map(|and| {
        let tags = and.tags.into_iter().map(tag).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, BuildError>(
            aws::LifecycleRuleAndOperator::builder()
                .set_prefix(and.prefix)
                .set_tags((!tags.is_empty()).then_some(tags))
                .set_object_size_greater_than(and.object_size_greater_than)
                .set_object_size_less_than(and.object_size_less_than)
                .build(),
        )
    });
    Ok(aws::LifecycleRuleFilter::builder()
        .set_prefix(filter.prefix)
        .set_tag(filter.tag.map(tag).transpose()?)
        .set_object_size_greater_than(filter.object_size_greater_than)
        .set_object_size_less_than(filter.object_size_less_than)
        .set_and(and.transpose()?)
        .build())
}

#[expect(deprecated, reason = "old rules still have their prefix outside a filter")]
fn rule(rule: LifecycleRule) -> Result<aws::LifecycleRule, BuildError> {
    let noncurrent: Vec<_> = rule
        .noncurrent_version_transitions
        .into_iter()
        .map(|t| {
            aws::NoncurrentVersionTransition::builder()
                .set_noncurrent_days(t.noncurrent_days)
                .set_newer_noncurrent_versions(t.newer_noncurrent_versions)
                .storage_class(t.storage_class.as_str().into())
                .build()
        })
        .collect();
    let transitions: Vec<_> = rule.transitions.into_iter().map(transition).collect();
    aws::LifecycleRule::builder()
        .set_id(rule.id)
        .status(rule.status.as_str().into())
        .set_prefix(rule.prefix)
        .set_filter(rule.filter.map(filter).transpose()?)
        .set_expiration(rule.expiration.map(|expiration| {
            aws::LifecycleExpiration::builder()
                .set_date(date(expiration.date))
                .set_days(expiration.days)
                .set_expired_object_delete_marker(expiration.expired_object_delete_marker)
                .build()
        }))
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_noncurrent_version_transitions((!noncurrent.is_empty()).then_some(noncurrent))
        .set_noncurrent_version_expiration(rule.noncurrent_version_expiration.map(|e| {
            aws::NoncurrentVersionExpiration::builder()
                .set_noncurrent_days(e.noncurrent_days)
                .set_newer_noncurrent_versions(e.newer_noncurrent_versions)
                .build()
        }))
        .set_abort_incomplete_multipart_upload(rule.abort_incomplete_multipart_upload.map(|abort| {
            aws::AbortIncompleteMultipartUpload::builder()
                .set_days_after_initiation(abort.days_after_initiation)
                .build()
        }))
        .build()
}
