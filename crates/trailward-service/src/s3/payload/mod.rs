//! A request's body on its way in: freed of its framing, checked against what was signed and announced.
//!
//! `s3s` can do this too, but holds whole chunks in memory, of which clients make objects of one. Here bytes pass as
//! they come, and what is wrong shows as the error that the stream ends with.

mod chunks;
mod document;
mod fault;
mod unknown;

use crate::gateway::{Body, BodyError};
use crate::limits::{MAX_XML_BODY, UPLOAD_SILENCE};
use crate::s3::name::Content;
use aws_lc_rs::digest;
use bytes::Bytes;
use chunks::{Chunks, Trailers};
use document::Digests;
use fault::Fault;
use http::request::Parts;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use std::sync::{Arc, Mutex, PoisonError};
use trailward_wire::ApiError;
use trailward_wire::sigv4::{PayloadHash, Presented, SigningSecret};
pub(crate) use unknown::blank_out;

/// What became of a body, for those who do not read it themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrival(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    received: u64,
    trailers: Trailers,
    fault: Option<ApiError>,
    document: Option<Bytes>,
}

impl Arrival {
    fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Bytes that came over the wire.
    pub(crate) fn received(&self) -> u64 {
        self.with(|inner| inner.received)
    }

    /// A trailing header; there is none before the body has ended.
    pub(crate) fn trailer(&self, name: &str) -> Option<String> {
        self.with(|inner| {
            inner.trailers.iter().find(|(there, _)| there == name).map(|(_, value)| value.clone())
        })
    }

    /// The document, where it was kept for what `s3s` does not read of it.
    pub(crate) fn document(&self) -> Option<Bytes> {
        self.with(|inner| inner.document.clone())
    }

    /// Notes bytes that came over the wire.
    fn count(&self, bytes: usize) {
        self.with(|inner| inner.received += bytes as u64);
    }

    /// Notes why the body broke off.
    pub(crate) fn break_off(&self, why: ApiError) {
        self.with(|inner| inner.fault = Some(why));
    }

    /// Why the body broke off, if it did.
    pub(crate) fn fault(&self) -> Option<ApiError> {
        self.with(|inner| inner.fault.clone())
    }
}

/// How a body comes.
enum Form {
    /// As it is.
    Plain,
    /// As it is, and with this SHA-256.
    Hashed(digest::Context, String),
    Chunked(Box<Chunks>),
}

/// A body that is about to be read.
pub(crate) struct Payload {
    form: Form,
    digests: Option<Digests>,
    /// Bytes that may still come.
    left: u64,
    /// Bytes of the content, if they were announced.
    pub(crate) length: Option<u64>,
}

