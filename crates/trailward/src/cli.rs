//! The command line: what can be typed, and where it leads.

use crate::archive::ArchiveCommand;
use crate::canary::CanaryArgs;
use crate::config::ServeFlags;
use crate::cost::CostArgs;
use crate::guard::apply::ApplyArgs;
use crate::guard::check::CheckArgs;
use crate::guard::control::ControlCommand;
use crate::guard::drift::DriftArgs;
use crate::guard::plan::PlanArgs;
use crate::preflight::PreflightArgs;
use crate::root_key::RootKeyCommand;
use crate::validate::ValidateArgs;
use crate::verify::VerifyDataArgs;
use crate::who::WhoArgs;
use crate::{archive, canary, cost, demo, env, guard, preflight, root_key, serve, validate, verify, who};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// An audit trail that nobody can quietly delete or alter: recorded, delivered to a protected bucket, provable.
///
/// Exit codes: 0 clean, 1 could not run, 2 ran and found something.
#[derive(Debug, Parser)]
#[command(name = "trailward", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// More to read: `validate` shows one line an object, other commands more log lines; twice for still more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Only errors on standard error.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The guides in one minute: set up, act, deliver, prove, search, on a service of its own.
    ///
    /// Starts a service on free ports in a temporary directory with short intervals, creates a protected bucket and a
    /// multi-Region trail with log file validation, makes real calls, waits for delivery and a digest, verifies the
    /// chain and finds each call in the delivered files. Exits 0 only if every part held.
    Demo(DemoArgs),
    /// Run the service: AWS CloudTrail, S3, IAM, STS, KMS, SNS and Organizations on one endpoint.
    ///
    /// The first start makes an account with a root key (DATA/credentials), a protected bucket and a multi-Region
    /// trail that is already logging. Point any AWS client at it: eval "$(trailward env)".
    Serve(Box<ServeFlags>),
    /// Prove an archive of log files and digests, fail-closed: AWS's or any other, a whole organization at once.
    ///
    /// Checks every signature, every link between digests, every log file's hash, and that no time, Region or account
    /// is missing. What cannot be proved is a finding: silence never reads as success.
    Validate(Box<ValidateArgs>),
    /// Check the data directory of a service that does not run: journal, catalog and blobs, against each other.
    ///
    /// Opens every entry of the journal and follows its chain, lets SQLite check the catalog, reads every value of it, and
    /// checks every byte of every blob and that each is the one that the catalog names. Changes nothing but the lock. Exits 2
    /// if anything is not as it was written.
    VerifyData(VerifyDataArgs),
    /// Make a new root key with the data directory in hand: the way back when the last one is lost or deleted.
    #[command(subcommand)]
    RootKey(RootKeyCommand),
    /// Mirror an archive, export public keys, write a bundle for auditors.
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Write and explain the control file: the protected trail that an account is to have.
    #[command(subcommand)]
    Control(ControlCommand),
    /// Say what has to be done for the account to be as the control says: every change with before, after and reason.
    ///
    /// Reads the account and changes nothing. What others put there is never dropped, and what is stronger than asked for
    /// stays. Exits 2 if anything is to be done.
    Plan(Box<PlanArgs>),
    /// Do what the plan says, each change read back before the next; may be interrupted and run again at any time.
    ///
    /// Asks first, unless --yes. Never deletes anything, and weakens no protection without --allow-weaken. A plan file is
    /// refused if the account is no longer as it was. Exits 2 if something is left that cannot be done from here.
    Apply(Box<ApplyArgs>),
    /// Judge the account against the guides and the benchmarks: CIS AWS Foundations, AWS Foundational Security Best
    /// Practices.
    ///
    /// Reads the account and changes nothing. Each item passes, fails, is not known (and the missing permission is named), or
    /// does not apply, with the answer that shows it and what heals it. Exits 2 if anything failed or is not known.
    Check(Box<CheckArgs>),
    /// Say what changed since the control was applied, and ask the trail's Event history by whom and when.
    ///
    /// Exits 2 if anything is not as it was, or cannot be read any more.
    Drift(Box<DriftArgs>),
    /// Say why CreateTrail would refuse a bucket, a topic or a KMS key: which statement of which policy, and the smallest patch.
    ///
    /// Reads the bucket's and the key's policy and judges them as CloudTrail's own requests will be judged. Changes
    /// nothing. Exits 2 if the trail could not be made, or if its files could not all be written.
    Preflight(Box<PreflightArgs>),
    /// Say who can destroy or blind a trail: every principal, every way, by which path, and what closes it.
    ///
    /// Reads identities, policies and protections, changes nothing, and judges every user, role, outsider and service
    /// against every way to delete, stop, starve or hide the trail. What could not be read is said, never taken for
    /// harmless. Exits 2 if anybody can but root and the management account, or if something could not be read.
    Who(Box<WhoArgs>),
    /// Make a harmless, tagged call in each Region and wait until it lies in the bucket, and in a digest.
    ///
    /// Tells how long each took. Exits 2 if one does not arrive in time. With --every it goes on, and serves metrics.
    Canary(Box<CanaryArgs>),
    /// Estimate what a trail costs a month from a day of its archive, and flag a second paid copy.
    ///
    /// Counts the events by kind and the objects of 24 hours, and applies list prices and the bucket's lifecycle. It is an
    /// estimate. Exits 2 if management events are delivered, and paid for, a second time.
    Cost(Box<CostArgs>),
    /// Print shell exports that point AWS clients at the service: eval "$(trailward env)".
    Env(EnvArgs),
    /// Show the configuration that `serve` would use, with every default filled in.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Leave the service running afterwards and print how to use it; Ctrl-C ends it.
    #[arg(long)]
    pub keep: bool,
}

