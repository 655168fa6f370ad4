//! The way in and out of S3: prove the caller, let `s3s` read the request, write the record, answer.

use super::absent::Absent;
use super::access_log::Seen;
use super::call::{S3Call, beside};
use super::foreign::{NOT_IMPLEMENTED, foreign};
use super::guard::Guard;
use super::operations::Operations;
use super::payload::{Arrival, Payload, blank_out};
use super::subject::Subject;
use super::{absent, control, cors, form, head, headers, name, record, table};
use crate::Platform;
use crate::audit;
use crate::call::Peer;
use crate::gateway::{Body, BodyError, authenticate, new_trace, plain, text};
use crate::identity::{Accounts, Identity};
use crate::kms::used::key_use;
use crate::limits::MAX_XML_BODY;
use crate::services;
use futures::FutureExt as _;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::BodyExt as _;
use s3s::auth::{S3Auth, SecretKey};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use trailward_bucket::{BucketHead, KeyUse};
use trailward_policy::Context;
use trailward_wire::sigv4::{PathStyle, Presented, SignatureError, SigningSecret};
use trailward_wire::{ApiError, Protocol, eight_byte_id, host_id, uuid_id};

/// Never asked: no signature is left in what `s3s` sees. Without it, `s3s` would not ask the guard either.
struct NoSecrets;

#[async_trait::async_trait]
impl S3Auth for NoSecrets {
    async fn get_secret_key(&self, _access_key: &str) -> S3Result<SecretKey> {
        Err(s3_error!(InvalidAccessKeyId))
    }
}

/// S3 behind the door.
pub(crate) struct Front {
    platform: Arc<Platform>,
    service: S3Service,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").finish_non_exhaustive()
    }
}

/// The ids of one answer.
struct Ids {
    request: String,
    host: String,
    /// Whether errors are spelled as S3 Control spells them.
    wrapped: bool,
}

/// A call that is over, but not recorded yet.
struct Settled {
    response: Response<Body>,
    trace: audit::Trace,
    /// Records beside the call's own.
    parts: Vec<audit::Trace>,
    arrival: Arrival,
    /// KMS keys that were used on the way.
    key_uses: Vec<KeyUse>,
    /// When the request came.
    begun: Instant,
}

/// What a request is addressed to.
struct Address {
    /// The bucket, if the host names it.
    host_bucket: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
}

impl Address {
    /// No bucket.
    fn none() -> Self {
        Self { host_bucket: None, bucket: None, key: None }
    }
}

impl Front {
    pub(crate) fn new(platform: Arc<Platform>) -> Self {
        let mut builder = S3ServiceBuilder::new(Operations);
        builder.set_auth(NoSecrets);
        builder.set_access(Guard);
        let mut config = S3Config::default();
        config.xml_max_body_size = MAX_XML_BODY;
        // Form uploads are refused at the door.
        config.post_object_max_file_size = 0;
        config.form_max_parts = 0;
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        Self { service: builder.build(), platform }
    }

