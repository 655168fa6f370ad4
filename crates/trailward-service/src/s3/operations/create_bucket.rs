//! `CreateBucket`.

use super::prelude::{Answer, S3Call, S3Request, S3Response, acl, dto, record};
use serde_json::json;
use trailward_bucket::{BucketError, CreateBucket, Ownership};

pub(super) async fn run(
    call: S3Call,
    req: S3Request<dto::CreateBucketInput>,
) -> Answer<dto::CreateBucketOutput> {
    let grant = call.grant()?;
    let input = req.input;
    let constraint = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint)
        .map(|constraint| constraint.as_str().to_owned());
    if let Some(constraint) = &constraint {
        let members = [("LocationConstraint", json!(constraint))];
        record::add_document(&call, "CreateBucketConfiguration", members);
    }
    let ownership = input.object_ownership.as_ref();
    let create = create(&call, constraint, ownership, input.object_lock_enabled_for_bucket).await;
    let create = create.map_err(|e| call.refuse(e))?;
    call.writing().await?.create_bucket(&grant, create).await.map_err(|e| call.refuse(e))?;
    Ok(S3Response::new(dto::CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }))
}

async fn create(
    call: &S3Call,
    location_constraint: Option<String>,
    ownership: Option<&dto::ObjectOwnership>,
    object_lock: Option<bool>,
) -> Result<CreateBucket, BucketError> {
    let regions = &call.platform().settings.regions;
    if let Some(wanted) = location_constraint.as_ref().filter(|wanted| !wanted.is_empty() && *wanted != "EU")
        && !regions.contains(wanted)
    {
        return Err(BucketError::InvalidLocationConstraint(wanted.clone()));
    }
    let ownership = match ownership.map(dto::ObjectOwnership::as_str) {
        None => None,
        Some(name) => Some(Ownership::parse(name).ok_or_else(|| BucketError::InvalidArgument {
            message: format!("Invalid x-amz-object-ownership header: {name}"),
            name: "x-amz-object-ownership",
            value: name.to_owned(),
        })?),
    };
    Ok(CreateBucket {
        region: call.region().to_owned(),
        location_constraint,
        acl: acl::asked(call).await?,
        ownership,
        object_lock: object_lock.unwrap_or(false),
    })
}
