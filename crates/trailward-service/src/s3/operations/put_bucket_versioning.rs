//! `PutBucketVersioning`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, dto, mfa, record};
use serde_json::{Map, json};
use trailward_bucket::PutVersioning;

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::PutBucketVersioningInput>,
) -> Answer<dto::PutBucketVersioningOutput> {
    let grant = call.grant()?;
    let asked = req.input.versioning_configuration;
    let status = asked.status.as_ref().map(dto::BucketVersioningStatus::as_str);
    let mfa_delete = asked.mfa_delete.as_ref().map(dto::MFADelete::as_str);
    let mut members = Map::from_iter([("xmlns".to_owned(), json!(record::XMLNS))]);
    for (name, value) in [("Status", status), ("MfaDelete", mfa_delete)] {
        if let Some(value) = value {
            members.insert(name.to_owned(), json!(value));
        }
    }
    record::add_parameter(&call, "VersioningConfiguration", members.into());
    let proof = mfa::proof(&call).await?;
    let put = PutVersioning { status, mfa_delete, mfa: proof.as_ref() };
    let done = call.writing().await?.put_bucket_versioning(&grant, put).await;
    done.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::PutBucketVersioningOutput {}))
}
