//! `GetBucketLocation`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketLocationInput>,
) -> Answer<dto::GetBucketLocationOutput> {
    let grant = call.grant()?;
    let location = call.buckets().get_bucket_location(&grant).await.map_err(|e| call.refuse(e))?;
    let location_constraint = location.map(dto::BucketLocationConstraint::from);
    Ok(S3Response::new(dto::GetBucketLocationOutput { location_constraint }))
}
