//! The only door: authenticate, authorize, run, record, answer.

use crate::Platform;
use crate::access::Door;
use crate::audit::{self, Trace};
use crate::call::{Call, Peer};
use crate::dispatch::{self, Route};
use crate::identity::{Identity, ResolveError, resolve};
use crate::limits::{BODY_TIME, MAX_BODY};
use crate::operation::{Entry, Payload};
use crate::s3::Front;
use crate::services::{self, Service};
use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use trailward_model::{UserIdentity, is_region_name};
use trailward_wire::sigv4::{self, PathStyle, Presented, SignatureError, SigningSecret, sha256_hex};
use trailward_wire::{ApiError, Form, FormError, Protocol, query_answer, uuid_id};

/// Why a body broke off.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A request's or an answer's body, streamed.
pub type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, BodyError>;

/// The door. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    platform: Arc<Platform>,
    s3: Arc<Front>,
}

impl Gateway {
    /// A door to `platform`.
    pub fn new(platform: Arc<Platform>) -> Self {
        let s3 = Arc::new(Front::new(Arc::clone(&platform)));
        Self { platform, s3 }
    }

    /// Answers one request. When this returns, the call's record is durable, whatever the answer is (invariants
    /// A1, A2): if the record cannot be written, the answer is a failure. A client that goes away does not stop a
    /// call that has begun.
    pub async fn handle(&self, request: Request<Body>, peer: Peer) -> Response<Body> {
        let gateway = self.clone();
        let answer = tokio::spawn(async move { Box::pin(gateway.answer(request, peer)).await });
        answer.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a call was ended before it could be answered");
            plain(500)
        })
    }

    /// Whatever happens in here is caught and recorded, also before it is known what is asked for.
    async fn answer(self, request: Request<Body>, peer: Peer) -> Response<Body> {
        let platform = Arc::clone(&self.platform);
        let (parts, body) = request.into_parts();
        let mut blank = Api::blank(&platform, &parts, &peer);
        let work = AssertUnwindSafe(Box::pin(self.serve(parts, body, peer))).catch_unwind();
        if let Ok(response) = work.await {
            return response;
        }
        tracing::error!("a request could not be read");
        blank.failed(&ApiError::internal());
        plain(match audit::append(&platform, [blank]).await {
            Ok(()) => 500,
            Err(error) => error.status,
        })
    }

    async fn serve(self, parts: Parts, body: Body, peer: Peer) -> Response<Body> {
        let presented = sigv4::present(&parts);
        if !self.platform.is_recording() {
            // Fail closed: what cannot be recorded is not done.
            return plain(503);
        }
        let route = dispatch::route(&parts, presented.as_ref().ok().and_then(Option::as_ref));
        if matches!(route, Route::S3) {
            return Arc::clone(&self.s3).answer(parts, body, presented, peer).await;
        }
        let mut api = match Api::new(&self.platform, &parts, &peer, &route) {
            Ok(api) => api,
            Err(error) => return respond(Protocol::AwsJson { version: "1.1" }, "", Err(error), ""),
        };
        let work = api.outcome(&self.platform, &parts, body, presented, route);
        let outcome = AssertUnwindSafe(work).catch_unwind().await;
        let mut outcome = outcome.unwrap_or_else(|_| {
            tracing::error!("an operation panicked");
            Err(ApiError::internal())
        });
        let Api { mut trace, protocol } = api;
        let (request_id, name) = (trace.request_id.clone(), trace.event_name.clone());
        if let Err(error) = &outcome {
            trace.failed(error);
        }
        metrics::counter!("trailward_requests_total", "source" => trace.event_source.clone(),
            "outcome" => if outcome.is_ok() { "success" } else { "error" })
        .increment(1);
        if let Err(error) = audit::append(&self.platform, [trace]).await {
            outcome = Err(error);
        }
        respond(protocol, &name, outcome, &request_id)
    }
}

/// A JSON or Query call on its way.
struct Api {
    trace: Trace,
    protocol: Protocol,
}

impl Api {
    /// What there is to record of a request that nobody could read.
    fn blank(platform: &Platform, parts: &Parts, peer: &Peer) -> Trace {
        let source = services::S3.event_source;
        let mut trace = new_trace(platform, parts, peer, source, "Unknown".to_owned(), String::new());
        let path: String = parts.uri.path().chars().take(256).collect();
        trace.request = json!({ "method": parts.method.as_str(), "path": path });
        trace
    }

