//! From the words on the command line to sources, and from a trail's ARN to what its archive must hold.

use crate::api::{Api, ApiError, DescribedTrail};
use crate::expect::{Expected, Logging};
use crate::source::{Bucket, Directory, Source, SourceError};
use aws_config::SdkConfig;
use futures::stream::{self, StreamExt};
use std::path::Path;
use std::sync::Arc;
use trailward_model::delivered::is_account_id;
use trailward_model::{DEFAULT_REGIONS, is_region_name};

/// Regions that an account must switch on before it can use them.
const OPT_IN_REGIONS: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];
/// Regions that are asked side by side.
const SIDE_BY_SIDE: usize = 16;

/// Why a source or trail could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a source.
    #[error("{0} is not s3://BUCKET[/PREFIX]")]
    Uri(String),
    /// Not a trail's ARN.
    #[error("{0} is not a trail's ARN (arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME)")]
    Arn(String),
    /// No such trail.
    #[error("there is no trail {0}: check the account and the home Region in the ARN")]
    NoTrail(String),
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The API refused.
    #[error(transparent)]
    Api(#[from] ApiError),
}

/// Whether the words name a bucket rather than a directory.
pub fn is_s3(name: &str) -> bool {
    name.starts_with("s3://")
}

/// Splits `s3://bucket[/prefix]` into bucket and prefix; the prefix is empty or ends in `/`.
pub fn split_uri(uri: &str) -> Result<(String, String), OpenError> {
    let rest = uri.strip_prefix("s3://").ok_or_else(|| OpenError::Uri(uri.to_owned()))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(OpenError::Uri(uri.to_owned()));
    }
    let prefix = prefix.trim_matches('/');
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    Ok((bucket.to_owned(), prefix))
}

/// Opens a directory.
pub fn open_directory(path: &Path) -> Result<Arc<dyn Source>, OpenError> {
    Ok(Arc::new(Directory::open(path)?))
}

/// Opens `s3://bucket[/prefix]`.
pub async fn open_bucket(uri: &str, config: &SdkConfig) -> Result<Arc<dyn Source>, OpenError> {
    let (bucket, prefix) = split_uri(uri)?;
    Ok(Arc::new(Bucket::open(config, &bucket, &prefix).await?))
}

/// A trail, where its archive lies, and what must be in it.
pub struct ResolvedTrail {
    /// What the API says.
    pub trail: DescribedTrail,
    /// `s3://bucket/prefix`.
    pub uri: String,
    /// Accounts and Regions that must have digests.
    pub expected: Expected,
}

/// Asks the API where a trail delivers and what its archive must hold: its account, or every account of the
/// organization; its home Region, or every Region in which its shadow is.
pub async fn resolve_trail(arn: &str, api: &Api) -> Result<ResolvedTrail, OpenError> {
    let (home, account) = parse_arn(arn)?;
    let trails = api.trails(&home).await?;
    let trail = trails.into_iter().find(|trail| trail.arn == arn);
    let trail = trail.ok_or_else(|| OpenError::NoTrail(arn.to_owned()))?;
    let uri = if trail.prefix.is_empty() {
        format!("s3://{}", trail.bucket)
    } else {
        format!("s3://{}/{}", trail.bucket, trail.prefix)
    };
    let accounts = if trail.organization { api.accounts().await? } else { vec![account] };
    // What is not known excuses nothing.
    let logging = api.logging(&home, arn).await.unwrap_or_else(|error| {
        tracing::warn!("since when {arn} logs is not known: {error}");
        Logging::default()
    });
    let (regions, unknown) = if trail.multi_region { shadows(arn, api).await } else { (vec![home], vec![]) };
    let mut expected = Expected::all(&accounts, &regions);
    expected.unknown = unknown;
    expected.logging = logging;
    Ok(ResolvedTrail { trail, uri, expected })
}

fn parse_arn(arn: &str) -> Result<(String, String), OpenError> {
    let refused = || OpenError::Arn(arn.to_owned());
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(_), Some("cloudtrail"), Some(region), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(refused());
    };
    let named = resource.strip_prefix("trail/").is_some_and(|name| !name.is_empty());
    if named && is_region_name(region) && is_account_id(account) {
        Ok((region.to_owned(), account.to_owned()))
    } else {
        Err(refused())
    }
}

/// The Regions in which the trail shows, and those that could not be asked.
async fn shadows(arn: &str, api: &Api) -> (Vec<String>, Vec<(String, String)>) {
    let regions: Vec<&str> = match arn.split(':').nth(1) {
        Some("aws-us-gov") => vec!["us-gov-east-1", "us-gov-west-1"],
        Some("aws-cn") => vec!["cn-north-1", "cn-northwest-1"],
        _ => DEFAULT_REGIONS.iter().chain(&OPT_IN_REGIONS).copied().collect(),
    };
    let work: Vec<_> = regions.into_iter().map(|region| shadow(arn, api, region)).collect();
    let mut answers: Vec<(String, Result<bool, String>)> =
        stream::iter(work).buffered(SIDE_BY_SIDE).collect().await;
    answers.sort();
    let (mut there, mut unknown) = (Vec::new(), Vec::new());
    for (region, answer) in answers {
        match answer {
            Ok(true) => there.push(region),
            Ok(false) => {}
            Err(why) => unknown.push((region, why)),
        }
    }
    (there, unknown)
}

async fn shadow(arn: &str, api: &Api, region: &str) -> (String, Result<bool, String>) {
    let answer = match api.trails(region).await {
        Ok(trails) => Ok(trails.iter().any(|trail| trail.arn == arn)),
        Err(error) if is_switched_off(&error) => Ok(false),
        Err(error) => Err(format!("it could not be learned whether the trail covers it: {error}")),
    };
    (region.to_owned(), answer)
}

/// What a Region says that the account has not switched on.
fn is_switched_off(error: &ApiError) -> bool {
    let text = error.error.to_string();
    let codes =
        ["UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "AuthFailure"];
    codes.iter().any(|code| text.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_uris_and_arns() {
        assert_eq!(split_uri("s3://b").unwrap(), ("b".into(), String::new()));
        assert_eq!(split_uri("s3://b/").unwrap(), ("b".into(), String::new()));
        assert_eq!(split_uri("s3://b/a/c/").unwrap(), ("b".into(), "a/c/".into()));
        assert!(split_uri("s3://").is_err());
        assert!(split_uri("b/x").is_err());
        let parsed = parse_arn("arn:aws:cloudtrail:us-east-1:111122223333:trail/main").unwrap();
        assert_eq!(parsed, ("us-east-1".into(), "111122223333".into()));
        for bad in [
            "main",
            "arn:aws:s3:us-east-1:111122223333:trail/main",
            "arn:aws:cloudtrail:us-east-1:1111:trail/main",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/",
            "arn:aws:cloudtrail::111122223333:trail/main",
        ] {
            assert!(parse_arn(bad).is_err(), "{bad}");
        }
    }
}
