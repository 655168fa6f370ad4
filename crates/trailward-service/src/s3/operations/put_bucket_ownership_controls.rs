//! `PutBucketOwnershipControls`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::json;
use trailward_bucket::{BucketError, Ownership};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketOwnershipControlsInput>,
) -> Answer<dto::PutBucketOwnershipControlsOutput> {
    let grant = call.grant()?;
    let wanted = wanted(req.input.ownership_controls).map_err(|e| call.refuse(e))?;
    let rule = json!({ "ObjectOwnership": wanted.as_str() });
    record::add_document(&call, "OwnershipControls", [("Rule", rule)]);
    let done = call.writing().await?.put_bucket_ownership_controls(&grant, wanted).await;
    done.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketOwnershipControlsOutput {}))
}

fn wanted(controls: dto::OwnershipControls) -> Result<Ownership, BucketError> {
    let mut rules = controls.rules.into_iter();
    let (Some(rule), None) = (rules.next(), rules.next()) else { return Err(BucketError::MalformedXml) };
    Ownership::parse(rule.object_ownership.as_str()).ok_or(BucketError::MalformedXml)
}
