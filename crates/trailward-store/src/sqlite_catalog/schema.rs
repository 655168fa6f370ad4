//! The database's shape, and the settings of its connections.

use super::sqlite_error;
use crate::fs::{io_error, private};
use crate::{Revision, StoreError};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::path::Path;
use std::time::Duration;

/// Marks the file as ours ("TwCa").
const APPLICATION_ID: i64 = 0x5477_4361;

/// Raised with every change of the tables.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE entries (key BLOB PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters VALUES ('revision', 0);
";

/// Opens, checks and if need be creates the database.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let failed = || sqlite_error(&format!("open the catalog {}", path.display()));
    // SQLite gives its other files the mode of this one.
    private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(io_error("open the catalog", path))?;
    let mut connection = Connection::open(path).map_err(failed())?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed())?;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) =
        (pragma("application_id").map_err(failed())?, pragma("user_version").map_err(failed())?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed())?;
    let is_new = tables == 0 && application == 0;
    if !is_new && application != APPLICATION_ID {
        return Err(StoreError::corrupt(format!("{} is a database, but not a catalog", path.display())));
    }
    if version > VERSION {
        return Err(StoreError::corrupt(format!(
            "the catalog {} has format {version}, but this version knows formats up to {VERSION} only: a newer version wrote it",
            path.display()
        )));
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed())?;
    // Without FULL, a commit is only on its way to the disk when it returns.
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed())?;
    connection.pragma_update(None, "cache_size", -32_768).map_err(failed())?;
    connection.set_prepared_statement_cache_capacity(16);
    if is_new {
        let transaction = connection.transaction().map_err(failed())?;
        transaction.execute_batch(TABLES).map_err(failed())?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed())?;
        transaction.pragma_update(None, "user_version", VERSION).map_err(failed())?;
        transaction.commit().map_err(failed())?;
    } else {
        check(&connection, path)?;
    }
    Ok(connection)
}

/// Whether the database is a catalog.
pub(super) fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(application == APPLICATION_ID)
}

/// Fails unless SQLite finds the whole file in order.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(sqlite_error(&format!("check the catalog {}", path.display())))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(StoreError::corrupt(format!("the catalog {} is damaged: {verdict}", path.display())))
}

/// The number of the last commit.
pub(super) fn revision(connection: &Connection) -> Result<Revision, StoreError> {
    let revision: Option<i64> = connection
        .query_row("SELECT value FROM counters WHERE name = 'revision'", [], |row| row.get(0))
        .optional()
        .map_err(sqlite_error("read the catalog's revision"))?;
    revision
        .and_then(|revision| Revision::try_from(revision).ok())
        .ok_or_else(|| StoreError::corrupt("the catalog has no revision"))
}

/// A connection for reading only.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let failed = || sqlite_error(&format!("open the catalog {}", path.display()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed())?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed())?;
    connection.pragma_update(None, "cache_size", -8_192).map_err(failed())?;
    connection.set_prepared_statement_cache_capacity(16);
    Ok(connection)
}
