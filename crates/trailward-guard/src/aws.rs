//! Reading an account, with the usual AWS configuration chain. Nothing here changes anything.

use crate::preflight::{BucketFacts, FoundKey, KeyFacts, TopicFacts};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_cloudtrail::Client as CloudTrail;
use aws_sdk_cloudtrail::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::Client as Kms;
use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use aws_sdk_organizations::Client as Organizations;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3control::Client as S3Control;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_sns::Client as Sns;
use aws_types::region::Region;
use trailward_model::Arn;

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{action} failed: {problem}")]
pub struct ReadError {
    /// The permission it takes.
    pub action: &'static str,
    /// AWS's error code, if there was an answer.
    pub code: Option<String>,
    /// Why.
    pub problem: String,
}

impl ReadError {
    /// Whether the caller may not do this.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("AccessDenied" | "AccessDeniedException" | "AuthorizationError" | "UnauthorizedOperation")
        )
    }
}

/// S3 Control with a configuration.
pub(crate) fn s3_control(config: &SdkConfig) -> S3Control {
    let mut builder = aws_sdk_s3control::config::Builder::from(config);
    if let Some(url) = config.endpoint_url() {
        builder = builder.endpoint_resolver(At(url.to_owned()));
    }
    S3Control::from_conf(builder.build())
}

/// An endpoint of one's own, as it is: the SDK would put the account's number before its name, and an address has none.
#[derive(Debug)]
struct At(String);

impl ResolveEndpoint for At {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}

/// A trail that exists, as far as it matters to its bucket and key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTrail {
    /// The bucket's name.
    pub bucket: Option<String>,
    /// The key prefix.
    pub prefix: Option<String>,
    /// The SNS topic's ARN.
    pub topic: Option<String>,
    /// The KMS key's ARN.
    pub key: Option<String>,
    /// The log group's ARN.
    pub log_group: Option<String>,
    /// The ARN of the role it writes there with.
    pub log_role: Option<String>,
    /// Whether it is an organization trail.
    pub organization: bool,
    /// Whether it delivers digests.
    pub validation: bool,
}

/// Reads one account.
#[derive(Debug, Clone)]
pub struct Account {
    pub(crate) config: SdkConfig,
}

impl Account {
    /// Reads with the configuration of the environment, profile, SSO or instance role, in `region` where a call names no
    /// other. Nothing is asked of the network yet.
    pub async fn from_env(region: &str) -> Self {
        let region = Region::new(region.to_owned());
        Self { config: aws_config::defaults(BehaviorVersion::latest()).region(region).load().await }
    }

    /// The same in the Region of the environment or profile; `us-east-1` where there is none.
    pub async fn from_chain() -> Self {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        match config.region() {
            Some(_) => Self { config },
            None => Self::from_env("us-east-1").await,
        }
    }

    pub(crate) fn region(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    /// `GetTrail` in the trail's home Region; `None` if there is no such trail.
    pub async fn trail(&self, arn: &Arn) -> Result<Option<ReadTrail>, ReadError> {
        let client = CloudTrail::new(&self.region(&arn.region));
        let answer = client.get_trail().name(arn.to_string()).send().await;
        let Some(answer) = found("cloudtrail:GetTrail", answer, &["TrailNotFoundException"])? else {
            return Ok(None);
        };
        Ok(answer.trail.map(|trail| ReadTrail {
            bucket: trail.s3_bucket_name,
            prefix: trail.s3_key_prefix.filter(|prefix| !prefix.is_empty()),
            topic: trail.sns_topic_arn.filter(|topic| !topic.is_empty()),
            key: trail.kms_key_id.filter(|key| !key.is_empty()),
            log_group: trail.cloud_watch_logs_log_group_arn.filter(|group| !group.is_empty()),
            log_role: trail.cloud_watch_logs_role_arn.filter(|role| !role.is_empty()),
            organization: trail.is_organization_trail == Some(true),
            validation: trail.log_file_validation_enabled == Some(true),
        }))
    }

    /// A bucket's Region and policy; `None` if there is no such bucket.
    pub async fn bucket(&self, name: &str) -> Result<Option<BucketFacts>, ReadError> {
        let client = self.s3(&self.region(self.first_region()));
        let answer = client.get_bucket_location().bucket(name).send().await;
        let region = match found("s3:GetBucketLocation", answer, &["NoSuchBucket"]) {
            Ok(None) => return Ok(None),
            Ok(Some(answer)) => {
                let constraint = answer.location_constraint.map(|c| c.as_str().to_owned());
                Some(match constraint.as_deref() {
                    None | Some("") => "us-east-1".to_owned(),
                    Some("EU") => "eu-west-1".to_owned(),
                    Some(region) => region.to_owned(),
                })
            }
            // Another account's bucket: its policy may be readable nevertheless.
            Err(error) if error.is_denied() => None,
            Err(error) => return Err(error),
        };
        let client = region.as_ref().map_or(client, |region| self.s3(&self.region(region)));
        let answer = client.get_bucket_policy().bucket(name).send().await;
        let policy = found("s3:GetBucketPolicy", answer, &["NoSuchBucketPolicy"])?.and_then(|a| a.policy);
        Ok(Some(BucketFacts { region, policy }))
    }

    /// The partition's Region that knows where every bucket lies; others may answer with a redirect.
    pub(crate) fn first_region(&self) -> &'static str {
        match self.config.region().map_or("", Region::as_ref) {
            region if region.starts_with("cn-") => "cn-north-1",
            region if region.starts_with("us-gov-") => "us-gov-west-1",
            _ => "us-east-1",
        }
    }

