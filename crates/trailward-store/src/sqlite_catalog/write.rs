//! The one thread that writes: takes the commits that queued up and makes them one SQLite transaction.

use super::sqlite_error;
use crate::{Batch, Condition, Revision, StoreError, StoreErrorKind, Write};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// A group is what queued during the last sync, up to this many commits.
const GROUP: usize = 512;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) batch: Batch,
    pub(super) done: oneshot::Sender<Result<Revision, StoreError>>,
}

pub(super) struct Writer {
    connection: Connection,
    revision: Revision,
    name: String,
    /// Transactions that were tried, whatever became of them.
    tried: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        revision: Revision,
        name: String,
        tried: Arc<AtomicU64>,
    ) -> Self {
        Self { connection, revision, name, tried }
    }

    pub(super) fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                let Ok(request) = requests.try_recv() else { break };
                group.push(request);
            }
            let batches: Vec<&Batch> = group.iter().map(|request| &request.batch).collect();
            let outcome = self.commit(&batches);
            // Before anybody is answered.
            self.tried.fetch_add(1, Ordering::Release);
            match outcome {
                Ok((revision, outcomes)) => {
                    self.revision = revision;
                    for (request, outcome) in group.into_iter().zip(outcomes) {
                        // Nobody waits any more if the committer's future was dropped.
                        let _ = request.done.send(outcome);
                    }
                }
                Err(error) => {
                    // After a failed sync nobody knows what is on the disk, so nothing more is built upon it. The index of
                    // the log is no part of that: it only wants room, and is made anew from the log.
                    let wants_room = error
                        .sqlite_error()
                        .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
                    let fatal = !wants_room
                        && matches!(
                            error.sqlite_error_code(),
                            Some(
                                ErrorCode::SystemIoFailure
                                    | ErrorCode::DatabaseCorrupt
                                    | ErrorCode::NotADatabase
                            )
                        );
                    tracing::error!(%error, catalog = self.name, fatal, "a commit failed");
                    for request in group {
                        let error = if fatal {
                            StoreError::new(StoreErrorKind::Poisoned, format!("a commit failed: {error}"))
                        } else {
                            sqlite_error("commit")(copy(&error))
                        };
                        let _ = request.done.send(Err(error));
                    }
                    if fatal {
                        return;
                    }
                }
            }
        }
        // The readers, which may close last, cannot do this.
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!(%error, catalog = self.name, "cannot fold the write-ahead log into the catalog");
        }
    }

    /// Commits the batches whose conditions hold, in order. On an error, none of them is committed.
    fn commit(
        &mut self,
        batches: &[&Batch],
    ) -> rusqlite::Result<(Revision, Vec<Result<Revision, StoreError>>)> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut revision = self.revision;
        let mut outcomes = Vec::with_capacity(batches.len());
        for batch in batches {
            // Conditions come first and writes cannot conflict, so a batch is applied whole or not at all.
            if holds(&transaction, &batch.conditions)? {
                revision += 1;
                apply(&transaction, &batch.writes, revision)?;
                outcomes.push(Ok(revision));
            } else {
                outcomes.push(Err(StoreError::new(
                    StoreErrorKind::Conflict,
                    "a condition of the batch does not hold any more",
                )));
            }
        }
        if revision == self.revision {
            transaction.rollback()?;
        } else {
            transaction
                .prepare_cached("UPDATE counters SET value = ?1 WHERE name = 'revision'")?
                .execute(params![signed(revision)])?;
            transaction.commit()?;
        }
        Ok((revision, outcomes))
    }
}

fn holds(connection: &Connection, conditions: &[Condition]) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT revision FROM entries WHERE key = ?1")?;
    for condition in conditions {
        let (key, wanted) = match condition {
            Condition::Absent(key) => (key, None),
            Condition::Unchanged(key, revision) => (key, Some(signed(*revision))),
        };
        let found: Option<i64> = statement.query_row(params![key], |row| row.get(0)).optional()?;
        if found != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply(connection: &Connection, writes: &[Write], revision: Revision) -> rusqlite::Result<()> {
    let mut put = connection
        .prepare_cached("INSERT OR REPLACE INTO entries (key, revision, value) VALUES (?1, ?2, ?3)")?;
    let mut delete = connection.prepare_cached("DELETE FROM entries WHERE key = ?1")?;
    for write in writes {
        match write {
            Write::Put(key, value) => put.execute(params![key, signed(revision), value.as_ref()])?,
            Write::Delete(key) => delete.execute(params![key])?,
        };
    }
    Ok(())
}

/// SQLite's integers are signed; 2^63 commits take longer than anybody has.
fn signed(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

/// The same error for one more of those who wait.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            rusqlite::Error::SqliteFailure(*code, message.clone())
        }
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    }
}
