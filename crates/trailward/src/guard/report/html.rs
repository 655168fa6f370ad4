//! The report as one page that needs nothing else, every foreign byte escaped.

use super::group::{Group, beginning, grouped};
use super::{healing, sentence, stale_mutes};
use crate::report::clean::markup;
use trailward_guard::check::{Report, Verdict};

const STYLE: &str = include_str!("../../report/page.css");

/// Writes it.
pub(super) fn render(report: &Report) -> String {
    let (word, class) = if report.is_clean() { ("clean", "intact") } else { ("not clean", "altered") };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{word} – trailward check</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<header class=\"{class}\"><h1>{word}</h1><p>{}</p></header>\n\
         <dl class=\"about\"><dt>Account</dt><dd>{}</dd><dt>Trail</dt><dd>{}</dd><dt>Bucket</dt><dd>{}</dd></dl>\n",
        sentence(report),
        markup(&report.account),
        markup(&report.trail),
        markup(&report.bucket)
    );
    if let Some(hint) = beginning(report) {
        out.push_str(&format!("<p>{}</p>\n", hint.replace('`', "")));
    }
    let groups = grouped(report);
    if !groups.is_empty() {
        out.push_str("<h2>What is wrong</h2>\n");
    }
    for group in &groups {
        out.push_str(&self::group(group));
    }
    for line in stale_mutes(report) {
        out.push_str(&format!("<p class=\"next\">{}</p>\n", markup(&line)));
    }
    out.push_str(
        "<h2>Every item</h2>\n<div class=\"map\"><table><thead><tr><th>Item</th><th>Verdict</th><th>Severity</th>\
         <th>What is asked, and what is</th></tr></thead><tbody>\n",
    );
    for finding in &report.findings {
        let class = match finding.verdict {
            Verdict::Fail => "altered",
            Verdict::Unknown => "incomplete",
            _ => "n",
        };
        let muted = finding
            .muted
            .as_ref()
            .map(|mute| format!("<br>muted until {}: {}", mute.expires, markup(&mute.reason)));
        out.push_str(&format!(
            "<tr><td><code>{}</code></td><td class=\"{class}\">{}</td><td>{}</td><td>{}<br>{}{}</td></tr>\n",
            markup(&finding.id),
            finding.verdict,
            finding.severity,
            markup(&finding.title),
            markup(&finding.evidence),
            muted.unwrap_or_default()
        ));
    }
    out.push_str(&format!(
        "</tbody></table></div>\n<footer>trailward {} · {}</footer>\n</main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        report.at.date()
    ));
    out
}

fn group(group: &Group<'_>) -> String {
    let Group { severity, told: finding, others } = group;
    let class = if finding.verdict == Verdict::Fail { "altered" } else { "incomplete" };
    let asks = match finding.benchmarks.as_slice() {
        [] => String::new(),
        ids => format!("<p>Asked for by {}</p>\n", ids.join(", ")),
    };
    let also = match others.as_slice() {
        [] => String::new(),
        others => {
            let ids: Vec<String> =
                others.iter().map(|other| format!("<code>{}</code>", markup(&other.id))).collect();
            let verb = if finding.verdict == Verdict::Fail { "fails" } else { "leaves open" };
            format!("<p>The same answer {verb} {}</p>\n", ids.join(", "))
        }
    };
    format!(
        "<details class=\"{class}\" open><summary><code>{}</code> <span>{severity}, {}</span></summary>\n<p>Asked: {}</p>\n\
         <p>{}<br><code>{}</code></p>\n<p class=\"next\">{}</p>\n{asks}{also}</details>\n",
        markup(&finding.id),
        finding.verdict,
        markup(&finding.title),
        markup(&finding.resource),
        markup(&finding.evidence),
        markup(&healing(finding))
    )
}
