//! `trailward drift`: what changed since the control was applied, by whom and when.

use super::{Format, STATE_FILE, now, read, show, trace};
use crate::cli::print;
use crate::report::clean::visible;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use trailward_guard::account::Reader;
use trailward_guard::apply::Applied;
use trailward_guard::control::Control;
use trailward_guard::drift::{Drift, Trace, Who, ask_history};
use trailward_guard::permissions;

#[derive(Debug, Args)]
pub(crate) struct DriftArgs {
    /// What `trailward apply` noted.
    #[arg(long, value_name = "FILE", default_value = STATE_FILE)]
    state: PathBuf,
    /// Where the trail's log files lie, for whom the Event history does not name [default: the control's bucket].
    #[arg(long, value_name = "DIR|s3://BUCKET[/PREFIX]")]
    archive: Option<String>,
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

/// Compares, prints, and exits with 2 if anything is not as it was, or cannot be read any more.
pub(crate) async fn run(args: DriftArgs) -> Result<ExitCode> {
    let shown = args.state.display().to_string();
    if args.print_policy {
        let control = match std::fs::exists(&args.state) {
            Ok(true) => self::applied(&args)?.control,
            _ => Control::default().names("*", "*"),
        };
        print(&format!("{:#}\n", permissions::tracing(&control)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let applied = self::applied(&args).with_context(|| {
        format!("{shown} is not usable: `trailward apply` writes it, and --state names another")
    })?;
    let reader = Reader::from_env().await;
    let identity = reader
        .identity()
        .await
        .context("whose account this is cannot be found out: check credentials, Region and endpoint")?;
    if identity.account != applied.snapshot.account {
        bail!(
            "{shown} is about account {}, and these credentials belong to {}",
            applied.snapshot.account,
            identity.account
        );
    }
    let snapshot = reader.snapshot(&applied.control, &identity).await;
    let mut trace = Trace::new(&applied, &snapshot);
    ask_history(&reader, &applied, &mut trace).await;
    if !trace.open().is_empty() {
        let place = args.archive.unwrap_or_else(|| trace::usual(&applied));
        if let Err(error) = Box::pin(trace::ask_archive(&place, &applied, now(), &mut trace)).await {
            trace.unreadable(&format!("{place}: {error:#}"));
        }
    }
    let found = trace.finish();
    match Format::or_usual(args.format) {
        Format::Json => {
            let value = json!({ "appliedAt": stamp(applied.at), "appliedBy": applied.by, "at": stamp(now()), "drift": found });
            print(&format!("{value:#}\n"))?;
        }
        Format::Table => print(&table(&applied, &found))?,
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn applied(args: &DriftArgs) -> Result<Applied> {
    Applied::parse(&read(&args.state)?).map_err(anyhow::Error::msg)
}

fn stamp(at: time::OffsetDateTime) -> String {
    trailward_model::stamp::extended(at)
}

fn table(applied: &Applied, found: &[Drift]) -> String {
    let mut out = format!("applied  {} by {}\n", stamp(applied.at), visible(&applied.by));
    if found.is_empty() {
        out.push_str("\nNothing changed since.\n");
    }
    for drift in found {
        let word = if drift.unknown { "?" } else { "~" };
        out.push_str(&format!("\n{word} {}\n", visible(&drift.fact.path)));
        out.push_str(&show::stale(std::slice::from_ref(&drift.fact)));
        out.push_str(&match &drift.who {
            Who::Known { by, at, event, event_id, found_in } => {
                let (by, event, found_in) = (visible(by), visible(event), visible(found_in));
                format!("  {by} at {at}: {event} (event {}, {found_in})\n", visible(event_id))
            }
            Who::NotFound if drift.unknown => String::new(),
            Who::NotFound => {
                "  by whom: neither in the Event history nor in the archive, which are some minutes late\n"
                    .to_owned()
            }
            Who::Unknown { problem } => format!("  by whom: not known: {}\n", visible(problem)),
        });
    }
    out
}
