//! `PutBucketLifecycleConfiguration`.

use super::prelude::{Answer, AnswerHeaders, S3Call, S3Request, convert, dto, record, written};
use serde_json::{Map, Value, json};
use trailward_bucket::{
    BucketError, Expiration, FilterForm, Lifecycle, LifecycleFilter, LifecycleRule, Noncurrent, StorageClass,
    Transition, TransitionMinimum, When,
};

const MINIMUM: &str = "x-amz-transition-default-minimum-object-size";

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketLifecycleConfigurationInput>,
) -> Answer<dto::PutBucketLifecycleConfigurationOutput> {
    let grant = call.grant()?;
    let lifecycle = read(&call, req.input.lifecycle_configuration).map_err(|e| call.refuse(e))?;
    let minimum = lifecycle.minimum;
    call.writing().await?.put_bucket_lifecycle(&grant, lifecycle).await.map_err(|e| call.refuse(e))?;
    let mut answer = AnswerHeaders::default();
    answer.set(MINIMUM, minimum.as_str());
    Ok(answer.with(dto::PutBucketLifecycleConfigurationOutput::default()))
}

fn read(call: &S3Call, asked: Option<dto::BucketLifecycleConfiguration>) -> Result<Lifecycle, BucketError> {
    written::check_digest(call, "Content-MD5")?;
    let minimum = match call.header(MINIMUM) {
        None => TransitionMinimum::default(),
        Some(name) => TransitionMinimum::parse(name).ok_or_else(|| BucketError::InvalidArgument {
            message: "The x-amz-transition-default-minimum-object-size header is not valid.".to_owned(),
            name: MINIMUM,
            value: name.to_owned(),
        })?,
    };
    let rules = asked.ok_or(BucketError::MalformedXml)?.rules;
    let rules = rules.into_iter().map(|rule| read_rule(call, rule)).collect::<Result<Vec<_>, _>>()?;
    let shown: Vec<Value> = rules.iter().map(noted).collect();
    record::add_document(call, "LifecycleConfiguration", [("Rule", Value::Array(shown))]);
    Ok(Lifecycle { rules, minimum })
}

fn read_rule(call: &S3Call, rule: dto::LifecycleRule) -> Result<LifecycleRule, BucketError> {
    let malformed = || BucketError::MalformedXml;
    let id = match rule.id.filter(|id| !id.is_empty()) {
        Some(id) => id,
        None => made_up_id(call)?,
    };
    let enabled = match rule.status.as_str() {
        "Enabled" => true,
        "Disabled" => false,
        _ => return Err(malformed()),
    };
    let transitions = rule.transitions.unwrap_or_default().into_iter().map(|transition| {
        let when = when(transition.days, transition.date)?.ok_or_else(malformed)?;
        Ok(Transition { when, class: class(transition.storage_class)? })
    });
    let noncurrent_transitions = rule.noncurrent_version_transitions.unwrap_or_default();
    let noncurrent_transitions = noncurrent_transitions.into_iter().map(|moved| {
        let when = noncurrent(moved.noncurrent_days, moved.newer_noncurrent_versions)?;
        Ok((when, class(moved.storage_class)?))
    });
    Ok(LifecycleRule {
        id,
        enabled,
        filter: filter(rule.filter, rule.prefix)?,
        expiration: rule.expiration.map(expiration).transpose()?,
        transitions: transitions.collect::<Result<_, BucketError>>()?,
        noncurrent_expiration: rule
            .noncurrent_version_expiration
            .map(|asked| noncurrent(asked.noncurrent_days, asked.newer_noncurrent_versions))
            .transpose()?,
        noncurrent_transitions: noncurrent_transitions.collect::<Result<_, BucketError>>()?,
        abort_days: rule
            .abort_incomplete_multipart_upload
            .map(|abort| abort.days_after_initiation.map(i64::from).ok_or_else(malformed))
            .transpose()?,
    })
}

fn made_up_id(call: &S3Call) -> Result<String, BucketError> {
    let mut random = [0; 24];
    call.platform().entropy.fill(&mut random).map_err(|_| BucketError::OperationAborted)?;
    Ok(hex::encode(random))
}

fn filter(
    filter: Option<dto::LifecycleRuleFilter>,
    prefix: Option<String>,
) -> Result<LifecycleFilter, BucketError> {
    let (form, prefix, tags, larger_than, smaller_than) = match (filter, prefix) {
        (None, Some(prefix)) => (FilterForm::Legacy, Some(prefix), Vec::new(), None, None),
        (
            Some(dto::LifecycleRuleFilter {
                and: None,
                object_size_greater_than,
                object_size_less_than,
                prefix,
                tag,
            }),
            None,
        ) => {
            let tags = tag.into_iter().collect();
            (FilterForm::Plain, prefix, tags, object_size_greater_than, object_size_less_than)
        }
        (
            Some(dto::LifecycleRuleFilter {
                and: Some(and),
                object_size_greater_than: None,
                object_size_less_than: None,
                prefix: None,
                tag: None,
            }),
            None,
        ) => (
            FilterForm::And,
            and.prefix,
            and.tags.unwrap_or_default(),
            and.object_size_greater_than,
            and.object_size_less_than,
        ),
        _ => return Err(BucketError::MalformedXml),
    };
    Ok(LifecycleFilter { form, prefix, tags: convert::to_tags(tags)?, larger_than, smaller_than })
}

