//! What the command writes, and where it puts its empty lines.

use super::moment::shown;
use std::io::{self, Write};
use time::OffsetDateTime;

/// Where it writes.
pub struct Streams<'a> {
    /// Standard output.
    pub out: &'a mut (dyn Write + Send),
    /// Standard error.
    pub err: &'a mut (dyn Write + Send),
}

/// How many were valid and how many not.
#[derive(Debug, Clone, Copy, Default)]
struct Ratio {
    valid: u64,
    invalid: u64,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counted {
    Digest,
    Backfill,
    Log,
}

/// The words so far.
pub(super) struct Said<'a> {
    streams: Streams<'a>,
    verbose: bool,
    digests: Ratio,
    backfills: Ratio,
    logs: Ratio,
    /// Whether the last thing on the terminal was an empty line.
    spaced: bool,
    found_start: Option<OffsetDateTime>,
    found_end: Option<OffsetDateTime>,
}

impl<'a> Said<'a> {
    pub(super) fn new(streams: Streams<'a>, verbose: bool) -> Self {
        Self {
            streams,
            verbose,
            digests: Ratio::default(),
            backfills: Ratio::default(),
            logs: Ratio::default(),
            spaced: true,
            found_start: None,
            found_end: None,
        }
    }

    /// Whether anything was INVALID. Gaps and a missing end are not: that is the command's blindness.
    pub(super) fn found_something(&self) -> bool {
        self.digests.invalid + self.backfills.invalid + self.logs.invalid > 0
    }

    fn ratio(&mut self, counted: Counted) -> &mut Ratio {
        match counted {
            Counted::Digest => &mut self.digests,
            Counted::Backfill => &mut self.backfills,
            Counted::Log => &mut self.logs,
        }
    }

    pub(super) fn asked(&mut self, arn: &str, start: OffsetDateTime, end: OffsetDateTime) -> io::Result<()> {
        let (start, end) = (shown(start), shown(end));
        write!(self.streams.out, "Validating log files for trail {arn} between {start} and {end}\n\n")
    }

    /// A valid digest's window.
    pub(super) fn found(&mut self, start: OffsetDateTime, end: OffsetDateTime) {
        self.found_start = Some(self.found_start.map_or(start, |found| found.min(start)));
        self.found_end = Some(self.found_end.map_or(end, |found| found.max(end)));
    }

    pub(super) fn valid(&mut self, counted: Counted, line: &str) -> io::Result<()> {
        self.ratio(counted).valid += 1;
        if self.verbose {
            self.spaced = false;
            writeln!(self.streams.out, "{line}\tvalid")?;
        }
        Ok(())
    }

    pub(super) fn invalid(&mut self, counted: Counted, line: &str) -> io::Result<()> {
        self.ratio(counted).invalid += 1;
        self.noted(line)
    }

    /// A line on standard error that counts for nothing.
    pub(super) fn noted(&mut self, line: &str) -> io::Result<()> {
        if !std::mem::replace(&mut self.spaced, true) {
            writeln!(self.streams.err)?;
        }
        write!(self.streams.err, "{line}\n\n")
    }

    /// The command ends with an error.
    pub(super) fn stopped(&mut self, words: &str) -> io::Result<()> {
        write!(self.streams.err, "\n{words}\n")
    }

    pub(super) fn summary(&mut self, start: OffsetDateTime, end: OffsetDateTime) -> io::Result<()> {
        let out = &mut self.streams.out;
        if !self.spaced {
            writeln!(out)?;
        }
        writeln!(out, "Results requested for {} to {}", shown(start), shown(end))?;
        let digests = [self.digests, self.backfills];
        if digests.iter().all(|ratio| ratio.valid + ratio.invalid == 0) {
            return writeln!(out, "No digests found");
        }
        match (self.found_start, self.found_end) {
            (Some(from), Some(to)) => writeln!(out, "Results found for {} to {}:", shown(from), shown(to))?,
            _ => writeln!(out, "No valid digests found in range")?,
        }
        for (ratio, name) in
            [(self.digests, "digest"), (self.backfills, "backfill digest"), (self.logs, "log")]
        {
            let Ratio { valid, invalid } = ratio;
            let total = valid + invalid;
            if total > 0 {
                write!(out, "\n{valid}/{total} {name} files valid")?;
            }
            if invalid > 0 {
                write!(out, ", {invalid}/{total} {name} files INVALID")?;
            }
        }
        writeln!(out)
    }
}
