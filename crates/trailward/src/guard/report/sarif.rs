//! SARIF 2.1.0: the items are the rules, what failed or is not known the results; muted ones are suppressed.
//!
//! Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use super::{healing, stale_mutes};
use crate::report::clean::visible;
use serde_json::{Value, json};
use trailward_digest::sha256_hex;
use trailward_guard::check::{Finding, Report, Severity, Verdict};

/// Writes it.
pub(super) fn render(report: &Report) -> Value {
    let rules: Vec<Value> = report.findings.iter().map(rule).collect();
    let results: Vec<Value> = report
        .findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| matches!(finding.verdict, Verdict::Fail | Verdict::Unknown))
        .map(|(at, finding)| result(report, at, finding))
        .collect();
    let notes: Vec<Value> = stale_mutes(report)
        .iter()
        .map(|line| json!({ "level": "warning", "message": { "text": visible(line) } }))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "trailward check",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notes }],
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": { "account": report.account, "trail": report.trail, "clean": report.is_clean() },
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// 0 to 10, as code scanning orders by.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
    }
}

fn rule(finding: &Finding) -> Value {
    let asks = finding.benchmarks.join(", ");
    json!({
        "id": finding.id,
        "shortDescription": { "text": finding.title },
        "fullDescription": { "text": if asks.is_empty() { finding.title.clone() } else { format!("{} Asked for by {asks}.", finding.title) } },
        "help": { "text": finding.remedy },
        "defaultConfiguration": { "level": level(finding.severity) },
        "properties": { "tags": ["security", "audit"], "security-severity": score(finding.severity) },
    })
}

fn result(report: &Report, at: usize, finding: &Finding) -> Value {
    let identity = format!("{} {} {}", report.account, finding.id, finding.resource);
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": at,
        "level": level(finding.severity),
        "kind": if finding.verdict == Verdict::Fail { "fail" } else { "open" },
        "message": { "text": format!("{}. Next: {}", visible(&finding.evidence), visible(&healing(finding))) },
        "locations": [{ "logicalLocations": [{ "fullyQualifiedName": visible(&finding.resource), "kind": "resource" }] }],
        "partialFingerprints": { "finding/v1": sha256_hex(identity.as_bytes()) },
        "properties": { "verdict": finding.verdict, "needs": finding.needs, "step": finding.step },
    });
    // A level is for what failed alone.
    if finding.verdict != Verdict::Fail
        && let Some(map) = result.as_object_mut()
    {
        map.insert("level".into(), json!("none"));
    }
    if let (Some(mute), Some(map)) = (&finding.muted, result.as_object_mut()) {
        map.insert(
            "suppressions".into(),
            json!([{ "kind": "external", "justification": visible(&mute.reason) }]),
        );
    }
    result
}
