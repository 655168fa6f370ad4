//! An archive in a bucket: AWS's, or any store that speaks S3.

use super::skipped::Skipped;
use super::{Cursor, Level, Listed, Metadata, Object, Page, Source, SourceError};
use crate::retry::{Attempt, retrying};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Region, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::EncodingType;
use aws_smithy_runtime_api::http::Response;
use bytes::BytesMut;
use std::time::Duration;
use time::OffsetDateTime;

const PAGE: i32 = 1000;

/// A bucket, or what lies below a prefix of it.
pub struct Bucket {
    name: String,
    id: String,
    root: String,
    client: Client,
    skipped: Skipped,
}

impl Bucket {
    /// Opens `bucket`, looking below `prefix` (empty, or ending in `/`). Asks where the bucket is; a bucket that does
    /// not exist or an endpoint that does not answer is an error here.
    pub async fn open(config: &SdkConfig, bucket: &str, prefix: &str) -> Result<Self, SourceError> {
        let name = format!("s3://{bucket}/{prefix}").trim_end_matches('/').to_owned();
        let mut this = Self {
            name,
            id: bucket.into(),
            root: prefix.into(),
            client: client(config, None),
            skipped: Skipped::default(),
        };
        if let Some(region) = this.region().await? {
            this.client = client(config, Some(region));
        }
        Ok(this)
    }

    /// The Region to speak to, when it is not the configured one.
    async fn region(&self) -> Result<Option<String>, SourceError> {
        retrying(|| async {
            let answer = self.client.head_bucket().bucket(&self.id).send().await;
            let configured = self.client.config().region().map(ToString::to_string);
            let error = match answer {
                Ok(found) => {
                    return Ok(found.bucket_region.filter(|region| Some(region) != configured.as_ref()));
                }
                Err(error) => error,
            };
            let raw = error.raw_response();
            let status = raw.map_or(0, |raw| raw.status().as_u16());
            let region = raw.and_then(|raw| raw.headers().get("x-amz-bucket-region")).map(str::to_owned);
            match (status, region) {
                (404, _) => Err(Attempt::Last(SourceError::NotFound(format!("bucket {}", self.id)))),
                (301 | 307 | 400 | 403, Some(region)) => {
                    Ok(Some(region).filter(|r| Some(r) != configured.as_ref()))
                }
                // Listing will say what is missing.
                (403, None) => Ok(None),
                _ => Err(self.failure("s3:ListBucket", &self.name, &error)),
            }
        })
        .await
    }

    /// A key as a listing writes it; `None`, and noted as passed over, when it is not UTF-8.
    fn key(&self, raw: &str, encoded: bool) -> Option<String> {
        let key = if encoded { decoded(raw) } else { Some(raw.to_owned()) };
        if key.is_none() {
            self.skipped.add(format!("{} was passed over: its key is not UTF-8", self.uri(raw)));
        }
        key
    }

    fn arn(&self, key: &str) -> String {
        if key.is_empty() {
            format!("arn:aws:s3:::{}", self.id)
        } else {
            format!("arn:aws:s3:::{}/{key}", self.id)
        }
    }

    /// What an SDK error means, and whether trying again can help.
    fn failure<E: ProvideErrorMetadata + std::error::Error + 'static>(
        &self,
        action: &'static str,
        name: &str,
        error: &SdkError<E, Response>,
    ) -> Attempt<SourceError> {
        let resource = if action == "s3:GetObject" {
            self.arn(name.strip_prefix(&format!("s3://{}/", self.id)).unwrap_or(name))
        } else {
            self.arn("")
        };
        failure(action, resource, name, error)
    }
}

