//! `trailward control`: the control file, written and explained.

use super::{CONTROL_FILE, answer, is_asked, write};
use crate::cli::print;
use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use trailward_guard::control::{Answers, Control, KEYS, explain, nearest, template};

#[derive(Debug, Subcommand)]
pub(crate) enum ControlCommand {
    /// Write a control file with every key, its meaning and its recommended value.
    ///
    /// Asks a few questions on a terminal; flags answer them beforehand.
    Init(Box<InitArgs>),
    /// Say what a key of the control file means: why, which guide and benchmark ask for it, what it costs.
    Explain(ExplainArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Where to write it.
    #[arg(default_value = CONTROL_FILE, value_name = "FILE")]
    file: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    force: bool,
    /// Ask nothing.
    #[arg(long)]
    no_questions: bool,
    /// The trail's name.
    #[arg(long, value_name = "NAME")]
    trail: Option<String>,
    /// The bucket's name; {account} stands for the account's id.
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// A trail of the whole organization, guarded by a service control policy.
    #[arg(long)]
    organization: bool,
    /// Days for which log files cannot be deleted.
    #[arg(long, value_name = "DAYS")]
    lock_days: Option<u32>,
    /// No log group and no alarms.
    #[arg(long)]
    no_alarms: bool,
    /// No KMS key.
    #[arg(long)]
    no_key: bool,
    /// An e-mail address that alarms go to; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    subscriber: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Such as bucket.lock.mode [default: list them all].
    key: Option<String>,
}

pub(crate) fn run(command: ControlCommand) -> Result<ExitCode> {
    match command {
        ControlCommand::Init(args) => init(*args),
        ControlCommand::Explain(args) => explain_key(args.key.as_deref()),
    }
}

fn init(args: InitArgs) -> Result<ExitCode> {
    let shown = args.file.display().to_string();
    if args.file.exists() && !args.force {
        bail!("{shown} is there already: name another file, or use --force to write over it");
    }
    let mut answers = Answers {
        trail: args.trail,
        bucket: args.bucket,
        organization: args.organization.then_some(true),
        days: args.lock_days,
        alarms: args.no_alarms.then_some(false),
        key: args.no_key.then_some(false),
        subscribers: args.subscriber,
    };
    if !args.no_questions && is_asked() {
        ask(&mut answers)?;
    }
    let text = template(&answers.control());
    Control::parse(&text).context("what was answered cannot be")?;
    write(&args.file, &text)?;
    print(&format!("wrote {shown}; next: trailward plan --control {shown}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Asks what no flag has answered; an empty answer leaves the default.
fn ask(answers: &mut Answers) -> Result<()> {
    let default = Control::default();
    let text = |question: &str, default: &str| -> Result<Option<String>> {
        let answer = answer(&format!("{question} [{default}]"))?.trim().to_owned();
        Ok((!answer.is_empty()).then_some(answer))
    };
    if answers.trail.is_none() {
        answers.trail = text("The trail's name?", &default.trail.name)?;
    }
    if answers.bucket.is_none() {
        answers.bucket = text("The bucket's name?", &default.bucket.name)?;
    }
    if answers.organization.is_none() {
        let answer = text("A trail of the whole organization (yes or no)?", "no")?;
        answers.organization = answer.map(|answer| answer == "yes");
    }
    if answers.days.is_none() {
        let days = default.bucket.lock.days.to_string();
        answers.days = match text("Days for which log files cannot be deleted?", &days)? {
            Some(days) => Some(days.parse().with_context(|| format!("`{days}` is no number of days"))?),
            None => None,
        };
    }
    if answers.subscribers.is_empty() && answers.alarms != Some(false) {
        answers.subscribers.extend(text("An e-mail address for alarms?", "nobody")?);
    }
    Ok(())
}

fn explain_key(key: Option<&str>) -> Result<ExitCode> {
    let Some(key) = key else {
        let widest = KEYS.iter().map(|key| key.name.len()).max().unwrap_or(0);
        let line = |key: &trailward_guard::control::Key| format!("{:widest$}  {}\n", key.name, key.what);
        print(&KEYS.iter().map(line).collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    };
    match explain(key) {
        Some(explained) => {
            print(&explained.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let near = nearest(key);
            let hint = if near.is_empty() {
                "`trailward control explain` lists all keys".to_owned()
            } else {
                format!("the nearest are {}", near.join(", "))
            };
            bail!("the control file has no key `{key}`: {hint}")
        }
    }
}
