//! The few calls that say what an archive should hold: which keys sign, which trail delivers where, which accounts
//! belong to the organization.

use crate::aws::configuration;
use crate::expect::Logging;
use crate::keys::checked;
use crate::retry::retrying;
use crate::source::{SourceError, failure};
use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client as CloudTrail;
use aws_sdk_cloudtrail::config::retry::RetryConfig;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_organizations::Client as Organizations;
use aws_types::region::Region;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::OnceCell;
use trailward_digest::PublicKey;

/// The most pages of an answer that are read.
const MOST_PAGES: usize = 1000;

/// An API call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} in {region} failed: {error}")]
pub struct ApiError {
    /// The operation.
    pub call: &'static str,
    /// Where.
    pub region: String,
    /// Why.
    pub error: SourceError,
}

/// A public key with the time it was used.
pub type DatedKey = (PublicKey, OffsetDateTime, OffsetDateTime);

/// A trail as the API describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedTrail {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The bucket.
    pub bucket: String,
    /// The key prefix; empty for none.
    pub prefix: String,
    /// The Region it was made in.
    pub home_region: String,
    /// Whether it records every Region.
    pub multi_region: bool,
    /// Whether it records every account of the organization.
    pub organization: bool,
    /// Whether digests are made.
    pub validation: bool,
}

/// Clients for CloudTrail in any Region and for Organizations.
#[derive(Default)]
pub struct Api {
    config: OnceCell<SdkConfig>,
}

impl Api {
    /// Clients that use `config`.
    pub fn new(config: SdkConfig) -> Self {
        Self { config: OnceCell::new_with(Some(config)) }
    }

    /// Clients that use the usual AWS configuration, which is looked for at the first call: an archive on disk with its
    /// keys in a file asks nobody.
    pub fn lazy() -> Self {
        Self::default()
    }

    /// The AWS configuration, looked for now if it was not before.
    pub async fn configuration(&self) -> &SdkConfig {
        self.config.get_or_init(configuration).await
    }

