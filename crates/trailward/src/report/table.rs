//! The report for a terminal: the verdict in one line, the coverage map, the findings by reason.

use super::clean::visible;
use super::coverage::{self, Map};
use super::group::{self, Group};
use std::io::{self, Write};
use trailward_archive::report::{DayState, Report};
use trailward_digest::Verdict;

/// Rows of the map before it folds.
const MOST_ROWS: usize = 40;
/// Findings that are shown of each reason.
const MOST_SHOWN: usize = 5;
/// Spans that are shown of each reason.
const MOST_SPANS: usize = 4;
/// Columns before the map's cells: account, Region, spaces.
const MARGIN: usize = 31;

/// How the terminal is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// Whether to use colour.
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

#[derive(Clone, Copy)]
enum Ink {
    Plain,
    Good,
    Poor,
    Bad,
    Faint,
    Strong,
}

impl Style {
    fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Good => "32",
            Ink::Poor => "33",
            Ink::Bad => "1;31",
            Ink::Faint => "2",
            Ink::Strong => "1",
            Ink::Plain => return text.to_owned(),
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Intact => Ink::Good,
        Verdict::Incomplete => Ink::Poor,
        Verdict::Altered => Ink::Bad,
    }
}

/// Different without colour too.
fn mark(state: Option<DayState>) -> (Ink, &'static str) {
    match state {
        Some(DayState::Ok) => (Ink::Good, "·"),
        Some(DayState::None) => (Ink::Poor, "-"),
        Some(DayState::Incomplete) => (Ink::Poor, "!"),
        Some(DayState::Altered) => (Ink::Bad, "X"),
        None => (Ink::Plain, " "),
    }
}

/// Writes it.
pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let verdict = report.verdict.to_string().to_uppercase();
    writeln!(out, "{}  {}", style.paint(ink(report.verdict), &verdict), group::sentence(report))?;
    about(report, style, out)?;
    write_map(report, style, out)?;
    for group in group::groups(report) {
        write_group(&group, style, out)?;
    }
    for warning in &report.warnings {
        let word = style.paint(Ink::Poor, "warning:");
        writeln!(out, "\n{word} {}", wrapped(&visible(warning), style.width, 0).trim_start())?;
    }
    Ok(())
}

fn about(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for source in &report.sources {
        let copy = source
            .copy_of
            .as_ref()
            .map(|bucket| format!(", a copy: checked against the original place {}", visible(bucket)));
        let line = format!("  source    {}{}", visible(&source.name), copy.unwrap_or_default());
        writeln!(out, "{}", style.paint(Ink::Faint, &line))?;
    }
    let found = report.found.map_or_else(|| "nothing".to_owned(), group::span);
    let mut lines =
        vec![format!("  proven    {found}"), format!("  asked     {}", group::span(report.requested))];
    if report.keys.count > 0 || !report.keys.origin.is_empty() {
        let keys = group::count(u64::try_from(report.keys.count).unwrap_or(u64::MAX), "public key");
        lines.push(format!("  keys      {keys} from {}", visible(&report.keys.origin)));
    }
    lines.push(format!("  extent    {}", group::extent(report)));
    let counts = &report.counts;
    if counts.bytes > 0 || counts.remembered > 0 {
        let mut line =
            format!("  read      {}, {} unpacked", group::bytes(counts.bytes), group::bytes(counts.unpacked));
        if counts.remembered > 0 {
            line.push_str(&format!(
                "; {} verified by an earlier run",
                group::count(counts.remembered, "object")
            ));
        }
        lines.push(line);
    }
    for line in lines {
        writeln!(out, "{}", style.paint(Ink::Faint, &line))?;
    }
    Ok(())
}

