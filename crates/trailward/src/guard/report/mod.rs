//! How a check is told: one file a format, each a function of the report alone.

mod group;
mod html;
mod junit;
mod markdown;
mod ocsf;
mod sarif;
mod table;

use anyhow::Result;
use clap::ValueEnum;
use trailward_guard::check::{Finding, Report, Verdict};

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal: what is wrong, worst first. With -v, also what is right.
    Table,
    /// The whole report as one JSON value.
    Json,
    /// Markdown, for tickets and wikis.
    Md,
    /// One self-contained page.
    Html,
    /// SARIF 2.1.0, for code scanning and other viewers of findings.
    Sarif,
    /// A test case an item, for CI servers.
    Junit,
    /// OCSF 1.5.0 compliance findings, a JSON list.
    Ocsf,
}

/// Writes it.
pub(super) fn render(report: &Report, format: Format, verbose: bool, colour: bool) -> Result<String> {
    Ok(match format {
        Format::Table => table::render(report, verbose, colour),
        Format::Json => format!("{:#}\n", json(report)?),
        Format::Md => markdown::render(report),
        Format::Html => html::render(report),
        Format::Sarif => format!("{:#}\n", sarif::render(report)),
        Format::Junit => junit::render(report),
        Format::Ocsf => format!("{:#}\n", ocsf::render(report)),
    })
}

/// The whole report with whether it is clean.
pub(super) fn json(report: &Report) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(report)?;
    if let Some(map) = value.as_object_mut() {
        map.insert("clean".into(), report.is_clean().into());
    }
    Ok(value)
}

/// What counts, worst first: failed before not known.
fn open(report: &Report) -> Vec<&Finding> {
    let mut open: Vec<&Finding> = report.findings.iter().filter(|finding| finding.counts()).collect();
    open.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.verdict));
    open
}

/// One sentence.
fn sentence(report: &Report) -> String {
    let (fail, unknown) = (report.count(Verdict::Fail), report.count(Verdict::Unknown));
    let (pass, rest) = (report.count(Verdict::Pass), report.count(Verdict::NotApplicable));
    let muted = report.findings.iter().filter(|finding| finding.muted.is_some()).count();
    let mut text = format!("{fail} failed, {unknown} not known, {pass} passed, {rest} not applicable");
    if muted > 0 {
        text.push_str(&format!(", {muted} muted"));
    }
    text
}

/// What heals a finding, in one line.
fn healing(finding: &Finding) -> String {
    match (&finding.needs, &finding.step) {
        (Some(action), _) => format!("allow {action}, and check again"),
        (None, Some(step)) => format!("{} (trailward apply, step {step})", finding.remedy),
        (None, None) => finding.remedy.clone(),
    }
}

/// Mutes that do not hold, a line each.
fn stale_mutes(report: &Report) -> Vec<String> {
    let expired = report
        .expired
        .iter()
        .map(|mute| format!("the mute of {} ran out on {}: {}", mute.id, mute.expires, mute.reason));
    let pointless =
        report.pointless.iter().map(|mute| format!("there is no item {}, which is muted", mute.id));
    expired.chain(pointless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trailward_guard::account::{Fact, Snapshot};
    use trailward_guard::check::{Mutes, check};
    use trailward_guard::control::Control;

    /// An account that shows nothing, whose names try to break out.
    fn hostile() -> Report {
        let mut control = Control::default().names("111122223333", "us-east-1");
        control.bucket.name = "</script><script>alert('1')\u{1b}[2J".into();
        let mut snapshot =
            Snapshot { account: "111122223333".into(), partition: "aws".into(), ..Snapshot::default() };
        snapshot.bucket.region = Fact::Absent;
        let mutes = "[[mute]]\nid = \"trail.logging\"\nreason = \"tried\"\nexpires = \"2026-01-01\"\n\
                     [[mute]]\nid = \"no.such\"\nreason = \"tried\"\nexpires = \"2030-01-01\"\n\
                     [[mute]]\nid = \"trail.exists\"\nreason = \"known\"\nexpires = \"2030-01-01\"\n";
        let at = time::macros::datetime!(2026-11-21 12:00 UTC);
        check(&control, &snapshot, &Mutes::parse(mutes).unwrap(), at)
    }

    #[test]
    fn every_format_is_whole_and_safe() {
        let report = hostile();
        assert!(!report.is_clean() && report.expired.len() == 1 && report.pointless.len() == 1);
        for format in [
            Format::Table,
            Format::Json,
            Format::Md,
            Format::Html,
            Format::Sarif,
            Format::Junit,
            Format::Ocsf,
        ] {
            let text = render(&report, format, true, false).unwrap();
            assert!(!text.contains('\u{1b}'), "{format:?}");
            assert!(
                text.contains("bucket.exists") || text.contains("There is a bucket"),
                "{format:?}: {text}"
            );
            if matches!(format, Format::Html | Format::Junit | Format::Md) {
                assert!(!text.contains("<script"), "{format:?}: {text}");
            }
        }
        let table = render(&report, Format::Table, false, false).unwrap();
        assert!(table.contains("ran out on 2026-01-01") && table.contains("no item no.such"), "{table}");
    }

    #[test]
    fn ocsf_findings_have_what_the_class_requires() {
        let report = hostile();
        let all = ocsf::render(&report);
        for finding in all.as_array().unwrap() {
            for name in [
                "activity_id",
                "category_uid",
                "class_uid",
                "compliance",
                "finding_info",
                "metadata",
                "severity_id",
                "time",
                "type_uid",
            ] {
                assert!(!finding[name].is_null(), "{name}: {finding}");
            }
            assert_eq!(finding["type_uid"], 200_301);
            assert!(
                finding["metadata"]["product"]["vendor_name"].is_string()
                    && finding["metadata"]["version"].is_string()
            );
            assert!(
                finding["finding_info"]["uid"].is_string() && finding["finding_info"]["title"].is_string()
            );
        }
        assert_eq!(all.as_array().unwrap().len(), report.findings.len());
    }
}
