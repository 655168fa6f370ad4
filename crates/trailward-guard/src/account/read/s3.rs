//! Buckets.

use super::Reader;
use crate::account::{
    AbortUpload, Block, Bucket, Encryption, Expiration, Fact, Lifecycle, LifecycleAnd, LifecycleFilter,
    LifecycleRule, Lock, Logging, NoncurrentExpiration, NoncurrentTransition, Tag, Transition, Versioning,
};
use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use aws_sdk_s3::types as aws;

impl Reader {
    /// A bucket with everything that protects it.
    pub(super) async fn bucket(&self, name: &str) -> Bucket {
        let region = self.location(name).await;
        let mut bucket = Bucket { name: name.to_owned(), ..Bucket::default() };
        let Fact::Present(place) = &region else {
            bucket.region = region;
            return bucket;
        };
        let client = self.s3(place);
        let versioning =
            self.ask("s3:GetBucketVersioning", client.get_bucket_versioning().bucket(name).send(), &[]);
        let lock = self.ask(
            "s3:GetBucketObjectLockConfiguration",
            client.get_object_lock_configuration().bucket(name).send(),
            &["ObjectLockConfigurationNotFoundError"],
        );
        let block = self.ask(
            "s3:GetBucketPublicAccessBlock",
            client.get_public_access_block().bucket(name).send(),
            &["NoSuchPublicAccessBlockConfiguration"],
        );
        let ownership = self.ask(
            "s3:GetBucketOwnershipControls",
            client.get_bucket_ownership_controls().bucket(name).send(),
            &["OwnershipControlsNotFoundError"],
        );
        let encryption = self.ask(
            "s3:GetEncryptionConfiguration",
            client.get_bucket_encryption().bucket(name).send(),
            &["ServerSideEncryptionConfigurationNotFoundError"],
        );
        let policy = self.ask(
            "s3:GetBucketPolicy",
            client.get_bucket_policy().bucket(name).send(),
            &["NoSuchBucketPolicy"],
        );
        let lifecycle = self.ask(
            "s3:GetLifecycleConfiguration",
            client.get_bucket_lifecycle_configuration().bucket(name).send(),
            &["NoSuchLifecycleConfiguration"],
        );
        let logging = self.ask("s3:GetBucketLogging", client.get_bucket_logging().bucket(name).send(), &[]);
        let replication = self.ask(
            "s3:GetReplicationConfiguration",
            client.get_bucket_replication().bucket(name).send(),
            &["ReplicationConfigurationNotFoundError"],
        );
        let (versioning, lock, block, ownership, encryption, policy, lifecycle, logging, replication) = futures::join!(
            versioning,
            lock,
            block,
            ownership,
            encryption,
            policy,
            lifecycle,
            logging,
            replication
        );
        Bucket {
            name: bucket.name,
            region,
            versioning: versioning.map(|answer| Versioning {
                enabled: answer.status == Some(aws::BucketVersioningStatus::Enabled),
                mfa_delete: answer.mfa_delete == Some(aws::MfaDeleteStatus::Enabled),
            }),
            lock: lock.and(|answer| answer.object_lock_configuration.map(|found| self::lock(&found))),
            block: block
                .and(|answer| answer.public_access_block_configuration.map(|found| self::block(&found))),
            ownership: ownership.and(|answer| {
                let rule = answer.ownership_controls?.rules.into_iter().next()?;
                Some(rule.object_ownership.as_str().to_owned())
            }),
            encryption: encryption.and(|answer| {
                let rule = answer.server_side_encryption_configuration?.rules.into_iter().next()?;
                let default = rule.apply_server_side_encryption_by_default?;
                Some(Encryption {
                    algorithm: default.sse_algorithm.as_str().to_owned(),
                    key: default.kms_master_key_id.unwrap_or_default(),
                    bucket_key: rule.bucket_key_enabled == Some(true),
                })
            }),
            policy: policy.and(|answer| answer.policy),
            lifecycle: lifecycle.and(self::lifecycle),
            logging: logging.and(|answer| {
                let target = answer.logging_enabled?;
                Some(Logging { bucket: target.target_bucket, prefix: target.target_prefix })
            }),
            replication: replication.and(|answer| {
                let rules = answer.replication_configuration?.rules;
                let enabled =
                    rules.into_iter().filter(|rule| rule.status == aws::ReplicationRuleStatus::Enabled);
                Some(enabled.filter_map(|rule| rule.destination).map(|to| to.bucket).collect())
            }),
        }
    }

    /// Block Public Access of the whole account.
    pub(super) async fn account_block(&self, account: &str) -> Fact<Block> {
        let call =
            self.s3_control(self.default_region()).get_public_access_block().account_id(account).send();
        let none = ["NoSuchPublicAccessBlockConfiguration"];
        self.ask("s3:GetAccountPublicAccessBlock", call, &none).await.and(|answer| {
            let found = answer.public_access_block_configuration?;
            Some(Block {
                block_public_acls: found.block_public_acls == Some(true),
                ignore_public_acls: found.ignore_public_acls == Some(true),
                block_public_policy: found.block_public_policy == Some(true),
                restrict_public_buckets: found.restrict_public_buckets == Some(true),
            })
        })
    }