fn write_map(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let room = style.width.saturating_sub(MARGIN).max(20);
    let map = coverage::map(report, room, MOST_ROWS);
    if map.rows.is_empty() {
        return Ok(());
    }
    let step = if map.columns.len() * 2 <= room { 2 } else { 1 };
    writeln!(out, "\n{}", style.paint(Ink::Strong, &heading(&map, step)))?;
    let mut before = "";
    for row in &map.rows {
        let account = if row.account == before { "" } else { row.account };
        before = row.account;
        let mut line = format!("  {:<12} {:<15} ", visible(account), visible(row.region));
        let gap = if step == 2 { " " } else { "" };
        // Runs of one state are painted at once: colour codes are most of a map's bytes otherwise.
        let mut cells = row.cells.iter().peekable();
        while let Some(cell) = cells.next() {
            let (ink, sign) = mark(*cell);
            let mut run = format!("{sign}{gap}");
            while cells.peek() == Some(&cell) {
                cells.next();
                run.push_str(sign);
                run.push_str(gap);
            }
            line.push_str(&style.paint(ink, &run));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    if map.more_wrong > 0 {
        writeln!(out, "  … and {} more with something wrong (--format json has all)", map.more_wrong)?;
    }
    if map.more_ok > 0 {
        let more = group::thousands(u64::try_from(map.more_ok).unwrap_or(u64::MAX));
        writeln!(out, "  … and {more} more, all ok")?;
    }
    let each = match map.columns.first().map_or(1, |column| column.days) {
        1 => "a column is a day".to_owned(),
        7 => "a column is a week".to_owned(),
        days => format!("a column is {days} days"),
    };
    let legend: Vec<String> = [DayState::Ok, DayState::Incomplete, DayState::Altered, DayState::None]
        .map(|state| {
            let (ink, sign) = mark(Some(state));
            format!("{} {}", style.paint(ink, sign), coverage::word(state))
        })
        .into();
    writeln!(out, "  {}   {each}", legend.join("  "))
}

/// Dates above the columns they belong to, as many as have room.
fn heading(map: &Map<'_>, step: usize) -> String {
    let mut line = format!("  {:<12} {:<15} ", "account", "Region");
    let margin = line.chars().count();
    for (at, column) in map.columns.iter().enumerate() {
        let place = margin + at * step;
        let length = line.chars().count();
        if length <= place {
            line.push_str(&" ".repeat(place - length));
            let date = column.first.to_string();
            // The year is told once, by the range above.
            line.push_str(date.get(date.len().saturating_sub(5)..).unwrap_or_default());
            line.push_str("  ");
        }
    }
    line.trim_end().to_owned()
}

fn write_group(group: &Group<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut parts = vec![group::count(group.total, "finding")];
    if group.objects > 0 {
        parts.push(group::count(u64::try_from(group.objects).unwrap_or(u64::MAX), "object"));
    }
    if group.records > 0 {
        parts.push(group::count(group.records, "record"));
    }
    if let Some(hours) = group::hours(&group.spans).filter(|hours| *hours > 0) {
        parts.push(group::count(hours, "hour"));
    }
    writeln!(out, "\n{}  {}", style.paint(ink(group.verdict), group.reason.code()), parts.join(", "))?;
    writeln!(out, "{}", wrapped(group.reason.meaning(), style.width, 2))?;
    if !group.spans.is_empty() {
        let mut spans: Vec<String> = group.spans.iter().take(MOST_SPANS).map(|s| group::span(*s)).collect();
        if group.spans.len() > MOST_SPANS {
            spans.push(format!("… {} more", group.spans.len() - MOST_SPANS));
        }
        writeln!(out, "{}", wrapped(&format!("when: {}", spans.join("; ")), style.width, 2))?;
    }
    for finding in group.findings.iter().take(MOST_SHOWN) {
        let place = [&finding.account, &finding.region, &finding.trail].into_iter().flatten().cloned();
        let place: Vec<String> = place.collect();
        let subject = finding.object.clone().unwrap_or_else(|| place.join(" "));
        // Names stay whole: they are for copying.
        if !subject.is_empty() {
            writeln!(out, "    {}", style.paint(Ink::Strong, &visible(&subject)))?;
        }
        if !finding.detail.is_empty() {
            writeln!(out, "{}", wrapped(&visible(&finding.detail), style.width, 6))?;
        }
    }
    let shown = u64::try_from(group.findings.len().min(MOST_SHOWN)).unwrap_or(u64::MAX);
    if group.total > shown {
        writeln!(out, "    … and {} more", group::thousands(group.total - shown))?;
    }
    for remedy in &group.remedies {
        writeln!(out, "{}", wrapped(&format!("next: {}", visible(remedy)), style.width, 2))?;
    }
    for needs in group.needs.iter().take(MOST_SHOWN) {
        writeln!(out, "{}", wrapped(&format!("needs: {}", visible(needs)), style.width, 2))?;
    }
    Ok(())
}

/// `text` in lines of at most `width`, each behind `indent` spaces. Words longer than a line stay whole.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = vec![margin.clone()];
    let mut used = indent;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > indent && used + 1 + length > width {
            lines.push(margin.clone());
            used = indent;
        }
        if let Some(line) = lines.last_mut() {
            if used > indent {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn shown(report: &Report, colour: bool, width: usize) -> String {
        let mut out = Vec::new();
        write(report, Style { colour, width }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_verdict_comes_first_and_nothing_hostile_passes() {
        let text = shown(&sample::hostile(), false, 80);
        assert!(text.starts_with("ALTERED  7 findings: "), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{7}', '\r', '\u{202e}']), "{text}");
        for part in [
            "log-altered  5 findings, 2 objects, 184 records, 1 hour",
            "when: 2026-01-02 03:00 to 04:00",
            "… and 3 more",
            "next: Find out who wrote it",
            "needs: s3:GetObject on arn:aws:s3:::b/k",
            "a copy: checked against the original place s3://original\\u{1b}c",
            "·!",
        ] {
            let squeezed = text.replace("· ", "·").replace("! ", "!");
            assert!(text.contains(part) || squeezed.contains(part), "{part}:\n{text}");
        }
        let coloured = shown(&sample::hostile(), true, 80);
        assert!(coloured.starts_with("\u{1b}[1;31mALTERED\u{1b}[0m  "), "{coloured}");
        assert!(!coloured.contains("\u{1b}[2J"), "{coloured}");
    }

    #[test]
    fn fifty_accounts_fit_a_terminal() {
        let mut report = sample::clean(50, 17, 90);
        report.coverage[100].days[3].state = DayState::Altered;
        for width in [80, 120] {
            let text = shown(&report, false, width);
            assert!(text.contains("… and 849 more, all ok"), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(text.lines().count() < 20, "{text}");
        }
        let text = shown(&sample::clean(1, 2, 3), false, 80);
        assert!(text.starts_with("INTACT  24 of 24 digests and 288 of 288 log files valid\n"), "{text}");
        assert!(text.contains("01-01"), "{text}");
    }
}
