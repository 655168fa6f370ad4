//! `GetBucketRequestPayment`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetBucketRequestPaymentInput>,
) -> Answer<dto::GetBucketRequestPaymentOutput> {
    let grant = call.grant()?;
    let pays = call.buckets().get_bucket_request_payment(&grant).await.map_err(|e| call.refuse(e))?;
    let payer = if pays { dto::Payer::REQUESTER } else { dto::Payer::BUCKET_OWNER };
    Ok(S3Response::new(dto::GetBucketRequestPaymentOutput { payer: Some(dto::Payer::from_static(payer)) }))
}
