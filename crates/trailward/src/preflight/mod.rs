//! `trailward preflight`: why `CreateTrail` would fail, before it is called.

mod log;
mod policy;
mod show;

use crate::cli::print;
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trailward_guard::aws::{Account, ReadTrail};
use trailward_guard::preflight::{
    BucketFacts, Facts, FoundKey, KeyFacts, Proposal, Report, Subject, TopicFacts, preflight,
};
use trailward_model::{Arn, check_trail_name};

/// The longest policy file that is read: what S3 and KMS take is 20 and 32 KiB.
const LONGEST_POLICY: u64 = 131_072;

/// Arguments of `preflight`.
#[derive(Debug, Args)]
pub(crate) struct PreflightArgs {
    /// The bucket that the trail is to deliver to.
    #[arg(long)]
    bucket: String,
    /// The trail's ARN, as it is or as it will be: arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME.
    #[arg(long, value_name = "ARN")]
    trail: String,
    /// The key prefix of the trail [default: that of the trail, if it exists].
    #[arg(long)]
    prefix: Option<String>,
    /// The trail's SNS topic: its ARN, or its name in the trail's account and Region [default: that of the trail, if it
    /// exists].
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The trail's KMS key: an ARN, an id, or alias/NAME [default: that of the trail, if it exists].
    #[arg(long, value_name = "KEY")]
    kms: Option<String>,
    /// The trail's log group: its ARN, as `create-trail` takes it, with `:*` at its end [default: that of the trail, if it
    /// exists].
    #[arg(long, value_name = "ARN", requires = "log_role")]
    log_group: Option<String>,
    /// The role that CloudTrail writes to the log group with: its ARN [default: that of the trail, if it exists].
    #[arg(long, value_name = "ARN", requires = "log_group")]
    log_role: Option<String>,
    /// An organization trail; the organization is asked of AWS if its id, o-…, is not given.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    organization: Option<String>,
    /// A trail without log file validation: do not look at whether digests can be written.
    #[arg(long)]
    no_validation: bool,
    /// Judge this file instead of the bucket's policy, and ask AWS for nothing about the bucket.
    #[arg(long, value_name = "FILE")]
    bucket_policy: Option<PathBuf>,
    /// Judge this file instead of the topic's policy, and ask AWS for nothing about the topic.
    #[arg(long, value_name = "FILE", requires = "topic")]
    topic_policy: Option<PathBuf>,
    /// Judge this file instead of the key's policy, and ask AWS for nothing about the key; `--kms` has to be its ARN.
    #[arg(long, value_name = "FILE", requires = "kms")]
    key_policy: Option<PathBuf>,
    /// Judge this file instead of the log role's trust policy.
    #[arg(long, value_name = "FILE", requires = "log_role")]
    log_role_trust: Option<PathBuf>,
    /// Judge this file instead of the policies of the log role. With both files, AWS is asked for nothing about the role
    /// and the log group.
    #[arg(long, value_name = "FILE", requires = "log_role")]
    log_role_policy: Option<PathBuf>,
    /// Write the mended policies to bucket-policy.json, topic-policy.json, key-policy.json, log-role-trust.json and
    /// log-role-policy.json in this folder.
    #[arg(long, value_name = "DIR")]
    patch_dir: Option<PathBuf>,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Judges, prints, and exits with 2 if `CreateTrail` would fail or files would not arrive.
pub(crate) async fn run(args: PreflightArgs) -> Result<ExitCode> {
    let trail = trail_arn(&args.trail)?;
    if args.print_policy {
        print(&format!("{:#}\n", policy::least(&args, &trail)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let (proposal, facts) = read(&args, trail).await?;
    let report = preflight(&proposal, &facts)?;
    if let Some(folder) = &args.patch_dir {
        write(folder, &report)?;
    }
    let terminal = std::io::stdout().is_terminal();
    match args.format.unwrap_or(if terminal { Format::Table } else { Format::Json }) {
        Format::Json => print(&format!("{:#}\n", serde_json::to_value(&report)?))?,
        Format::Table => print(&show::table(&proposal, &facts, &report, args.patch_dir.as_deref()))?,
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn trail_arn(text: &str) -> Result<Arn> {
    let arn: Arn = text.parse().context("--trail has to be a trail's ARN")?;
    let name = arn.resource.strip_prefix("trail/").filter(|_| arn.service == "cloudtrail");
    let digits = arn.account.len() == 12 && arn.account.bytes().all(|b| b.is_ascii_digit());
    let Some(name) = name.filter(|_| digits && !arn.region.is_empty()) else {
        bail!("`{text}` is not a trail's ARN: expected arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME");
    };
    check_trail_name(name).with_context(|| format!("`{name}` cannot be a trail's name"))?;
    Ok(arn)
}

async fn read(args: &PreflightArgs, trail: Arn) -> Result<(Proposal, Facts)> {
    let account = Account::from_env(&trail.region).await;
    let offline = args.bucket_policy.is_some()
        && (args.kms.is_none() || args.key_policy.is_some())
        && (args.topic.is_none() || args.topic_policy.is_some())
        && (args.log_group.is_none() || log::offline(args))
        && args.organization.as_deref() != Some("");
    let existing = if offline { None } else { existing(&account, &trail).await? };
    let existing = existing.filter(|trail| trail.bucket.as_deref() == Some(&args.bucket));
    let organization = match args.organization.as_deref() {
        None if existing.as_ref().is_some_and(|trail| trail.organization) => Some(""),
        other => other,
    };
    let organization = match organization {
        Some("") => match account.organization().await? {
            None => bail!("the account is in no organization, and so can have no organization trail"),
            some => some,
        },
        Some(id) if !id.starts_with("o-") => bail!("`{id}` is not an organization's id: expected o-…"),
        other => other.map(str::to_owned),
    };
    let bucket = match &args.bucket_policy {
        Some(file) => Some(BucketFacts { region: None, policy: Some(policy_file(file)?) }),
        None => account.bucket(&args.bucket).await?,
    };
    let region = bucket.as_ref().and_then(|bucket| bucket.region.as_deref());
    let kms = args.kms.clone().or_else(|| existing.as_ref().and_then(|trail| trail.key.clone()));
    let key = match (&kms, &args.key_policy) {
        (None, _) => None,
        (Some(key), Some(file)) => {
            let found = FoundKey { policy: policy_file(file)?, state: None, symmetric: None };
            Some(KeyFacts { arn: key.clone(), found: Some(found) })
        }
        (Some(key), None) => Some(account.key(key, region).await?),
    };
    let topic = args.topic.clone().or_else(|| existing.as_ref().and_then(|trail| trail.topic.clone()));
    let topic = match topic.map(|topic| topic_arn(&topic, &trail)).transpose()? {
        None => None,
        Some(arn) => Some(match &args.topic_policy {
            Some(file) => {
                TopicFacts { arn: arn.to_string(), policy: Some(policy_file(file)?), encrypted: false }
            }
            None => account.topic(&arn).await?,
        }),
    };
    let log = log::read(args, &account, existing.as_ref()).await?;
    let prefix = args.prefix.clone().or_else(|| existing.as_ref().and_then(|trail| trail.prefix.clone()));
    let validation = !args.no_validation && existing.as_ref().is_none_or(|trail| trail.validation);
    let proposal = Proposal {
        trail,
        bucket: args.bucket.clone(),
        prefix: prefix.map(|prefix| prefix.trim_matches('/').to_owned()).filter(|prefix| !prefix.is_empty()),
        organization,
        validation,
    };
    Ok((proposal, Facts { bucket, topic, key, log }))
}

/// A topic's ARN, from that or its name.
fn topic_arn(topic: &str, trail: &Arn) -> Result<Arn> {
    if !topic.starts_with("arn:") {
        let arn = Arn { service: "sns".into(), resource: topic.to_owned(), ..trail.clone() };
        return Ok(arn);
    }
    let arn: Arn = topic.parse().context("--topic has to be a topic's ARN or name")?;
    if arn.service != "sns" || arn.resource.contains(':') || arn.region.is_empty() {
        bail!("`{topic}` is not a topic's ARN: expected arn:aws:sns:REGION:ACCOUNT:NAME");
    }
    Ok(arn)
}

/// The trail, if it is there already. Whoever may not read it gets the judgement of what was typed.
async fn existing(account: &Account, arn: &Arn) -> Result<Option<ReadTrail>> {
    match account.trail(arn).await {
        Err(error) if error.is_denied() => {
            tracing::warn!(
                "whether the trail exists is not known, so only what was typed is judged: {error}"
            );
            Ok(None)
        }
        other => Ok(other?),
    }
}

fn policy_file(file: &Path) -> Result<String> {
    let shown = file.display();
    let length = std::fs::metadata(file).with_context(|| format!("cannot read {shown}"))?.len();
    if length > LONGEST_POLICY {
        bail!("{shown} has {length} bytes: no policy is longer than {LONGEST_POLICY}");
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))
}

fn write(folder: &Path, report: &Report) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for patch in &report.patches {
        let file = folder.join(file_of(patch.subject));
        let text = format!("{:#}\n", patch.policy);
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn file_of(subject: Subject) -> &'static str {
    match subject {
        Subject::Bucket => "bucket-policy.json",
        Subject::Topic => "topic-policy.json",
        Subject::Key => "key-policy.json",
        Subject::Trust => "log-role-trust.json",
        Subject::Role => "log-role-policy.json",
    }
}
