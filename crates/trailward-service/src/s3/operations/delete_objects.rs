//! `DeleteObjects`.
//!
//! DEVIATION: beside the call's record there is one for each key that was refused; CloudTrail writes a `DeleteObject`
//! record for every key.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, lock, mfa, record, written};
use trailward_bucket::{BucketError, DeleteBy, DeleteEntry, DeleteOutput};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::DeleteObjectsInput>,
) -> Answer<dto::DeleteObjectsOutput> {
    let input = req.input;
    written::check_digest(&call, "Content-MD5").map_err(|e| call.refuse(e))?;
    let quiet = input.delete.quiet.unwrap_or(false);
    let entries: Result<Vec<DeleteEntry>, BucketError> =
        input.delete.objects.into_iter().map(entry).collect();
    let entries = entries.map_err(|e| call.refuse(e))?;
    lock::check_bypass(&call, &input.bucket).await.map_err(|e| call.refuse(e))?;
    let caller = &call.identity().caller;
    let mfa = mfa::proof_for_deletion(&call, &input.bucket).await?;
    let by = DeleteBy { bypass: lock::asks_bypass(&call), mfa };
    let outcomes = call.buckets().delete_objects(caller, call.context(), &input.bucket, &entries, &by).await;
    let outcomes = outcomes.map_err(|e| call.refuse(e))?;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for (entry, outcome) in entries.into_iter().zip(outcomes) {
        match outcome {
            Ok(output) if !quiet => deleted.push(done(entry, output)),
            Ok(_) => {}
            Err(error) => {
                record::add_refused_deletion(&call, &input.bucket, &entry, &error);
                errors.push(failed(entry, &error));
            }
        }
    }
    Ok(S3Response::new(dto::DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        request_charged: None,
    }))
}

fn entry(object: dto::ObjectIdentifier) -> Result<DeleteEntry, BucketError> {
    if object.last_modified_time.is_some() || object.size.is_some() {
        return Err(BucketError::NotImplemented(
            "A header you provided implies functionality that is not implemented",
        ));
    }
    Ok(DeleteEntry {
        key: object.key,
        version_id: object.version_id.filter(|version| !version.is_empty()),
        if_match: object.e_tag.map(dto::ETag::into_value),
    })
}

fn done(entry: DeleteEntry, output: DeleteOutput) -> dto::DeletedObject {
    dto::DeletedObject {
        delete_marker: output.delete_marker.then_some(true),
        delete_marker_version_id: output.version_id.filter(|_| output.delete_marker),
        key: Some(entry.key),
        version_id: entry.version_id,
    }
}

fn failed(entry: DeleteEntry, error: &BucketError) -> dto::Error {
    if matches!(error, BucketError::Internal(_)) {
        tracing::error!(%error, source = ?std::error::Error::source(error), "an object could not be deleted");
    }
    dto::Error {
        code: Some(error.code().to_owned()),
        key: Some(entry.key),
        message: Some(error.to_string()),
        version_id: entry.version_id,
    }
}
