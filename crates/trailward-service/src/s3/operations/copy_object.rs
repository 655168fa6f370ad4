//! `CopyObject`.

use super::prelude::{Answer, S3Call, S3Request, acl, convert, dto, encryption, etag, lock, read, written};
use super::source;
use trailward_bucket::{
    BucketError, CopyObject, GetObject, Grant, MetadataDirective, Resource, TaggingDirective,
};

pub(super) async fn run(call: S3Call, req: S3Request<dto::CopyObjectInput>) -> Answer<dto::CopyObjectOutput> {
    let to = call.grant()?;
    let input = req.input;
    let from = source::grant(&call, &input.copy_source).await.map_err(|e| call.refuse(e))?;
    let target = (&*input.bucket, &*input.key);
    let copy = copy(&call, input.metadata, target, &from).await.map_err(|e| call.refuse(e))?;
    let done = call.writing().await?.copy_object(&to, &from, copy).await.map_err(|e| call.refuse(e))?;
    let mut answer = encryption::shown(&done.encryption);
    answer.set_some("x-amz-version-id", done.version_id.as_deref());
    read::add_new_expiration(&mut answer, &call, &to).await;
    answer.set_some("x-amz-copy-source-version-id", done.source_version_id.as_deref());
    let mut result = dto::CopyObjectResult {
        e_tag: Some(etag(done.etag)),
        last_modified: Some(done.last_modified.into()),
        ..dto::CopyObjectResult::default()
    };
    if let Some(checksum) = done.checksum {
        result.checksum_type = Some(convert::checksum_type(checksum.kind));
        convert::set_checksum!(result, checksum.algorithm, checksum.value);
    }
    let output =
        dto::CopyObjectOutput { copy_object_result: Some(result), ..dto::CopyObjectOutput::default() };
    Ok(answer.with(output))
}

async fn copy(
    call: &S3Call,
    metadata: Option<dto::Metadata>,
    (bucket, key): (&str, &str),
    from: &Grant,
) -> Result<CopyObject, BucketError> {
    let about = written::Written::read(call, metadata)?;
    let directive = |name: &'static str, message: &str| match call.header(name) {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => {
            Err(BucketError::InvalidArgument { message: message.to_owned(), name, value: other.to_owned() })
        }
    };
    let metadata = if directive("x-amz-metadata-directive", "Unknown metadata directive.")? {
        MetadataDirective::Replace { headers: about.headers, metadata: about.metadata }
    } else {
        MetadataDirective::Copy
    };
    let tagging = if directive("x-amz-tagging-directive", "Unknown tagging directive.")? {
        TaggingDirective::Replace(written::tagging(call, bucket, key).await?)
    } else {
        check_tags(call, (bucket, key), from).await?;
        TaggingDirective::Copy
    };
    let algorithm = call.header("x-amz-checksum-algorithm");
    Ok(CopyObject {
        conditions: read::source_conditions(call),
        metadata,
        tagging,
        lock: lock::asked(call, bucket, key).await?,
        storage_class: about.storage_class,
        acl: acl::of_object(call, bucket, key).await?,
        encryption: about.encryption,
        source_key: encryption::source_key(call)?,
        checksum_algorithm: algorithm.map(written::known).transpose()?,
        condition: written::condition(call)?,
    })
}

/// Tags are copied only for those who may read them there and write them here.
async fn check_tags(call: &S3Call, (bucket, key): (&str, &str), from: &Grant) -> Result<(), BucketError> {
    let asked = GetObject { customer_key: encryption::source_key(call)?, ..GetObject::default() };
    if call.buckets().head_object(from, &asked).await?.tag_count == 0 {
        return Ok(());
    }
    let source = from.resource().clone();
    let read = match &source {
        Resource::Object { version: Some(_), .. } => "s3:GetObjectVersionTagging",
        _ => "s3:GetObjectTagging",
    };
    call.authorize(read, source).await?;
    call.authorize("s3:PutObjectTagging", Resource::object(bucket, key)).await?;
    Ok(())
}
