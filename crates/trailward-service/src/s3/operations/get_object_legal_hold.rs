//! `GetObjectLegalHold`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, lock};

pub(super) async fn run(
    call: S3Call,
    _req: S3Request<dto::GetObjectLegalHoldInput>,
) -> Answer<dto::GetObjectLegalHoldOutput> {
    let grant = call.grant()?;
    let on = call.buckets().get_object_legal_hold(&grant).await.map_err(|e| call.refuse(e))?;
    let status = dto::ObjectLockLegalHoldStatus::from_static(lock::status(on));
    let hold = dto::ObjectLockLegalHold { status: Some(status) };
    Ok(S3Response::new(dto::GetObjectLegalHoldOutput { legal_hold: Some(hold) }))
}