    /// A bucket's Region. The partition's first Region knows where every bucket lies; others may answer with a redirect.
    async fn location(&self, name: &str) -> Fact<String> {
        let first = match self.default_region() {
            region if region.starts_with("cn-") => "cn-north-1",
            region if region.starts_with("us-gov-") => "us-gov-west-1",
            _ => "us-east-1",
        };
        let call = self.s3(first).get_bucket_location().bucket(name).send();
        self.ask("s3:GetBucketLocation", call, &["NoSuchBucket"]).await.map(|answer| {
            match answer.location_constraint.map(|c| c.as_str().to_owned()).as_deref() {
                None | Some("") => "us-east-1".to_owned(),
                Some("EU") => "eu-west-1".to_owned(),
                Some(region) => region.to_owned(),
            }
        })
    }
}

fn lock(found: &aws::ObjectLockConfiguration) -> Lock {
    let Some(default) = found.rule.as_ref().and_then(|rule| rule.default_retention.as_ref()) else {
        return Lock::default();
    };
    let days = default.days.or(default.years.map(|years| years.saturating_mul(365))).unwrap_or(0);
    Lock {
        mode: default.mode.as_ref().map(|mode| mode.as_str().to_owned()).unwrap_or_default(),
        days: u32::try_from(days).unwrap_or(0),
    }
}

/// What a bucket's lifecycle configuration says; `None` without rules.
pub(crate) fn lifecycle(answer: GetBucketLifecycleConfigurationOutput) -> Option<Lifecycle> {
    let rules: Vec<LifecycleRule> = answer.rules.unwrap_or_default().into_iter().map(rule).collect();
    let smallest = answer.transition_default_minimum_object_size;
    (!rules.is_empty()).then(|| Lifecycle {
        rules,
        transition_default_minimum_object_size: smallest.map(|size| size.as_str().to_owned()),
    })
}

fn block(found: &aws::PublicAccessBlockConfiguration) -> Block {
    Block {
        block_public_acls: found.block_public_acls == Some(true),
        ignore_public_acls: found.ignore_public_acls == Some(true),
        block_public_policy: found.block_public_policy == Some(true),
        restrict_public_buckets: found.restrict_public_buckets == Some(true),
    }
}

fn date(at: &DateTime) -> Option<String> {
    at.fmt(DateTimeFormat::DateTime).ok()
}

fn tag(tag: aws::Tag) -> Tag {
    Tag { key: tag.key, value: tag.value }
}

fn class(class: Option<aws::TransitionStorageClass>) -> String {
    class.map(|class| class.as_str().to_owned()).unwrap_or_default()
}

#[expect(deprecated, reason = "old rules still have their prefix outside a filter")]
fn rule(rule: aws::LifecycleRule) -> LifecycleRule {
    LifecycleRule {
        id: rule.id,
        status: rule.status.as_str().to_owned(),
        prefix: rule.prefix,
        filter: rule.filter.map(|filter| LifecycleFilter {
            prefix: filter.prefix,
            tag: filter.tag.map(tag),
            object_size_greater_than: filter.object_size_greater_than,
            object_size_less_than: filter.object_size_less_than,
            and: filter.and.map(|and| LifecycleAnd {
                prefix: and.prefix,
                tags: and.tags.unwrap_or_default().into_iter().map(tag).collect(),
                object_size_greater_than: and.object_size_greater_than,
                object_size_less_than: and.object_size_less_than,
            }),
        }),
        expiration: rule.expiration.map(|expiration| Expiration {
            date: expiration.date.as_ref().and_then(date),
            days: expiration.days,
            expired_object_delete_marker: expiration.expired_object_delete_marker,
        }),
        transitions: rule
            .transitions
            .unwrap_or_default()
            .into_iter()
            .map(|t| Transition {
                date: t.date.as_ref().and_then(date),
                days: t.days,
                storage_class: class(t.storage_class),
            })
            .collect(),
        noncurrent_version_expiration: rule.noncurrent_version_expiration.map(|e| NoncurrentExpiration {
            noncurrent_days: e.noncurrent_days,
            newer_noncurrent_versions: e.newer_noncurrent_versions,
        }),
        noncurrent_version_transitions: rule
            .noncurrent_version_transitions
            .unwrap_or_default()
            .into_iter()
            .map(|t| NoncurrentTransition {
                noncurrent_days: t.noncurrent_days,
                newer_noncurrent_versions: t.newer_noncurrent_versions,
                storage_class: class(t.storage_class),
            })
            .collect(),
        abort_incomplete_multipart_upload: rule
            .abort_incomplete_multipart_upload
            .map(|abort| AbortUpload { days_after_initiation: abort.days_after_initiation }),
    }
}
