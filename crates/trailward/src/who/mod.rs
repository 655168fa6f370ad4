//! `trailward who`: who can destroy or blind a trail.

mod block;
mod html;
mod markdown;
mod table;

use crate::cli::print;
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trailward_guard::aws::Account;
use trailward_guard::who::{Report, Snapshot, graph, judge, read};
use trailward_model::Arn;

/// The longest snapshot that is read back.
const LONGEST_SNAPSHOT: u64 = 1 << 30;

/// What `who` and `check --who` can both be asked.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// A role to assume for reading a further account: the bucket's, the management account; may be repeated.
    #[arg(long, value_name = "ROLE-ARN")]
    read_as: Vec<String>,
    /// Somebody who is supposed to: an ARN, a name such as role/break-glass, or an account; `*` matches; may be repeated.
    #[arg(long, value_name = "WHO")]
    expect: Vec<String>,
    /// Draw who acts as whom to what end: FILE.svg or FILE.html.
    #[arg(long, value_name = "FILE")]
    graph: Option<PathBuf>,
}

/// Arguments of `who`.
#[derive(Debug, Args)]
pub(crate) struct WhoArgs {
    /// The trail's ARN [default: the only trail there is].
    #[arg(long, value_name = "ARN")]
    trail: Option<String>,
    #[command(flatten)]
    asked: Asked,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Keep what was read, to judge it again.
    #[arg(long, value_name = "FILE", conflicts_with = "from_snapshot")]
    save_snapshot: Option<PathBuf>,
    /// Judge what was kept, and ask AWS for nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["trail", "read_as"])]
    from_snapshot: Option<PathBuf>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal.
    Table,
    /// The whole report as one JSON value.
    Json,
    /// One line a finding, then what is not known, then the summary.
    Jsonl,
    /// For tickets and wikis.
    Md,
    /// One self-contained page with the graph.
    Html,
}

impl Asked {
    /// Whether nothing was asked.
    pub(crate) fn is_empty(&self) -> bool {
        self.read_as.is_empty() && self.expect.is_empty() && self.graph.is_none()
    }
}

impl WhoArgs {
    /// What `check --who` asks.
    pub(crate) fn of(
        trail: Option<String>,
        asked: Asked,
        format: Option<Format>,
        print_policy: bool,
    ) -> Self {
        Self { trail, asked, format, save_snapshot: None, from_snapshot: None, print_policy }
    }
}

/// Reads, judges, prints. Exits 2 if somebody unexpected can, or if something is not known.
pub(crate) async fn run(args: WhoArgs) -> Result<ExitCode> {
    if args.print_policy {
        print(&format!("{:#}\n", policy(&args.asked.read_as)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let drawing = args.asked.graph.as_deref().map(drawing).transpose()?;
    let snapshot = match &args.from_snapshot {
        Some(file) => kept(file)?,
        None => asked(&args).await?,
    };
    if let Some(file) = &args.save_snapshot {
        write(file, &format!("{:#}\n", serde_json::to_value(&snapshot)?))?;
    }
    let report = judge(&snapshot, &args.asked.expect)?;
    if let (Some(drawing), Some(file)) = (drawing, &args.asked.graph) {
        let svg = graph::svg(&report);
        let text = match drawing {
            Drawing::Svg => svg,
            Drawing::Html => html::around(&report, &svg),
        };
        write(file, &text)?;
    }
    let default = if std::io::stdout().is_terminal() { Format::Table } else { Format::Json };
    print(&shown(&report, args.format.unwrap_or(default))?)?;
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn shown(report: &Report, format: Format) -> Result<String> {
    Ok(match format {
        Format::Table => table::table(report),
        Format::Json => format!("{:#}\n", serde_json::to_value(report)?),
        Format::Jsonl => lines(report)?,
        Format::Md => markdown::page(report),
        Format::Html => html::page(report),
    })
}

/// One line a finding; `type` says what a line is.
fn lines(report: &Report) -> Result<String> {
    let mut out = String::new();
    let mut line = |kind: &str, value: Value| {
        let mut value = value;
        if let Some(members) = value.as_object_mut() {
            members.insert("type".to_owned(), kind.into());
        }
        out.push_str(&format!("{value}\n"));
    };
    for finding in &report.findings {
        line("finding", serde_json::to_value(finding)?);
    }
    for unknown in &report.unknown {
        line("unknown", serde_json::to_value(unknown)?);
    }
    let summary = json!({ "trail": report.trail, "bucket": report.bucket, "accounts": report.accounts,
        "judged": report.judged, "findings": report.findings.len(), "unexpected": report.unexpected().count(),
        "unknown": report.unknown.len(), "clean": report.is_clean() });
    line("summary", summary);
    Ok(out)
}

#[derive(Debug, Clone, Copy)]
enum Drawing {
    Svg,
    Html,
}

fn drawing(file: &Path) -> Result<Drawing> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => Ok(Drawing::Svg),
        Some("html" | "htm") => Ok(Drawing::Html),
        _ => bail!("--graph {}: the file's name has to end with .svg or .html", file.display()),
    }
}

async fn asked(args: &WhoArgs) -> Result<Snapshot> {
    let arn: Option<Arn> =
        args.trail.as_deref().map(str::parse).transpose().context("--trail has to be a trail's ARN")?;
    if let Some(arn) = &arn
        && (arn.service != "cloudtrail" || !arn.resource.starts_with("trail/") || arn.region.is_empty())
    {
        bail!("`{arn}` is not a trail's ARN: expected arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME");
    }
    let main = match &arn {
        Some(arn) => Account::from_env(&arn.region).await,
        None => Account::from_chain().await,
    };
    let mut accounts = vec![main];
    for role in &args.asked.read_as {
        let main = accounts.first().context("there is an account")?;
        let further = main.assume(role).await.with_context(|| format!("cannot read as {role}"))?;
        accounts.push(further);
    }
    Ok(read::read(&accounts, arn.as_ref()).await?)
}

fn kept(file: &Path) -> Result<Snapshot> {
    let shown = file.display();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {shown}"))?;
    let mut text = String::new();
    opened
        .take(LONGEST_SNAPSHOT)
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_str(&text).with_context(|| format!("{shown} is not a snapshot of `who`"))
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// What the command reads, and no more.
fn policy(roles: &[String]) -> Value {
    let mut statements =
        vec![json!({ "Sid": "Read", "Effect": "Allow", "Action": read::ACTIONS, "Resource": "*" })];
    if !roles.is_empty() {
        let assume =
            json!({ "Sid": "ReadAs", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles });
        statements.push(assume);
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}
