//! `trailward check`: the account against the guides and the benchmarks.

use super::report::{self, Format};
use super::{ControlFlag, account, now, read};
use crate::cli::print;
use anyhow::{Context as _, Result};
use clap::Args;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use trailward_guard::check::{Mutes, check};
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
    /// How to print [default: table on a terminal, else json].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the least policy that this command needs, and do nothing else.
    #[arg(long)]
    print_policy: bool,
}

/// Judges, prints, and exits with 2 if anything failed or is not known.
pub(crate) async fn run(args: CheckArgs, verbose: bool) -> Result<ExitCode> {
    if args.print_policy {
        print(&format!("{:#}\n", permissions::reading(&args.control.anywhere()?)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mutes = match &args.mutes {
        Some(file) => self::mutes(file)?,
        None if Path::new(MUTES_FILE).exists() => self::mutes(Path::new(MUTES_FILE))?,
        None => Mutes::default(),
    };
    let account = account(&args.control.read()?).await?;
    let found = check(&account.control, &account.snapshot, &mutes, now());
    let terminal = std::io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { Format::Table } else { Format::Json });
    let colour = terminal && std::env::var_os("NO_COLOR").is_none();
    print(&report::render(&found, format, verbose, colour)?)?;
    Ok(if found.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn mutes(file: &Path) -> Result<Mutes> {
    Mutes::parse(&read(file)?).with_context(|| format!("{} is not usable", file.display()))
}
