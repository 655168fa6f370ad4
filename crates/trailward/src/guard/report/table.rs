//! The report for a terminal: what is wrong, worst first, each with what shows it and what heals it.

use super::group::{Group, beginning, grouped};
use super::{healing, sentence, stale_mutes};
use crate::report::clean::visible;
use trailward_guard::check::{Finding, Report, Severity, Verdict};

fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn ink(verdict: Verdict, severity: Severity) -> &'static str {
    match (verdict, severity) {
        (Verdict::Fail, Severity::Critical | Severity::High) => "1;31",
        (Verdict::Fail, _) => "33",
        (Verdict::Unknown, _) => "35",
        _ => "2",
    }
}

/// The other items that one answer shows, on lines of at most 110 characters.
fn also(others: &[&Finding]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in others {
        match lines.last_mut() {
            Some(line) if line.len() + finding.id.len() < 108 => line.push_str(&format!(", {}", finding.id)),
            _ => lines.push(finding.id.clone()),
        }
    }
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let (head, tail) = (if at == 0 { "also:" } else { "" }, if at + 1 < lines.len() { "," } else { "" });
        out.push_str(&format!("  {head:<6} {line}{tail}\n"));
    }
    out
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
    if let Some(hint) = beginning(report) {
        out.push_str(&format!("{hint}\n"));
    }
    for Group { severity, told: finding, others } in grouped(report) {
        let word = if finding.verdict == Verdict::Unknown { "unknown" } else { "fail" };
        let head = format!("{word:<8} {severity:<9}");
        out.push_str(&format!(
            "\n{} asked: {}\n",
            paint(colour, ink(finding.verdict, severity), &head),
            visible(&finding.title)
        ));
        out.push_str(&format!("  {}  {}\n", finding.id, visible(&finding.resource)));
        out.push_str(&format!("  found: {}\n", visible(&finding.evidence)));
        out.push_str(&format!("  heal:  {}\n", visible(&healing(finding))));
        if !finding.benchmarks.is_empty() {
            out.push_str(&format!("  by:    {}\n", finding.benchmarks.join(", ")));
        }
        out.push_str(&also(&others));
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

#[cfg(test)]
mod tests {
    use super::*;
    use trailward_guard::account::{Fact, Snapshot};
    use trailward_guard::check::{Mutes, check};
    use trailward_guard::control::Control;

    #[test]
    fn an_empty_account_is_told_once_of_each_thing() {
        let control = Control::default().names("111122223333", "us-east-1");
        let mut snapshot =
            Snapshot { account: "111122223333".into(), partition: "aws".into(), ..Snapshot::default() };
        snapshot.trails = Fact::Present(Vec::new());
        snapshot.bucket.region = Fact::Absent;
        snapshot.key = Fact::Absent;
        let at = time::macros::datetime!(2026-11-21 12:00 UTC);
        let report = check(&control, &snapshot, &Mutes::default(), at);
        let text = render(&report, false, false);
        assert_eq!(text.matches("there is no such trail").count(), 1, "{text}");
        assert_eq!(text.matches("there is no bucket").count(), 1, "{text}");
        assert!(text.contains("Hardly anything"), "{text}");
        // Every item is still there, and the worst says how bad it is.
        let open = report.findings.iter().filter(|finding| finding.counts());
        for finding in open {
            assert!(text.contains(finding.id.as_str()), "{}", finding.id);
        }
        let key = text.split("\n\n").find(|part| part.contains("  key.exists")).unwrap();
        assert!(key.starts_with("fail     critical  asked: There is a KMS key"), "{key}");
        assert!(text.lines().all(|line| line.len() < 140), "{text}");
    }
}
