//! `PutObjectLegalHold`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, lock, record, written};
use serde_json::json;
use trailward_bucket::{BucketError, Resource};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutObjectLegalHoldInput>,
) -> Answer<dto::PutObjectLegalHoldOutput> {
    put(&call, req.input).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutObjectLegalHoldOutput::default()))
}

async fn put(call: &S3Call, input: dto::PutObjectLegalHoldInput) -> Result<(), BucketError> {
    let resource = match input.version_id {
        Some(version) => Resource::version(input.bucket, input.key, version),
        None => Resource::object(input.bucket, input.key),
    };
    let status = input.legal_hold.and_then(|hold| hold.status);
    let on = match status.as_ref().map(dto::ObjectLockLegalHoldStatus::as_str) {
        Some("ON") => Some(true),
        Some("OFF") => Some(false),
        _ => None,
    };
    let mut context = call.context().clone();
    if let Some(on) = on {
        context.set("s3:object-lock-legal-hold", lock::status(on));
    }
    let caller = &call.identity().caller;
    let grant = call.buckets().authorize(caller, "s3:PutObjectLegalHold", resource, &context).await?;
    let on = on.ok_or(BucketError::MalformedXml)?;
    written::check_digest(call, "Content-MD5 OR x-amz-checksum-*")?;
    record::add_document(call, "LegalHold", [("Status", json!(lock::status(on)))]);
    call.intent(Vec::new())?.await?;
    call.buckets().put_object_legal_hold(&grant, on).await
}
