//! Reading, with the AWS SDK's clients. At most eight calls are under way at once; throttled ones are tried again, later
//! each time.

mod cloudtrail;
mod keys;
mod members;
mod organization;
mod people;
mod role;
mod s3;
mod watch;

use super::{Bucket, Fact, Snapshot};
use crate::aws::{ReadError, found};
use crate::control::Control;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_cloudtrail::error::{ProvideErrorMetadata, SdkError};
use aws_types::region::Region;
use std::sync::Arc;
use tokio::sync::Semaphore;

pub use keys::KEY_TAG;
pub use people::ROLE_POLICY;
pub(crate) use people::decoded;
pub(crate) use s3::lifecycle;

/// Calls under way at once.
const AT_ONCE: usize = 8;
/// How often a call is tried where the environment says nothing.
const ATTEMPTS: u32 = 8;

/// Whoever the credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account's id.
    pub account: String,
    /// `aws`, `aws-cn` …
    pub partition: String,
    /// The caller's ARN.
    pub caller: String,
    /// The Region of the configuration in use.
    pub region: String,
}

/// A part of the snapshot that is read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// Trails with what they record.
    Trails,
    /// The trail's bucket.
    Bucket,
    /// The access log's bucket.
    AccessLog,
    /// The key.
    Key,
    /// The log group with its filters.
    LogGroup,
    /// The role that CloudTrail writes to it with.
    LogRole,
    /// Alarms.
    Alarms,
    /// Their topic.
    Topic,
    /// The topic that the trail tells of log files.
    Notices,
    /// Block Public Access of the account.
    Account,
    /// The organization with its policies.
    Organization,
    /// The root user.
    Root,
    /// When the archive was validated.
    Validation,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Trails,
        Self::Bucket,
        Self::AccessLog,
        Self::Key,
        Self::LogGroup,
        Self::LogRole,
        Self::Alarms,
        Self::Topic,
        Self::Notices,
        Self::Account,
        Self::Organization,
        Self::Root,
        Self::Validation,
    ];
}

/// Reads one account.
#[derive(Debug, Clone)]
pub struct Reader {
    config: SdkConfig,
    gate: Arc<Semaphore>,
}

