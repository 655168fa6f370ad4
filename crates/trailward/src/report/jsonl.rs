//! One JSON value a line: `{"type":"object",…}` for each object as it is checked, `{"type":"finding",…}` for each
//! finding, and one `{"type":"summary",…}` at the end, without which the stream is not complete.

use serde::Serialize;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use trailward_archive::report::{ChainReport, Checked, Counts, Finding, KeysReport, Observer, Report};
use trailward_archive::report::{SourceReport, Span};
use trailward_digest::Verdict;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Object(&'a Checked),
    Finding(&'a Finding),
    Summary(Box<Summary<'a>>),
}

/// The report without what the lines before have told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    verdict: Verdict,
    #[serde(with = "time::serde::rfc3339")]
    at: time::OffsetDateTime,
    sources: &'a [SourceReport],
    requested: Span,
    found: Option<Span>,
    keys: &'a KeysReport,
    counts: Counts,
    chains: &'a [ChainReport],
    totals: &'a std::collections::BTreeMap<&'static str, u64>,
    warnings: &'a [String],
}

fn write_line(line: &Line<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    out.write_all(&text)
}

/// Writes the findings and the summary; the objects have been written by [`ObjectLines`].
pub(super) fn write_rest(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        write_line(&Line::Finding(finding), out)?;
    }
    let summary = Summary {
        verdict: report.verdict,
        at: report.at,
        sources: &report.sources,
        requested: report.requested,
        found: report.found,
        keys: &report.keys,
        counts: report.counts,
        chains: &report.chains,
        totals: &report.totals,
        warnings: &report.warnings,
    };
    write_line(&Line::Summary(Box::new(summary)), out)
}

/// Writes a line for each object as it is checked. The first error of the output is kept for the end of the run.
pub(crate) struct ObjectLines {
    out: Mutex<State>,
}

struct State {
    out: Box<dyn Write + Send>,
    failed: Option<io::Error>,
}

impl ObjectLines {
    /// Lines to `out`.
    pub(crate) fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out: Mutex::new(State { out, failed: None }) }
    }

    /// Writes the rest behind the objects.
    pub(crate) fn finish(&self, report: &Report) -> io::Result<()> {
        let mut state = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        write_rest(report, &mut state.out)?;
        state.out.flush()
    }
}

impl Observer for ObjectLines {
    fn found(&self, _objects: u64) {}

    fn checked(&self, object: &Checked) {
        let mut state = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if state.failed.is_none() {
            state.failed = write_line(&Line::Object(object), &mut state.out).err();
        }
    }

    fn finding(&self, _finding: &Finding) {}
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn every_line_is_a_value_and_the_last_is_the_summary() {
        let mut out = Vec::new();
        super::write_rest(&sample::hostile(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let values: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(values[0]["type"], "finding");
        assert_eq!(values[0]["reason"], "log-altered");
        let last = values.last().unwrap();
        assert_eq!((&last["type"], &last["verdict"]), (&"summary".into(), &"altered".into()));
        assert_eq!(last["counts"]["logsValid"], 286);
    }
}
