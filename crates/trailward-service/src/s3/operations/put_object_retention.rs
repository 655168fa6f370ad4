//! `PutObjectRetention`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, lock, record, written};
use serde_json::{Map, json};
use trailward_bucket::{BucketError, LockMode, Resource, Retention};
use trailward_model::stamp;
use trailward_policy::Context;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutObjectRetentionInput>,
) -> Answer<dto::PutObjectRetentionOutput> {
    put(&call, req.input).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutObjectRetentionOutput::default()))
}

async fn put(call: &S3Call, input: dto::PutObjectRetentionInput) -> Result<(), BucketError> {
    let resource = match input.version_id {
        Some(version) => Resource::version(input.bucket, input.key, version),
        None => Resource::object(input.bucket, input.key),
    };
    let retention = input.retention.as_ref().map(read);
    let mut context = call.context().clone();
    if let Some(Ok(Some(retention))) = &retention {
        add_keys(&mut context, retention, call);
    }
    let caller = &call.identity().caller;
    let grant = call.buckets().authorize(caller, "s3:PutObjectRetention", resource.clone(), &context).await?;
    let retention = retention.ok_or(BucketError::MalformedXml)??;
    written::check_digest(call, "Content-MD5 OR x-amz-checksum-*")?;
    let mut members = Map::from_iter([("xmlns".to_owned(), json!(record::XMLNS))]);
    if let Some(retention) = &retention {
        members.insert("Mode".into(), json!(retention.mode.as_str()));
        members.insert("RetainUntilDate".into(), json!(stamp::extended(retention.until_time())));
    }
    record::add_parameter(call, "Retention", members.into());
    let bypass = lock::bypass(call, &resource, &context).await;
    call.intent(Vec::new())?.await?;
    call.buckets().put_object_retention(&grant, retention, &bypass).await
}

/// `None` if the retention is to be taken away.
fn read(asked: &dto::ObjectLockRetention) -> Result<Option<Retention>, BucketError> {
    match (&asked.mode, &asked.retain_until_date) {
        (None, None) => Ok(None),
        (Some(mode), Some(until)) => {
            let mode = LockMode::parse(mode.as_str()).ok_or(BucketError::MalformedXml)?;
            Retention::new(mode, until.clone().into()).ok_or(BucketError::MalformedXml).map(Some)
        }
        _ => Err(BucketError::MalformedXml),
    }
}

fn add_keys(context: &mut Context, retention: &Retention, call: &S3Call) {
    context.set("s3:object-lock-mode", retention.mode.as_str());
    lock::add_until(context, retention.until_time(), call.platform().now());
}
