//! `AbortMultipartUpload`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::AbortMultipartUploadInput>,
) -> Answer<dto::AbortMultipartUploadOutput> {
    let grant = call.grant()?;
    let done = call.writing().await?.abort_multipart_upload(&grant, &req.input.upload_id).await;
    done.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::AbortMultipartUploadOutput::default()))
}
