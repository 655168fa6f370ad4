//! One S3 call on its way: what the door knows, handed through `s3s` to the operation.

use super::form;
use super::payload::Arrival;
use super::subject::Subject;
use super::table::Line;
use crate::Platform;
use crate::audit::{self, Trace};
use crate::identity::Identity;
use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trailward_bucket::{BucketError, Buckets, Grant, KeyUse, Resource};
use trailward_policy::Context;
use trailward_wire::ApiError;

/// Travels in the request's extensions.
#[derive(Debug, Clone)]
pub(crate) struct S3Call(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    platform: Arc<Platform>,
    identity: Identity,
    region: String,
    /// Condition keys that every permission of this call is checked with.
    context: Context,
    trace: Mutex<Trace>,
    grant: Mutex<Option<Grant>>,
    /// Grants under which KMS keys may have been used.
    sealing: Mutex<Vec<Grant>>,
    line: Mutex<Option<&'static Line>>,
    subject: Subject,
    /// As the client sent them; `s3s` sees fewer.
    headers: HeaderMap,
    /// Bytes of the content, if they were announced.
    length: Option<u64>,
    arrival: Arrival,
    /// Where the answer's status is not the one that `s3s` gives it.
    status: Mutex<Option<StatusCode>>,
    /// The answer's body, where `s3s` cannot write it.
    answer: Mutex<Option<String>>,
    /// What the caller is told when the call fails, in full: `s3s` carries only code and message.
    refusal: Mutex<Option<ApiError>>,
    /// Records beside the call's own: one for each part of it.
    parts: Mutex<Vec<Trace>>,
}

impl S3Call {
    pub(crate) fn new(
        platform: Arc<Platform>,
        identity: Identity,
        region: String,
        context: Context,
        trace: Trace,
    ) -> Self {
        Self(Arc::new(Inner {
            platform,
            identity,
            region,
            context,
            trace: Mutex::new(trace),
            grant: Mutex::new(None),
            sealing: Mutex::default(),
            line: Mutex::new(None),
            subject: Subject::default(),
            headers: HeaderMap::new(),
            length: None,
            arrival: Arrival::default(),
            status: Mutex::new(None),
            answer: Mutex::new(None),
            refusal: Mutex::new(None),
            parts: Mutex::new(Vec::new()),
        }))
    }