/// What an SDK error means, and whether trying again can help.
pub(crate) fn failure<E: ProvideErrorMetadata + std::error::Error + 'static>(
    action: &'static str,
    resource: String,
    name: &str,
    error: &SdkError<E, Response>,
) -> Attempt<SourceError> {
    let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
    let (code, said) = (error.code().unwrap_or(""), error.message().unwrap_or(""));
    let failed = |detail: String| SourceError::Failed { name: name.to_owned(), detail };
    match error {
        SdkError::ConstructionFailure(_) => Attempt::Last(failed(chain(error))),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            let detail = chain(error);
            if detail.contains("credentials") {
                return Attempt::Last(failed(format!("{detail}; set AWS_PROFILE, or run `aws configure`")));
            }
            // Nobody there, or somebody who was interrupted: the one is soon known, the other worth many tries.
            let nobody = ["refused", "dns error", "resolve", "unreachable", "certificate", "tls"];
            let lower = detail.to_lowercase();
            let error = SourceError::Unreachable { place: name.to_owned(), detail };
            if nobody.iter().any(|words| lower.contains(words)) {
                Attempt::Unreachable(error)
            } else {
                Attempt::Throttled(error)
            }
        }
        _ => match (status, code) {
            (_, "NoSuchKey" | "NoSuchBucket") | (404, _) => {
                Attempt::Last(SourceError::NotFound(name.to_owned()))
            }
            (_, "InvalidObjectState") => Attempt::Last(SourceError::Archived(name.to_owned())),
            (_, "SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded")
            | (429 | 500 | 502 | 503 | 504, _) => {
                Attempt::Throttled(failed(format!("{code} {said} ({status})")))
            }
            (_, "RequestTimeout") => Attempt::Throttled(failed(format!("{code} {said}"))),
            (401 | 403, _) | (_, "AccessDenied" | "AccessDeniedException") => {
                let action = if said.contains("kms:Decrypt") { "kms:Decrypt" } else { action };
                Attempt::Last(SourceError::Denied { action, resource, detail: format!("{code} {said}") })
            }
            _ => Attempt::Last(failed(format!("{code} {said} ({status}) {}", chain(error)))),
        },
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}

fn client(config: &SdkConfig, region: Option<String>) -> Client {
    let mut builder = aws_sdk_s3::config::Builder::from(config)
        // Retries are counted here, where a body that breaks off is retried too.
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .read_timeout(Duration::from_secs(30))
                .build(),
        )
        // What is read is compared with a signed hash; a second checksum proves nothing more.
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    if let Some(region) = region {
        builder = builder.region(Region::new(region));
    } else if config.region().is_none() {
        builder = builder.region(Region::new("us-east-1"));
    }
    if has_own_endpoint(config) {
        builder = builder.force_path_style(true);
    }
    Client::from_conf(builder.build())
}

/// Whether requests go to an endpoint that the user named: those rarely have a DNS name for each bucket.
fn has_own_endpoint(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some()
        || std::env::var_os("AWS_ENDPOINT_URL").is_some()
        || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some()
}

fn instant(at: Option<&DateTime>) -> OffsetDateTime {
    at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.secs()).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Undoes `encoding-type=url`. `None` when the key is not UTF-8.
