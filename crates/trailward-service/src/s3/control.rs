//! S3 Control, as far as the protection of buckets needs it: Block Public Access of the account.
//!
//! Its calls come to `ACCOUNT.s3-control.…` or to the endpoint itself, signed for `s3`, with `x-amz-account-id`.
//! Source: Amazon S3 Control API Reference, `PutPublicAccessBlock`, `GetPublicAccessBlock`, `DeletePublicAccessBlock`;
//! Amazon S3 User Guide, "Amazon S3 account-level actions tracked by CloudTrail logging".

use super::payload::{Arrival, Payload};
use super::{headers, record};
use crate::Platform;
use crate::audit::{self, Trace};
use crate::gateway::{Body, collect, plain, text};
use crate::identity::Identity;
use crate::limits::MAX_XML_BODY;
use http::request::Parts;
use http::{HeaderValue, Method, Response};
use s3s::dto;
use s3s::xml::{Deserialize as _, Deserializer};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use trailward_bucket::{BucketError, PublicAccessBlock, Resource};
use trailward_policy::Context;
use trailward_wire::ApiError;
use trailward_wire::sigv4::Presented;

const PATH: &str = "/v20180820/configuration/publicAccessBlock";
const ACCOUNT: &str = "x-amz-account-id";

/// One of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Get,
    Put,
    Delete,
}

/// Which one a request is for. A bucket may be called `v20180820`, so the path alone does not tell.
pub(crate) fn asked(parts: &Parts) -> Option<Control> {
    if parts.uri.path() != PATH || account_of(parts).is_none() {
        return None;
    }
    match parts.method {
        Method::GET => Some(Control::Get),
        Method::PUT => Some(Control::Put),
        Method::DELETE => Some(Control::Delete),
        _ => None,
    }
}

/// An error as S3 Control spells it: within an `ErrorResponse`, which S3's are not.
pub(super) fn wrapped(error: &str, request: &str, host: &str) -> String {
    let (declaration, error) = error.split_once('\n').unwrap_or(("", error));
    format!(
        "{declaration}\n<ErrorResponse>{error}<RequestId>{request}</RequestId><HostId>{host}</HostId></ErrorResponse>"
    )
}

/// The account a call is for: named in a header, or by the host.
fn account_of(parts: &Parts) -> Option<&str> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let by_host = || {
        let (account, rest) = header("host")?.split_once('.')?;
        rest.starts_with("s3-control").then_some(account)
    };
    header(ACCOUNT).or_else(by_host)
}

impl Control {
    /// What the record calls it.
    pub(crate) fn recorded(self) -> &'static str {
        match self {
            Self::Get => "GetAccountPublicAccessBlock",
            Self::Put => "PutAccountPublicAccessBlock",
            Self::Delete => "DeleteAccountPublicAccessBlock",
        }
    }

    /// Whether it changes nothing.
    pub(crate) fn reads(self) -> bool {
        self == Self::Get
    }

    fn action(self) -> &'static str {
        match self {
            Self::Get => "s3:GetAccountPublicAccessBlock",
            Self::Put | Self::Delete => "s3:PutAccountPublicAccessBlock",
        }
    }

    /// Performs it for a caller who is proven.
    pub(crate) async fn answer(
        self,
        platform: &Arc<Platform>,
        parts: &Parts,
        (identity, presented): (&Identity, Option<&Presented>),
        (payload, body, arrival): (Payload, Body, Arrival),
        trace: &mut Trace,
    ) -> Result<Response<Body>, ApiError> {
        let account = account_of(parts).unwrap_or_default();
        let mut members = Map::from_iter([("accountId".to_owned(), json!(account))]);
        if let Some(host) = parts.headers.get("host").and_then(|value| value.to_str().ok()) {
            members.insert("Host".to_owned(), json!(host));
        }
        trace.request = Value::Object(members.clone());
        let body = collect(payload.read(body, arrival.clone()), MAX_XML_BODY).await;
        let Ok(Some(body)) = body else { return Err(arrival.fault().unwrap_or_else(malformed)) };
        let block = if self == Self::Put { Some(parse(&body).ok_or_else(malformed)?) } else { None };
        if let Some(block) = &block {
            let document = json!({
                "xmlns": "http://awss3control.amazonaws.com/doc/2018-08-20/",
                "BlockPublicAcls": block.block_public_acls,
                "IgnorePublicAcls": block.ignore_public_acls,
                "BlockPublicPolicy": block.block_public_policy,
                "RestrictPublicBuckets": block.restrict_public_buckets,
            });
            members.insert("PublicAccessBlockConfiguration".to_owned(), document);
            trace.request = Value::Object(members);
        }
        if identity.account != account {
            return Err(ApiError::new("AccessDenied", 403, "Access Denied"));
        }
        let mut context = Context::new();
        crate::call::common_keys(&mut context, trace, platform.now());
        headers::add(&mut context, parts, presented, platform.now());
        let buckets = &platform.buckets;
        let granted = buckets.authorize(&identity.caller, self.action(), Resource::Service, &context).await;
        let grant = granted.map_err(|denied| told(denied.error()))?;
        match self {
            Self::Get => {
                let block = buckets.get_account_public_access_block(&grant).await.map_err(|e| told(&e))?;
                let mut response = plain(200);
                *response.body_mut() = text(shown(block));
                response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
                Ok(response)
            }
            Self::Put => {
                intend(platform, trace).await?;
                buckets.put_account_public_access_block(&grant, block).await.map_err(|e| told(&e))?;
                Ok(plain(201))
            }
            Self::Delete => {
                intend(platform, trace).await?;
                buckets.put_account_public_access_block(&grant, None).await.map_err(|e| told(&e))?;
                Ok(plain(204))
            }
        }
    }
}

async fn intend(platform: &Arc<Platform>, trace: &mut Trace) -> Result<(), ApiError> {
    audit::intend(platform, [trace])?.await
}

fn malformed() -> ApiError {
    told(&BucketError::MalformedXml)
}

fn told(error: &BucketError) -> ApiError {
    if matches!(error, BucketError::Internal(_)) {
        tracing::error!(%error, "an S3 Control operation failed");
    }
    ApiError::new(error.code(), error.status(), error.to_string())
}

/// The document, under whichever of the two names clients give it.
fn parse(body: &[u8]) -> Option<PublicAccessBlock> {
    let mut reader = Deserializer::new(body);
    let asked = dto::PublicAccessBlockConfiguration::deserialize(&mut reader).ok()?;
    reader.expect_eof().ok()?;
    Some(PublicAccessBlock {
        block_public_acls: asked.block_public_acls.unwrap_or(false),
        ignore_public_acls: asked.ignore_public_acls.unwrap_or(false),
        block_public_policy: asked.block_public_policy.unwrap_or(false),
        restrict_public_buckets: asked.restrict_public_buckets.unwrap_or(false),
    })
}

fn shown(block: PublicAccessBlock) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PublicAccessBlockConfiguration xmlns=\"{}\">\
         <BlockPublicAcls>{}</BlockPublicAcls><IgnorePublicAcls>{}</IgnorePublicAcls>\
         <BlockPublicPolicy>{}</BlockPublicPolicy><RestrictPublicBuckets>{}</RestrictPublicBuckets>\
         </PublicAccessBlockConfiguration>",
        record::XMLNS,
        block.block_public_acls,
        block.ignore_public_acls,
        block.block_public_policy,
        block.restrict_public_buckets,
    )
}
