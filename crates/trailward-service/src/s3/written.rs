//! What requests that write objects say about them, in headers that are the same for all of them.

use super::call::S3Call;
use super::encryption;
use super::headers::pairs;
use futures::{StreamExt as _, TryStreamExt as _};
use s3s::dto;
use trailward_bucket::{
    Algorithm, Body, BucketError, EncryptionAsked, Expected, ExpectedChecksum, GrantedTags, Headers,
    PutCondition, Resource, Tag, Trailer,
};

/// Properties of an object to be.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) headers: Headers,
    pub(super) metadata: Vec<(String, String)>,
    pub(super) storage_class: Option<String>,
    pub(super) encryption: EncryptionAsked,
}

const NOT_OFFERED: &str = "A header you provided implies functionality that is not implemented";

impl Written {
    pub(super) fn read(call: &S3Call, metadata: Option<dto::Metadata>) -> Result<Self, BucketError> {
        refuse_absent(call)?;
        let own = |name: &str| call.header(name).map(str::to_owned);
        let mut metadata: Vec<(String, String)> = metadata.unwrap_or_default().into_iter().collect();
        metadata.sort();
        Ok(Self {
            headers: Headers {
                cache_control: own("cache-control"),
                content_disposition: own("content-disposition"),
                content_encoding: own("content-encoding"),
                content_language: own("content-language"),
                content_type: own("content-type"),
                expires: own("expires"),
                website_redirect_location: own("x-amz-website-redirect-location"),
            },
            metadata,
            storage_class: own("x-amz-storage-class"),
            encryption: encryption::asked(call)?,
        })
    }
}

/// Refuses what would be lost silently.
fn refuse_absent(call: &S3Call) -> Result<(), BucketError> {
    if call.header("x-amz-write-offset-bytes").is_some() {
        return Err(BucketError::NotImplemented(NOT_OFFERED));
    }
    Ok(())
}

/// The tags in the header, with the permission to set them.
pub(super) async fn tagging(
    call: &S3Call,
    bucket: &str,
    key: &str,
) -> Result<Option<GrantedTags>, BucketError> {
    let Some(header) = call.header("x-amz-tagging") else { return Ok(None) };
    let tags: Vec<Tag> = pairs(header).into_iter().map(|(key, value)| Tag { key, value }).collect();
    if tags.is_empty() {
        return Ok(None);
    }
    let grant = call.authorize("s3:PutObjectTagging", Resource::object(bucket, key)).await?;
    Ok(Some(GrantedTags { tags, grant }))
}

/// `If-Match` and `If-None-Match` of a write.
pub(super) fn condition(call: &S3Call) -> Result<PutCondition, BucketError> {
    match (call.header("if-match"), call.header("if-none-match")) {
        (None, None) => Ok(PutCondition::Always),
        (None, Some("*")) => Ok(PutCondition::Absent),
        (Some(etag), None) if etag != "*" => Ok(PutCondition::Match(etag.to_owned())),
        _ => Err(BucketError::NotImplemented(NOT_OFFERED)),
    }
}

/// Small documents that change a lot must come with a digest, which was checked as they came.
pub(super) fn check_digest(call: &S3Call, wanted: &str) -> Result<(), BucketError> {
    let announced = call.header("content-md5").is_some()
        || call.header("x-amz-trailer").is_some()
        || Algorithm::ALL.into_iter().any(|algorithm| call.header(algorithm.header()).is_some());
    if announced {
        return Ok(());
    }
    Err(BucketError::InvalidRequest(format!("Missing required header for this request: {wanted}")))
}

/// The checksum that is announced in a header, or to come behind the body.
pub(super) fn checksum(call: &S3Call) -> Result<Option<ExpectedChecksum>, BucketError> {
    let invalid = |message: &str| BucketError::InvalidRequest(message.to_owned());
    let named = match call.header("x-amz-sdk-checksum-algorithm") {
        Some(name) => Some(known(name)?),
        None => None,
    };
    let values: Vec<(Algorithm, String)> = Algorithm::ALL
        .into_iter()
        .filter_map(|algorithm| Some((algorithm, call.header(algorithm.header())?.to_owned())))
        .collect();
    let trailer = call.header("x-amz-trailer").map(|name| name.trim().to_ascii_lowercase());
    let trailing =
        trailer.as_deref().and_then(|name| Algorithm::ALL.into_iter().find(|a| a.header() == name));
    let (algorithm, expected) = match (values.as_slice(), trailing) {
        ([], None) if trailer.is_some() => {
            return Err(invalid("The value specified in the x-amz-trailer header is not supported"));
        }
        ([], None) if named.is_some() => {
            return Err(invalid(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
            ));
        }
        ([], None) => return Ok(None),
        ([(algorithm, value)], None) => (*algorithm, Expected::Value(value.clone())),
        ([], Some(algorithm)) => {
            let arrival = call.arrival().clone();
            (algorithm, Expected::Trailer(Trailer::new(move || arrival.trailer(algorithm.header()))))
        }
        _ => {
            return Err(invalid(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ));
        }
    };
    if named.is_some_and(|named| named != algorithm) {
        return Err(invalid("Value for x-amz-sdk-checksum-algorithm header is invalid."));
    }
    Ok(Some(ExpectedChecksum { algorithm, expected }))
}

/// An algorithm by its name.
pub(super) fn known(name: &str) -> Result<Algorithm, BucketError> {
    Algorithm::parse(name).ok_or_else(|| {
        BucketError::InvalidRequest(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]".to_owned(),
        )
    })
}

/// The body, as the bucket takes it. It does not end before the call's intent is durable, and the bucket commits
/// nothing before the body has ended: so the intent travels while the body is spooled, and costs no wait of its own.
pub(super) fn body(call: &S3Call, body: Option<dto::StreamingBlob>) -> Result<Body, BucketError> {
    if call.length().is_none() && call.header("transfer-encoding").is_some() {
        return Err(BucketError::Body {
            code: "MissingContentLength",
            status: 411,
            message: "You must provide the Content-Length HTTP header.".to_owned(),
        });
    }
    let intent = futures::stream::once(call.intent(Vec::new())?)
        .filter_map(|written| std::future::ready(written.err().map(Err)));
    let Some(body) = body else { return Ok(intent.boxed()) };
    // What was wrong with it, the call knows.
    let broken = |_| BucketError::Body {
        code: "IncompleteBody",
        status: 400,
        message: "The request body terminated unexpectedly".to_owned(),
    };
    Ok(body.map_err(broken).chain(intent).boxed())
}
