//! The report for tickets and wikis.

use super::block::{self};
use crate::report::visible;
use trailward_guard::who::{Certainty, Report};

/// Text that Markdown takes for nothing but text.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

pub(super) fn page(report: &Report) -> String {
    let mut out = format!("# Who can destroy or blind the trail?\n\n**{}**\n\n", block::verdict(report));
    out.push_str(&format!("Trail {}, bucket {}.\n", plain(&report.trail), plain(&report.bucket)));
    let blocks = block::unexpected(report);
    for block in &blocks {
        let name = plain(&block::name(block.principal));
        out.push_str(&format!("\n## {name} – {}\n", block.severity.word()));
        for part in &block.parts {
            out.push_str("\n| effect | ways |\n|---|---|\n");
            for (effect, ways) in part.by_effect() {
                let names: Vec<&str> = ways.iter().map(|finding| finding.way).collect();
                out.push_str(&format!("| {} | {} |\n", effect.word(), names.join(", ")));
            }
            out.push('\n');
            for line in part.how() {
                out.push_str(&format!("1. {}\n", plain(&line)));
            }
            if part.first.certainty == Certainty::Possible {
                for condition in &part.first.conditions {
                    out.push_str(&format!("- only {}\n", plain(condition)));
                }
            }
            for closes in part.closes() {
                out.push_str(&format!("- closes it: {}\n", plain(closes)));
            }
        }
    }
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("\n## {title}\n\n"));
            out.extend(lines.into_iter().map(|line| format!("- {line}\n")));
        }
    };
    let expected = block::expected(report);
    let because = |block: &block::Block<'_>| {
        plain(&format!(
            "{}: {}",
            block::name(block.principal),
            block.principal.expected.as_deref().unwrap_or_default()
        ))
    };
    section("Expected", expected.iter().map(because).collect());
    let open = report.unknown.iter();
    let open = open.map(|u| plain(&format!("{} – needs {}: {}", u.what, u.why.action, u.why.problem)));
    section("Not known", open.collect());
    let closed = report.closed.iter().map(|c| plain(&format!("{}: {}", c.way, c.by)));
    section("Closed for everybody", closed.collect());
    let ways = block::ways(&blocks).into_iter().map(|way| {
        let remedy = way.closes.first().map_or("", String::as_str);
        plain(&format!(
            "{} ({}): {} [{}]. Closed by: {remedy}",
            way.way,
            way.severity.word(),
            way.title,
            way.actions.join(", ")
        ))
    });
    section("The ways", ways.collect());
    out
}
