//! `trailward check`: the account against the guides and the benchmarks.

use super::report::{self, Format};
use super::{ControlFlag, account, now, read, show};
use crate::cli::print;
use crate::cost;
use crate::report::clean::visible;
use crate::who::{self, Asked, WhoArgs};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use futures::StreamExt as _;
use serde_json::json;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trailward_guard::account::{Identity, Reader};
use trailward_guard::aws::ReadError;
use trailward_guard::check::{Mutes, Report, check};
use trailward_guard::control::Control;
use trailward_guard::permissions;

/// The usual name of the file of mutes.
const MUTES_FILE: &str = "trailward-mutes.toml";

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    control: ControlFlag,
    /// Findings that do not count, each with a reason and a last day [default: trailward-mutes.toml where there is one].
    #[arg(long, value_name = "FILE")]
    mutes: Option<PathBuf>,
    /// Every active account of the organization, each but this one as its role `--role`. For the management account or a
    /// delegated administrator.
    #[arg(long)]
    all_accounts: bool,
    /// The role that is taken in each account.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "OrganizationAccountAccessRole",
        requires = "all_accounts"
    )]
    role: String,
    /// Who can destroy or blind the control's trail, instead: what `trailward who` says, with these of its options.
    #[arg(long, conflicts_with_all = ["all_accounts", "mutes"])]
    who: bool,
    #[command(flatten)]
    asked: Asked,
    /// Estimate also what the control costs a month, from the last 24 hours of its log files.
    #[arg(long, conflicts_with_all = ["who", "all_accounts"])]
    cost: bool,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

/// Judges, prints, and exits with 2 if anything failed or is not known.
pub(crate) async fn run(args: CheckArgs, verbose: bool) -> Result<ExitCode> {
    if args.who {
        let trail = if args.print_policy { None } else { Some(trail(&args.control.read()?).await?) };
        let format = args.format.map(who_format).transpose()?;
        return who::run(WhoArgs::of(trail, args.asked, format, args.print_policy)).await;
    }
    if !args.asked.is_empty() {
        bail!("--read-as, --expect and --graph go with --who");
    }
    if args.print_policy {
        let control = args.control.anywhere()?;
        let policy = if args.all_accounts {
            permissions::reading_all(&control, &args.role)
        } else if args.cost {
            permissions::tracing(&control)
        } else {
            permissions::reading(&control)
        };
        print(&format!("{policy:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mutes = match &args.mutes {
        Some(file) => self::mutes(file)?,
        None if Path::new(MUTES_FILE).exists() => self::mutes(Path::new(MUTES_FILE))?,
        None => Mutes::default(),
    };
    if args.all_accounts {
        return all(&args, &mutes, verbose).await;
    }
    let account = account(&args.control.read()?).await?;
    let found = check(&account.control, &account.snapshot, &mutes, now());
    let terminal = std::io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { Format::Table } else { Format::Json });
    let colour = terminal && std::env::var_os("NO_COLOR").is_none();
    if args.cost {
        if !matches!(format, Format::Table | Format::Json) {
            bail!("--cost goes with the formats table and json");
        }
        let estimate = Box::pin(cost::of_control(&account.control, &account.snapshot)).await?;
        print(&match format {
            Format::Json => format!("{:#}\n", show::with_cost(report::json(&found)?, Some(&estimate))?),
            _ => format!("{}\n{}", report::render(&found, format, verbose, colour)?, cost::told(&estimate)),
        })?;
    } else {
        print(&report::render(&found, format, verbose, colour)?)?;
    }
    Ok(if found.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// The ARN of the control's trail, in the account that the credentials belong to.
async fn trail(control: &Control) -> Result<String> {
    let identity = Reader::from_env()
        .await
        .identity()
        .await
        .context("whose account this is cannot be found out: check credentials, Region and endpoint")?;
    let trail = control.names(&identity.account, &identity.region).trail;
    let (partition, account) = (&identity.partition, &identity.account);
    Ok(format!("arn:{partition}:cloudtrail:{}:{account}:trail/{}", trail.region, trail.name))
}

fn who_format(format: Format) -> Result<who::Format> {
    Ok(match format {
        Format::Table => who::Format::Table,
        Format::Json => who::Format::Json,
        Format::Md => who::Format::Md,
        Format::Html => who::Format::Html,
        _ => bail!("--who prints table, json, md or html"),
    })
}

/// Accounts that are read at once.
const AT_ONCE: usize = 8;

/// One account's report, or why there is none.
type Judged = (String, Result<Report, String>);

/// Judges every account of the organization.
async fn all(args: &CheckArgs, mutes: &Mutes, verbose: bool) -> Result<ExitCode> {
    let terminal = std::io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { Format::Table } else { Format::Json });
    if !matches!(format, Format::Table | Format::Json) {
        bail!("--all-accounts prints table or json, each with every account's report");
    }
    let control = args.control.read()?;
    let reader = Reader::from_env().await;
    let own = reader
        .identity()
        .await
        .context("whose account this is cannot be found out: check credentials, Region and endpoint")?;
    let members = reader.members().await.context("the organization's accounts cannot be listed")?;
    let each = members.into_iter().map(|account| {
        let (reader, own, control) = (&reader, &own, &control);
        async move {
            let report = one(reader, own, &account, control, &args.role, mutes).await;
            (account, report.map_err(|error| error.to_string()))
        }
    });
    let mut judged: Vec<Judged> = futures::stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
    judged.sort_by(|(a, _), (b, _)| a.cmp(b));
    let colour = terminal && std::env::var_os("NO_COLOR").is_none();
    print(&told(&judged, format, verbose, colour)?)?;
    let clean = judged.iter().all(|(_, report)| report.as_ref().is_ok_and(Report::is_clean));
    Ok(if clean && !judged.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn one(
    reader: &Reader,
    own: &Identity,
    account: &str,
    control: &Control,
    role: &str,
    mutes: &Mutes,
) -> Result<Report, ReadError> {
    let (reader, identity) = if account == own.account {
        (reader.clone(), own.clone())
    } else {
        Box::pin(reader.in_account(own, account, role)).await?
    };
    let control = control.names(&identity.account, &identity.region);
    let snapshot = Box::pin(reader.snapshot(&control, &identity)).await;
    Ok(check(&control, &snapshot, mutes, now()))
}

fn told(judged: &[Judged], format: Format, verbose: bool, colour: bool) -> Result<String> {
    let clean = judged.iter().filter(|(_, report)| report.as_ref().is_ok_and(Report::is_clean)).count();
    if format == Format::Json {
        let mut accounts = Vec::new();
        for (account, report) in judged {
            accounts.push(match report {
                Ok(report) => report::json(report)?,
                Err(problem) => json!({ "account": account, "clean": false, "unreadable": problem }),
            });
        }
        return Ok(format!("{:#}\n", json!({ "accounts": accounts, "clean": clean })));
    }
    let mut out = String::new();
    for (account, report) in judged {
        match report {
            Ok(report) => out.push_str(&report::render(report, format, verbose, colour)?),
            Err(problem) => out.push_str(&format!("account  {account}\n\nNOT KNOWN  {}\n", visible(problem))),
        }
        out.push('\n');
    }
    out.push_str(&format!("{clean} of {} accounts are clean\n", judged.len()));
    Ok(out)
}

fn mutes(file: &Path) -> Result<Mutes> {
    Mutes::parse(&read(file)?).with_context(|| format!("{} is not usable", file.display()))
}
