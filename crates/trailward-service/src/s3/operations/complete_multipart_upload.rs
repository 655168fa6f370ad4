//! `CompleteMultipartUpload`.

use super::prelude::{Answer, S3Call, S3Request, convert, dto, encryption, etag, read, written};
use trailward_bucket::{Algorithm, BucketError, CompleteUpload, CompletedPart};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::CompleteMultipartUploadInput>,
) -> Answer<dto::CompleteMultipartUploadOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let complete =
        complete(&call, input.multipart_upload, input.mpu_object_size).map_err(|e| call.refuse(e))?;
    let done = call.writing().await?.complete_multipart_upload(&grant, &input.upload_id, &complete).await;
    let done = done.map_err(|e| call.refuse(e))?;
    let mut answer = encryption::shown(&done.encryption);
    answer.set_some("x-amz-version-id", done.version_id.as_deref());
    read::add_new_expiration(&mut answer, &call, &grant).await;
    let host = call.header("host").unwrap_or("s3.amazonaws.com");
    let scheme = if call.trace().tls.is_some() { "https" } else { "http" };
    let mut output = dto::CompleteMultipartUploadOutput {
        location: Some(format!("{scheme}://{host}/{}/{}", input.bucket, convert::in_path(&input.key))),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(etag(done.etag)),
        ..dto::CompleteMultipartUploadOutput::default()
    };
    if let Some(checksum) = done.checksum {
        output.checksum_type = Some(convert::checksum_type(checksum.kind));
        convert::set_checksum!(output, checksum.algorithm, checksum.value);
    }
    Ok(answer.with(output))
}

fn complete(
    call: &S3Call,
    upload: Option<dto::CompletedMultipartUpload>,
    size: Option<i64>,
) -> Result<CompleteUpload, BucketError> {
    let parts = upload.and_then(|upload| upload.parts).ok_or(BucketError::MalformedXml)?;
    let checksum = Algorithm::ALL.into_iter().find_map(|algorithm| call.header(algorithm.header()));
    Ok(CompleteUpload {
        parts: parts.into_iter().map(part).collect::<Result<_, _>>()?,
        checksum: checksum.map(str::to_owned),
        size: size.map(|size| u64::try_from(size).unwrap_or_default()),
        condition: written::condition(call)?,
    })
}

fn part(part: dto::CompletedPart) -> Result<CompletedPart, BucketError> {
    let (Some(number), Some(etag)) = (part.part_number, part.e_tag) else {
        return Err(BucketError::MalformedXml);
    };
    Ok(CompletedPart {
        number: u32::try_from(number).map_err(|_| BucketError::MalformedXml)?,
        etag: etag.into_value(),
        checksum: part
            .checksum_crc32
            .or(part.checksum_crc32c)
            .or(part.checksum_crc64nvme)
            .or(part.checksum_sha1)
            .or(part.checksum_sha256),
    })
}