    /// Names in paths, where an endpoint of one's own has no wildcard in its DNS.
    pub(crate) fn s3(&self, config: &SdkConfig) -> S3 {
        let builder = aws_sdk_s3::config::Builder::from(config);
        S3::from_conf(builder.force_path_style(self.config.endpoint_url().is_some()).build())
    }

    /// A key's ARN, policy and state. `key` is an id, an ARN, or an alias, looked for in `region`, the bucket's, or an ARN's.
    pub async fn key(&self, key: &str, region: Option<&str>) -> Result<KeyFacts, ReadError> {
        let named = key.parse::<Arn>().ok().map(|arn| arn.region);
        let region =
            named.as_deref().or(region).map_or_else(|| self.config.clone(), |region| self.region(region));
        let client = Kms::new(&region);
        let missing = || KeyFacts { arn: key.to_owned(), found: None };
        let answer = client.describe_key().key_id(key).send().await;
        let Some(answer) = found("kms:DescribeKey", answer, &["NotFoundException"])? else {
            return Ok(missing());
        };
        let Some(described) = answer.key_metadata else { return Ok(missing()) };
        let answer = client.get_key_policy().key_id(&described.key_id).policy_name("default").send().await;
        let policy =
            found("kms:GetKeyPolicy", answer, &[])?.and_then(|answer| answer.policy).unwrap_or_default();
        let symmetric = described.key_spec.as_ref().map(|spec| {
            *spec == KeySpec::SymmetricDefault && described.key_usage != Some(KeyUsageType::SignVerify)
        });
        let found = FoundKey { policy, state: described.key_state.map(|s| s.as_str().to_owned()), symmetric };
        Ok(KeyFacts { arn: described.arn.unwrap_or_else(|| key.to_owned()), found: Some(found) })
    }

    /// A topic's policy. `arn` is its ARN.
    pub async fn topic(&self, arn: &Arn) -> Result<TopicFacts, ReadError> {
        let client = Sns::new(&self.region(&arn.region));
        let answer = client.get_topic_attributes().topic_arn(arn.to_string()).send().await;
        let answer = found("sns:GetTopicAttributes", answer, &["NotFound", "NotFoundException"])?;
        let attributes = answer.and_then(|answer| answer.attributes).unwrap_or_default();
        Ok(TopicFacts {
            arn: arn.to_string(),
            policy: attributes.get("Policy").cloned(),
            encrypted: attributes.get("KmsMasterKeyId").is_some_and(|key| !key.is_empty()),
        })
    }

    /// The id of the account's organization.
    pub async fn organization(&self) -> Result<Option<String>, ReadError> {
        let answer = Organizations::new(&self.config).describe_organization().send().await;
        let answer =
            found("organizations:DescribeOrganization", answer, &["AWSOrganizationsNotInUseException"])?;
        Ok(answer.and_then(|answer| answer.organization?.id))
    }
}

/// An answer, or `None` for an error whose code is one of `absent`.
pub(crate) fn found<T, E, R>(
    action: &'static str,
    answer: Result<T, SdkError<E, R>>,
    absent: &[&str],
) -> Result<Option<T>, ReadError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let error = match answer {
        Ok(answer) => return Ok(Some(answer)),
        Err(error) => error,
    };
    let code = error.code().map(str::to_owned);
    if code.as_deref().is_some_and(|code| absent.contains(&code)) {
        return Ok(None);
    }
    let problem = match (&code, error.message()) {
        (Some(code), message) => format!("{code}: {}", message.unwrap_or("no message")),
        (None, _) => {
            // The SDK's own text says only that sending failed; the last cause says why.
            let mut cause: &dyn std::error::Error = &error;
            while let Some(next) = cause.source() {
                cause = next;
            }
            cause.to_string()
        }
    };
    Err(ReadError { action, code, problem })
}
