//! Items that one answer shows, told together.

use super::open;
use trailward_guard::check::{Finding, Report, Severity, Verdict};

/// Items that one answer shows.
pub(super) struct Group<'a> {
    /// That of its worst.
    pub severity: Severity,
    /// The one that tells: that something is not there at all, or else the worst.
    pub told: &'a Finding,
    /// The rest, worst first.
    pub others: Vec<&'a Finding>,
}

/// What counts, worst first, each with the others that the same answer shows: where there is no trail, nothing of it can be
/// as it has to be, and saying so once is enough.
pub(super) fn grouped(report: &Report) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in open(report) {
        let same = groups
            .iter_mut()
            .find(|group| group.told.evidence == finding.evidence && group.told.verdict == finding.verdict);
        match same {
            Some(group) if finding.id.ends_with(".exists") => {
                let worst = std::mem::replace(&mut group.told, finding);
                group.others.insert(0, worst);
            }
            Some(group) => group.others.push(finding),
            None => groups.push(Group { severity: finding.severity, told: finding, others: Vec::new() }),
        }
    }
    groups
}

/// What to say first of an account that has neither trail nor bucket.
pub(super) fn beginning(report: &Report) -> Option<&'static str> {
    let absent = report.findings.iter().filter(|finding| is_absent(finding)).count();
    (absent > 1).then_some(
        "Hardly anything of the control is there yet: `trailward plan` shows what `trailward apply` would make.",
    )
}

/// Whether trail or bucket is not there at all.
fn is_absent(finding: &Finding) -> bool {
    finding.counts()
        && finding.verdict == Verdict::Fail
        && ["trail.exists", "bucket.exists"].contains(&finding.id.as_str())
}