impl Payload {
    /// What the head of a request says about its body. `secret` belongs to `presented`, which was verified.
    pub(crate) fn announced(
        parts: &Parts,
        presented: Option<&Presented>,
        secret: Option<&SigningSecret>,
        content: Content,
    ) -> Result<Self, ApiError> {
        let number =
            |name: &str| -> Option<u64> { parts.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let claim = match presented {
            Some(presented) => presented.payload.clone(),
            None => anonymous_claim(parts)?,
        };
        let (form, length) = match claim {
            PayloadHash::Absent | PayloadHash::Unsigned => (Form::Plain, number("content-length")),
            PayloadHash::Sha256(hash) => {
                let hasher = digest::Context::new(&digest::SHA256);
                (Form::Hashed(hasher, hash.to_ascii_lowercase()), number("content-length"))
            }
            PayloadHash::Streaming(kind) => {
                let length = number("x-amz-decoded-content-length").ok_or_else(|| {
                    ApiError::new(
                        "MissingContentLength",
                        411,
                        "You must provide the Content-Length HTTP header.",
                    )
                })?;
                let signer = match (presented, secret) {
                    (Some(presented), Some(secret)) if kind.starts_with("STREAMING-AWS4-") => {
                        Some(presented.chunk_signer(secret))
                    }
                    _ => None,
                };
                let trails = kind.ends_with("-TRAILER");
                (Form::Chunked(Box::new(Chunks::new(signer, trails, length))), Some(length))
            }
        };
        let digests = match content {
            Content::Document => Some(Digests::announced(&parts.headers)?),
            Content::Completion => Some(Digests::of_completion(&parts.headers)?),
            Content::Object => None,
        };
        // Objects have a limit too, which the bucket knows.
        let left = if content == Content::Object { u64::MAX } else { MAX_XML_BODY as u64 };
        Ok(Self { form, digests, left, length })
    }

    /// The content, as it comes.
    pub(crate) fn read(self, body: Body, arrival: Arrival) -> Body {
        let reader = Reader { body, input: Bytes::new(), payload: Some(self), arrival };
        let stream = futures::stream::try_unfold(reader, |mut reader| async move {
            match reader.next().await {
                Ok(bytes) => Ok(bytes.map(|bytes| (Frame::data(bytes), reader))),
                Err(fault) => {
                    let error = fault.to_api_error();
                    let text = error.message.clone();
                    reader.arrival.with(|inner| inner.fault = Some(error));
                    Err(BodyError::from(text))
                }
            }
        });
        StreamBody::new(stream).boxed_unsync()
    }
}

/// Anonymous callers have no signature, so what they say of the body is in the header alone.
fn anonymous_claim(parts: &Parts) -> Result<PayloadHash, ApiError> {
    let Some(text) = parts.headers.get("x-amz-content-sha256").and_then(|v| v.to_str().ok()) else {
        return Ok(PayloadHash::Absent);
    };
    if text == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" {
        return Ok(PayloadHash::Streaming(text.to_owned()));
    }
    if text.starts_with("STREAMING-") {
        return Err(ApiError::new("AccessDenied", 403, "Access Denied"));
    }
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(PayloadHash::Sha256(text.to_owned()));
    }
    Ok(PayloadHash::Unsigned)
}

struct Reader {
    body: Body,
    input: Bytes,
    /// `None` once it was checked as a whole.
    payload: Option<Payload>,
    arrival: Arrival,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            let Some(payload) = &mut self.payload else { return Ok(None) };
            if let Some(bytes) = payload.take(&mut self.input)? {
                return Ok(Some(bytes));
            }
            if let Some(bytes) = receive(&mut self.body).await? {
                self.arrival.count(bytes.len());
                self.input = bytes;
            } else {
                let payload = self.payload.take();
                let trailers = payload.map_or_else(|| Ok(Vec::new()), Payload::end)?;
                self.arrival.with(|inner| inner.trailers = trailers);
            }
        }
    }
}

/// The next bytes of a body that has no framing of its own; `None` at its end.
pub(crate) async fn receive_some(body: &mut Body, arrival: &Arrival) -> Result<Option<Bytes>, ApiError> {
    let bytes = receive(body).await.map_err(|fault| fault.to_api_error())?;
    arrival.count(bytes.as_ref().map_or(0, Bytes::len));
    Ok(bytes)
}

/// The next bytes on the wire; gives up on a client that falls silent.
async fn receive(body: &mut Body) -> Result<Option<Bytes>, Fault> {
    loop {
        match tokio::time::timeout(UPLOAD_SILENCE, body.frame()).await {
            Err(_) => return Err(Fault::Silence),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(Fault::Incomplete),
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                _ => {}
            },
        }
    }
}

impl Payload {
    fn take(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Fault> {
        let bytes = match &mut self.form {
            Form::Chunked(chunks) => chunks.next(input)?,
            Form::Plain => Some(std::mem::take(input)).filter(|bytes| !bytes.is_empty()),
            Form::Hashed(context, _) => {
                context.update(input);
                Some(std::mem::take(input)).filter(|bytes| !bytes.is_empty())
            }
        };
        if let Some(bytes) = &bytes {
            self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Fault::TooLarge)?;
            if let Some(digests) = &mut self.digests {
                digests.update(bytes);
            }
        }
        Ok(bytes)
    }

    fn end(self) -> Result<Trailers, Fault> {
        let trailers = match self.form {
            Form::Plain => Vec::new(),
            Form::Hashed(context, claimed) => {
                let computed = hex::encode(context.finish());
                if computed != claimed {
                    return Err(Fault::Hash { claimed, computed });
                }
                Vec::new()
            }
            Form::Chunked(chunks) => chunks.end()?,
        };
        if let Some(digests) = self.digests {
            digests.check(&trailers)?;
        }
        Ok(trailers)
    }
}
