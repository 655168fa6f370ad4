//! `RestoreObject`: 202 for a new copy, 200 if there is one already.
//!
//! DEVIATION: the tier is checked and makes no difference; selections are answered `NotImplemented`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use http::StatusCode;
use serde_json::json;
use trailward_bucket::BucketError;

const TIERS: [&str; 3] = ["Bulk", "Expedited", "Standard"];

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::RestoreObjectInput>,
) -> Answer<dto::RestoreObjectOutput> {
    let grant = call.grant()?;
    let days = read(req.input.restore_request).map_err(|e| call.refuse(e))?;
    record::add_document(&call, "RestoreRequest", [("Days", json!(days))]);
    let already = call.writing().await?.restore_object(&grant, days).await.map_err(|e| call.refuse(e))?;
    call.set_status(if already { StatusCode::OK } else { StatusCode::ACCEPTED });
    Ok(S3Response::new(dto::RestoreObjectOutput::default()))
}

fn read(asked: Option<dto::RestoreRequest>) -> Result<i64, BucketError> {
    let asked = asked.ok_or(BucketError::MalformedXml)?;
    if asked.type_.is_some() || asked.select_parameters.is_some() || asked.output_location.is_some() {
        return Err(BucketError::NotImplemented(
            "A header you provided implies functionality that is not implemented",
        ));
    }
    let tier = asked.glacier_job_parameters.map(|parameters| parameters.tier).or(asked.tier);
    if tier.is_some_and(|tier| !TIERS.contains(&tier.as_str())) {
        return Err(BucketError::MalformedXml);
    }
    asked.days.map(i64::from).ok_or(BucketError::MalformedXml)
}
