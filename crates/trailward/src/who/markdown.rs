//! The report for tickets and wikis.

use super::block::{self};
use crate::report::markdown;
use trailward_guard::who::{Certainty, Report};

pub(super) fn page(report: &Report) -> String {
    let mut out = format!("# Who can destroy or blind the trail?\n\n**{}**\n\n", block::verdict(report));
    out.push_str(&format!("Trail {}, bucket {}.\n", markdown(&report.trail), markdown(&report.bucket)));
    let blocks = block::unexpected(report);
    for block in &blocks {
        let name = markdown(&block::name(block.principal));
        out.push_str(&format!("\n## {name} – {}\n", block.severity.word()));
        for part in &block.parts {
            out.push_str("\n| effect | ways |\n|---|---|\n");
            for (effect, ways) in part.by_effect() {
                let names: Vec<&str> = ways.iter().map(|finding| finding.way).collect();
                out.push_str(&format!("| {} | {} |\n", effect.word(), names.join(", ")));
            }
            out.push('\n');
            for line in part.how() {
                out.push_str(&format!("1. {}\n", markdown(&line)));
            }
            if part.first.certainty == Certainty::Possible {
                for condition in &part.first.conditions {
                    out.push_str(&format!("- only {}\n", markdown(condition)));
                }
            }
            for closes in part.closes() {
                out.push_str(&format!("- closes it: {}\n", markdown(closes)));
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
        markdown(&format!(
            "{}: {}",
            block::name(block.principal),
            block.principal.expected.as_deref().unwrap_or_default()
        ))
    };
    section("Expected", expected.iter().map(because).collect());
    let open = report.unknown.iter();
    let open = open.map(|u| markdown(&format!("{} – needs {}: {}", u.what, u.why.action, u.why.problem)));
    section("Not known", open.collect());
    let closed = report.closed.iter().map(|c| markdown(&format!("{}: {}", c.way, c.by)));
    section("Closed for everybody", closed.collect());
    let ways = block::ways(&blocks).into_iter().map(|way| {
        let remedy = way.closes.first().map_or("", String::as_str);
        markdown(&format!(
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