    fn new(platform: &Platform, parts: &Parts, peer: &Peer, route: &Route) -> Result<Self, ApiError> {
        let mut random = [0; 16];
        platform.entropy.fill(&mut random)?;
        let (protocol, event_source, event_name) = match route {
            Route::Json { service, operation } => (service.protocol, service.event_source, operation.clone()),
            Route::Query { scope } => {
                let service = scope.unwrap_or(&services::STS);
                (service.protocol, service.event_source, "Unknown".to_owned())
            }
            Route::S3 => (Protocol::RestXml, services::S3.event_source, "Unknown".to_owned()),
        };
        let trace = new_trace(platform, parts, peer, event_source, event_name, uuid_id(random));
        Ok(Self { trace, protocol })
    }

    async fn outcome(
        &mut self,
        platform: &Arc<Platform>,
        parts: &Parts,
        body: Body,
        presented: Result<Option<Presented>, SignatureError>,
        route: Route,
    ) -> Result<Value, ApiError> {
        let body = read_body(body).await?;
        let (service, payload) = match route {
            Route::Json { service, .. } => (service, Self::json_payload(parts, &body)),
            Route::Query { scope } => {
                self.query_payload(parts, &body, scope, presented.as_ref().ok().and_then(Option::as_ref))?
            }
            // S3 has its own way in and does not come here.
            Route::S3 => return Err(ApiError::internal()),
        };
        self.protocol = service.protocol;
        service.event_source.clone_into(&mut self.trace.event_source);
        let entry = service.operations.iter().find(|e| e.name == self.trace.event_name);
        self.trace.read_only =
            entry.map_or_else(|| reads_by_name(&self.trace.event_name), |e| e.access.reads);
        let refuse = |error: SignatureError| error.to_api_error(service.protocol);
        let identity = match presented.map_err(refuse)? {
            Some(presented) => {
                self.trace.region =
                    if service.global { "us-east-1".into() } else { region_of(platform, &presented) };
                let (style, hash) = (PathStyle::Normalised, sha256_hex(&body));
                let trace = &mut self.trace;
                authenticate(platform, parts, &presented, service, style, Some(&hash), trace).await?.0
            }
            None if entry.is_some_and(|entry| entry.access.door == Door::Link) => {
                self.trace.region = region_of_link(platform, payload.as_ref().ok());
                Identity::anonymous()
            }
            None => return Err(refuse(SignatureError::Missing)),
        };
        let payload = payload?;
        let entry = entry.ok_or_else(|| unknown_operation(service, &self.trace.event_name))?;
        self.run(platform, service, entry, payload, identity).await
    }

    async fn run(
        &mut self,
        platform: &Arc<Platform>,
        service: &'static Service,
        entry: &Entry,
        payload: Payload,
        identity: Identity,
    ) -> Result<Value, ApiError> {
        let region = self.trace.region.clone();
        let call = Call::new(Arc::clone(platform), service, Arc::new(identity), region, self.trace.clone());
        let outcome = (entry.run)(payload, &call).await;
        self.trace = call.into_trace();
        outcome
    }

    fn json_payload(parts: &Parts, body: &Bytes) -> Result<Payload, ApiError> {
        let content_type = parts.headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or("");
        if parts.method != Method::POST || !dispatch::is_aws_json(content_type) {
            return Err(ApiError::bad_request(
                "UnknownOperationException",
                "Send a POST request with content type application/x-amz-json-1.1.",
            ));
        }
        Ok(Payload::Json(body.to_vec()))
    }

