//! The report for a terminal: what is wrong, worst first, each with what shows it and what heals it.

use super::{healing, open, sentence, stale_mutes};
use crate::report::clean::visible;
use trailward_guard::check::{Finding, Report, Severity, Verdict};

fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn ink(finding: &Finding) -> &'static str {
    match (finding.verdict, finding.severity) {
        (Verdict::Fail, Severity::Critical | Severity::High) => "1;31",
        (Verdict::Fail, _) => "33",
        (Verdict::Unknown, _) => "35",
        _ => "2",
    }
}

/// Writes it. `verbose`: also what passed.
pub(super) fn render(report: &Report, verbose: bool, colour: bool) -> String {
    let mut out = format!(
        "account  {}\ntrail    {}\nbucket   {}\n\n",
        visible(&report.account),
        visible(&report.trail),
        visible(&report.bucket)
    );
    let (word, code) = if report.is_clean() { ("CLEAN", "1;32") } else { ("NOT CLEAN", "1;31") };
    out.push_str(&format!("{}  {}\n", paint(colour, code, word), sentence(report)));
    for finding in open(report) {
        let word = if finding.verdict == Verdict::Unknown { "unknown" } else { "fail" };
        let head = format!("{word:<8} {:<9}", finding.severity);
        out.push_str(&format!(
            "\n{} asked: {}\n",
            paint(colour, ink(finding), &head),
            visible(&finding.title)
        ));
        out.push_str(&format!("  {}  {}\n", finding.id, visible(&finding.resource)));
        out.push_str(&format!("  found: {}\n", visible(&finding.evidence)));
        out.push_str(&format!("  heal:  {}\n", visible(&healing(finding))));
        if !finding.benchmarks.is_empty() {
            out.push_str(&format!("  by:    {}\n", finding.benchmarks.join(", ")));
        }
    }
    for line in stale_mutes(report) {
        out.push_str(&format!("\n{} {}\n", paint(colour, "33", "mute"), visible(&line)));
    }
    let muted = report.findings.iter().filter(|finding| finding.muted.is_some());
    for (finding, mute) in muted.filter_map(|finding| Some((finding, finding.muted.as_ref()?))) {
        out.push_str(&format!(
            "\n{} {} until {}: {}\n",
            paint(colour, "2", "muted"),
            finding.id,
            mute.expires,
            visible(&mute.reason)
        ));
    }
    if verbose {
        out.push('\n');
        let quiet = |finding: &&Finding| matches!(finding.verdict, Verdict::Pass | Verdict::NotApplicable);
        for finding in report.findings.iter().filter(quiet) {
            out.push_str(&format!(
                "{:<15} {:<28} {}\n",
                finding.verdict,
                finding.id,
                visible(&finding.evidence)
            ));
        }
    }
    out
}