#[derive(Debug, Args)]
struct EnvArgs {
    /// The service's data directory.
    #[arg(long, env = "TRAILWARD_DATA", default_value = "./trailward-data", value_name = "DIR")]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print it as TOML.
    Show(Box<ServeFlags>),
}

/// Logs go to standard error; `RUST_LOG` overrides the flags. The demonstration speaks for itself.
pub(crate) fn start_logging(cli: &Cli) {
    let level = match (cli.quiet, cli.verbose) {
        (true, _) => "error",
        (false, 0) if matches!(cli.command, Command::Demo(_)) => "warn",
        // There, `-v` lists the objects.
        (false, 0 | 1) if matches!(cli.command, Command::Validate(_) | Command::Archive(_)) => "warn",
        (false, 0) => "warn,trailward=info",
        (false, 1) => "info,trailward=debug,trailward_service=debug,trailward_pipeline=debug",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let colour =
        std::env::var_os("NO_COLOR").is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| crate::report::Harmless::new(std::io::stderr()))
        .with_ansi(colour)
        // They would be printed to standard error, which panics if that is what fails.
        .log_internal_errors(false)
        .finish()
        // It logs whole requests, with MFA codes, session tokens and customers' keys, and refused ones as errors; they
        // are the caller's, and they are recorded. No setting brings that back.
        .with(filter_fn(|metadata| !metadata.target().starts_with("s3s")))
        .init();
}

/// Runs the command.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Demo(args) => demo::run(&args, cli.quiet).await,
        Command::Serve(flags) => {
            let config = flags.resolve()?;
            serve::run(config).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Validate(args) => validate::run(*args, cli.verbose > 0, cli.quiet).await,
        Command::VerifyData(args) => verify::run(args).await,
        Command::RootKey(command) => root_key::run(command).await,
        Command::Archive(command) => archive::run(command, cli.quiet).await,
        Command::Control(command) => guard::control::run(command),
        Command::Plan(args) => Box::pin(guard::plan::run(*args)).await,
        Command::Apply(args) => Box::pin(guard::apply::run(*args)).await,
        Command::Drift(args) => Box::pin(guard::drift::run(*args)).await,
        Command::Check(args) => Box::pin(guard::check::run(*args, cli.verbose > 0)).await,
        Command::Preflight(args) => preflight::run(*args).await,
        Command::Who(args) => who::run(*args).await,
        Command::Canary(args) => canary::run(*args).await,
        Command::Cost(args) => cost::run(*args).await,
        Command::Env(args) => {
            print(&env::exports(&args.data)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Config(ConfigCommand::Show(flags)) => {
            print(&flags.resolve()?.to_toml()?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Writes a result to standard output. A closed pipe is the reader's choice, not an error. A terminal shows what names of
/// archives and accounts say, and does none of it.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let shown = std::io::IsTerminal::is_terminal(&out).then(|| crate::report::harmless(text));
    let text = shown.as_deref().unwrap_or(text);
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Into::into),
    }
}

/// Says why the command could not run, causes included.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let _ = std::io::stderr().write_all(told(error).as_bytes());
    ExitCode::from(1)
}

/// An error and its causes. They hold names and answers of archives and accounts: nothing of them moves a cursor or begins
/// a line as this program would.
fn told(error: &anyhow::Error) -> String {
    let spelt = |text: String| {
        let lines: Vec<String> = text.lines().map(crate::report::visible).collect();
        lines.join("\n  | ")
    };
    let mut text = format!("trailward: {}\n", spelt(error.to_string()));
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  because: {}\n", spelt(cause.to_string())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_do_nothing_to_a_terminal() {
        let hostile =
            anyhow::anyhow!("no\u{1b}[2J\ntrailward: all is well\n\u{9b}m\u{202e}").context("cannot read");
        assert_eq!(
            told(&hostile),
            "trailward: cannot read\n  because: no\\u{1b}[2J\n  | trailward: all is well\n  | \\u{9b}m\\u{202e}\n"
        );
    }
}
