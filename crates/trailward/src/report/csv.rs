//! The findings as CSV: a heading, then one row a finding. Times are RFC 3339 in UTC.

use super::clean::field;
use super::group::moment;
use std::io::{self, Write};
use trailward_archive::report::Report;

const HEADING: &str =
    "reason,verdict,account,region,trail,object,start,end,records,detail,remedy,needs,source\n";

/// Writes them.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEADING.as_bytes())?;
    let sources: Vec<&str> = report.sources.iter().map(|s| s.name.as_str()).collect();
    let sources = sources.join(" ");
    for finding in &report.findings {
        let text = |value: &Option<String>| field(value.as_deref().unwrap_or(""));
        let row = [
            finding.reason.to_string(),
            finding.verdict.to_string(),
            text(&finding.account),
            text(&finding.region),
            text(&finding.trail),
            text(&finding.object),
            finding.span.start.map(moment).unwrap_or_default(),
            finding.span.end.map(moment).unwrap_or_default(),
            finding.records.map(|n| n.to_string()).unwrap_or_default(),
            field(&finding.detail),
            field(&finding.remedy),
            text(&finding.needs),
            field(&sources),
        ];
        out.write_all(row.join(",").as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn hostile_keys_stay_in_their_field() {
        let mut out = Vec::new();
        super::write(&sample::hostile(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 1 + sample::hostile().findings.len(), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
        assert!(text.contains(",\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\","), "{text}");
        assert!(text.contains("log-altered,altered,111122223333,us-east-1,main,"), "{text}");
        assert!(text.contains(",2026-01-02T03:00:00Z,2026-01-02T04:00:00Z,92,"), "{text}");
    }
}
