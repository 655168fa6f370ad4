//! `trailward validate`: proves an archive and says what it found.

mod args;
mod compat;
mod moment;
mod policy;
mod select;

pub(crate) use args::{SelectArgs, ValidateArgs};
pub(crate) use moment::moment;
pub(crate) use select::{Selection, opened, range, select, wanted};

use crate::report::{self, All, Format, Harmless, ObjectLines, ObjectLog, Progress, Style};
use anyhow::{Context as _, Result};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use trailward_archive::report::{Observer, Report};
use trailward_archive::{Request, validate};
use trailward_digest::{Reason, Verdict};
use trailward_model::{Clock as _, SystemClock};

/// Runs the command. Exit code 0 for an intact archive, 2 for any other.
pub(crate) async fn run(args: ValidateArgs, verbose: bool, quiet: bool) -> Result<ExitCode> {
    if args.compat {
        return compat::run(&args, verbose).await;
    }
    if args.print_policy {
        crate::cli::print(&policy::of(&args).await?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let terminal = io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { Format::Table } else { Format::Json });
    let to_stdout = args.output.is_none();
    let request = request(&args).await?;
    let progress = Progress::new(quiet || (verbose && !to_stdout && format == Format::Table));
    let mut observers: Vec<Arc<dyn Observer>> = vec![Arc::new(progress.clone())];
    if verbose {
        let beside = to_stdout && format != Format::Table;
        observers.push(Arc::new(ObjectLog::new(progress.clone(), !beside)));
    }
    let output = Output::open(args.output.as_deref())?;
    let lines = match format {
        Format::Jsonl => Some(Arc::new(ObjectLines::new(output.stream()?))),
        _ => None,
    };
    observers.extend(lines.iter().map(|lines| Arc::clone(lines) as Arc<dyn Observer>));
    let outcome = validate(request, Arc::new(All(observers))).await;
    progress.finish();
    let mut report = outcome.context("the archive could not be validated")?;
    if args.allow_empty {
        allow_empty(&mut report);
    }
    let written = match &lines {
        Some(lines) => lines.finish(&report),
        None => {
            let mut out = output.stream()?;
            let style = style(args.color, to_stdout && terminal);
            report::write(&report, format, style, &mut out).and_then(|()| out.flush())
        }
    };
    match written {
        // A closed pipe is the reader's choice; the exit code still tells.
        Err(error) if to_stdout && error.kind() == io::ErrorKind::BrokenPipe => {}
        other => other.context("the report could not be written")?,
    }
    output.keep()?;
    if !to_stdout && !quiet {
        let _ = writeln!(io::stderr(), "{}: {}", report.verdict, report::sentence(&report));
    }
    Ok(if report.verdict == Verdict::Intact { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn request(args: &ValidateArgs) -> Result<Request> {
    let selection = select(&args.select, args.original.as_deref(), args.keys.as_deref()).await?;
    let Selection { sources, range, wanted, mut expected, keys, originals, trail } = selection;
    if let Some(path) = &args.expect {
        let read = trailward_archive::expect::Expected::read(path).map_err(anyhow::Error::msg)?;
        expected = select::merged(expected, read, &args.select);
    }
    Ok(Request {
        sources,
        range,
        wanted,
        trail: args.trail_name.clone().or(trail),
        expected,
        keys,
        originals,
        resume: args.resume.clone(),
        jobs: args.select.jobs,
        interval: trailward_archive::DIGEST_INTERVAL,
        now: SystemClock.now(),
    })
}

/// Takes back the one finding that says that there is nothing.
fn allow_empty(report: &mut Report) {
    // Log files that wait for their first digest are something.
    let empty = report.counts.logs_pending == 0;
    if empty && report.totals.keys().all(|code| *code == Reason::NothingFound.code()) {
        report.findings.clear();
        report.totals.clear();
        report.verdict = Verdict::Intact;
    }
}

/// Colour and width of the terminal. The table is readable from 80 columns and gains nothing above 120.
fn style(when: args::Color, terminal: bool) -> Style {
    let colour = match when {
        args::Color::Always => true,
        args::Color::Never => false,
        args::Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = named.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
    Style { colour, width: width.unwrap_or(100).clamp(80, 120) }
}

/// Where the result goes: standard output, or a file that appears when it is whole.
struct Output {
    file: Option<tempfile::NamedTempFile>,
    path: Option<std::path::PathBuf>,
}

impl Output {
    fn open(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self { file: None, path: None }) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let file = file.with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(Self { file: Some(file), path: Some(path.to_owned()) })
    }

    fn stream(&self) -> Result<Box<dyn Write + Send>> {
        Ok(match &self.file {
            Some(file) => Box::new(BufWriter::new(file.reopen().context("the output cannot be written")?)),
            None if io::stdout().is_terminal() => Box::new(Harmless::new(BufWriter::new(io::stdout()))),
            None => Box::new(BufWriter::new(io::stdout())),
        })
    }

    fn keep(self) -> Result<()> {
        if let (Some(file), Some(path)) = (self.file, self.path) {
            file.as_file().sync_all().context("the output cannot be written")?;
            readable(&file)?;
            file.persist(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        Ok(())
    }
}

/// Temporary files are private; a report has the rights that any new file of the user would have had.
#[cfg(unix)]
fn readable(file: &tempfile::NamedTempFile) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let rights = std::fs::Permissions::from_mode(0o644);
    file.as_file().set_permissions(rights).context("the output cannot be written")
}

#[cfg(not(unix))]
fn readable(_file: &tempfile::NamedTempFile) -> Result<()> {
    Ok(())
}
