//! `DeleteObjects`.
//!
//! DEVIATION: beside the call's record there is a `DeleteObject` record for each key, deleted or refused. CloudTrail
//! writes the call's alone, in which no key stands (S3 User Guide, "Logging options for Amazon S3"): who empties a
//! folder would be seen, but not what was in it.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, lock, mfa, record, written};
use crate::audit::Trace;
use trailward_bucket::{BucketError, DeleteBy, DeleteEntry, DeleteOutput, Deletion};

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
    let deletions =
        call.buckets().authorize_deletions(caller, call.context(), &input.bucket, &entries, &by).await;
    let deletions = deletions.map_err(|e| call.refuse(e))?;
    // Who does not even say who he is could have a thousand refusals recorded with each request; the call's own record
    // counts them.
    let unsigned = call.identity().account.is_empty();
    let recorded = |deletion: &Result<Deletion, BucketError>| deletion.is_ok() || !unsigned;
    let each: Vec<bool> = deletions.iter().map(recorded).collect();
    if let Some(refused) = Some(each.iter().filter(|kept| !**kept).count()).filter(|count| *count > 0) {
        record::add_parameter(&call, "refusedKeys", refused.into());
    }
    let mut parts: Vec<Trace> =
        entries.iter().map(|entry| record::deletion(&call, &input.bucket, entry)).collect();
    let allowed = parts.iter_mut().zip(&deletions).filter(|(_, deletion)| deletion.is_ok());
    let buckets = call.writing_parts(allowed.map(|(part, _)| part).collect()).await?;
    let outcomes = buckets.delete_authorized(deletions).await;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for (part, outcome) in parts.iter_mut().zip(&outcomes) {
        record::deleted(part, outcome);
    }
    call.add_parts(parts.into_iter().zip(each).filter_map(|(part, kept)| kept.then_some(part)).collect());
    for (entry, outcome) in entries.into_iter().zip(outcomes) {
        match outcome {
            Ok(output) if !quiet => deleted.push(done(entry, output)),
            Ok(_) => {}
            Err(error) => errors.push(failed(entry, &error)),
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
