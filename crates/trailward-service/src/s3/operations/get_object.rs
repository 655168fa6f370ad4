//! `GetObject`.

use super::prelude::{Answer, S3Call, S3Request, convert, dto, read};
use futures::TryStreamExt as _;
use http_body::Frame;
use http_body_util::StreamBody;
use trailward_bucket::BucketError;

pub(super) async fn run(call: S3Call, req: S3Request<dto::GetObjectInput>) -> Answer<dto::GetObjectOutput> {
    let grant = call.grant()?;
    refuse_anonymous_overrides(&call, &req.input).map_err(|e| call.refuse(e))?;
    let asked = read::asked(&call, req.input.part_number).map_err(|e| call.refuse(e))?;
    let object = call.buckets().get_object(&grant, &asked).await.map_err(|e| call.refuse(e))?;
    let mut answer = read::describe(&object.view);
    let overrides = [
        ("cache-control", &req.input.response_cache_control),
        ("content-disposition", &req.input.response_content_disposition),
        ("content-encoding", &req.input.response_content_encoding),
        ("content-language", &req.input.response_content_language),
        ("content-type", &req.input.response_content_type),
    ];
    for (name, value) in overrides {
        answer.set_some(name, value.as_deref());
    }
    if let Some(expires) = req.input.response_expires {
        answer.set("expires", &convert::to_http_date(expires.into()));
    }
    let body = object.body.map_ok(Frame::data).inspect_err(|error| {
        tracing::error!(%error, source = ?std::error::Error::source(error), "an object cannot be read to its end");
    });
    let output = dto::GetObjectOutput {
        body: Some(s3s::Body::http_body_unsync(StreamBody::new(body)).into()),
        // Says that the answer is partial; the header itself is among the others.
        content_range: object.view.range.map(|_| String::new()),
        metadata: Some(object.view.metadata.into_iter().collect()),
        ..dto::GetObjectOutput::default()
    };
    Ok(answer.with(output))
}

/// Answer headers of the caller's choice are for callers one knows.
fn refuse_anonymous_overrides(call: &S3Call, input: &dto::GetObjectInput) -> Result<(), BucketError> {
    let overrides = input.response_cache_control.is_some()
        || input.response_content_disposition.is_some()
        || input.response_content_encoding.is_some()
        || input.response_content_language.is_some()
        || input.response_content_type.is_some()
        || input.response_expires.is_some();
    if overrides && call.identity().account.is_empty() {
        return Err(BucketError::InvalidRequest(
            "Request specific response headers cannot be used for anonymous GET requests.".to_owned(),
        ));
    }
    Ok(())
}
