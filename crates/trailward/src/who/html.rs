//! One self-contained page: no scripts, nothing loaded, every foreign byte escaped.

use super::block;
use crate::report::markup;
use trailward_guard::who::{Certainty, Report, graph};

const STYLE: &str = include_str!("page.css");

/// The whole report with the graph.
pub(super) fn page(report: &Report) -> String {
    let mut body = format!("<div class=\"map\">{}</div>\n", graph::svg(report));
    let blocks = block::unexpected(report);
    for block in &blocks {
        let name = markup(&block::name(block.principal));
        let severity = block.severity.word();
        body.push_str(&format!("<section class=\"{severity}\"><h2>{name} <b>{severity}</b></h2>\n"));
        for part in &block.parts {
            body.push_str("<ol>");
            for line in part.how() {
                body.push_str(&format!("<li>{}</li>", markup(&line)));
            }
            body.push_str("</ol>\n<table>");
            for (effect, ways) in part.by_effect() {
                body.push_str(&format!("<tr><th>{}</th><td>", effect.word()));
                for way in ways {
                    body.push_str(&format!("<div><code>{}</code> {}</div>", way.way, markup(way.title)));
                }
                body.push_str("</td></tr>");
            }
            body.push_str("</table>\n");
            if part.first.certainty == Certainty::Possible {
                for condition in &part.first.conditions {
                    body.push_str(&format!("<p class=\"only\">only {}</p>\n", markup(condition)));
                }
            }
            for closes in part.closes() {
                body.push_str(&format!("<p class=\"closes\">{}</p>\n", markup(closes)));
            }
        }
        body.push_str("</section>\n");
    }
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            body.push_str(&format!("<h2>{title}</h2>\n<ul>"));
            body.extend(lines.iter().map(|line| format!("<li>{}</li>", markup(line))));
            body.push_str("</ul>\n");
        }
    };
    let open = report.unknown.iter();
    let open = open.map(|u| format!("{} – needs {}: {}", u.what, u.why.action, u.why.problem));
    list("Not known, and so not “nobody”", open.collect());
    let expected = block::expected(report);
    let because = |block: &block::Block<'_>| {
        format!(
            "{}: {}",
            block::name(block.principal),
            block.principal.expected.as_deref().unwrap_or_default()
        )
    };
    list("Expected, and so not counted", expected.iter().map(because).collect());
    let closed = report.closed.iter().map(|c| format!("{}: {}", c.way, c.by));
    list("Closed for everybody", closed.collect());
    let ways = block::ways(&blocks).into_iter().map(|way| {
        let remedy = way.closes.first().map_or("", String::as_str);
        format!("{}: {} [{}] – closed by: {remedy}", way.way, way.title, way.actions.join(", "))
    });
    list("What the ways are, what they take, and what closes them", ways.collect());
    document(report, &body)
}

/// The graph alone.
pub(super) fn around(report: &Report, svg: &str) -> String {
    document(report, &format!("<div class=\"map\">{svg}</div>\n"))
}

fn document(report: &Report, body: &str) -> String {
    let state = if report.is_clean() { "clean" } else { "found" };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Who can destroy or blind the trail?</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header class=\"{state}\"><h1>Who can destroy or blind the trail?</h1><p>{}</p></header>\n\
         <p class=\"about\">Trail <code>{}</code>, bucket <code>{}</code>, {} principals judged.</p>\n\
         {body}<footer>trailward {}</footer>\n</main>\n</body>\n</html>\n",
        markup(&block::verdict(report)),
        markup(&report.trail),
        markup(&report.bucket),
        report.judged,
        env!("CARGO_PKG_VERSION")
    )
}
