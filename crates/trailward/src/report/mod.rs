//! How a validation is told: one file a format, each a function of the report alone.

pub(crate) mod clean;
mod coverage;
mod csv;
mod group;
mod html;
mod json;
mod jsonl;
mod junit;
mod live;
mod sarif;
mod table;

#[cfg(test)]
mod sample;

pub(crate) use clean::{Harmless, harmless, markdown, markup, visible};
pub(crate) use group::sentence;
pub(crate) use jsonl::ObjectLines;
pub(crate) use live::{All, ObjectLog, Progress};
pub(crate) use table::Style;

use clap::ValueEnum;
use std::io::{self, Write};
use trailward_archive::report::Report;

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal: the verdict, a coverage map, the findings by reason.
    Table,
    /// The whole report as one JSON value.
    Json,
    /// One line an object as it is checked, then one a finding, then the summary.
    Jsonl,
    /// The findings, one a row.
    Csv,
    /// A test suite a chain, for CI servers.
    Junit,
    /// SARIF 2.1.0, for code scanning and other viewers of findings.
    Sarif,
    /// One self-contained page with a heat map.
    Html,
}

/// Writes `report`. `style` is for the table only.
pub(crate) fn write(report: &Report, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write_rest(report, out),
        Format::Csv => csv::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Html => html::write(report, out),
    }
}