    /// The service and the parameters of a Query call; the name and version decide before anything is trusted.
    fn query_payload(
        &mut self,
        parts: &Parts,
        body: &Bytes,
        scope: Option<&'static Service>,
        presented: Option<&Presented>,
    ) -> Result<(&'static Service, Result<Payload, ApiError>), ApiError> {
        let content_type = parts.headers.get("content-type").and_then(|v| v.to_str().ok());
        let in_url = parts.uri.query().unwrap_or("").as_bytes();
        let text: &[u8] = match (&parts.method, content_type) {
            (&Method::POST, _) if body.is_empty() && !in_url.is_empty() => in_url,
            (&Method::POST, Some(kind)) if dispatch::is_form(kind) => body,
            // Presigned calls have their parameters in the URL, whatever the method.
            (&Method::GET, _) => in_url,
            _ => {
                let service = scope.unwrap_or(&services::STS);
                return Ok((
                    service,
                    Err(ApiError::bad_request(
                        "MalformedInput",
                        "Send a POST request with content type application/x-www-form-urlencoded.",
                    )),
                ));
            }
        };
        let form = match Form::parse(text) {
            Ok(form) => form,
            Err(error) => {
                let code = match error {
                    FormError::Malformed(_) => "MalformedQueryString",
                    FormError::Duplicate(_) => "InvalidParameterCombination",
                    FormError::TooLarge => "MalformedInput",
                };
                let error = ApiError::bad_request(code, error.to_string());
                return Ok((scope.unwrap_or(&services::STS), Err(error)));
            }
        };
        let named = form.text("Version").and_then(services::by_version);
        self.trace.event_name = dispatch::name(form.text("Action").unwrap_or(""));
        // Links in messages name no version.
        let follows_link = presented.is_none() && form.text("Version").is_none();
        let named = named.or_else(|| services::by_link(&self.trace.event_name).filter(|_| follows_link));
        let service = named.or(scope).unwrap_or(&services::STS);
        self.protocol = service.protocol;
        service.event_source.clone_into(&mut self.trace.event_source);
        if let (Some(presented), Some(named)) = (presented, named)
            && presented.service != named.signing_name
        {
            let error = SignatureError::WrongService {
                given: presented.service.clone(),
                expected: named.signing_name.to_owned(),
            };
            return Err(error.to_api_error(named.protocol));
        }
        let payload = if form.text("Action").is_none() {
            Err(ApiError::bad_request("MissingAction", "The request must contain the parameter Action."))
        } else if named.is_none() && service.is_spoken() {
            Err(invalid_action(&self.trace.event_name, form.text("Version").unwrap_or("")))
        } else {
            Ok(Payload::Form(form))
        };
        Ok((service, payload))
    }
}

/// A trace of a call about which nothing is known but its connection.
pub(crate) fn new_trace(
    platform: &Platform,
    parts: &Parts,
    peer: &Peer,
    event_source: &str,
    event_name: String,
    request_id: String,
) -> Trace {
    let header = |name: &str| Some(audit::lossy(parts.headers.get(name)?.as_bytes()));
    let tls = peer.tls.clone().map(|mut tls| {
        tls.client_provided_host_header = header("host").map(|(host, _)| host);
        tls
    });
    let (user_agent, lost) = header("user-agent").unzip();
    Trace {
        identity: UserIdentity::anonymous(),
        read_only: reads_by_name(&event_name),
        event_name,
        source_ip: peer.address.to_canonical().to_string(),
        user_agent,
        tls,
        request_id,
        lossy: if lost == Some(true) { vec!["userAgent"] } else { Vec::new() },
        ..Trace::of_service(event_source, &platform.settings.primary_account)
    }
}

/// Proves who signed a browser form, of which `policy` is the policy as it was sent. As [`authenticate`].
pub(crate) async fn authenticate_form(
    platform: &Platform,
    presented: &Presented,
    policy: &str,
    trace: &mut Trace,
) -> Result<Identity, ApiError> {
    let verify = |secret: &SigningSecret| presented.verify_form(secret, policy);
    let (identity, _) = prove(platform, presented, &services::S3, trace, verify).await?;
    Ok(identity)
}

/// Proves who calls. On success the trace names the caller; on failure it names at most the key that was claimed.
pub(crate) async fn authenticate(
    platform: &Platform,
    parts: &Parts,
    presented: &Presented,
    service: &Service,
    style: PathStyle,
    body_hash: Option<&str>,
    trace: &mut Trace,
) -> Result<(Identity, SigningSecret), ApiError> {
    let verify = |secret: &SigningSecret| presented.verify(parts, style, secret, body_hash);
    prove(platform, presented, service, trace, verify).await
}