fn decoded(key: &str) -> Option<String> {
    if !key.contains(['%', '+']) {
        return Some(key.to_owned());
    }
    let spaced = key.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[async_trait]
impl Source for Bucket {
    fn name(&self) -> &str {
        &self.name
    }

    fn bucket(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn root(&self) -> &str {
        &self.root
    }

    fn skipped(&self) -> Vec<String> {
        self.skipped.lines()
    }

    async fn level(&self, prefix: &str) -> Result<Level, SourceError> {
        let mut level = Level::default();
        let mut token: Option<String> = None;
        loop {
            let answer = retrying(|| async {
                self.client
                    .list_objects_v2()
                    .bucket(&self.id)
                    .prefix(prefix)
                    .delimiter("/")
                    .encoding_type(EncodingType::Url)
                    .max_keys(PAGE)
                    .set_continuation_token(token.clone())
                    .send()
                    .await
                    .map_err(|e| self.failure("s3:ListBucket", &self.uri(prefix), &e))
            })
            .await?;
            let encoded = answer.encoding_type().is_some();
            for folder in answer.common_prefixes() {
                let raw = folder.prefix().unwrap_or_default();
                let name = self.key(raw, encoded);
                match name.as_deref().and_then(|p| p.strip_prefix(prefix)?.strip_suffix('/')) {
                    Some(name) => level.folder(name.to_owned()),
                    None if name.is_some() => {
                        self.skipped
                            .add(format!("{} was passed over: it is not below {prefix}", self.uri(raw)));
                    }
                    None => {}
                }
            }
            for object in answer.contents() {
                let Some(key) = object.key().and_then(|raw| self.key(raw, encoded)) else { continue };
                let size = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                level.object(key.strip_prefix(prefix).unwrap_or(&key), size);
            }
            match (answer.is_truncated, answer.next_continuation_token) {
                (Some(true), Some(next)) if token.as_ref() != Some(&next) => token = Some(next),
                (Some(true), _) => {
                    let detail = "the listing goes on, but the store does not say where".to_owned();
                    return Err(SourceError::Failed { name: self.uri(prefix), detail });
                }
                _ => return Ok(level),
            }
        }
    }

    async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, SourceError> {
        let (after, token) = match from {
            None => (None, None),
            Some(Cursor::After(key)) => (Some(key.clone()), None),
            Some(Cursor::Token(token)) => (None, Some(token.clone())),
        };
        let answer = retrying(|| async {
            self.client
                .list_objects_v2()
                .bucket(&self.id)
                .prefix(prefix)
                .encoding_type(EncodingType::Url)
                .max_keys(PAGE)
                .set_start_after(after.clone())
                .set_continuation_token(token.clone())
                .send()
                .await
                .map_err(|e| self.failure("s3:ListBucket", &self.uri(prefix), &e))
        })
        .await?;
        let encoded = answer.encoding_type().is_some();
        let mut objects = Vec::with_capacity(answer.contents().len());
        for object in answer.contents() {
            let Some(raw) = object.key() else { continue };
            let Some(key) = self.key(raw, encoded) else { continue };
            objects.push(Listed {
                key,
                size: object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
                tag: object.e_tag().unwrap_or("").to_owned(),
                modified: instant(object.last_modified()),
            });
        }
        let next = match (answer.is_truncated, answer.next_continuation_token) {
            (Some(true), Some(token)) => Some(Cursor::Token(token)),
            // A store without tokens: the last key is where to go on.
            (Some(true), None) => match objects.last() {
                Some(last) => Some(Cursor::After(last.key.clone())),
                None => {
                    let detail = "the listing goes on, but the store does not say where".to_owned();
                    return Err(SourceError::Failed { name: self.uri(prefix), detail });
                }
            },
            _ => None,
        };
        Ok(Page { objects, next })
    }

    async fn get(&self, key: &str, limit: u64) -> Result<Object, SourceError> {
        let name = self.uri(key);
        let mut partial = Partial::default();
        for round in 0.. {
            let (range, etag) = partial.rest();
            let answer = retrying(|| async {
                self.client
                    .get_object()
                    .bucket(&self.id)
                    .key(key)
                    .set_range(range.clone())
                    .set_if_match(etag.clone())
                    .send()
                    .await
                    .map_err(|e| self.failure("s3:GetObject", &name, &e))
            })
            .await;
            let mut answer = match answer {
                Ok(answer) => answer,
                // It was rewritten in between: begin again.
                Err(SourceError::Failed { .. }) if range.is_some() && round < 8 => {
                    partial = Partial::default();
                    continue;
                }
                Err(error) => return Err(error),
            };
            if range.is_none() {
                partial = Partial { etag: answer.e_tag.clone(), ..Partial::default() };
                let field = |field| answer.metadata.as_ref().and_then(|all| all.get(field)).cloned();
                partial.metadata = Metadata {
                    signature: field("signature"),
                    algorithm: field("signature-algorithm"),
                    backfill: field("backfill-generation-timestamp"),
                };
            }
            let announced = answer.content_length.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            if (partial.bytes.len() as u64).saturating_add(announced) > limit {
                return Err(SourceError::TooLarge { name, limit });
            }
            partial.bytes.reserve(usize::try_from(announced).unwrap_or(0));
            let broken = loop {
                match answer.body.try_next().await {
                    Ok(Some(chunk)) => partial.bytes.extend_from_slice(&chunk),
                    Ok(None) => break None,
                    Err(error) => break Some(error.to_string()),
                }
                if partial.bytes.len() as u64 > limit {
                    return Err(SourceError::TooLarge { name, limit });
                }
            };
            match broken {
                None => {
                    let Partial { bytes, metadata, .. } = partial;
                    return Ok(Object { bytes: bytes.freeze(), metadata: Some(metadata) });
                }
                Some(detail) if round >= 8 => {
                    return Err(SourceError::Unreachable { place: name, detail });
                }
                Some(_) => {}
            }
        }
        Err(SourceError::Unreachable {
            place: name,
            detail: "the connection breaks off again and again".into(),
        })
    }
}

/// A body of which a part has arrived.
#[derive(Default)]
struct Partial {
    bytes: BytesMut,
    etag: Option<String>,
    metadata: Metadata,
}

impl Partial {
    /// The range that is still to come, and what it must still be a part of.
    fn rest(&self) -> (Option<String>, Option<String>) {
        match (&self.etag, self.bytes.len()) {
            (Some(etag), read) if read > 0 => (Some(format!("bytes={read}-")), Some(etag.clone())),
            _ => (None, None),
        }
    }
}
