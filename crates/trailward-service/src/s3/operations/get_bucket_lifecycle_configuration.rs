//! `GetBucketLifecycleConfiguration`.

use super::prelude::{Answer, AnswerHeaders, S3Call, S3Request, convert, dto};
use time::OffsetDateTime;
use trailward_bucket::{
    Expiration, FilterForm, LifecycleFilter, LifecycleRule, Noncurrent, StorageClass, Transition, When,
};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketLifecycleConfigurationInput>,
) -> Answer<dto::GetBucketLifecycleConfigurationOutput> {
    let grant = call.grant()?;
    let lifecycle = call.buckets().get_bucket_lifecycle(&grant).await.map_err(|e| call.refuse(e))?;
    let mut answer = AnswerHeaders::default();
    answer.set("x-amz-transition-default-minimum-object-size", lifecycle.minimum.as_str());
    Ok(answer.with(dto::GetBucketLifecycleConfigurationOutput {
        rules: Some(lifecycle.rules.into_iter().map(rule).collect()),
        transition_default_minimum_object_size: None,
    }))
}

fn rule(rule: LifecycleRule) -> dto::LifecycleRule {
    let legacy = rule.filter.form == FilterForm::Legacy;
    let status = if rule.enabled { "Enabled" } else { "Disabled" };
    let list = |empty: bool| (!empty).then_some(());
    dto::LifecycleRule {
        abort_incomplete_multipart_upload: rule.abort_days.map(|days| dto::AbortIncompleteMultipartUpload {
            days_after_initiation: Some(convert::int(days)),
        }),
        expiration: rule.expiration.map(expiration),
        id: Some(rule.id),
        noncurrent_version_expiration: rule.noncurrent_expiration.map(|noncurrent| {
            let (noncurrent_days, newer_noncurrent_versions) = numbers(noncurrent);
            dto::NoncurrentVersionExpiration { newer_noncurrent_versions, noncurrent_days }
        }),
        noncurrent_version_transitions: list(rule.noncurrent_transitions.is_empty()).map(|()| {
            let moves = rule.noncurrent_transitions.iter().map(|(noncurrent, to)| {
                let (noncurrent_days, newer_noncurrent_versions) = numbers(*noncurrent);
                let storage_class = Some(class(*to));
                dto::NoncurrentVersionTransition { newer_noncurrent_versions, noncurrent_days, storage_class }
            });
            moves.collect()
        }),
        prefix: if legacy { rule.filter.prefix.clone() } else { None },
        filter: (!legacy).then(|| filter(rule.filter)),
        status: dto::ExpirationStatus::from_static(status),
        transitions: list(rule.transitions.is_empty())
            .map(|()| rule.transitions.iter().map(|transition| moved(*transition)).collect()),
    }
}

fn filter(filter: LifecycleFilter) -> dto::LifecycleRuleFilter {
    let mut tags = convert::from_tags(filter.tags);
    if filter.form == FilterForm::And {
        return dto::LifecycleRuleFilter {
            and: Some(dto::LifecycleRuleAndOperator {
                object_size_greater_than: filter.larger_than,
                object_size_less_than: filter.smaller_than,
                prefix: filter.prefix,
                tags: (!tags.is_empty()).then_some(tags),
            }),
            ..dto::LifecycleRuleFilter::default()
        };
    }
    dto::LifecycleRuleFilter {
        object_size_greater_than: filter.larger_than,
        object_size_less_than: filter.smaller_than,
        prefix: filter.prefix,
        tag: tags.pop(),
        ..dto::LifecycleRuleFilter::default()
    }
}

fn date(seconds: i64) -> dto::Timestamp {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).into()
}

fn expiration(expiration: Expiration) -> dto::LifecycleExpiration {
    let none = dto::LifecycleExpiration::default();
    match expiration {
        Expiration::When(When::Days(days)) => {
            dto::LifecycleExpiration { days: Some(convert::int(days)), ..none }
        }
        Expiration::When(When::Date(at)) => dto::LifecycleExpiration { date: Some(date(at)), ..none },
        Expiration::ExpiredMarkers(on) => {
            dto::LifecycleExpiration { expired_object_delete_marker: Some(on), ..none }
        }
    }
}

fn moved(transition: Transition) -> dto::Transition {
    let (days, at) = match transition.when {
        When::Days(days) => (Some(convert::int(days)), None),
        When::Date(at) => (None, Some(date(at))),
    };
    dto::Transition { date: at, days, storage_class: Some(class(transition.class)) }
}

fn numbers(noncurrent: Noncurrent) -> (Option<i32>, Option<i32>) {
    (Some(convert::int(noncurrent.days)), noncurrent.newer.map(convert::int))
}

fn class(class: StorageClass) -> dto::TransitionStorageClass {
    dto::TransitionStorageClass::from_static(class.as_str())
}
