//! SARIF 2.1.0: the reasons are the rules, the findings the results.
//!
//! Source: OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use super::clean::{uri, visible};
use super::group::moment;
use serde_json::{Value, json};
use std::io::{self, Write};
use trailward_archive::report::{Finding, Report};
use trailward_digest::{Reason, Verdict, sha256_hex};

/// Writes it.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "trailward validate",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": Reason::ALL.map(rule),
            }},
            // The tool ran; what it found is in the results.
            "invocations": [{
                "executionSuccessful": true,
                "startTimeUtc": moment(report.at),
                "toolExecutionNotifications": report.warnings.iter().map(|warning| json!({
                    "level": "warning", "message": { "text": visible(warning) },
                })).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
            "properties": {
                "verdict": report.verdict,
                "sources": report.sources,
                "requested": report.requested,
                "counts": report.counts,
                "totals": report.totals,
            },
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Altered => "error",
        Verdict::Incomplete => "warning",
        Verdict::Intact => "none",
    }
}

/// `log-altered` → `LogAltered`: rule names are Pascal case.
fn pascal(code: &str) -> String {
    let words = code.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

fn rule(reason: Reason) -> Value {
    json!({
        "id": reason.code(),
        "name": pascal(reason.code()),
        "shortDescription": { "text": reason.code().replace('-', " ") },
        "fullDescription": { "text": reason.meaning() },
        "help": { "text": format!(
            "{} On its own it makes the verdict {}.", reason.meaning(), reason.verdict()) },
        "defaultConfiguration": { "level": level(reason.verdict()) },
        "properties": { "tags": ["security", "audit"] },
    })
}

fn result(finding: &Finding) -> Value {
    let index = Reason::ALL.iter().position(|reason| *reason == finding.reason).unwrap_or(0);
    let place: Vec<&str> = [&finding.account, &finding.region, &finding.trail]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let mut location = serde_json::Map::new();
    if let Some(object) = &finding.object {
        location.insert("physicalLocation".into(), json!({ "artifactLocation": { "uri": uri(object) } }));
    }
    if !place.is_empty() {
        let name = visible(&place.join("/"));
        location
            .insert("logicalLocations".into(), json!([{ "fullyQualifiedName": name, "kind": "resource" }]));
    }
    // The same finding in two runs is the same alert.
    let identity = format!("{} {place:?} {:?} {:?}", finding.reason, finding.object, finding.span.start);
    let mut text = format!("{} {}", finding.reason.meaning(), visible(&finding.detail));
    if !finding.remedy.is_empty() {
        text.push_str(&format!(" Next: {}", visible(&finding.remedy)));
    }
    json!({
        "ruleId": finding.reason.code(),
        "ruleIndex": index,
        "level": level(finding.verdict),
        "message": { "text": text },
        "locations": if location.is_empty() { json!([]) } else { json!([location]) },
        "partialFingerprints": { "finding/v1": sha256_hex(identity.as_bytes()) },
        "properties": {
            "verdict": finding.verdict,
            "span": finding.span,
            "records": finding.records,
            "needs": finding.needs,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use serde_json::Value;

    /// What the official schema requires of the parts used here, and which names it allows (`additionalProperties` is
    /// false everywhere).
    fn object<'a>(
        value: &'a Value,
        required: &[&str],
        allowed: &[&str],
    ) -> &'a serde_json::Map<String, Value> {
        let map = value.as_object().unwrap_or_else(|| panic!("not an object: {value}"));
        for name in required {
            assert!(map.contains_key(*name), "{name} is missing in {value}");
        }
        for name in map.keys() {
            assert!(
                required.contains(&name.as_str()) || allowed.contains(&name.as_str()),
                "{name} in {value}"
            );
        }
        map
    }

    #[test]
    fn the_structure_is_the_schemas() {
        let mut out = Vec::new();
        super::write(&sample::hostile(), &mut out).unwrap();
        let log: Value = serde_json::from_slice(&out).unwrap();
        object(&log, &["version", "runs"], &["$schema"]);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        object(run, &["tool"], &["invocations", "columnKind", "results", "properties"]);
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        object(&run["tool"], &["driver"], &[]);
        let driver = &run["tool"]["driver"];
        object(driver, &["name"], &["version", "semanticVersion", "informationUri", "rules"]);
        let rules = driver["rules"].as_array().unwrap();
        let levels = ["none", "note", "warning", "error"];
        for rule in rules {
            let described =
                ["name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"];
            object(rule, &["id"], &described);
            object(&rule["help"], &["text"], &["markdown"]);
            assert!(levels.contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
        }
        object(
            &run["invocations"][0],
            &["executionSuccessful"],
            &["startTimeUtc", "toolExecutionNotifications"],
        );
        for result in run["results"].as_array().unwrap() {
            let allowed = ["ruleId", "ruleIndex", "level", "locations", "partialFingerprints", "properties"];
            object(result, &["message"], &allowed);
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(levels.contains(&result["level"].as_str().unwrap()));
            for print in result["partialFingerprints"].as_object().unwrap().values() {
                assert!(print.is_string());
            }
            for location in result["locations"].as_array().unwrap() {
                object(location, &[], &["physicalLocation", "logicalLocations"]);
                if let Some(uri) = location.pointer("/physicalLocation/artifactLocation/uri") {
                    assert!(uri.as_str().unwrap().chars().all(|c| c.is_ascii_graphic() && c != '<'), "{uri}");
                }
            }
        }
        assert_eq!(rules[0]["name"], "LogAltered");
    }
}
