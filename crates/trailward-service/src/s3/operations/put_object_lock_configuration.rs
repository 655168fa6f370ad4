//! `PutObjectLockConfiguration`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record, written};
use serde_json::{Map, Value, json};
use trailward_bucket::{BucketError, BucketLock, DefaultRetention, LockMode, RetentionPeriod};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutObjectLockConfigurationInput>,
) -> Answer<dto::PutObjectLockConfigurationOutput> {
    let grant = call.grant()?;
    let digest = "Content-MD5 OR x-amz-checksum-*";
    written::check_digest(&call, digest).map_err(|e| call.refuse(e))?;
    let asked = req.input.object_lock_configuration.ok_or_else(|| call.refuse(BucketError::MalformedXml))?;
    note(&call, &asked);
    let lock = read(asked).map_err(|e| call.refuse(e))?;
    let done = call.writing().await?.put_object_lock_configuration(&grant, lock).await;
    done.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutObjectLockConfigurationOutput::default()))
}

fn read(asked: dto::ObjectLockConfiguration) -> Result<BucketLock, BucketError> {
    let enabled = asked.object_lock_enabled.as_ref().map(dto::ObjectLockEnabled::as_str);
    if enabled != Some(dto::ObjectLockEnabled::ENABLED) {
        return Err(BucketError::MalformedXml);
    }
    let Some(rule) = asked.rule else { return Ok(BucketLock::default()) };
    let default = rule.default_retention.ok_or(BucketError::MalformedXml)?;
    let mode = default.mode.as_ref().map(dto::ObjectLockRetentionMode::as_str);
    let mode = mode.and_then(LockMode::parse).ok_or(BucketError::MalformedXml)?;
    let period = match (default.days, default.years) {
        (Some(days), None) => RetentionPeriod::Days(number("Days", days)?),
        (None, Some(years)) => RetentionPeriod::Years(number("Years", years)?),
        _ => return Err(BucketError::MalformedXml),
    };
    Ok(BucketLock { default: Some(DefaultRetention { mode, period }) })
}

fn number(name: &'static str, number: i32) -> Result<u32, BucketError> {
    u32::try_from(number).map_err(|_| BucketError::InvalidArgument {
        message: "Default retention period must be a positive integer value.".to_owned(),
        name,
        value: number.to_string(),
    })
}

/// The document, as records write XML down.
fn note(call: &S3Call, asked: &dto::ObjectLockConfiguration) {
    let mut members = Map::from_iter([("xmlns".to_owned(), json!(record::XMLNS))]);
    if let Some(enabled) = &asked.object_lock_enabled {
        members.insert("ObjectLockEnabled".into(), json!(enabled.as_str()));
    }
    if let Some(default) = asked.rule.as_ref().and_then(|rule| rule.default_retention.as_ref()) {
        let mut retention = Map::new();
        if let Some(mode) = &default.mode {
            retention.insert("Mode".into(), json!(mode.as_str()));
        }
        for (name, number) in [("Days", default.days), ("Years", default.years)] {
            if let Some(number) = number {
                retention.insert(name.into(), json!(number));
            }
        }
        members.insert("Rule".into(), json!({ "DefaultRetention": retention }));
    }
    record::add_parameter(call, "ObjectLockConfiguration", Value::Object(members));
}
