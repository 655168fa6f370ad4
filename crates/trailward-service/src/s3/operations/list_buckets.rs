//! `ListBuckets`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, owner};
use trailward_bucket::ListBuckets;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::ListBucketsInput>,
) -> Answer<dto::ListBucketsOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let asked = ListBuckets {
        prefix: input.prefix.clone(),
        region: input.bucket_region,
        continuation_token: input.continuation_token,
        max_buckets: input.max_buckets.map(|max| u32::try_from(max).unwrap_or_default()),
    };
    let list = call.buckets().list_buckets(&grant, asked).await.map_err(|e| call.refuse(e))?;
    let bucket = |entry: trailward_bucket::BucketEntry| dto::Bucket {
        bucket_region: Some(entry.region),
        creation_date: Some(entry.created.into()),
        name: Some(entry.name),
    };
    Ok(S3Response::new(dto::ListBucketsOutput {
        buckets: Some(list.buckets.into_iter().map(bucket).collect()),
        continuation_token: list.continuation_token,
        owner: Some(owner(&call, &list.owner).await?),
        prefix: input.prefix,
    }))
}
