//! `x-amz-mfa`: the serial number and a code of root's own MFA device.
//!
//! As on AWS, it is not taken over a connection that others can read; here, one from this machine itself will do.

use super::call::S3Call;
use super::encryption::is_private;
use crate::identity::{MfaHolder, Verdict, verify};
use s3s::S3Result;
use trailward_bucket::{BucketError, MfaProof};
use trailward_policy::Principal;

const HEADER: &str = "x-amz-mfa";

/// What the header proves. A wrong code ends the call; a right one is used up.
pub(super) async fn proof(call: &S3Call) -> S3Result<Option<MfaProof>> {
    let Some(given) = call.header(HEADER) else { return Ok(None) };
    let denied = |text: &str| call.refuse(BucketError::AccessDenied(text.to_owned()));
    if !is_private(call) {
        return Err(denied("Requests with the x-amz-mfa header must be made over a secure connection."));
    }
    let Principal::Root { account } = &call.identity().caller.principal else {
        return Err(denied("This operation may only be performed by the bucket owner"));
    };
    let (serial, code) = given.trim().rsplit_once(' ').unwrap_or((given, ""));
    let verdict = verify(call.platform(), account, &MfaHolder::Root, serial.trim_end(), code).await;
    match verdict.map_err(|error| call.fail(error))? {
        Verdict::Right => Ok(Some(MfaProof::of_root(account))),
        Verdict::Wrong | Verdict::NoDevice => {
            Err(denied("The MFA serial number and code are not valid for this request"))
        }
    }
}

/// The same for deletions: a bucket without MFA delete asks for no code, and uses none up.
pub(super) async fn proof_for_deletion(call: &S3Call, bucket: &str) -> S3Result<Option<MfaProof>> {
    match call.buckets().describe(bucket).await {
        Ok(place) if place.mfa_delete => proof(call).await,
        Ok(_) => Ok(None),
        Err(error) => Err(call.refuse(error)),
    }
}