async fn prove(
    platform: &Platform,
    presented: &Presented,
    service: &Service,
    trace: &mut Trace,
    verify: impl Fn(&SigningSecret) -> Result<(), SignatureError> + Send,
) -> Result<(Identity, SigningSecret), ApiError> {
    let refuse = |error: SignatureError| error.to_api_error(service.protocol);
    trace.identity.access_key_id = Some(presented.access_key_id.clone());
    if presented.service != service.signing_name {
        return Err(refuse(SignatureError::WrongService {
            given: presented.service.clone(),
            expected: service.signing_name.to_owned(),
        }));
    }
    let enabled = platform.settings.regions.contains(&presented.region);
    if !enabled || (service.global && presented.region != "us-east-1") {
        let expected = "us-east-1".to_owned();
        return Err(refuse(SignatureError::WrongRegion { given: presented.region.clone(), expected }));
    }
    let (identity, secret) = match resolve(platform, presented).await {
        Ok(found) => found,
        Err(ResolveError::Refused(error)) => return Err(refuse(error)),
        Err(ResolveError::Failed(error)) => return Err(error),
    };
    trace.recipient.clone_from(&identity.account);
    presented.check_dates(platform.now()).map_err(refuse)?;
    verify(&secret).map_err(refuse)?;
    if !identity.is_session {
        let region = &presented.region;
        platform.last_used.touch(&presented.access_key_id, service.signing_name, region, platform.now());
    }
    trace.identity = identity.recorded.clone();
    Ok((identity, secret))
}

fn region_of(platform: &Platform, presented: &Presented) -> String {
    let known = is_region_name(&presented.region) && platform.settings.regions.contains(&presented.region);
    if known { presented.region.clone() } else { "us-east-1".to_owned() }
}

/// The Region of the ARN that a link names: nothing else in it does.
fn region_of_link(platform: &Platform, payload: Option<&Payload>) -> String {
    let named = match payload {
        Some(Payload::Form(form)) => form.text("TopicArn").or(form.text("SubscriptionArn")),
        _ => None,
    };
    let region = named.and_then(|arn| arn.split(':').nth(3)).unwrap_or_default();
    let known = platform.settings.regions.iter().any(|enabled| enabled == region);
    if known { region.to_owned() } else { "us-east-1".to_owned() }
}

/// For names without a table line: what AWS's naming says.
fn reads_by_name(name: &str) -> bool {
    ["Get", "List", "Describe", "Head", "Lookup"].iter().any(|verb| name.starts_with(verb))
}

async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(BODY_TIME, collect(body, MAX_BODY)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(ApiError::new(
            "RequestEntityTooLarge",
            413,
            format!("The request body is larger than {MAX_BODY} bytes."),
        )),
        Ok(Err(_)) => {
            Err(ApiError::bad_request("IncompleteBody", "The request body ended before it was complete."))
        }
        Err(_) => Err(ApiError::bad_request("RequestTimeout", "The request body did not arrive in time.")),
    }
}

/// A whole body; `None` once it has more than `most` bytes.
pub(crate) async fn collect(mut body: Body, most: usize) -> Result<Option<Bytes>, BodyError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len() + data.len() > most {
                return Ok(None);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Some(bytes.freeze()))
}

fn not_implemented(name: &str, subject: &str) -> ApiError {
    ApiError::new("NotImplemented", 501, format!("{subject} is not implemented here ({name})."))
}

fn unknown_operation(service: &Service, name: &str) -> ApiError {
    if !service.is_spoken() {
        return not_implemented(name, "This service");
    }
    if service.absent.contains(&name) {
        return not_implemented(name, "This operation");
    }
    match service.protocol {
        Protocol::Query { .. } => invalid_action(name, service.version),
        _ => ApiError::bad_request("UnknownOperationException", format!("Unknown operation {name}.")),
    }
}

fn invalid_action(name: &str, version: &str) -> ApiError {
    let version: String = version.chars().take(32).collect();
    ApiError::bad_request("InvalidAction", format!("Could not find operation {name} for version {version}"))
}

/// An answer without a body.
pub(crate) fn plain(status: u16) -> Response<Body> {
    let mut response = Response::new(text(String::new()));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// A body that is all there.
pub(crate) fn text(body: String) -> Body {
    Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync()
}

fn respond(
    protocol: Protocol,
    operation: &str,
    outcome: Result<Value, ApiError>,
    request_id: &str,
) -> Response<Body> {
    let (status, body) = match outcome {
        Ok(value) => (
            200,
            match protocol {
                Protocol::Query { namespace } => {
                    let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                    query_answer(operation, namespace, if empty { &Value::Null } else { &value }, request_id)
                }
                _ => value.to_string(),
            },
        ),
        Err(error) => {
            let rendered = protocol.render_error(&error, request_id, "");
            (rendered.status, rendered.body)
        }
    };
    let mut response = plain(status);
    *response.body_mut() = text(body);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(protocol.content_type()));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
