//! The report for a person at a terminal: the answer first, then who and how, then what the names mean.

use super::block::{self, Block, Part};
use crate::report::visible;
use trailward_guard::who::{Certainty, Report};

/// Columns that text is folded to, where nothing says otherwise.
const WIDTH: usize = 110;

pub(super) fn table(report: &Report) -> String {
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).max(60));
    let mut out = format!("Who can destroy or blind the trail?\n{}\n\n", block::verdict(report));
    let mut row = |term: &str, text: &str| out.push_str(&folded(term, 9, &visible(text), width));
    row("trail", &report.trail);
    row("bucket", &report.bucket);
    row("read", &format!("{} principals of {}", report.judged, report.accounts.join(", ")));
    let blocks = block::unexpected(report);
    for block in &blocks {
        out.push('\n');
        write_block(block, width, &mut out);
    }
    let expected = block::expected(report);
    if !expected.is_empty() {
        out.push_str("\nExpected, and so not counted\n");
        for block in &expected {
            let ways: usize = block.parts.iter().map(|part| part.ways.len()).sum();
            let why = block.principal.expected.as_deref().unwrap_or_default();
            let count = if ways == 1 { "1 way".to_owned() } else { format!("{ways} ways") };
            let text = format!("{}: {count}; {why}", block::name(block.principal));
            out.push_str(&folded("", 2, &visible(&text), width));
        }
    }
    unknown(report, width, &mut out);
    if !report.closed.is_empty() {
        out.push_str("\nClosed for everybody\n");
        for closed in &report.closed {
            out.push_str(&folded(closed.way, 22, &visible(&closed.by), width));
        }
    }
    let ways = block::ways(&blocks);
    if !ways.is_empty() {
        out.push_str("\nWhat the ways are, what they take, and what closes them\n");
    }
    for way in ways {
        let text = format!("{}: {} [{}]", way.severity.word(), way.title, way.actions.join(", "));
        out.push_str(&folded(way.way, 22, &text, width));
        if let Some(closes) = way.closes.first() {
            out.push_str(&folded("", 22, &format!("→ {closes}"), width));
        }
    }
    out
}

fn unknown(report: &Report, width: usize, out: &mut String) {
    if report.unknown.is_empty() {
        return;
    }
    out.push_str("\nNot known, and so not \"nobody\"\n");
    for unknown in &report.unknown {
        let text = format!("{} – needs {}: {}", unknown.what, unknown.why.action, unknown.why.problem);
        out.push_str(&folded("", 2, &visible(&text), width));
    }
}

fn write_block(block: &Block<'_>, width: usize, out: &mut String) {
    let name = visible(&block::name(block.principal));
    out.push_str(&format!("{}  {name}\n", block.severity.word().to_uppercase()));
    for (at, part) in block.parts.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        write_part(part, width, out);
    }
}

fn write_part(part: &Part<'_>, width: usize, out: &mut String) {
    for (at, line) in part.how().iter().enumerate() {
        out.push_str(&folded(if at == 0 { "  how" } else { "" }, 12, &visible(line), width));
    }
    for (effect, ways) in part.by_effect() {
        let names: Vec<&str> = ways.iter().map(|finding| finding.way).collect();
        out.push_str(&folded(&format!("  {}", effect.word()), 12, &names.join(", "), width));
    }
    if part.first.certainty == Certainty::Possible {
        for (at, condition) in part.first.conditions.iter().enumerate() {
            out.push_str(&folded(if at == 0 { "  only" } else { "" }, 12, &visible(condition), width));
        }
    }
    for (at, closes) in part.closes().into_iter().enumerate() {
        out.push_str(&folded(if at == 0 { "  closes" } else { "" }, 12, &visible(closes), width));
    }
}

/// A term and its text, folded at spaces and hanging at `indent`.
fn folded(term: &str, indent: usize, text: &str, width: usize) -> String {
    let mut out = format!("{term:indent$}");
    if term.chars().count() >= indent {
        out.push(' ');
    }
    let mut column = out.chars().count();
    let mut first = true;
    for word in text.split(' ') {
        let length = word.chars().count();
        if !first && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if !first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        first = false;
    }
    out.push('\n');
    out
}
