//! What can be typed behind `trailward validate`.

use crate::report::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Which part of which archives.
#[derive(Debug, Clone, Args)]
pub(crate) struct SelectArgs {
    /// Archives: s3://BUCKET[/PREFIX], a directory that holds a bucket's tree, or a trail's ARN.
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// A trail: its bucket, its prefix and the accounts and Regions that must be there come from the CloudTrail and
    /// Organizations APIs.
    #[arg(long, value_name = "ARN")]
    pub trail_arn: Option<String>,
    /// The last days, hours or weeks: 30d, 12h, 4w.
    #[arg(long, value_name = "SPAN", conflicts_with_all = ["start_time", "end_time"])]
    pub since: Option<String>,
    /// From this delivery time on, as 2026-03-10T00:00:00Z or 2026-03-10; the archive's beginning if not given.
    #[arg(long, value_name = "TIME")]
    pub start_time: Option<String>,
    /// Until this delivery time; now if not given, so that digests that should have come by now are missed.
    #[arg(long, value_name = "TIME")]
    pub end_time: Option<String>,
    /// Only these accounts; can be given again.
    #[arg(long, value_name = "ACCOUNT")]
    pub account_id: Vec<String>,
    /// Only these Regions; can be given again.
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,
    /// A folder that holds something else and is not looked into, as the beginning of its keys; can be given again.
    #[arg(long, value_name = "FOLDER")]
    pub except: Vec<String>,
    /// Objects that are read at the same time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub jobs: usize,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Arguments of `validate`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub select: SelectArgs,
    /// Only the trail of this name.
    #[arg(long, value_name = "NAME")]
    pub trail_name: Option<String>,
    /// Accounts and Regions that must have digests, as TOML: `accounts = ["111122223333"]`, `regions =
    /// ["us-east-1"]`.
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// Public keys, as `trailward archive keys` or `aws cloudtrail list-public-keys` writes them; without it they are
    /// asked of the CloudTrail API.
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// Remembers in FILE what was verified, and reads only what is new the next time. Keep it as safe as this program.
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// Where a copy was delivered to originally, when its digests alone should not say so.
    #[arg(long, value_name = "s3://BUCKET[/PREFIX]")]
    pub original: Option<String>,
    /// How the result is written [default: table on a terminal, json otherwise].
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write the result to FILE, which appears when it is whole.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to use colour.
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
    /// An archive without any digest or log file in the range is not a finding.
    #[arg(long)]
    pub allow_empty: bool,
    /// Print the IAM policy that a run with these arguments needs, and nothing more.
    #[arg(long)]
    pub print_policy: bool,
    /// Print exactly what `aws cloudtrail validate-logs` prints for the same arguments, and exit as it does. For scripts
    /// that parse it; it passes where that command passes.
    #[arg(long, conflicts_with_all = ["sources", "since", "trail_name", "expect", "keys", "resume", "original", "format", "output", "print_policy"])]
    pub compat: bool,
    /// The bucket, with --compat.
    #[arg(long, value_name = "BUCKET", requires = "compat")]
    pub s3_bucket: Option<String>,
    /// The prefix, with --compat.
    #[arg(long, value_name = "PREFIX", requires = "compat")]
    pub s3_prefix: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  trailward validate s3://org-trail --since 30d
      Everything in the bucket: every account, Region and trail of the last 30 days.
  trailward validate --trail-arn arn:aws:cloudtrail:us-east-1:111122223333:trail/main --since 30d
      The same, and a Region or account whose digests have all vanished is missed too.
  trailward archive fetch s3://org-trail ./copy && trailward archive keys --region us-east-1 --output keys.json
  trailward validate ./copy --keys keys.json --start-time 2026-03-01 --end-time 2026-03-31
      Offline, on a copy.
  trailward validate s3://org-trail --resume state.gz --format sarif --output trail.sarif
      Every night: only what is new is read.

Verdicts: intact; incomplete (something should be provable and is not); altered (something was changed).
Exit codes: 0 intact, 1 could not run, 2 incomplete or altered. Nothing found is never 0, unless --allow-empty.";
