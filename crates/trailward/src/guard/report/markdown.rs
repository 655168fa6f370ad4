//! The report as Markdown.

use super::{healing, open, sentence, stale_mutes};
use crate::report::markdown;
use trailward_guard::check::Report;

/// Writes it.
pub(super) fn render(report: &Report) -> String {
    let word = if report.is_clean() { "clean" } else { "not clean" };
    let mut out = format!(
        "# Trail of account {}: {word}\n\n{}\n\n- trail: {}\n- bucket: {}\n",
        markdown(&report.account),
        sentence(report),
        markdown(&report.trail),
        markdown(&report.bucket)
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
            markdown(&finding.id),
            markdown(&finding.title),
            markdown(&finding.evidence),
            markdown(&healing(finding)),
            finding.benchmarks.join(", ")
        ));
    }
    for line in stale_mutes(report) {
        out.push_str(&format!("\n- {}", markdown(&line)));
    }
    out.push('\n');
    out
}