    /// Answers one S3 request; see [`crate::Gateway::handle`].
    pub(crate) async fn answer(
        self: Arc<Self>,
        parts: Parts,
        body: Body,
        presented: Result<Option<Presented>, SignatureError>,
        peer: Peer,
    ) -> Response<Body> {
        let begun = Instant::now();
        let Some(mut ids) = self.ids() else { return plain(500) };
        let signed = presented.as_ref().ok().and_then(Option::as_ref).cloned();
        let seen = head::without_framing(parts.clone());
        let seen = if signed.is_some() { head::with_hoisted(seen) } else { seen };
        let address = self.address(&seen);
        let control = control::asked(&seen);
        ids.wrapped = control.is_some();
        let address = if control.is_some() { Address::none() } else { address };
        let preflight = seen.method == Method::OPTIONS;
        let bucket = address.bucket.clone();
        if let Some(bucket) = bucket.filter(|_| form::is_form(&seen) && address.key.is_none()) {
            return self.form(seen, body, (address, bucket), peer, ids).await;
        }
        let subject = self.subject(&address).await;
        let absent = absent::find(&seen, address.bucket.is_some(), address.key.is_some());
        let guess = match (control, absent) {
            (Some(control), _) => control.recorded(),
            (None, Some(absent)) => absent.recorded,
            (None, None) if preflight => cors::RECORDED,
            (None, None) => name::guess(&seen, address.bucket.is_some(), address.key.is_some()),
        };
        let mut trace = new_trace(
            &self.platform,
            &seen,
            &peer,
            services::S3.event_source,
            guess.to_owned(),
            ids.request.clone(),
        );
        trace.data_event = preflight || absent.is_some_and(Absent::is_data);
        trace.read_only = trace.read_only || preflight;
        trace.request = record::request(&seen, address.bucket.as_deref(), address.key.as_deref());
        let arrival = Arrival::default();
        let entry = self.enter(&parts, presented, &mut trace).await;
        let payload = entry.and_then(|(identity, secret)| {
            if absent.is_some() {
                return Err(ApiError::new("NotImplemented", 501, NOT_IMPLEMENTED));
            }
            if let Some(name) = record::repeated(&seen) {
                return Err(repeated(name));
            }
            let content = name::content(&seen, address.key.is_some());
            let payload = Payload::announced(&seen, signed.as_ref(), secret.as_ref(), content)?;
            Ok((identity, payload))
        });
        let (mut parts_of_call, mut key_uses) = (Vec::new(), Vec::new());
        let (response, trace) = match payload {
            Err(error) => {
                trace.failed(&error);
                (refusal(&error, &ids), trace)
            }
            Ok(_) if preflight => {
                let answer = cors::preflight(&self.platform, &seen, address.bucket.as_deref()).await;
                settled(answer, trace, &ids)
            }
            Ok((identity, payload)) if let Some(control) = control => {
                trace.read_only = control.reads();
                let who = (&identity, signed.as_ref());
                let read = (payload, body, arrival.clone());
                let answer = control.answer(&self.platform, &seen, who, read, &mut trace).await;
                settled(answer, trace, &ids)
            }
            Ok((identity, payload)) => {
                let body_of = (payload.length, &arrival);
                let call = self.call(&seen, subject.clone(), identity, trace, signed.as_ref(), body_of);
                let length = payload.length.or_else(|| http_body::Body::size_hint(&body).exact());
                let reader = head::for_reader(&seen, address.host_bucket.as_deref(), length);
                let mut body = payload.read(body, arrival.clone());
                if seen.method == Method::PUT
                    && headers::pairs(seen.uri.query().unwrap_or(""))
                        .iter()
                        .any(|(name, _)| name == "encryption")
                {
                    body = blank_out(body, "BlockedEncryptionTypes", &arrival).await;
                }
                let response = self.run(&call, Request::from_parts(reader, body), &ids).await;
                let trace = call.trace().clone();
                parts_of_call = call.take_parts();
                key_uses = call.take_key_uses();
                (response, trace)
            }
        };
        let settled = Settled { response, trace, parts: parts_of_call, arrival, key_uses, begun };
        self.finish(settled, &seen, subject, signed.as_ref(), &ids).await
    }

