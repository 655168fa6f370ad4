//! OCSF 1.5.0, class Compliance Finding (2003): one object an item.

use super::healing;
use crate::report::clean::visible;
use serde_json::{Value, json};
use trailward_guard::check::{Finding, Report, Severity, Verdict};

/// Writes them all.
pub(super) fn render(report: &Report) -> Value {
    report.findings.iter().map(|finding| self::finding(report, finding)).collect()
}

fn severity(finding: &Finding) -> (u8, &'static str) {
    match (finding.verdict, finding.severity) {
        (Verdict::Pass | Verdict::NotApplicable, _) => (1, "Informational"),
        (_, Severity::Low) => (2, "Low"),
        (_, Severity::Medium) => (3, "Medium"),
        (_, Severity::High) => (4, "High"),
        (_, Severity::Critical) => (5, "Critical"),
    }
}

fn finding(report: &Report, finding: &Finding) -> Value {
    let (severity_id, severity) = severity(finding);
    let (compliance_id, compliance) = match finding.verdict {
        Verdict::Pass => (1, "Pass"),
        Verdict::Fail => (3, "Fail"),
        Verdict::Unknown => (0, "Unknown"),
        Verdict::NotApplicable => (99, "Not Applicable"),
    };
    // New, or suppressed by a mute.
    let (status_id, status) = if finding.muted.is_some() { (3, "Suppressed") } else { (1, "New") };
    let standards: Vec<&str> = match finding.benchmarks.as_slice() {
        [] => vec!["Trailward control"],
        ids => ids.iter().map(String::as_str).collect(),
    };
    json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200_301,
        "type_name": "Compliance Finding: Create",
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "time": report.at.unix_timestamp() * 1000,
        "message": visible(&finding.evidence),
        "metadata": {
            "version": "1.5.0",
            "profiles": ["cloud"],
            "product": { "name": "trailward check", "vendor_name": "Trailward", "version": env!("CARGO_PKG_VERSION") },
        },
        "cloud": { "provider": "AWS", "account": { "uid": report.account, "type_id": 10, "type": "AWS Account" } },
        "finding_info": {
            "uid": format!("{}/{}", report.account, finding.id),
            "title": finding.title,
            "types": [finding.id],
        },
        "compliance": {
            "control": finding.id,
            "standards": standards,
            "status_id": compliance_id,
            "status": compliance,
        },
        "resources": [{ "uid": visible(&finding.resource), "cloud_partition": "aws" }],
        "remediation": { "desc": visible(&healing(finding)) },
    })
}
