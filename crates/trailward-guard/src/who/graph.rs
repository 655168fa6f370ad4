//! A drawing of a report: who acts as whom, and to what end. Principals stand in columns, the farther from the trail the
//! farther left; at the right stands what becomes of the trail. The same report gives the same bytes.

use super::report::{Certainty, Effect, Finding, Kind, Principal, Report, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// How many principals are drawn; the worst come first.
const MOST: usize = 120;
/// How many columns of principals there are at most; longer chains fold into the first.
const DEEPEST: usize = 4;

const WIDTH: usize = 210;
const HEIGHT: usize = 40;
const GAP: usize = 12;
const CORRIDOR: usize = 96;
const TOP: usize = 46;
/// Characters of a name that fit its box.
const LETTERS: usize = 27;

const STYLE: &str = "\
.who{--ink:#1c2430;--faint:#5b6675;--paper:#fff;--line:#c9d0d9;--critical:#c5363c;--high:#b26b00;--medium:#8a7a12;\
--low:#5b6675}\
@media(prefers-color-scheme:dark){.who{--ink:#e4e8ee;--faint:#9aa5b4;--paper:#171c24;--line:#3a4450;--critical:#f0757a;\
--high:#e8a33d;--medium:#d3c25a;--low:#9aa5b4}}\
.who text{font:12px system-ui,sans-serif;fill:var(--ink)}.who .sub{font-size:10.5px;fill:var(--faint)}\
.who .head{font-size:11px;fill:var(--faint);letter-spacing:.04em}\
.who rect{fill:var(--paper);stroke:var(--line);stroke-width:1.2}.who path{fill:none;stroke-width:1.4;opacity:.65}\
.who .critical{stroke:var(--critical)}.who .high{stroke:var(--high)}.who .medium{stroke:var(--medium)}\
.who .low{stroke:var(--low)}.who .acts{stroke:var(--faint)}.who .possible{stroke-dasharray:5 4}\
.who .expected{opacity:.55}";

struct Node<'a> {
    principal: &'a Principal,
    severity: Severity,
    column: usize,
    /// What it can do without anybody else, by effect.
    own: BTreeMap<Effect, Vec<&'a Finding>>,
    ways: usize,
}

/// Draws a report.
pub fn svg(report: &Report) -> String {
    let (nodes, left_out) = nodes(report);
    let columns = nodes.iter().map(|node| node.column).max().map_or(1, |deepest| deepest + 1);
    let effects = effects(&nodes);
    let mut at: BTreeMap<&Principal, (usize, usize)> = BTreeMap::new();
    let mut tallest = 0;
    for column in 0..columns {
        let x = (columns - 1 - column) * (WIDTH + CORRIDOR);
        let mut y = TOP;
        for node in nodes.iter().filter(|node| node.column == column) {
            at.insert(node.principal, (x, y));
            y += HEIGHT + GAP;
        }
        tallest = tallest.max(y);
    }
    let right = columns * (WIDTH + CORRIDOR);
    let mut ends: BTreeMap<Effect, (usize, usize)> = BTreeMap::new();
    let mut y = TOP;
    for (effect, ways) in &effects {
        let height = 30 + ways.len() * 16;
        ends.insert(*effect, (y, height));
        y += height + GAP;
    }
    let (width, height) = (right + WIDTH, tallest.max(y) + 24);
    let mut out = format!(
        "<svg class=\"who\" xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Who can destroy or blind the trail\">\
         <style>{STYLE}</style>\n"
    );
    heads(columns, right, &mut out);
    acts(report, &at, &mut out);
    for node in &nodes {
        leads(node, &at, &ends, right, &mut out);
    }
    for node in &nodes {
        boxed(node, &at, &mut out);
    }
    for (effect, ways) in &effects {
        let Some((y, height)) = ends.get(effect) else { continue };
        out.push_str(&format!(
            "<g><rect x=\"{right}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\"/>\
             <text x=\"{}\" y=\"{}\" font-weight=\"600\">{} the trail</text>\n",
            right + 10,
            y + 19,
            effect.word()
        ));
        for (line, (way, title)) in ways.iter().enumerate() {
            out.push_str(&format!(
                "<text class=\"sub\" x=\"{}\" y=\"{}\">{way}<title>{}</title></text>\n",
                right + 10,
                y + 36 + line * 16,
                escaped(title)
            ));
        }
        out.push_str("</g>\n");
    }
    let foot = if left_out > 0 { format!("{left_out} more principals are not drawn") } else { String::new() };
    out.push_str(&format!("<text class=\"sub\" x=\"0\" y=\"{}\">{foot}</text></svg>\n", height - 6));
    out
}