    /// The same of a browser form, which becomes a put.
    async fn form(
        self: Arc<Self>,
        seen: Parts,
        body: Body,
        (address, bucket): (Address, String),
        peer: Peer,
        ids: Ids,
    ) -> Response<Body> {
        let begun = Instant::now();
        let mut subject = self.subject(&address).await;
        let source = services::S3.event_source;
        let name = form::RECORDED.to_owned();
        let mut trace = new_trace(&self.platform, &seen, &peer, source, name, ids.request.clone());
        (trace.read_only, trace.data_event) = (false, true);
        trace.request = record::request(&seen, Some(&bucket), None);
        let arrival = Arrival::default();
        let read = form::read(&self.platform, &seen, &bucket, body, &arrival, &mut trace).await;
        let (mut signed, mut key_uses) = (None, Vec::new());
        let (response, trace) = match read {
            Err(error) => settled(Err(error), trace, &ids),
            Ok(upload) => {
                subject.key = Some(upload.key.clone());
                trace.request = record::request(&upload.parts, Some(&bucket), Some(&upload.key));
                signed.clone_from(&upload.presented);
                let call = self.call(
                    &upload.parts,
                    subject.clone(),
                    upload.identity,
                    trace,
                    signed.as_ref(),
                    (None, &arrival),
                );
                let reader = head::for_reader(&upload.parts, None, None);
                let mut response = self.run(&call, Request::from_parts(reader, upload.body), &ids).await;
                if response.status().is_success() {
                    let scheme = if peer.tls.is_some() { "https" } else { "http" };
                    let host = call.header("host").unwrap_or("s3.amazonaws.com");
                    upload.reply.shape(&mut response, &format!("{scheme}://{host}"), &bucket, &upload.key);
                }
                let trace = call.trace().clone();
                key_uses = call.take_key_uses();
                (response, trace)
            }
        };
        let settled = Settled { response, trace, parts: Vec::new(), key_uses, arrival, begun };
        self.finish(settled, &seen, subject, signed.as_ref(), &ids).await
    }

    /// Writes the records of a call that is over, and lets its answer go.
    async fn finish(
        &self,
        settled: Settled,
        seen: &Parts,
        mut subject: Subject,
        signed: Option<&Presented>,
        ids: &Ids,
    ) -> Response<Body> {
        let Settled { mut response, mut trace, parts, key_uses, arrival, begun } = settled;
        if subject.place.is_none() {
            // It may just have been made.
            subject.place = self.place(subject.bucket.as_deref()).await;
        }
        let line = table::OPERATIONS.iter().find(|line| line.recorded == trace.event_name);
        subject.complete(line, !seen.method.is_safe(), &mut trace);
        let (place, bucket) = (subject.place.as_ref(), subject.bucket.as_deref());
        if trace.error.is_none() && !trace.read_only && trace.response.is_null() {
            trace.response = record::response(response.headers());
        }
        let charged = place.is_some_and(|place| {
            let account = trace.identity.account_id.as_deref();
            place.requester_pays && trace.error.is_none() && account != Some(&*place.owner)
        });
        if charged {
            response.headers_mut().insert("x-amz-request-charged", HeaderValue::from_static("requester"));
        }
        let sent = content_length(&response);
        trace.additional = record::additional(seen, signed, &ids.host, arrival.received(), sent, &trace);
        if let Some(bucket) = bucket {
            let seen = Seen {
                parts: seen,
                trace: &trace,
                presented: signed,
                status: response.status().as_u16(),
                answered: response.headers(),
                sent: if seen.method == Method::HEAD { 0 } else { sent },
                received: arrival.received(),
                host_id: &ids.host,
                key: subject.key.as_deref(),
                milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            };
            self.note_access(bucket, &seen).await;
        }
        metrics::counter!("trailward_requests_total", "source" => trace.event_source.clone(),
            "outcome" => if trace.error.is_none() { "success" } else { "error" })
        .increment(1);
        if let Err(error) = self.record(trace, parts, key_uses).await {
            response = refusal(&error, ids);
        }
        let headers = response.headers_mut();
        if seen.method != Method::OPTIONS {
            cors::expose(&self.platform, seen, bucket, headers).await;
        }
        if let (Ok(id), Ok(host)) = (HeaderValue::from_str(&ids.request), HeaderValue::from_str(&ids.host)) {
            headers.insert("x-amz-request-id", id);
            headers.insert("x-amz-id-2", host);
        }
        response
    }