/// `None` if neither is there.
fn when(days: Option<i32>, date: Option<dto::Timestamp>) -> Result<Option<When>, BucketError> {
    match (days, date) {
        (None, None) => Ok(None),
        (Some(days), None) => Ok(Some(When::Days(days.into()))),
        (None, Some(date)) => Ok(Some(When::Date(time::OffsetDateTime::from(date).unix_timestamp()))),
        (Some(_), Some(_)) => Err(BucketError::MalformedXml),
    }
}

fn expiration(asked: dto::LifecycleExpiration) -> Result<Expiration, BucketError> {
    match (when(asked.days, asked.date)?, asked.expired_object_delete_marker) {
        (Some(when), None) => Ok(Expiration::When(when)),
        (None, Some(on)) => Ok(Expiration::ExpiredMarkers(on)),
        _ => Err(BucketError::MalformedXml),
    }
}

fn noncurrent(days: Option<i32>, newer: Option<i32>) -> Result<Noncurrent, BucketError> {
    let days = days.ok_or(BucketError::MalformedXml)?;
    Ok(Noncurrent { days: days.into(), newer: newer.map(i64::from) })
}

fn class(name: Option<dto::TransitionStorageClass>) -> Result<StorageClass, BucketError> {
    name.and_then(|name| StorageClass::of_transition(name.as_str())).ok_or(BucketError::MalformedXml)
}

/// A rule, as records write XML down: what a change of it destroys must be seen from its record.
fn noted(rule: &LifecycleRule) -> Value {
    let mut members = Map::new();
    members.insert("ID".into(), json!(rule.id));
    members.insert("Status".into(), json!(if rule.enabled { "Enabled" } else { "Disabled" }));
    let mut filter = Map::new();
    if let Some(prefix) = &rule.filter.prefix {
        filter.insert("Prefix".into(), json!(prefix));
    }
    if !rule.filter.tags.is_empty() {
        let tags: Vec<Value> =
            rule.filter.tags.iter().map(|tag| json!({ "Key": tag.key, "Value": tag.value })).collect();
        filter.insert("Tag".into(), json!(tags));
    }
    for (name, bytes) in
        [("ObjectSizeGreaterThan", rule.filter.larger_than), ("ObjectSizeLessThan", rule.filter.smaller_than)]
    {
        if let Some(bytes) = bytes {
            filter.insert(name.into(), json!(bytes));
        }
    }
    members.insert("Filter".into(), Value::Object(filter));
    let time = |when: When| match when {
        When::Days(days) => ("Days", json!(days)),
        When::Date(date) => ("Date", json!(date)),
    };
    let object = |pairs: Vec<(&str, Value)>| -> Value {
        Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    match rule.expiration {
        Some(Expiration::When(when)) => {
            members.insert("Expiration".into(), object(vec![time(when)]));
        }
        Some(Expiration::ExpiredMarkers(on)) => {
            members.insert("Expiration".into(), json!({ "ExpiredObjectDeleteMarker": on }));
        }
        None => {}
    }
    let moves: Vec<Value> = rule
        .transitions
        .iter()
        .map(|moved| object(vec![time(moved.when), ("StorageClass", json!(moved.class.as_str()))]))
        .collect();
    if !moves.is_empty() {
        members.insert("Transition".into(), json!(moves));
    }
    let noncurrent = |of: &Noncurrent| {
        let mut pairs = vec![("NoncurrentDays", json!(of.days))];
        pairs.extend(of.newer.map(|newer| ("NewerNoncurrentVersions", json!(newer))));
        pairs
    };
    if let Some(of) = &rule.noncurrent_expiration {
        members.insert("NoncurrentVersionExpiration".into(), object(noncurrent(of)));
    }
    let moves: Vec<Value> = rule
        .noncurrent_transitions
        .iter()
        .map(|(of, class)| {
            let mut pairs = noncurrent(of);
            pairs.push(("StorageClass", json!(class.as_str())));
            object(pairs)
        })
        .collect();
    if !moves.is_empty() {
        members.insert("NoncurrentVersionTransition".into(), json!(moves));
    }
    if let Some(days) = rule.abort_days {
        members.insert("AbortIncompleteMultipartUpload".into(), json!({ "DaysAfterInitiation": days }));
    }
    Value::Object(members)
}
