//! `PutBucketRequestPayment`.
//!
//! DEVIATION: `Requester` is refused for a bucket that a trail writes to (`InvalidRequest`): its deliveries would end. AWS
//! accepts it, and then refuses to make trails for the bucket.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, record};
use serde_json::json;
use trailward_bucket::BucketError;
use trailward_store::trails;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketRequestPaymentInput>,
) -> Answer<dto::PutBucketRequestPaymentOutput> {
    let grant = call.grant()?;
    let payer = req.input.request_payment_configuration.payer;
    record::add_document(&call, "RequestPaymentConfiguration", [("Payer", json!(payer.as_str()))]);
    let requester_pays = match payer.as_str() {
        dto::Payer::REQUESTER => true,
        dto::Payer::BUCKET_OWNER => false,
        _ => return Err(call.refuse(BucketError::MalformedXml)),
    };
    if requester_pays {
        refuse_for_trails(&call, &req.input.bucket).await.map_err(|e| call.refuse(e))?;
    }
    let done = call.writing().await?.put_bucket_request_payment(&grant, requester_pays).await;
    done.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketRequestPaymentOutput {}))
}

async fn refuse_for_trails(call: &S3Call, bucket: &str) -> Result<(), BucketError> {
    let epochs = trails::epochs(&*call.platform().catalog).await.map_err(BucketError::from)?;
    let newest = epochs.values().filter_map(|epochs| epochs.last()?.trail.as_ref());
    match newest.into_iter().find(|trail| trail.bucket == bucket) {
        None => Ok(()),
        Some(trail) => Err(BucketError::InvalidRequest(format!(
            "Requester Pays cannot be enabled on a bucket that a trail writes to: {} delivers to {bucket}. Choose another bucket for the trail first.",
            trail.key.arn()
        ))),
    }
}