    /// Writes the request into the bucket's access log, if it has one. A line that cannot be written is missed in the
    /// log, but does not fail the call: what must not be missed is the record.
    async fn note_access(&self, bucket: &str, seen: &Seen<'_>) {
        let owner = match self.platform.buckets.describe(bucket).await {
            Ok(place) if place.logs_access => self.canonical(&place.owner).await,
            _ => return,
        };
        let identity = &seen.trace.identity;
        let requester = match (identity.kind.as_deref(), &identity.account_id) {
            (Some("Root"), Some(account)) => Some(self.canonical(account).await),
            _ => identity.arn.clone(),
        };
        if let Err(error) = self.platform.buckets.note_access(bucket, || seen.entry(owner, requester)).await {
            tracing::warn!(%error, bucket, "a line of an access log was not written");
        }
    }

    async fn canonical(&self, account: &str) -> String {
        let found = Accounts::get(&self.platform, account).await.ok().flatten();
        found.map_or_else(|| account.to_owned(), |account| account.canonical_id)
    }

    /// Writes the call's record first, then those of its parts and of the KMS keys that S3 used for the caller.
    async fn record(
        &self,
        call: audit::Trace,
        mut parts: Vec<audit::Trace>,
        key_uses: Vec<KeyUse>,
    ) -> Result<(), ApiError> {
        for part in &mut parts {
            beside(part, &call);
        }
        let mut all = Vec::with_capacity(1 + parts.len() + key_uses.len());
        for used in key_uses {
            let mut random = [0; 16];
            self.platform.entropy.fill(&mut random)?;
            parts.push(key_use(&call, used, uuid_id(random)));
        }
        all.push(call);
        all.append(&mut parts);
        audit::append(&self.platform, all).await
    }

    async fn place(&self, bucket: Option<&str>) -> Option<BucketHead> {
        self.platform.buckets.describe(bucket?).await.ok()
    }

    async fn subject(&self, address: &Address) -> Subject {
        let place = self.place(address.bucket.as_deref()).await;
        Subject { bucket: address.bucket.clone(), key: address.key.clone(), place }
    }

