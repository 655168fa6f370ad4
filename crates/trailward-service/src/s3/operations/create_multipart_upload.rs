//! `CreateMultipartUpload`.

use super::prelude::{Answer, S3Call, S3Request, acl, dto, encryption, lock, written};
use trailward_bucket::{BucketError, ChecksumKind, CreateUpload};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::CreateMultipartUploadInput>,
) -> Answer<dto::CreateMultipartUploadOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let target = (&*input.bucket, &*input.key);
    let create = create(&call, input.metadata, target).await.map_err(|e| call.refuse(e))?;
    let done =
        call.writing().await?.create_multipart_upload(&grant, create).await.map_err(|e| call.refuse(e))?;
    let mut answer = encryption::shown(&done.encryption);
    if let Some((algorithm, kind)) = done.checksum {
        answer.set("x-amz-checksum-algorithm", algorithm.as_str());
        answer.set("x-amz-checksum-type", kind.as_str());
    }
    Ok(answer.with(dto::CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(done.upload_id),
        ..dto::CreateMultipartUploadOutput::default()
    }))
}

async fn create(
    call: &S3Call,
    metadata: Option<dto::Metadata>,
    (bucket, key): (&str, &str),
) -> Result<CreateUpload, BucketError> {
    let about = written::Written::read(call, metadata)?;
    let kind = match call.header("x-amz-checksum-type") {
        None => None,
        Some(name) => Some(ChecksumKind::parse(name).ok_or_else(|| {
            BucketError::InvalidRequest("Value for x-amz-checksum-type header is invalid.".to_owned())
        })?),
    };
    Ok(CreateUpload {
        headers: about.headers,
        metadata: about.metadata,
        tagging: written::tagging(call, bucket, key).await?,
        lock: lock::asked(call, bucket, key).await?,
        storage_class: about.storage_class,
        acl: acl::of_object(call, bucket, key).await?,
        encryption: about.encryption,
        checksum_algorithm: call.header("x-amz-checksum-algorithm").map(written::known).transpose()?,
        checksum_kind: kind,
    })
}
