//! The permission check of S3 calls: after the signature, before the body.

use super::call::S3Call;
use super::table::{self, Line, Scope};
use s3s::access::{S3Access, S3AccessContext};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};
use trailward_bucket::{BucketError, Resource};
use trailward_wire::Protocol;
use trailward_wire::sigv4::SignatureError;

/// Asked by `s3s` for every request it could read.
#[derive(Debug)]
pub(crate) struct Guard;

#[async_trait::async_trait]
impl S3Access for Guard {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(call) = cx.extensions_mut().get::<S3Call>().cloned() else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let name = cx.s3_op().name();
        let Some(line) = table::by_name(name) else {
            call.trace().event_name = crate::dispatch::name(name);
            return Err(s3_error!(NotImplemented));
        };
        call.set_line(line);
        let resource = resource(line, cx).ok_or_else(|| s3_error!(InvalidURI))?;
        if let Some(bucket) = bucket_of(&resource) {
            check_place(&call, line, bucket).await?;
        }
        if let Some(version) = version_of(cx)
            && line.scope == Scope::Object
            && (version.is_empty() || line.versioned.is_none())
        {
            let message = if version.is_empty() {
                "Version id cannot be the empty string"
            } else {
                "This operation does not accept a version-id."
            };
            return Err(call.refuse(BucketError::InvalidArgument {
                message: message.to_owned(),
                name: "versionId",
                value: version,
            }));
        }
        if line.late || line.scope == Scope::EachObject {
            return Ok(());
        }
        let versioned = matches!(&resource, Resource::Object { version: Some(_), .. });
        let action = line.versioned.filter(|_| versioned).unwrap_or(line.action);
        match call.authorize(action, resource).await {
            Ok(grant) => {
                call.set_grant(grant);
                Ok(())
            }
            Err(error) => Err(call.refuse(error)),
        }
    }
}

fn bucket_of(resource: &Resource) -> Option<&str> {
    match resource {
        Resource::Service => None,
        Resource::Bucket(bucket) | Resource::Object { bucket, .. } => Some(bucket),
    }
}

fn resource(line: &Line, cx: &S3AccessContext<'_>) -> Option<Resource> {
    match (line.scope, cx.s3_path()) {
        (Scope::Service, S3Path::Root) => Some(Resource::Service),
        (Scope::Bucket | Scope::EachObject, S3Path::Bucket { bucket }) => Some(Resource::bucket(&**bucket)),
        (Scope::Object, S3Path::Object { bucket, key }) => {
            let version = version_of(cx);
            Some(match version {
                Some(version) => Resource::version(&**bucket, &**key, version),
                None => Resource::object(&**bucket, &**key),
            })
        }
        _ => None,
    }
}

/// The version that the request names.
fn version_of(cx: &S3AccessContext<'_>) -> Option<String> {
    let pairs = super::headers::pairs(cx.uri().query().unwrap_or(""));
    pairs.into_iter().find(|(name, _)| name == "versionId").map(|(_, value)| value)
}

/// A bucket answers only requests signed for its Region, and only for the owner the caller expects.
/// `GetBucketLocation` is how clients find the Region out, so it works from us-east-1 as well.
async fn check_place(call: &S3Call, line: &Line, bucket: &str) -> S3Result<()> {
    if line.name == "CreateBucket" {
        return Ok(());
    }
    let place = match call.buckets().describe(bucket).await {
        Ok(place) => place,
        // What is not there is refused where it is asked for.
        Err(BucketError::NoSuchBucket(_)) => return Ok(()),
        Err(error) => return Err(call.refuse(error)),
    };
    if call.header("x-amz-expected-bucket-owner").is_some_and(|expected| expected != place.owner) {
        return Err(call.refuse(BucketError::AccessDenied("Access Denied".to_owned())));
    }
    let anywhere = line.name == "GetBucketLocation" && call.region() == "us-east-1";
    if call.identity().account.is_empty() || place.region == call.region() || anywhere {
        return Ok(());
    }
    let expected = place.region;
    let error = SignatureError::WrongRegion { given: call.region().to_owned(), expected: expected.clone() };
    let mut answer = call.fail(error.to_api_error(Protocol::RestXml));
    if let Ok(value) = http::HeaderValue::from_str(&expected) {
        answer.set_headers(http::HeaderMap::from_iter([(
            http::HeaderName::from_static("x-amz-bucket-region"),
            value,
        )]));
    }
    Err(answer)
}
