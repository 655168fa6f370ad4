//! What `aws cloudtrail validate-logs` says, word for word, for scripts that parse it.
//!
//! It passes where that command passes: it is no proof of completeness. Objects are read ahead, but told in the
//! command's order. Its exit codes are 0, 1 (something is INVALID) and 255.

mod digest;
mod listing;
mod moment;
mod said;
mod walk;

pub use said::Streams;

use crate::api::Api;
use crate::source::{Bucket, Source, SourceError};
use aws_config::SdkConfig;
use said::Said;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The command's arguments.
#[derive(Debug, Clone, Default)]
pub struct CompatRequest {
    /// `--trail-arn`.
    pub trail_arn: String,
    /// `--start-time`, as typed.
    pub start_time: String,
    /// `--end-time`, as typed.
    pub end_time: Option<String>,
    /// `--s3-bucket`.
    pub s3_bucket: Option<String>,
    /// `--s3-prefix`.
    pub s3_prefix: Option<String>,
    /// `--account-id`.
    pub account_id: Option<String>,
    /// `--verbose`.
    pub verbose: bool,
}

/// Why the command stops. Its text goes to standard error after an empty line, and the exit code is 255.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stop {
    /// The command's own words.
    #[error("{0}")]
    Words(String),
    /// The output cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl Stop {
    fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    /// A call that failed, as botocore spells it.
    fn call(operation: &str, error: &SourceError) -> Self {
        match error {
            SourceError::Denied { detail, .. } => {
                let (code, said) = detail.split_once(' ').unwrap_or((detail, ""));
                Self::words(format!(
                    "An error occurred ({code}) when calling the {operation} operation: {said}"
                ))
            }
            other => Self::words(other.to_string()),
        }
    }
}

/// What is being validated.
struct Scope {
    bucket: String,
    prefix: Option<String>,
    organization: Option<String>,
    account: String,
    /// The Region of the records.
    region: String,
    home: String,
    trail: String,
    start: OffsetDateTime,
    end: OffsetDateTime,
}

/// The buckets that were opened.
struct Buckets<'a> {
    config: &'a SdkConfig,
    open: HashMap<String, Arc<Bucket>>,
}

impl Buckets<'_> {
    async fn get(&mut self, bucket: &str) -> Result<Arc<dyn Source>, SourceError> {
        if let Some(open) = self.open.get(bucket) {
            return Ok(Arc::clone(open) as Arc<dyn Source>);
        }
        let opened = Arc::new(Bucket::open(self.config, bucket, "").await?);
        self.open.insert(bucket.to_owned(), Arc::clone(&opened));
        Ok(opened)
    }
}

/// Runs the command; `now` stands for a missing end time. Returns its exit code.
pub async fn run(
    config: &SdkConfig,
    request: &CompatRequest,
    now: OffsetDateTime,
    streams: Streams<'_>,
) -> io::Result<u8> {
    let mut said = Said::new(streams, request.verbose);
    match validate(config, request, now, &mut said).await {
        Ok(()) => Ok(u8::from(said.found_something())),
        Err(Stop::Output(error)) => Err(error),
        Err(Stop::Words(words)) => {
            said.stopped(&words)?;
            Ok(255)
        }
    }
}

async fn validate(
    config: &SdkConfig,
    request: &CompatRequest,
    now: OffsetDateTime,
    said: &mut Said<'_>,
) -> Result<(), Stop> {
    let start = moment::typed(&request.start_time)?;
    let end = match request.end_time.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => moment::typed(text)?,
        None => now,
    };
    if start > end {
        return Err(Stop::words("Invalid time range specified: start-time must occur before end-time"));
    }
    let Some(region) = config.region().map(ToString::to_string) else {
        return Err(Stop::words(
            "You must specify a region. You can also configure your region by running \"aws configure\".",
        ));
    };
    let api = Api::new(config.clone());
    let scope = scope(&api, request, region, start, end).await?;
    said.asked(&request.trail_arn, start, end)?;
    let mut buckets = Buckets { config, open: HashMap::new() };
    let listings = listing::of(&mut buckets, &scope, &scope.bucket, end).await?;
    let keys = public_keys(&api, &scope.region, start, end + Duration::hours(2)).await?;
    let (standard, backfill) = (listings.standard, listings.backfill);
    let mut walk = walk::Walk { api: &api, scope: &scope, buckets, keys, said, backfill: false };
    walk.chain(standard).await?;
    walk.keys = HashMap::new();
    walk.backfill = true;
    walk.chain(backfill).await?;
    said.summary(start, end)?;
    Ok(())
}

/// Where to look: the bucket as named, or as the trail says. Like the command, a named bucket drops the organization.
async fn scope(
    api: &Api,
    request: &CompatRequest,
    region: String,
    start: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<Scope, Stop> {
    let arn = &request.trail_arn;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let (home, owner, trail) = match parts.as_slice() {
        ["arn", partition, "cloudtrail", home, owner, rest]
            if !partition.is_empty()
                && !home.is_empty()
                && owner.len() == 12
                && owner.bytes().all(|b| b.is_ascii_digit()) =>
        {
            let name = rest.strip_prefix("trail/").filter(|name| !name.is_empty());
            (*home, *owner, name.and_then(|name| name.rsplit('/').next()))
        }
        _ => ("", "", None),
    };
    let Some(trail) = trail else {
        return Err(Stop::words(format!("Invalid trail ARN provided: {arn}")));
    };
    let mut scope = Scope {
        bucket: request.s3_bucket.clone().unwrap_or_default(),
        prefix: request.s3_prefix.clone(),
        organization: None,
        account: request.account_id.clone().unwrap_or_else(|| owner.to_owned()),
        region,
        home: home.to_owned(),
        trail: trail.to_owned(),
        start,
        end,
    };
    if request.s3_bucket.is_some() {
        return Ok(scope);
    }
    let trails = api.trails(&scope.region).await;
    let trails = trails.map_err(|error| Stop::call("DescribeTrails", &error.error))?;
    let Some(found) = trails.into_iter().find(|found| found.arn == *arn) else {
        return Err(Stop::words(format!("A trail could not be found for {arn}")));
    };
    scope.bucket = found.bucket;
    scope.prefix = Some(found.prefix);
    if found.organization {
        if request.account_id.is_none() {
            return Err(Stop::words("Missing required parameter for organization trail: '--account-id'"));
        }
        let organization = api.organization().await;
        scope.organization =
            Some(organization.map_err(|error| Stop::call("DescribeOrganization", &error.error))?);
    }
    Ok(scope)
}

/// Public keys by their fingerprints.
type KnownKeys = HashMap<String, trailward_digest::PublicKey>;

async fn public_keys(
    api: &Api,
    region: &str,
    start: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<KnownKeys, Stop> {
    let keys = api.public_keys(region, start, end).await;
    let keys = keys.map_err(|error| Stop::call("ListPublicKeys", &error.error))?;
    if keys.is_empty() {
        let (start, end) = (moment::shown(start), moment::shown(end));
        return Err(Stop::words(format!("No public keys found between {start} and {end}")));
    }
    Ok(keys.into_iter().map(|(key, _, _)| (key.fingerprint(), key)).collect())
}
