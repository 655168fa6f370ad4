//! Reading, on one of a few connections. Readers of a write-ahead log never wait for the writer.

use super::schema::open_reader;
use super::sqlite_error;
use crate::catalog::prefix_end;
use crate::{Entry, Item, Revision, Scan, StoreError};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

const READERS: usize = 8;

#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let connections =
            (0..READERS).map(|_| open_reader(path).map(Mutex::new)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { connections, turn: AtomicUsize::new(0) })
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT revision, value FROM entries WHERE key = ?1")?
                .query_row(params![key], |row| {
                    Ok(Entry { revision: revision(row, 0)?, value: row.get::<_, Vec<u8>>(1)?.into() })
                })
                .optional()
        })
    }

    pub(super) fn scan(&self, scan: &Scan) -> Result<Vec<Item>, StoreError> {
        let limit = i64::try_from(scan.limit).unwrap_or(i64::MAX);
        let (from, sign) = match &scan.after {
            Some(after) if *after >= scan.prefix => (after, ">"),
            _ => (&scan.prefix, ">="),
        };
        self.with(|connection| {
            // One statement sees one state of the database.
            match prefix_end(&scan.prefix) {
                Some(end) => connection
                    .prepare_cached(&format!(
                        "SELECT key, revision, value FROM entries WHERE key {sign} ?1 AND key < ?2 ORDER BY key LIMIT ?3"
                    ))?
                    .query_map(params![from, end, limit], item)?
                    .collect(),
                None => connection
                    .prepare_cached(&format!(
                        "SELECT key, revision, value FROM entries WHERE key {sign} ?1 ORDER BY key LIMIT ?2"
                    ))?
                    .query_map(params![from, limit], item)?
                    .collect(),
            }
        })
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let Some(connection) = self.idle() else {
            return Err(StoreError::corrupt("the catalog has no readers"));
        };
        read(&connection).map_err(sqlite_error("read the catalog"))
    }

    /// A connection nobody uses now, or the next one in turn.
    fn idle(&self) -> Option<MutexGuard<'_, Connection>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = || self.connections.iter().cycle().skip(turn % READERS).take(READERS);
        for connection in in_turn() {
            match connection.try_lock() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        in_turn().next().map(|connection| connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item { key: row.get(0)?, revision: revision(row, 1)?, value: row.get::<_, Vec<u8>>(2)?.into() })
}

fn revision(row: &Row<'_>, column: usize) -> rusqlite::Result<Revision> {
    let revision: i64 = row.get(column)?;
    Revision::try_from(revision).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, revision))
}
