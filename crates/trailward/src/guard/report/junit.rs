//! JUnit XML: a test case an item, a failure what failed, an error what is not known.

use super::{healing, stale_mutes};
use crate::report::clean::markup;
use trailward_guard::check::{Report, Verdict};

/// Writes it.
pub(super) fn render(report: &Report) -> String {
    let stale = stale_mutes(report);
    let failures = report.count(Verdict::Fail) + stale.len();
    let errors = report.count(Verdict::Unknown);
    let muted = report.findings.iter().filter(|finding| finding.muted.is_some()).count();
    let skipped = report.count(Verdict::NotApplicable) + muted;
    let tests = report.findings.len() + stale.len();
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let name = markup(&format!("{} {}", report.account, report.trail));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"trailward check\" {counts}>\n  \
         <testsuite name=\"{name}\" {counts} skipped=\"{skipped}\" time=\"0\">\n"
    );
    for finding in &report.findings {
        let group = finding.id.split('.').next().unwrap_or_default();
        let (evidence, healing) = (markup(&finding.evidence), markup(&healing(finding)));
        let inside = match (&finding.muted, finding.verdict) {
            (Some(mute), _) => {
                format!("<skipped message=\"muted until {}: {}\"/>", mute.expires, markup(&mute.reason))
            }
            (None, Verdict::NotApplicable) => format!("<skipped message=\"{evidence}\"/>"),
            (None, Verdict::Fail) => {
                format!("<failure type=\"{}\" message=\"{evidence}\">{healing}</failure>", finding.severity)
            }
            (None, Verdict::Unknown) => {
                format!("<error type=\"unknown\" message=\"{evidence}\">{healing}</error>")
            }
            (None, Verdict::Pass) => String::new(),
        };
        let name = markup(&format!("{}: {}", finding.id, finding.title));
        out.push_str(&format!(
            "    <testcase classname=\"{group}\" name=\"{name}\" time=\"0\">{inside}</testcase>\n"
        ));
    }
    for line in stale {
        out.push_str(&format!(
            "    <testcase classname=\"mutes\" name=\"mute\" time=\"0\"><failure type=\"mute\" message=\"{}\"/></testcase>\n",
            markup(&line)
        ));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}
