//! The report as Markdown.

use super::{healing, open, sentence, stale_mutes};
use crate::report::clean::markup;
use trailward_guard::check::Report;

/// Text that is text in a cell: no markup, no cell's end.
fn cell(text: &str) -> String {
    markup(text).replace('|', "\\|").replace('`', "'")
}

/// Writes it.
pub(super) fn render(report: &Report) -> String {
    let word = if report.is_clean() { "clean" } else { "not clean" };
    let mut out = format!(
        "# Trail of account {}: {word}\n\n{}\n\n- trail: {}\n- bucket: {}\n",
        cell(&report.account),
        sentence(report),
        cell(&report.trail),
        cell(&report.bucket)
    );
    let open = open(report);
    if !open.is_empty() {
        out.push_str("\n| Severity | Verdict | Item | What is asked | What is | What to do | Benchmarks |\n|---|---|---|---|---|---|---|\n");
    }
    for finding in open {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            finding.severity,
            finding.verdict,
            finding.id,
            cell(&finding.title),
            cell(&finding.evidence),
            cell(&healing(finding)),
            finding.benchmarks.join(", ")
        ));
    }
    for line in stale_mutes(report) {
        out.push_str(&format!("\n- {}", cell(&line)));
    }
    out.push('\n');
    out
}
