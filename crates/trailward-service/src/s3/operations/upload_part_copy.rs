//! `UploadPartCopy`.

use super::prelude::{Answer, S3Call, S3Request, convert, dto, encryption, etag, read};
use super::source;
use trailward_bucket::CopyPart;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::UploadPartCopyInput>,
) -> Answer<dto::UploadPartCopyOutput> {
    let to = call.grant()?;
    let input = req.input;
    let from = source::grant(&call, &input.copy_source).await.map_err(|e| call.refuse(e))?;
    let copy = CopyPart {
        conditions: read::source_conditions(&call),
        range: input.copy_source_range,
        customer_key: encryption::customer_key(&call).map_err(|e| call.refuse(e))?,
        source_key: encryption::source_key(&call).map_err(|e| call.refuse(e))?,
    };
    let number = u32::try_from(input.part_number).unwrap_or_default();
    let done = call.writing().await?.upload_part_copy(&to, &input.upload_id, number, &from, &copy).await;
    let done = done.map_err(|e| call.refuse(e))?;
    let mut answer = encryption::shown(&done.encryption);
    answer.set_some("x-amz-copy-source-version-id", done.source_version_id.as_deref());
    let mut result = dto::CopyPartResult {
        e_tag: Some(etag(done.etag)),
        last_modified: Some(done.last_modified.into()),
        ..dto::CopyPartResult::default()
    };
    if let Some(checksum) = done.checksum {
        convert::set_checksum!(result, checksum.algorithm, checksum.value);
    }
    let output =
        dto::UploadPartCopyOutput { copy_part_result: Some(result), ..dto::UploadPartCopyOutput::default() };
    Ok(answer.with(output))
}
