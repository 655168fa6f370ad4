//! The control's commands: `control`, `plan`, `apply`, `check`, `drift`.

pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod control;
pub(crate) mod drift;
pub(crate) mod plan;
mod report;
mod show;
mod trace;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use trailward_guard::account::{Identity, Reader, Snapshot};
use trailward_guard::control::Control;
use trailward_model::{Clock as _, SystemClock};

/// The control file's usual name.
const CONTROL_FILE: &str = "trailward.toml";
/// What was applied last, as `drift` compares it.
const STATE_FILE: &str = "trailward-applied.json";
/// The longest file that is read: a control file has a few kilobytes, a plan file a few hundred.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;

/// Which control.
#[derive(Debug, Args)]
pub(crate) struct ControlFlag {
    /// The control file [default: trailward.toml where there is one, else the guides' recommendation].
    #[arg(long, value_name = "FILE", env = "TRAILWARD_CONTROL")]
    control: Option<PathBuf>,
}

/// How plans are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

impl Format {
    /// What was asked for, or what fits where it goes.
    fn or_usual(format: Option<Self>) -> Self {
        format.unwrap_or(if std::io::stdout().is_terminal() { Self::Table } else { Self::Json })
    }
}

impl ControlFlag {
    /// The control as it is written.
    fn read(&self) -> Result<Control> {
        let file = match &self.control {
            Some(file) => file.as_path(),
            None if Path::new(CONTROL_FILE).exists() => Path::new(CONTROL_FILE),
            None => return Ok(Control::default()),
        };
        let text = self::read(file)?;
        Control::parse(&text).with_context(|| format!("{} is not usable", file.display()))
    }

    /// The control for a policy that is printed before anything is known of the account.
    fn anywhere(&self) -> Result<Control> {
        Ok(self.read()?.names("*", "*"))
    }
}

fn read(file: &Path) -> Result<String> {
    let shown = file.display();
    let length = std::fs::metadata(file).with_context(|| format!("cannot read {shown}"))?.len();
    if length > LONGEST_FILE {
        bail!("{shown} has {length} bytes: no such file is longer than {LONGEST_FILE}");
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))
}

/// An account that was read for a control.
struct Account {
    reader: Reader,
    control: Control,
    snapshot: Snapshot,
}

/// Reads the account that the credentials belong to.
async fn account(control: &Control) -> Result<Account> {
    let reader = Reader::from_env().await;
    let identity: Identity = reader
        .identity()
        .await
        .context("whose account this is cannot be found out: check credentials, Region and endpoint")?;
    let control = control.names(&identity.account, &identity.region);
    let snapshot = reader.snapshot(&control, &identity).await;
    Ok(Account { reader, control, snapshot })
}

fn now() -> time::OffsetDateTime {
    SystemClock.now()
}

/// Writes a file that nobody finds half written.
fn write(file: &Path, text: &str) -> Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut new = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all())?;
    new.persist(file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(())
}

/// Asks on the terminal; anything but `yes` is no.
fn agreed(question: &str) -> Result<bool> {
    Ok(answer(question)?.trim() == "yes")
}

fn answer(question: &str) -> Result<String> {
    let mut err = std::io::stderr().lock();
    write!(err, "{question} ")?;
    err.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

/// Whether there is somebody to ask.
fn is_asked() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
