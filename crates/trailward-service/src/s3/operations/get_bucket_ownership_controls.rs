//! `GetBucketOwnershipControls`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketOwnershipControlsInput>,
) -> Answer<dto::GetBucketOwnershipControlsOutput> {
    let grant = call.grant()?;
    let found = call.buckets().get_bucket_ownership_controls(&grant).await.map_err(|e| call.refuse(e))?;
    let rule =
        dto::OwnershipControlsRule { object_ownership: dto::ObjectOwnership::from_static(found.as_str()) };
    let controls = dto::OwnershipControls { rules: vec![rule] };
    Ok(S3Response::new(dto::GetBucketOwnershipControlsOutput { ownership_controls: Some(controls) }))
}