impl Reader {
    /// Reads with the configuration of the environment, profile, SSO or instance role. Nothing is asked of the network yet.
    pub async fn from_env() -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if std::env::var_os("AWS_MAX_ATTEMPTS").is_none() {
            loader = loader.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        }
        Self { config: loader.load().await, gate: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Whose credentials these are: `GetCallerIdentity`, which takes no permission.
    pub async fn identity(&self) -> Result<Identity, ReadError> {
        let none = |problem: &str| ReadError {
            action: "sts:GetCallerIdentity",
            code: None,
            problem: problem.to_owned(),
        };
        let Some(region) = self.config.region().map(ToString::to_string) else {
            return Err(none("no Region is configured: set AWS_REGION, or `region` in the profile"));
        };
        let call = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send();
        let answer = found("sts:GetCallerIdentity", call.await, &[])?;
        let arn = answer.as_ref().and_then(|answer| answer.arn.clone()).unwrap_or_default();
        let account = answer.and_then(|answer| answer.account).unwrap_or_default();
        if account.is_empty() {
            return Err(none("the answer names no account"));
        }
        let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
        Ok(Identity { account, partition, caller: arn, region })
    }

    /// Everything that bears on the control, whose names have to be filled in.
    pub async fn snapshot(&self, control: &Control, identity: &Identity) -> Snapshot {
        let mut snapshot = Snapshot {
            account: identity.account.clone(),
            partition: identity.partition.clone(),
            region: control.trail.region.clone(),
            caller: identity.caller.clone(),
            secure: self.config.endpoint_url().is_none_or(|url| !url.starts_with("http://")),
            ..Snapshot::default()
        };
        Box::pin(self.refresh(control, &mut snapshot, &Section::ALL)).await;
        snapshot
    }

    /// Reads some parts again.
    pub async fn refresh(&self, control: &Control, snapshot: &mut Snapshot, sections: &[Section]) {
        let wanted = |section| sections.contains(&section);
        let before = std::mem::take(snapshot);
        let account = before.account.clone();
        let partition = before.partition.clone();
        let regions: Vec<String> = before.regions().into_iter().map(str::to_owned).collect();
        let ((trails, elsewhere), bucket, access_log, key, root, organization) = futures::join!(
            async {
                if wanted(Section::Trails) {
                    Box::pin(self.trails(control, (&partition, &account), &regions)).await
                } else {
                    (before.trails, before.elsewhere)
                }
            },
            async {
                if wanted(Section::Bucket) {
                    Box::pin(self.bucket(&control.bucket.name)).await
                } else {
                    before.bucket
                }
            },
            async {
                let log = &control.bucket.access_log;
                match (wanted(Section::AccessLog), log.enabled) {
                    (true, true) => Box::pin(self.bucket(&log.bucket)).await,
                    (true, false) => Bucket::default(),
                    (false, _) => before.access_log,
                }
            },
            part(wanted(Section::Key), control.key.enabled, before.key, self.key(control)),
            async { if wanted(Section::Root) { Box::pin(self.root()).await } else { before.root } },
            async {
                if wanted(Section::Organization) {
                    Box::pin(self.organization(control, &account)).await
                } else {
                    before.organization
                }
            },
        );
        let validated = match (wanted(Section::Validation), control.trail.validated_days) {
            (true, 0) => Fact::NotAsked,
            (true, days) => Box::pin(self.validated(control, days)).await,
            (false, _) => before.validated,
        };
        let topic = |name: &str| {
            let region = &control.trail.region;
            self.topic(format!("arn:{partition}:sns:{region}:{account}:{name}"), region)
        };
        let ((log_group, filters), log_role, alarms, alarms_topic, notices, account_block) = futures::join!(
            async {
                match (wanted(Section::LogGroup), control.log_group.enabled) {
                    (true, true) => Box::pin(self.log_group(control)).await,
                    (true, false) => (Fact::NotAsked, Fact::NotAsked),
                    (false, _) => (before.log_group, before.filters),
                }
            },
            part(
                wanted(Section::LogRole),
                control.log_group.enabled,
                before.log_role,
                self.log_role(&control.log_group.role)
            ),
            part(wanted(Section::Alarms), control.alarms.enabled, before.alarms, self.alarms(control)),
            part(wanted(Section::Topic), control.alarms.enabled, before.topic, topic(&control.alarms.topic)),
            part(
                wanted(Section::Notices),
                control.notifications.enabled,
                before.notices,
                topic(&control.notifications.topic)
            ),
            part(
                wanted(Section::Account),
                control.account.block_public_access,
                before.account_block,
                self.account_block(&account)
            ),
        );
        *snapshot = Snapshot {
            account,
            partition,
            region: before.region,
            caller: before.caller,
            secure: before.secure,
            organization,
            trails,
            elsewhere,
            bucket,
            access_log,
            key,
            log_group,
            log_role,
            filters,
            alarms,
            topic: alarms_topic,
            notices,
            account_block,
            root,
            validated,
        };
    }

    /// The configuration for one Region.
    pub(crate) fn region(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    /// The Region of the configuration.
    pub(crate) fn default_region(&self) -> &str {
        self.config.region().map_or("us-east-1", Region::as_ref)
    }

    /// S3 in one Region. Names in paths, where an endpoint of one's own has no wildcard in its DNS.
    pub(crate) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let builder = aws_sdk_s3::config::Builder::from(&self.region(region));
        aws_sdk_s3::Client::from_conf(builder.force_path_style(self.config.endpoint_url().is_some()).build())
    }

    /// S3 Control in one Region.
    pub(crate) fn s3_control(&self, region: &str) -> aws_sdk_s3control::Client {
        crate::aws::s3_control(&self.region(region))
    }

    /// Awaits a call, at most [`AT_ONCE`] at a time.
    async fn ask<T, E, R>(
        &self,
        action: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, R>>>,
        absent: &[&str],
    ) -> Fact<T>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        // The semaphore is never closed.
        let _turn = self.gate.acquire().await;
        found(action, call.await, absent).into()
    }
}

/// A part of the snapshot: read again, as it was before, or not asked for where the control has no use for it.
async fn part<T>(again: bool, useful: bool, before: Fact<T>, read: impl Future<Output = Fact<T>>) -> Fact<T> {
    match (again, useful) {
        (true, true) => Box::pin(read).await,
        (true, false) => Fact::NotAsked,
        (false, _) => before,
    }
}