    /// The same call, with what its request says.
    pub(crate) fn with_request(
        self,
        subject: Subject,
        headers: HeaderMap,
        length: Option<u64>,
        arrival: Arrival,
    ) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => Self(Arc::new(Inner { subject, headers, length, arrival, ..inner })),
            Err(shared) => Self(shared),
        }
    }

    /// The call that a request belongs to.
    pub(crate) fn of<T>(request: &S3Request<T>) -> S3Result<Self> {
        request.extensions.get::<Self>().cloned().ok_or_else(|| s3_error!(InternalError))
    }

    /// A header of the request; `None` if it is empty or no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = self.0.headers.get(name)?;
        std::str::from_utf8(value.as_bytes()).ok().filter(|text| !text.is_empty())
    }

    /// All headers of the request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Bytes of the content, if they were announced.
    pub(crate) fn length(&self) -> Option<u64> {
        self.0.length
    }

    /// What became of the body.
    pub(crate) fn arrival(&self) -> &Arrival {
        &self.0.arrival
    }

    /// Answers with this status.
    pub(crate) fn set_status(&self, status: StatusCode) {
        *self.0.status.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }

    /// The status, if it was set.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        *self.0.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers with this document.
    pub(crate) fn set_answer(&self, document: String) {
        *self.0.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(document);
    }

    /// The document, if one was set.
    pub(crate) fn answer(&self) -> Option<String> {
        self.0.answer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The buckets, for looking at: what changes something goes by [`S3Call::writing`].
    pub(crate) fn buckets(&self) -> &Buckets {
        &self.0.platform.buckets
    }

    /// The buckets, for an operation that is about to change something, once its intent is durable (invariant A3).
    pub(crate) async fn writing(&self) -> S3Result<&Buckets> {
        self.writing_parts(Vec::new()).await
    }

    /// The same with an intent for each of `parts`, which are of this call.
    pub(crate) async fn writing_parts(&self, parts: Vec<&mut Trace>) -> S3Result<&Buckets> {
        let intent = self.intent(parts).map_err(|error| self.refuse(error))?;
        intent.await.map_err(|error| self.refuse(error))?;
        Ok(self.buckets())
    }

    /// Sends the intent on its way; nothing may take effect before what is returned has ended well.
    pub(crate) fn intent(
        &self,
        parts: Vec<&mut Trace>,
    ) -> Result<BoxFuture<'static, Result<(), BucketError>>, BucketError> {
        let mut announced = self.trace().clone();
        self.settle(&mut announced);
        let mut all = Vec::with_capacity(parts.len() + 1);
        for part in parts {
            beside(part, &announced);
            all.push(part);
        }
        all.insert(0, &mut announced);
        let written = audit::intend(self.platform(), all);
        let mut own = self.trace();
        (own.ids, own.shared) = (announced.ids, announced.shared);
        drop(own);
        let written = tokio::spawn(written.map_err(|error| unrecorded(&error))?);
        Ok(Box::pin(async move {
            match written.await {
                Ok(done) => done.map_err(|error| unrecorded(&error)),
                Err(_) => Err(unrecorded(&ApiError::unavailable())),
            }
        }))
    }

    /// Adds to a trace of this call what only the operation and the bucket tell.
    pub(crate) fn settle(&self, trace: &mut Trace) {
        let line = self.line();
        if let Some(line) = line.filter(|_| trace.event_name != form::RECORDED) {
            line.recorded.clone_into(&mut trace.event_name);
        }
        self.0.subject.complete(line, line.is_none_or(|line| !line.reads), trace);
    }

    pub(crate) fn platform(&self) -> &Arc<Platform> {
        &self.0.platform
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The Region of the credential scope.
    pub(crate) fn region(&self) -> &str {
        &self.0.region
    }

    /// Condition keys of the request as a whole.
    pub(crate) fn context(&self) -> &Context {
        &self.0.context
    }

    /// What the record will say.
    pub(crate) fn trace(&self) -> MutexGuard<'_, Trace> {
        self.0.trace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a record written for each part of the call.
    pub(crate) fn add_parts(&self, parts: Vec<Trace>) {
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner).extend(parts);
    }

    /// The records of its parts.
    pub(crate) fn take_parts(&self) -> Vec<Trace> {
        std::mem::take(&mut self.0.parts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which operation it turned out to be.
    pub(crate) fn line(&self) -> Option<&'static Line> {
        *self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_line(&self, line: &'static Line) {
        *self.0.line.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }

    pub(crate) fn set_grant(&self, grant: Grant) {
        *self.0.grant.lock().unwrap_or_else(PoisonError::into_inner) = Some(grant);
    }

    /// The permission that the guard was given for this call. Without one, nothing can be done.
    pub(crate) fn grant(&self) -> S3Result<Grant> {
        let grant = self.0.grant.lock().unwrap_or_else(PoisonError::into_inner).clone();
        grant.ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
    }

    /// A further permission, for operations that touch more than one resource.
    pub(crate) async fn authorize(
        &self,
        action: &'static str,
        resource: Resource,
    ) -> Result<Grant, BucketError> {
        let buckets = &self.0.platform.buckets;
        if let Some(name) = resource.bucket_name()
            && self.0.subject.bucket.as_deref() != Some(name)
            && let Ok(place) = buckets.describe(name).await
        {
            self.trace().owners.insert(place.owner);
        }
        let grant = buckets.authorize(&self.0.identity.caller, action, resource, &self.0.context).await?;
        if grant.may_use_keys() {
            self.0.sealing.lock().unwrap_or_else(PoisonError::into_inner).push(grant.clone());
        }
        Ok(grant)
    }

    /// The uses of KMS keys that the call led to, for their own records.
    pub(crate) fn take_key_uses(&self) -> Vec<KeyUse> {
        let grants = self.0.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        grants.iter().flat_map(Grant::take_key_uses).collect()
    }

    /// Ends the call with a bucket's error. The cause of an internal one goes to the log, not to the caller.
    pub(crate) fn refuse(&self, error: impl Into<BucketError>) -> S3Error {
        let error = error.into();
        if let (BucketError::Body { .. }, Some(fault)) = (&error, self.0.arrival.fault()) {
            return self.fail(fault);
        }
        if matches!(error, BucketError::Internal(_)) {
            tracing::error!(%error, source = ?std::error::Error::source(&error), "an S3 operation failed");
        }
        let mut told = ApiError::new(error.code(), error.status(), error.to_string());
        told.members = error.members();
        let mut headers = HeaderMap::new();
        for (name, value) in error.headers() {
            if let (Ok(name), Ok(value)) =
                (http::HeaderName::try_from(name), http::HeaderValue::try_from(value))
            {
                headers.insert(name, value);
            }
        }
        let mut answer = self.fail(told);
        if !headers.is_empty() {
            answer.set_headers(headers);
        }
        answer
    }

    /// Ends the call with `error`.
    pub(crate) fn fail(&self, error: ApiError) -> S3Error {
        let code = S3ErrorCode::from_bytes(error.code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
        let mut answer = S3Error::with_message(code, error.message.clone());
        if let Ok(status) = StatusCode::from_u16(error.status) {
            answer.set_status_code(status);
        }
        *self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        answer
    }

    /// What [`S3Call::refuse`] or [`S3Call::fail`] ended the call with.
    pub(crate) fn refusal(&self) -> Option<ApiError> {
        self.0.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What cannot be recorded is not done.
fn unrecorded(error: &ApiError) -> BucketError {
    BucketError::Body { code: "ServiceUnavailable", status: error.status, message: error.message.clone() }
}

/// What a part of a call has in common with the call.
pub(crate) fn beside(part: &mut Trace, call: &Trace) {
    part.region.clone_from(&call.region);
    part.recipient.clone_from(&call.recipient);
    part.owners.clone_from(&call.owners);
    part.additional.clone_from(&call.additional);
    let owner = call.resources.last().and_then(|bucket| bucket.account_id.clone());
    if let Some(bucket) = part.resources.last_mut() {
        bucket.account_id = owner;
    }
}