    async fn cloudtrail(&self, region: &str) -> CloudTrail {
        let config = aws_sdk_cloudtrail::config::Builder::from(self.configuration().await)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts());
        CloudTrail::from_conf(config.build())
    }

    async fn organizations(&self) -> Organizations {
        let shared = self.configuration().await;
        let mut config = aws_sdk_organizations::config::Builder::from(shared)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts());
        if shared.region().is_none() {
            config = config.region(Region::new("us-east-1"));
        }
        Organizations::from_conf(config.build())
    }

    /// `ListPublicKeys`: every key whose private half may have been used from `start` to `end` in `region`.
    pub async fn public_keys(
        &self,
        region: &str,
        start: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Result<Vec<DatedKey>, ApiError> {
        const CALL: &str = "cloudtrail:ListPublicKeys";
        let client = self.cloudtrail(region).await;
        let (mut keys, mut token): (Vec<DatedKey>, Option<String>) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let answer = retrying(|| async {
                client
                    .list_public_keys()
                    .start_time(DateTime::from_secs(start.unix_timestamp()))
                    .end_time(DateTime::from_secs(end.unix_timestamp()))
                    .set_next_token(token.clone())
                    .send()
                    .await
                    .map_err(|e| failure(CALL, "*".to_owned(), CALL, &e))
            })
            .await
            .map_err(|error| api_error(CALL, region, error))?;
            for key in answer.public_key_list() {
                let Some(value) = &key.value else { continue };
                // A key that is none cannot verify anything; its digests will say that it is unknown.
                let Ok(public) = checked(value.as_ref().to_vec()) else { continue };
                keys.push((
                    public,
                    instant(key.validity_start_time.as_ref()),
                    instant(key.validity_end_time.as_ref()),
                ));
            }
            token = answer.next_token;
            if token.is_none() {
                return Ok(keys);
            }
        }
        Ok(keys)
    }

    /// `DescribeTrails` in `region`: the trails of that Region and the shadows of others.
    pub async fn trails(&self, region: &str) -> Result<Vec<DescribedTrail>, ApiError> {
        const CALL: &str = "cloudtrail:DescribeTrails";
        let client = self.cloudtrail(region).await;
        let answer = retrying(|| async {
            client.describe_trails().send().await.map_err(|e| failure(CALL, "*".to_owned(), CALL, &e))
        })
        .await
        .map_err(|error| api_error(CALL, region, error))?;
        let trails = answer.trail_list().iter().map(|trail| DescribedTrail {
            name: trail.name().unwrap_or("").to_owned(),
            arn: trail.trail_arn().unwrap_or("").to_owned(),
            bucket: trail.s3_bucket_name().unwrap_or("").to_owned(),
            prefix: trail.s3_key_prefix().unwrap_or("").to_owned(),
            home_region: trail.home_region().unwrap_or("").to_owned(),
            multi_region: trail.is_multi_region_trail().unwrap_or(false),
            organization: trail.is_organization_trail().unwrap_or(false),
            validation: trail.log_file_validation_enabled().unwrap_or(false),
        });
        Ok(trails.collect())
    }

    /// `GetTrailStatus` of `arn` in its home Region `region`: when it began to log, if it never stopped, and since when it
    /// does not.
    pub async fn logging(&self, region: &str, arn: &str) -> Result<Logging, ApiError> {
        const CALL: &str = "cloudtrail:GetTrailStatus";
        let client = self.cloudtrail(region).await;
        let answer = retrying(|| async {
            let call = client.get_trail_status().name(arn).send();
            call.await.map_err(|e| failure(CALL, arn.to_owned(), CALL, &e))
        })
        .await
        .map_err(|error| api_error(CALL, region, error))?;
        let at = |time: Option<&DateTime>| time.map(|time| instant(Some(time)));
        let (started, stopped) = (at(answer.start_logging_time()), at(answer.stop_logging_time()));
        Ok(Logging {
            began: started.filter(|_| stopped.is_none()),
            stopped: stopped.filter(|_| answer.is_logging() == Some(false)),
        })
    }

    /// `DescribeOrganization`: its id.
    pub async fn organization(&self) -> Result<String, ApiError> {
        const CALL: &str = "organizations:DescribeOrganization";
        let client = self.organizations().await;
        let answer = retrying(|| async {
            client.describe_organization().send().await.map_err(|e| failure(CALL, "*".to_owned(), CALL, &e))
        })
        .await
        .map_err(|error| api_error(CALL, "us-east-1", error))?;
        Ok(answer.organization.and_then(|found| found.id).unwrap_or_default())
    }

    /// `ListAccounts`: the ids of the organization's accounts that have not been closed.
    pub async fn accounts(&self) -> Result<Vec<String>, ApiError> {
        const CALL: &str = "organizations:ListAccounts";
        let client = self.organizations().await;
        let (mut accounts, mut token): (Vec<String>, Option<String>) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let answer = retrying(|| async {
                client
                    .list_accounts()
                    .set_next_token(token.clone())
                    .send()
                    .await
                    .map_err(|e| failure(CALL, "*".to_owned(), CALL, &e))
            })
            .await
            .map_err(|error| api_error(CALL, "us-east-1", error))?;
            let open = answer.accounts().iter().filter(|account| is_open(account));
            accounts.extend(open.filter_map(|account| account.id.clone()));
            token = answer.next_token;
            if token.is_none() {
                break;
            }
        }
        Ok(accounts)
    }
}

/// Suspended accounts record nothing any more; `Status` is the older of the two members that say so.
fn is_open(account: &aws_sdk_organizations::types::Account) -> bool {
    use aws_sdk_organizations::types::{AccountState, AccountStatus};
    !matches!(account.status, Some(AccountStatus::Suspended))
        && !matches!(account.state, Some(AccountState::Suspended | AccountState::Closed))
}

fn api_error(call: &'static str, region: &str, error: SourceError) -> ApiError {
    ApiError { call, region: region.to_owned(), error }
}

fn timeouts() -> aws_sdk_cloudtrail::config::timeout::TimeoutConfig {
    aws_sdk_cloudtrail::config::timeout::TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .build()
}

fn instant(at: Option<&DateTime>) -> OffsetDateTime {
    at.and_then(|at| OffsetDateTime::from_unix_timestamp(at.secs()).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