fn heads(columns: usize, right: usize, out: &mut String) {
    for column in 0..columns {
        let x = (columns - 1 - column) * (WIDTH + CORRIDOR);
        let title = match column {
            0 => "CAN THEMSELVES".to_owned(),
            1 => "CAN BY ACTING AS THOSE".to_owned(),
            _ => format!("BY {column} STEPS OR MORE"),
        };
        out.push_str(&format!("<text class=\"head\" x=\"{x}\" y=\"28\">{title}</text>\n"));
    }
    out.push_str(&format!("<text class=\"head\" x=\"{right}\" y=\"28\">AND THAT</text>\n"));
}

/// The principals to draw: those with findings, and those they act as; how many had no room.
fn nodes(report: &Report) -> (Vec<Node<'_>>, usize) {
    let mut by: BTreeMap<&Principal, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        by.entry(&finding.principal).or_default().push(finding);
    }
    for assumption in &report.assumptions {
        by.entry(&assumption.from).or_default();
        by.entry(&assumption.to).or_default();
    }
    let depth = depths(report);
    let mut nodes: Vec<Node<'_>> = by
        .into_iter()
        .map(|(principal, findings)| {
            let mut own: BTreeMap<Effect, Vec<&Finding>> = BTreeMap::new();
            for finding in findings.iter().filter(|finding| is_own(finding)) {
                own.entry(finding.effect).or_default().push(finding);
            }
            let column = if own.is_empty() { depth.get(principal).copied().unwrap_or(1) } else { 0 };
            let severity = findings.iter().map(|f| f.severity).min().unwrap_or(Severity::Low);
            Node { principal, severity, column: column.min(DEEPEST - 1), own, ways: findings.len() }
        })
        .collect();
    nodes.sort_by_key(|node| {
        (
            node.principal.expected.is_some(),
            node.severity,
            node.principal.account.clone(),
            &node.principal.name,
        )
    });
    let left_out = nodes.len().saturating_sub(MOST);
    nodes.truncate(MOST);
    (nodes, left_out)
}

/// Whether nobody else has a part in it.
fn is_own(finding: &Finding) -> bool {
    finding.path.iter().all(|step| step.itself)
}

/// How many others stand between a principal and the trail.
fn depths(report: &Report) -> BTreeMap<&Principal, usize> {
    let direct = report.findings.iter().filter(|finding| is_own(finding));
    let mut depth: BTreeMap<&Principal, usize> = direct.map(|finding| (&finding.principal, 0)).collect();
    for round in 1..=report.assumptions.len() {
        let reached: BTreeSet<&Principal> = depth.keys().copied().collect();
        let next =
            report.assumptions.iter().filter(|a| reached.contains(&a.to) && !reached.contains(&a.from));
        let next: Vec<&Principal> = next.map(|a| &a.from).collect();
        if next.is_empty() {
            break;
        }
        depth.extend(next.into_iter().map(|principal| (principal, round)));
    }
    depth
}

/// The ways that somebody drawn has, by effect: name and title.
fn effects<'a>(nodes: &[Node<'a>]) -> BTreeMap<Effect, BTreeMap<&'a str, &'a str>> {
    let mut found: BTreeMap<Effect, BTreeMap<&str, &str>> = BTreeMap::new();
    for finding in nodes.iter().flat_map(|node| node.own.values().flatten()) {
        found.entry(finding.effect).or_default().insert(finding.way, finding.title);
    }
    found
}

