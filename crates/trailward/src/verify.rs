//! `trailward verify-data`: what lies in a data directory, checked against itself while nobody uses it.

use crate::cli::print;
use crate::directory::DataDir;
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use trailward_bucket::inspect::{blob_rows, is_marked, marked};
use trailward_pipeline::DeliveryExtent;
use trailward_store::seal::MasterKey;
use trailward_store::{
    BlobCheck, BlobId, Blobs as _, Catalog, FileBlobs, FileJournal, SqliteCatalog, StoreErrorKind,
};

/// Findings, and orphans, that are told one by one at most.
const MOST_TOLD: usize = 1000;

/// Blobs that are listed at a time.
const PAGE: usize = 1000;

/// Arguments of `verify-data`.
#[derive(Debug, Args)]
pub(crate) struct VerifyDataArgs {
    /// The data directory of a service that does not run.
    #[arg(value_name = "DIR")]
    data: PathBuf,
    /// How to show it [default: table on a terminal, else json].
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// What was looked at, and what is wrong.
#[derive(Debug, Default, Serialize)]
struct Report {
    data: String,
    journal: Journal,
    catalog_keys: u64,
    blobs: BlobCounts,
    /// Not as it was written.
    findings: Vec<Finding>,
    /// Findings beyond those told.
    further_findings: u64,
    /// What a crash leaves, and the next start removes.
    notes: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
struct Journal {
    start: u64,
    end: u64,
    segments: usize,
    closed_in_order: bool,
    torn_bytes: u64,
    roots: usize,
    /// Of the newest closed segment, in hexadecimal digits.
    newest_root: Option<String>,
    delivered_up_to: u64,
}

#[derive(Debug, Default, Serialize)]
struct BlobCounts {
    /// Rows that name a blob.
    named: u64,
    /// Every byte checked.
    whole: u64,
    /// Sealed under a further key: header and length checked.
    keyed: u64,
    orphans: u64,
}

#[derive(Debug, Serialize)]
struct Finding {
    /// `journal`, `catalog` or `blobs`.
    part: &'static str,
    what: String,
}

impl Report {
    fn finding(&mut self, part: &'static str, what: impl Into<String>) {
        if self.findings.len() < MOST_TOLD {
            self.findings.push(Finding { part, what: what.into() });
        } else {
            self.further_findings += 1;
        }
    }
}

/// Runs the command.
pub(crate) async fn run(args: VerifyDataArgs) -> Result<ExitCode> {
    let data = DataDir::open_existing(&args.data)?;
    let mut report = Report { data: args.data.display().to_string(), ..Report::default() };
    journal(&data, &mut report);
    if let Some(catalog) = catalog(&data, &mut report)? {
        let catalog: &dyn Catalog = &catalog;
        against_journal(catalog, &mut report).await;
        blobs(&data, catalog, &mut report).await?;
    } else {
        report.finding("blobs", "not checked: nothing says which of them there should be");
    }
    let clean = report.findings.is_empty();
    let format =
        args.format.unwrap_or(if std::io::stdout().is_terminal() { Format::Table } else { Format::Json });
    match format {
        Format::Json => print(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
        Format::Table => print(&table(&report))?,
    }
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn journal(data: &DataDir, report: &mut Report) {
    match FileJournal::verify(&data.journal(), &data.master) {
        Ok(Some(found)) => {
            if found.torn_bytes > 0 {
                report.notes.push(format!(
                    "the journal ends in {} bytes of a batch that a crash tore; none of it was acknowledged",
                    found.torn_bytes
                ));
            }
            report.journal = Journal {
                start: found.start,
                end: found.end,
                segments: found.segments,
                closed_in_order: found.closed,
                torn_bytes: found.torn_bytes,
                newest_root: found.roots.last().map(|root| hex::encode(root.root)),
                roots: found.roots.len(),
                delivered_up_to: 0,
            };
        }
        Ok(None) => report.finding("journal", format!("{} holds none", data.journal().display())),
        Err(error) => report.finding("journal", error.to_string()),
    }
}

/// The catalog, if it can be asked.
fn catalog(data: &DataDir, report: &mut Report) -> Result<Option<SqliteCatalog>> {
    let path = data.catalog();
    if !path.try_exists().with_context(|| format!("cannot look at {}", path.display()))? {
        report.finding("catalog", format!("{} does not exist", path.display()));
        return Ok(None);
    }
    match SqliteCatalog::verify(&path) {
        Ok(found) => {
            report.catalog_keys = found.entries;
            let sound = found.problems.is_empty();
            for problem in found.problems {
                report.finding("catalog", problem);
            }
            if !sound {
                return Ok(None);
            }
        }
        Err(error) => {
            report.finding("catalog", error.to_string());
            return Ok(None);
        }
    }
    match SqliteCatalog::open(&path) {
        Ok(catalog) => Ok(Some(catalog)),
        Err(error) => {
            report.finding("catalog", error.to_string());
            Ok(None)
        }
    }
}

async fn against_journal(catalog: &dyn Catalog, report: &mut Report) {
    match DeliveryExtent::load(catalog).await {
        Ok(extent) => {
            let DeliveryExtent { cursor, reached } = extent;
            report.journal.delivered_up_to = cursor;
            let (start, end) = (report.journal.start, report.journal.end);
            if report.journal.segments > 0 && !extent.fits(start, end) {
                report.finding(
                    "journal",
                    format!("delivery stands at entry {cursor} and has seen entries up to {reached}, but the journal holds entries {start} to {end}"),
                );
            }
        }
        Err(error) => report.finding("catalog", error.to_string()),
    }
}

async fn blobs(data: &DataDir, catalog: &dyn Catalog, report: &mut Report) -> Result<()> {
    let master: Arc<MasterKey> = Arc::clone(&data.master);
    let blobs = match FileBlobs::open_existing(&data.blobs(), master) {
        Ok(blobs) => blobs,
        Err(error) => {
            report.finding("blobs", error.to_string());
            return Ok(());
        }
    };
    let mut after = None;
    loop {
        let (page, end) = blob_rows(catalog, after).await.context("cannot read the catalog")?;
        for row in page {
            match row.blob {
                Ok(None) => {}
                Ok(Some((id, size))) => named(&blobs, catalog, (&row.row, &id, size), report).await?,
                Err(error) => report.finding("catalog", format!("{}: {error}", row.row)),
            }
        }
        let Some(end) = end else { break };
        after = Some(end);
    }
    let marks = marked(catalog).await.context("cannot read the catalog")?;
    if marks != report.blobs.named {
        report.finding(
            "catalog",
            format!("{marks} blobs are marked as named, but {} rows name one", report.blobs.named),
        );
    }
    orphans(&blobs, catalog, report).await
}

/// One row's blob: there, unaltered, of the right length, and safe from the next sweep.
async fn named(
    blobs: &FileBlobs,
    catalog: &dyn Catalog,
    (row, id, size): (&str, &BlobId, u64),
    report: &mut Report,
) -> Result<()> {
    report.blobs.named += 1;
    match blobs.check(id).await {
        Ok(found) => {
            let length = match found {
                BlobCheck::Whole(length) => {
                    report.blobs.whole += 1;
                    length
                }
                BlobCheck::Keyed(length) => {
                    report.blobs.keyed += 1;
                    length
                }
            };
            if length != size {
                report.finding("blobs", format!("{row}: blob {} has {length} bytes, not {size}", id.0));
            }
        }
        Err(error) if error.kind() == StoreErrorKind::NotFound => {
            report.finding("blobs", format!("{row}: blob {} is missing", id.0));
        }
        Err(error) => report.finding("blobs", format!("{row}: {error}")),
    }
    if !is_marked(catalog, id).await.context("cannot read the catalog")? {
        report.finding("catalog", format!("{row}: blob {} is not marked as named", id.0));
    }
    Ok(())
}

/// Blobs that no row names. A crash leaves such; a service that was closed in order does not.
async fn orphans(blobs: &FileBlobs, catalog: &dyn Catalog, report: &mut Report) -> Result<()> {
    let mut after: Option<BlobId> = None;
    loop {
        let page = blobs.list(after.as_ref(), PAGE).await.context("cannot list the blobs")?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for id in page {
            if is_marked(catalog, &id).await.context("cannot read the catalog")? {
                continue;
            }
            report.blobs.orphans += 1;
            let what = format!("blob {} is named by no row", id.0);
            if report.journal.closed_in_order {
                report.finding("blobs", what);
            } else if report.notes.len() < MOST_TOLD {
                report.notes.push(what);
            }
        }
    }
}

fn table(report: &Report) -> String {
    let Report { journal, blobs, .. } = report;
    let mut text = format!(
        "data       {}\njournal    entries {} to {} in {} segments, {} roots, delivered up to {}{}\ncatalog    {} keys\nblobs      {} named: {} checked to the byte, {} under further keys (header and length checked), {} orphans\n",
        report.data,
        journal.start,
        journal.end,
        journal.segments,
        journal.roots,
        journal.delivered_up_to,
        if journal.closed_in_order { "" } else { "; not closed in order" },
        report.catalog_keys,
        blobs.named,
        blobs.whole,
        blobs.keyed,
        blobs.orphans,
    );
    for note in &report.notes {
        text.push_str(&format!("note       {note}\n"));
    }
    for finding in &report.findings {
        text.push_str(&format!("FINDING    {}: {}\n", finding.part, finding.what));
    }
    if report.further_findings > 0 {
        text.push_str(&format!("           and {} more\n", report.further_findings));
    }
    text.push_str(if report.findings.is_empty() { "whole\n" } else { "not whole\n" });
    text
}
