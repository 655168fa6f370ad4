//! `ListMultipartUploads`.

use super::prelude::{
    Answer, S3Call, S3Request, S3Response, Spelling, convert, dto, limit, owner, shown_limit,
};
use super::shown::initiator;
use trailward_bucket::ListUploads;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::ListMultipartUploadsInput>,
) -> Answer<dto::ListMultipartUploadsOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let spelling = Spelling::asked(input.encoding_type.as_ref()).map_err(|e| call.refuse(e))?;
    let asked = ListUploads {
        prefix: input.prefix.clone(),
        delimiter: input.delimiter.clone(),
        key_marker: input.key_marker.clone(),
        upload_id_marker: input.upload_id_marker.clone(),
        max_uploads: limit("max-uploads", input.max_uploads).map_err(|e| call.refuse(e))?,
    };
    let page = call.buckets().list_multipart_uploads(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    let owner = owner(&call, &page.owner).await?;
    let mut uploads = Vec::with_capacity(page.uploads.len());
    for entry in page.uploads {
        uploads.push(dto::MultipartUpload {
            checksum_algorithm: entry.checksum.map(|(algorithm, _)| convert::algorithm(algorithm)),
            checksum_type: entry.checksum.map(|(_, kind)| convert::checksum_type(kind)),
            initiated: Some(entry.initiated.into()),
            initiator: Some(initiator(&call, entry.initiator).await?),
            key: Some(spelling.name(&entry.key)),
            owner: Some(owner.clone()),
            storage_class: Some(dto::StorageClass::from_static(entry.storage_class.as_str())),
            upload_id: Some(entry.upload_id),
        });
    }
    Ok(S3Response::new(dto::ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        prefix: spelling.some(input.prefix.as_deref()),
        delimiter: spelling.some(input.delimiter.as_deref()),
        key_marker: Some(spelling.name(input.key_marker.as_deref().unwrap_or(""))),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        next_key_marker: spelling.some(page.next_key_marker.as_deref()),
        next_upload_id_marker: page.next_upload_id_marker,
        max_uploads: Some(shown_limit(input.max_uploads)),
        is_truncated: Some(page.is_truncated),
        uploads: Some(uploads),
        common_prefixes: Some(spelling.prefixes(&page.common_prefixes)),
        encoding_type: spelling.echoed(),
        request_charged: None,
    }))
}