fn class(certainty: Certainty) -> &'static str {
    if certainty == Certainty::Possible { " possible" } else { "" }
}

/// Lines from those who act as others.
fn acts(report: &Report, at: &BTreeMap<&Principal, (usize, usize)>, out: &mut String) {
    for assumption in &report.assumptions {
        let (Some(&(x, y)), Some(&(to_x, to_y))) = (at.get(&assumption.from), at.get(&assumption.to)) else {
            continue;
        };
        let (y, to_y) = (y + HEIGHT / 2, to_y + HEIGHT / 2);
        let line = if x < to_x {
            curve(x + WIDTH, y, to_x, to_y)
        } else {
            // In one column or backwards: around the right side.
            let (from, to) = (x + WIDTH, to_x + WIDTH);
            let out = from.max(to) + CORRIDOR / 3;
            format!("M{from} {y}C{out} {y} {out} {to_y} {to} {to_y}")
        };
        out.push_str(&format!(
            "<path class=\"acts{}\" d=\"{line}\"><title>{}: {}</title></path>\n",
            class(assumption.certainty),
            escaped(&assumption.from.name),
            escaped(&assumption.how)
        ));
    }
}

/// Lines from a principal to what it does itself.
fn leads(
    node: &Node<'_>,
    at: &BTreeMap<&Principal, (usize, usize)>,
    ends: &BTreeMap<Effect, (usize, usize)>,
    right: usize,
    out: &mut String,
) {
    let Some(&(x, y)) = at.get(node.principal) else { return };
    for (effect, findings) in &node.own {
        let Some(&(end, height)) = ends.get(effect) else { continue };
        let severity = findings.iter().map(|f| f.severity).min().unwrap_or(Severity::Low);
        let certainty = findings.iter().map(|f| f.certainty).min().unwrap_or(Certainty::Certain);
        let expected = if node.principal.expected.is_some() { " expected" } else { "" };
        out.push_str(&format!(
            "<path class=\"{}{}{expected}\" d=\"{}\"/>\n",
            severity.word(),
            class(certainty),
            curve(x + WIDTH, y + HEIGHT / 2, right, end + height.min(36) / 2)
        ));
    }
}

fn curve(x: usize, y: usize, to_x: usize, to_y: usize) -> String {
    let middle = usize::midpoint(x, to_x);
    format!("M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}")
}

fn boxed(node: &Node<'_>, at: &BTreeMap<&Principal, (usize, usize)>, out: &mut String) {
    let Some(&(x, y)) = at.get(node.principal) else { return };
    let principal = node.principal;
    let full = principal.arn.as_deref().unwrap_or(&principal.name);
    let count = if node.ways == 1 { "1 way".to_owned() } else { format!("{} ways", node.ways) };
    let under = match (&principal.expected, &principal.account) {
        (Some(_), Some(account)) => format!("{account}, {count}, expected"),
        (Some(_), None) => format!("{count}, expected"),
        (None, Some(account)) => format!("{account}, {count}, {}", node.severity.word()),
        (None, None) if principal.kind == Kind::Service => "a service".to_owned(),
        (None, None) => format!("{count}, {}", node.severity.word()),
    };
    let expected = if principal.expected.is_some() { " class=\"expected\"" } else { "" };
    let colour = if principal.expected.is_some() { "acts" } else { node.severity.word() };
    out.push_str(&format!(
        "<g{expected}><title>{}</title><rect class=\"{colour}\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         rx=\"6\"/><text x=\"{2}\" y=\"{3}\">{1}</text><text class=\"sub\" x=\"{2}\" y=\"{4}\">{5}</text></g>\n",
        escaped(full),
        escaped(&shortened(&principal.name)),
        x + 10,
        y + 17,
        y + 32,
        escaped(&under)
    ));
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(LETTERS - 1).collect();
    short.push('…');
    short
}

/// Text that ends no element and no attribute, and holds nothing that is not shown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}
