//! `UploadPart`.

use super::prelude::{Answer, S3Call, S3Request, dto, encryption, written};
use trailward_bucket::{BucketError, PartInput};

pub(super) async fn run(call: S3Call, req: S3Request<dto::UploadPartInput>) -> Answer<dto::UploadPartOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let part = part(&call).map_err(|e| call.refuse(e))?;
    let body = written::body(&call, input.body).map_err(|e| call.refuse(e))?;
    let number = u32::try_from(input.part_number).unwrap_or_default();
    let done = call.buckets().upload_part(&grant, &input.upload_id, number, part, body).await;
    let done = done.map_err(|e| call.refuse(e))?;
    let mut answer = encryption::shown(&done.encryption);
    answer.set("etag", &format!("\"{}\"", done.etag));
    if let Some(checksum) = &done.checksum {
        answer.set(checksum.algorithm.header(), &checksum.value);
    }
    Ok(answer.with(dto::UploadPartOutput::default()))
}

fn part(call: &S3Call) -> Result<PartInput, BucketError> {
    Ok(PartInput {
        content_md5: call.header("content-md5").map(str::to_owned),
        checksum: written::checksum(call)?,
        content_length: call.length(),
        customer_key: encryption::customer_key(call)?,
    })
}
