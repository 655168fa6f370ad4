//! JUnit XML: a test suite a chain, a failure a finding. A chain without findings is one passed case.

use super::clean::markup;
use super::group::moment;
use std::collections::BTreeMap;
use std::io::{self, Write};
use trailward_archive::report::{ChainReport, Finding, Report};

/// Writes it.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: Vec<(String, Vec<&Finding>)> =
        report.chains.iter().map(|chain| (name(chain), Vec::new())).collect();
    let mut places: BTreeMap<(&str, &str, &str, bool), usize> = BTreeMap::new();
    for (at, chain) in report.chains.iter().enumerate() {
        places.entry((&chain.account, &chain.region, &chain.trail, chain.backfill)).or_insert(at);
    }
    let mut rest = Vec::new();
    for finding in &report.findings {
        let text = |value: &'_ Option<String>| value.clone().unwrap_or_default();
        let (account, region, trail) = (text(&finding.account), text(&finding.region), text(&finding.trail));
        let backfill = finding.object.as_ref().is_some_and(|o| o.ends_with("_backfill.json.gz"));
        let at = [backfill, !backfill]
            .into_iter()
            .find_map(|backfill| places.get(&(account.as_str(), region.as_str(), trail.as_str(), backfill)));
        match at.and_then(|at| suites.get_mut(*at)) {
            Some((_, findings)) => findings.push(finding),
            None => rest.push(finding),
        }
    }
    // What belongs to no chain, and what was not kept one by one, must fail too.
    let kept = u64::try_from(report.findings.len()).unwrap_or(u64::MAX);
    let beyond = report.totals.values().sum::<u64>().saturating_sub(kept);
    if !rest.is_empty() || beyond > 0 || suites.is_empty() {
        suites.push(("archive".into(), rest));
    }
    let cases: usize =
        suites.iter().map(|(_, findings)| findings.len().max(1)).sum::<usize>() + usize::from(beyond > 0);
    let failures = report.findings.len() + usize::from(beyond > 0);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"trailward validate\" tests=\"{cases}\" failures=\"{failures}\" errors=\"0\">"
    )?;
    let at = moment(report.at);
    let last = suites.len().saturating_sub(1);
    for (number, (suite, findings)) in suites.iter().enumerate() {
        let beyond = if number == last { beyond } else { 0 };
        write_suite(suite, findings, beyond, &at, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn name(chain: &ChainReport) -> String {
    let kind = if chain.backfill { " backfill" } else { "" };
    let place: Vec<&str> = [chain.prefix.as_str(), chain.organization.as_deref().unwrap_or("")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join("/")) };
    format!("{} {} {}{kind}{place}", chain.account, chain.region, chain.trail)
}

fn write_suite(
    suite: &str,
    findings: &[&Finding],
    beyond: u64,
    at: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let failures = findings.len() + usize::from(beyond > 0);
    let cases = failures.max(1);
    let suite = markup(suite);
    // JUnit's timestamps have no zone.
    let at = at.trim_end_matches('Z');
    writeln!(
        out,
        "  <testsuite name=\"{suite}\" tests=\"{cases}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" \
         timestamp=\"{at}\" time=\"0\">"
    )?;
    if failures == 0 {
        writeln!(out, "    <testcase classname=\"{suite}\" name=\"intact\" time=\"0\"/>")?;
    }
    for finding in findings {
        let subject = finding.object.clone().unwrap_or_else(|| super::group::span(finding.span));
        let (reason, verdict) = (finding.reason.code(), finding.verdict);
        writeln!(
            out,
            "    <testcase classname=\"{suite}\" name=\"{reason} {}\" time=\"0\">",
            markup(&subject)
        )?;
        writeln!(
            out,
            "      <failure type=\"{reason}\" message=\"{verdict}: {}\">{}\n{}</failure>",
            markup(finding.reason.meaning()),
            markup(&finding.detail),
            markup(&finding.remedy)
        )?;
        writeln!(out, "    </testcase>")?;
    }
    if beyond > 0 {
        writeln!(out, "    <testcase classname=\"{suite}\" name=\"more findings\" time=\"0\">")?;
        writeln!(out, "      <failure type=\"more\" message=\"{beyond} more findings\"/>")?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn suites_balance_and_hostile_text_is_escaped() {
        let mut out = Vec::new();
        super::write(&sample::hostile(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("<testsuites name=\"trailward validate\" tests=\"6\" failures=\"5\""),
            "{text}"
        );
        assert!(
            text.contains("<testsuite name=\"111122223333 us-east-1 main\" tests=\"3\" failures=\"3\""),
            "{text}"
        );
        assert!(text.contains("name=\"intact\""), "{text}");
        assert!(text.contains("3 more findings"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains("<script>") && !text.contains("]]>"), "{text}");
        let opened = text.matches("<testcase").count();
        assert_eq!(opened, text.matches("</testcase>").count() + text.matches("time=\"0\"/>").count());
        assert_eq!(opened, 6);
    }
}
