//! Checking a catalog that nobody has open.

use super::{read::Readers, schema, sqlite_error};
use crate::{Scan, StoreError};
use rusqlite::Connection;
use std::path::Path;

/// Problems that are told at most.
const MOST_PROBLEMS: usize = 100;

const PAGE: usize = 1000;

/// What [`super::SqliteCatalog::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogReport {
    /// Keys.
    pub entries: u64,
    /// What is wrong, in words; the first hundred.
    pub problems: Vec<String>,
}

impl CatalogReport {
    fn problem(&mut self, text: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(text);
        }
    }
}

pub(super) fn verify(path: &Path) -> Result<CatalogReport, StoreError> {
    let mut report = CatalogReport::default();
    let connection = schema::open_reader(path)?;
    let failed = || sqlite_error(&format!("check the catalog {}", path.display()));
    if !schema::is_ours(&connection).map_err(failed())? {
        report.problem("it is not a catalog".to_owned());
        return Ok(report);
    }
    if let Err(error) = integrity(&connection, &mut report) {
        report.problem(error.to_string());
    }
    drop(connection);
    if report.problems.is_empty() {
        values(path, &mut report)?;
    }
    Ok(report)
}

fn integrity(connection: &Connection, report: &mut CatalogReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            report.problem(line);
        }
    }
    Ok(())
}

/// Every value is empty, or a format number and JSON: more the store cannot know.
fn values(path: &Path, report: &mut CatalogReport) -> Result<(), StoreError> {
    let readers = Readers::open(path)?;
    let newest = schema::revision(&schema::open_reader(path)?)?;
    let mut after = None;
    loop {
        let page = readers.scan(&Scan { prefix: Vec::new(), after, limit: PAGE })?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key.clone());
        for item in page {
            report.entries += 1;
            if item.revision == 0 || item.revision > newest {
                let key = hex::encode(&item.key);
                report.problem(format!("key {key}: commit {} was never made", item.revision));
            }
            let Some((format, json)) = item.value.split_first_chunk::<2>() else {
                if !item.value.is_empty() {
                    report.problem(format!("key {}: its value is cut", hex::encode(&item.key)));
                }
                continue;
            };
            let whole = serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok();
            if u16::from_be_bytes(*format) == 0 || !whole {
                report.problem(format!("key {}: its value is unreadable", hex::encode(&item.key)));
            }
        }
    }
}
