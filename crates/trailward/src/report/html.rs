//! One self-contained page: no scripts, nothing loaded, every foreign byte escaped.

use super::clean::markup;
use super::coverage;
use super::group::{self, Group};
use std::io::{self, Write};
use trailward_archive::report::{DayState, Report};
use trailward_digest::Verdict;

/// Rows of the heat map; an organization's 850 fit.
const MOST_ROWS: usize = 2_000;
/// Columns of the heat map before days fold into weeks.
const MOST_COLUMNS: usize = 120;
/// Findings that are shown of each reason.
const MOST_SHOWN: usize = 500;

const STYLE: &str = include_str!("page.css");

/// Writes it.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let verdict = report.verdict.to_string();
    let title = format!("{verdict} – trailward validate");
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )?;
    let sentence = group::sentence(report);
    writeln!(out, "<header class=\"{verdict}\"><h1>{verdict}</h1><p>{}</p></header>", markup(&sentence))?;
    about(report, out)?;
    heat_map(report, out)?;
    let groups = group::groups(report);
    if !groups.is_empty() {
        writeln!(out, "<h2>Findings</h2>")?;
    }
    for group in &groups {
        write_group(group, out)?;
    }
    chains(report, out)?;
    writeln!(out, "<footer>trailward {} · {}</footer>", env!("CARGO_PKG_VERSION"), group::moment(report.at))?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn about(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<dl class=\"about\">")?;
    let mut row = |term: &str, text: &str| writeln!(out, "<dt>{term}</dt><dd>{}</dd>", markup(text));
    for source in &report.sources {
        row("Source", &source.name)?;
        if let Some(bucket) = &source.copy_of {
            row("Copy of", bucket)?;
        }
    }
    row("Asked", &group::span(report.requested))?;
    row("Proven", &report.found.map_or_else(|| "nothing".to_owned(), group::span))?;
    if !report.keys.origin.is_empty() {
        row("Public keys", &format!("{} from {}", report.keys.count, report.keys.origin))?;
    }
    let counts = &report.counts;
    row("Extent", &group::extent(report))?;
    row("Read", &format!("{}, {} unpacked", group::bytes(counts.bytes), group::bytes(counts.unpacked)))?;
    if counts.remembered > 0 {
        row("Verified earlier", &group::count(counts.remembered, "object"))?;
    }
    for warning in &report.warnings {
        row("Warning", warning)?;
    }
    writeln!(out, "</dl>")
}

fn colour(state: DayState) -> &'static str {
    match state {
        DayState::Ok => "var(--ok)",
        DayState::None => "var(--none)",
        DayState::Incomplete => "var(--incomplete)",
        DayState::Altered => "var(--altered)",
    }
}

/// Size of a cell with its gap.
const CELL: usize = 13;

fn heat_map(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let map = coverage::map(report, MOST_COLUMNS, MOST_ROWS);
    if map.rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Coverage</h2>\n<p class=\"legend\">")?;
    for state in [DayState::Ok, DayState::Incomplete, DayState::Altered, DayState::None] {
        writeln!(
            out,
            "<span><i style=\"background:{}\"></i>{}</span>",
            colour(state),
            coverage::word(state)
        )?;
    }
    let each = match map.columns.first().map_or(1, |column| column.days) {
        1 => "a cell is a day".to_owned(),
        7 => "a cell is a week".to_owned(),
        days => format!("a cell is {days} days"),
    };
    writeln!(out, "<span>{each}</span></p>")?;
    let (margin, head) = (225, 18);
    let width = margin + map.columns.len() * CELL + 40;
    let height = head + map.rows.len() * CELL;
    writeln!(
        out,
        "<div class=\"map\"><svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"Coverage by account, Region and day\">"
    )?;
    let mut free = 0;
    for (at, column) in map.columns.iter().enumerate() {
        let x = margin + at * CELL;
        if x >= free {
            writeln!(out, "<text x=\"{x}\" y=\"11\">{}</text>", column.first)?;
            free = x + 78;
        }
    }
    let mut before = "";
    for (at, row) in map.rows.iter().enumerate() {
        let y = head + at * CELL;
        let account = if row.account == before { "" } else { row.account };
        before = row.account;
        writeln!(
            out,
            "<text x=\"0\" y=\"{0}\">{1}</text><text x=\"100\" y=\"{0}\">{2}</text>",
            y + 10,
            markup(account),
            markup(row.region)
        )?;
        write_cells(row, &map.columns, (margin, y), out)?;
    }
    writeln!(out, "</svg></div>")?;
    if map.more_ok + map.more_wrong > 0 {
        writeln!(
            out,
            "<p>… and {} more, all ok; {} more with something wrong</p>",
            map.more_ok, map.more_wrong
        )?;
    }
    Ok(())
}

