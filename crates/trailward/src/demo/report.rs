//! What the demonstration prints: results on standard output, progress on standard error.

use super::proof::Proof;
use super::scenario::Act;
use crate::cli::print;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::Duration;

/// Prints as it goes, and counts what did not hold.
#[derive(Debug)]
pub(crate) struct Report {
    quiet: bool,
    colour: bool,
    failures: usize,
    spinner: Option<ProgressBar>,
}

impl Report {
    pub(crate) fn new(quiet: bool) -> Self {
        let colour = std::env::var_os("NO_COLOR").is_none() && std::io::stdout().is_terminal();
        Self { quiet, colour, failures: 0, spinner: None }
    }

    pub(crate) fn failures(&self) -> usize {
        self.failures
    }

    fn line(&self, text: &str) -> Result<()> {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
        if self.quiet { Ok(()) } else { print(&format!("{text}\n")) }
    }

    fn mark(&self, held: bool) -> &'static str {
        match (held, self.colour) {
            (true, true) => "\u{1b}[32m✓\u{1b}[0m",
            (true, false) => "✓",
            (false, true) => "\u{1b}[31m✗\u{1b}[0m",
            (false, false) => "✗",
        }
    }

    pub(crate) fn title(&self, endpoint: &str, account: &str) -> Result<()> {
        self.line(&format!("Trailward demo: endpoint {endpoint}, account {account}"))
    }

    pub(crate) fn heading(&self, text: &str) -> Result<()> {
        self.line(&format!("\n{text}"))
    }

    /// One call that was made, and whether it went as it should.
    pub(crate) fn call(&mut self, name: &str, what: &str, held: bool) -> Result<()> {
        self.failures += usize::from(!held);
        self.line(&format!("  {} {name:<22} {what}", self.mark(held)))
    }

    /// Shows on a terminal that something takes time.
    pub(crate) fn waiting(&mut self, text: &'static str) -> Result<()> {
        if !self.quiet && std::io::stderr().is_terminal() {
            let spinner = ProgressBar::new_spinner().with_message(text);
            spinner.set_style(ProgressStyle::with_template("  {spinner} {msg} ({elapsed})")?);
            spinner.enable_steady_tick(Duration::from_millis(100));
            self.spinner = Some(spinner);
        }
        Ok(())
    }

    /// What was delivered, and that it verifies.
    pub(crate) fn proof(&mut self, proof: &Proof) -> Result<()> {
        self.heading("Prove")?;
        let Proof { regions, digests, log_files, records, faults, .. } = proof;
        let what = format!("{digests} digests in {regions} Regions: every signature and every link");
        self.call("digest chains", &what, faults.is_empty())?;
        let plural = if *log_files == 1 { "" } else { "s" };
        let what = format!("{log_files} log file{plural}, {records} records: every hash");
        self.call("log files", &what, faults.is_empty())?;
        for fault in faults {
            self.call("fault", fault, false)?;
        }
        Ok(())
    }

    /// Where each act lies: one line an act, and the files behind the numbers.
    pub(crate) fn found(&mut self, acts: &[Act], proof: &Proof) -> Result<()> {
        self.heading("Search: each call in the delivered files")?;
        let mut files: Vec<&str> = Vec::new();
        for act in acts {
            let Some(place) = proof.places.get(&act.request_id) else {
                self.call(act.event, "not in any delivered file", false)?;
                continue;
            };
            let known = files.iter().position(|file| *file == place.file);
            let number = known.unwrap_or_else(|| {
                files.push(&place.file);
                files.len() - 1
            });
            let error = place.error.as_ref().map(|code| format!("  [{code}]")).unwrap_or_default();
            let what = format!("{}  file {}  {}{error}", place.time, number + 1, place.who);
            let right = place.event == act.event && place.error.is_some() == act.denied;
            self.call(act.event, &what, right)?;
        }
        self.line("")?;
        for (number, file) in files.iter().enumerate() {
            self.line(&format!("  file {}  {file}", number + 1))?;
        }
        Ok(())
    }

    pub(crate) fn broken(&mut self, why: &str) -> Result<()> {
        self.failures += 1;
        self.line(&format!("  {} {why}", self.mark(false)))
    }

    pub(crate) fn verdict(&self, held: bool) -> Result<()> {
        let text = if held { "Every part held." } else { "Not every part held." };
        print(&format!("\n{} {text}\n", self.mark(held)))
    }
}