    fn ids(&self) -> Option<Ids> {
        let mut random = [0; 64];
        self.platform.entropy.fill(&mut random).ok()?;
        let (short, long) = random.split_first_chunk::<16>()?;
        let request = eight_byte_id(*short, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        Some(Ids { request, host: host_id(long), wrapped: false })
    }

    /// Who calls, and the secret its chunks are signed with. Anonymous callers pass: policies decide about them.
    async fn enter(
        &self,
        parts: &Parts,
        presented: Result<Option<Presented>, SignatureError>,
        trace: &mut audit::Trace,
    ) -> Result<(Identity, Option<SigningSecret>), ApiError> {
        let Some(presented) = presented.map_err(|e| e.to_api_error(Protocol::RestXml))? else {
            return Ok((Identity::anonymous(), None));
        };
        if self.platform.settings.regions.contains(&presented.region) {
            trace.region.clone_from(&presented.region);
        }
        let (identity, secret) =
            authenticate(&self.platform, parts, &presented, &services::S3, PathStyle::S3, None, trace)
                .await?;
        Ok((identity, Some(secret)))
    }

    fn call(
        &self,
        parts: &Parts,
        subject: Subject,
        identity: Identity,
        trace: audit::Trace,
        presented: Option<&Presented>,
        (length, arrival): (Option<u64>, &Arrival),
    ) -> S3Call {
        let mut context = Context::new();
        crate::call::common_keys(&mut context, &trace, self.platform.now());
        headers::add(&mut context, parts, presented, self.platform.now());
        context.set("trailward:request-id", trace.request_id.clone());
        let region = trace.region.clone();
        S3Call::new(Arc::clone(&self.platform), identity, region, context, trace).with_request(
            subject,
            parts.headers.clone(),
            length,
            arrival.clone(),
        )
    }

    async fn run(&self, call: &S3Call, request: Request<Body>, ids: &Ids) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(call.clone());
        let request = Request::from_parts(parts, s3s::Body::http_body_unsync(body));
        let outcome = AssertUnwindSafe(self.service.call(request)).catch_unwind().await;
        let Ok(Ok(response)) = outcome else {
            match outcome {
                Ok(Err(error)) => tracing::error!(?error, "s3s could not answer"),
                _ => tracing::error!("an S3 operation panicked"),
            }
            let error = internal();
            call.trace().failed(&error);
            return refusal(&error, ids);
        };
        call.settle(&mut call.trace());
        let (mut head, body) = response.into_parts();
        if head.status.as_u16() < 400 && head.status.as_u16() != 304 {
            if let Some(status) = call.status() {
                head.status = status;
            }
            if let Some(document) = call.answer() {
                head.headers.insert("content-type", HeaderValue::from_static("application/xml"));
                head.headers.insert("content-length", HeaderValue::from(document.len()));
                return Response::from_parts(head, text(document));
            }
            let body = body.map_err(BodyError::from).boxed_unsync();
            return Response::from_parts(head, body);
        }
        let error = match call.refusal().or_else(|| call.arrival().fault()) {
            Some(error) => error,
            None => foreign(head.status.as_u16(), body).await,
        };
        call.trace().failed(&error);
        let mut response = refusal(&error, ids);
        for (name, value) in &head.headers {
            if name.as_str().starts_with("x-amz-")
                || matches!(name.as_str(), "etag" | "last-modified" | "allow" | "content-range")
            {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
        response
    }

    fn address(&self, parts: &Parts) -> Address {
        let host = parts.headers.get("host").and_then(|v| v.to_str().ok());
        let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str)).unwrap_or("");
        let hosts = &self.platform.settings.bucket_hosts;
        let prefixed = hosts.iter().find_map(|base| host.strip_suffix(base.as_str())?.strip_suffix('.'));
        let host_bucket = prefixed.filter(|bucket| !bucket.is_empty()).map(str::to_owned);
        let (bucket, key) = match &host_bucket {
            Some(bucket) => name::bucket_and_key(&format!("/{bucket}{}", parts.uri.path())),
            None => name::bucket_and_key(parts.uri.path()),
        };
        Address { host_bucket, bucket, key }
    }
}

/// The answer of what is not left to `s3s`.
fn settled(
    answer: Result<Response<Body>, ApiError>,
    mut trace: audit::Trace,
    ids: &Ids,
) -> (Response<Body>, audit::Trace) {
    match answer {
        Ok(response) => (response, trace),
        Err(error) => {
            trace.failed(&error);
            (refusal(&error, ids), trace)
        }
    }
}

/// Two values where only one can be meant.
fn repeated(name: &'static str) -> ApiError {
    ApiError::bad_request("InvalidArgument", format!("The query parameter {name} must not be repeated."))
        .with("ArgumentName", name)
        .with("ArgumentValue", "")
}

fn internal() -> ApiError {
    ApiError::new("InternalError", 500, "We encountered an internal error. Please try again.")
}

fn content_length(response: &Response<Body>) -> u64 {
    let told = response.headers().get("content-length").and_then(|v| v.to_str().ok()?.parse().ok());
    told.or_else(|| http_body::Body::size_hint(response.body()).exact()).unwrap_or(0)
}

fn refusal(error: &ApiError, ids: &Ids) -> Response<Body> {
    let mut response = plain(error.status);
    if error.status != 304 {
        let mut rendered = Protocol::RestXml.render_error(error, &ids.request, &ids.host);
        if ids.wrapped {
            rendered.body = control::wrapped(&rendered.body, &ids.request, &ids.host);
        }
        *response.body_mut() = text(rendered.body);
        response.headers_mut().insert("content-type", HeaderValue::from_static(rendered.content_type));
    }
    response
}