/// A row's cells. Those that are ok are one path: they are most of a map, and say nothing but their place.
fn write_cells(
    row: &coverage::Row<'_>,
    columns: &[coverage::Column],
    (margin, y): (usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    let size = CELL - 2;
    let mut ok = String::new();
    for (at, (cell, column)) in row.cells.iter().zip(columns).enumerate() {
        let x = margin + at * CELL;
        match cell {
            None => {}
            Some(DayState::Ok) => ok.push_str(&format!("M{x} {y}h{size}v{size}h-{size}z")),
            Some(state) => {
                write!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" ")?;
                writeln!(
                    out,
                    "fill=\"{}\"><title>{} {} {}: {}</title></rect>",
                    colour(*state),
                    markup(row.account),
                    markup(row.region),
                    column.first,
                    coverage::word(*state)
                )?;
            }
        }
    }
    if !ok.is_empty() {
        writeln!(out, "<path fill=\"{}\" d=\"{ok}\"/>", colour(DayState::Ok))?;
    }
    Ok(())
}

fn write_group(group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
    let open = if group.verdict == Verdict::Altered { " open" } else { "" };
    let mut counted = vec![group::count(group.total, "finding")];
    if group.records > 0 {
        counted.push(group::count(group.records, "record"));
    }
    if let Some(hours) = group::hours(&group.spans).filter(|hours| *hours > 0) {
        counted.push(group::count(hours, "hour"));
    }
    writeln!(
        out,
        "<details class=\"{}\"{open}><summary><code>{}</code> <span>{}</span></summary>\n<p>{}</p>",
        group.verdict,
        group.reason.code(),
        counted.join(", "),
        markup(group.reason.meaning())
    )?;
    for remedy in &group.remedies {
        writeln!(out, "<p class=\"next\">{}</p>", markup(remedy))?;
    }
    for needs in &group.needs {
        writeln!(out, "<p class=\"next\">Needs <code>{}</code></p>", markup(needs))?;
    }
    writeln!(
        out,
        "<div class=\"map\"><table><thead><tr><th>Account</th><th>Region</th><th>Time</th><th>What</th></tr></thead><tbody>"
    )?;
    for finding in group.findings.iter().take(MOST_SHOWN) {
        let text = |value: &Option<String>| markup(value.as_deref().unwrap_or("–"));
        let object = finding.object.as_ref().map(|o| format!("<code>{}</code><br>", markup(o)));
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>",
            text(&finding.account),
            text(&finding.region),
            group::span(finding.span),
            object.unwrap_or_default(),
            markup(&finding.detail)
        )?;
    }
    writeln!(out, "</tbody></table></div>")?;
    let shown = u64::try_from(group.findings.len().min(MOST_SHOWN)).unwrap_or(u64::MAX);
    if group.total > shown {
        writeln!(out, "<p>… and {} more</p>", group::thousands(group.total - shown))?;
    }
    writeln!(out, "</details>")
}

fn chains(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.chains.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Chains</h2>\n<div class=\"map\"><table><thead><tr><th>Account</th><th>Region</th><th>Trail</th><th>Digests</th>\
         <th>Log files</th><th>Found</th><th>Verdict</th></tr></thead><tbody>"
    )?;
    for chain in &report.chains {
        let kind = if chain.backfill { " (backfill)" } else { "" };
        writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}{kind}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td>\
             <td class=\"{v}\">{v}</td></tr>",
            markup(&chain.account),
            markup(&chain.region),
            markup(&chain.trail),
            group::thousands(chain.digests),
            group::thousands(chain.logs),
            chain.found.map_or_else(|| "–".to_owned(), group::span),
            v = chain.verdict
        )?;
    }
    writeln!(out, "</tbody></table></div>")
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn the_page_stands_alone_and_is_safe() {
        let mut out = Vec::new();
        super::write(&sample::hostile(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for banned in ["<script", "http://", "https://", "<link", "<img", "@import", "javascript:"] {
            let lower = text.to_lowercase().replace("&quot;http://evil", "");
            assert!(!lower.contains(banned), "{banned}");
        }
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        for tag in ["main", "svg", "table", "details", "div", "tr", "td", "dl", "p"] {
            let opened =
                text.matches(&format!("<{tag}>")).count() + text.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert!(text.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)"), "{text}");
        assert!(text.contains("2026-01-02: altered</title>"), "{text}");
    }
}
