//! `PutObject`.

use super::prelude::{Answer, S3Call, S3Request, acl, dto, encryption, lock, read, written};
use trailward_bucket::{BucketError, PutObject};

pub(super) async fn run(call: S3Call, req: S3Request<dto::PutObjectInput>) -> Answer<dto::PutObjectOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let put = put(&call, input.metadata, &input.bucket, &input.key).await.map_err(|e| call.refuse(e))?;
    let body = written::body(&call, input.body).map_err(|e| call.refuse(e))?;
    let done = call.buckets().put_object(&grant, put, body).await.map_err(|e| call.refuse(e))?;
    let mut answer = encryption::shown(&done.encryption);
    answer.set("etag", &format!("\"{}\"", done.etag));
    answer.set_some("x-amz-version-id", done.version_id.as_deref());
    read::add_new_expiration(&mut answer, &call, &grant).await;
    answer.checksum(done.checksum.as_ref());
    Ok(answer.with(dto::PutObjectOutput::default()))
}

async fn put(
    call: &S3Call,
    metadata: Option<dto::Metadata>,
    bucket: &str,
    key: &str,
) -> Result<PutObject, BucketError> {
    let about = written::Written::read(call, metadata)?;
    Ok(PutObject {
        headers: about.headers,
        metadata: about.metadata,
        tagging: written::tagging(call, bucket, key).await?,
        lock: lock::asked(call, bucket, key).await?,
        storage_class: about.storage_class,
        acl: acl::of_object(call, bucket, key).await?,
        encryption: about.encryption,
        content_md5: call.header("content-md5").map(str::to_owned),
        checksum: written::checksum(call)?,
        content_length: call.length(),
        condition: written::condition(call)?,
        is_form: call.context().get("s3:authType").is_some_and(|kind| kind == ["POST"]),
    })
}
