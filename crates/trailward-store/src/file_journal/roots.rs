//! What closed segments ended with: the file `roots`.
//!
//! One record for each segment that was ever closed, in order, kept when the segment itself is trimmed: a root stands for
//! every byte of every entry up to there, and is what an anchor outside this machine would hold.
//!
//! ```text
//! record: sealed under the master key, for this journal and this number (77): first position (8) | end (8) | root (32)
//! ```

use super::format::{Chain, Fields, JournalId};
use crate::fs::{io_error, private, sync_dir};
use crate::seal::MasterKey;
use crate::{Position, StoreError};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const NAME: &str = "roots";
const RECORD: usize = 1 + 12 + 48 + 16;

/// What one closed segment ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentRoot {
    /// The position of its first entry.
    pub first: Position,
    /// One past the position of its last entry.
    pub end: Position,
    /// The chain's value behind its last entry: stands for every byte of every entry before `end`.
    pub root: [u8; 32],
}

/// The records of `dir`, in order of their segments. A record that a crash cut short ends the list.
pub(super) fn read(
    dir: &Path,
    master: &MasterKey,
    journal: JournalId,
) -> Result<Vec<SegmentRoot>, StoreError> {
    let path = dir.join(NAME);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error("read", &path)(error)),
    };
    let mut roots = Vec::with_capacity(bytes.len() / RECORD);
    let mut records = bytes.chunks_exact(RECORD).peekable();
    while let Some(record) = records.next() {
        let number = roots.len() as u64;
        match open_record(record, master, journal, number) {
            Some(root) => roots.push(root),
            // Written, but not durable when the machine died: then nothing came after it.
            None if records.peek().is_none() => break,
            None => {
                return Err(StoreError::corrupt(format!(
                    "record {number} of {} was altered, or sealed under another master key",
                    path.display()
                )));
            }
        }
    }
    Ok(roots)
}

fn open_record(record: &[u8], master: &MasterKey, journal: JournalId, number: u64) -> Option<SegmentRoot> {
    let body = master.open(&context(journal, number), record).ok()?;
    let mut fields = Fields(&body);
    Some(SegmentRoot { first: fields.u64()?, end: fields.u64()?, root: fields.take::<32>()? })
}

fn context(journal: JournalId, number: u64) -> String {
    format!("journal root {} {number}", hex::encode(journal))
}

/// Adds records while the journal is open.
#[derive(Debug)]
pub(super) struct Roots {
    file: File,
    journal: JournalId,
}

impl Roots {
    pub(super) fn open(dir: &Path, journal: JournalId) -> Result<Self, StoreError> {
        let path = dir.join(NAME);
        let opened = private().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(io_error("open", &path))?;
        sync_dir(dir).map_err(io_error("sync", dir))?;
        Ok(Self { file, journal })
    }

    /// Keeps the root of the closed segment `number`. Durable after `Ok`; may be repeated.
    pub(super) fn keep(
        &self,
        master: &MasterKey,
        number: u64,
        (first, end, root): (Position, Position, Chain),
    ) -> io::Result<()> {
        let mut body = Vec::with_capacity(48);
        body.extend_from_slice(&first.to_le_bytes());
        body.extend_from_slice(&end.to_le_bytes());
        body.extend_from_slice(&root);
        let record = master.seal(&context(self.journal, number), &body).map_err(io::Error::other)?;
        self.file.write_all_at(&record, number * RECORD as u64)?;
        self.file.sync_data()
    }
}

/// Whether any segment was ever closed in `dir`.
pub(super) fn exist(dir: &Path) -> bool {
    std::fs::metadata(dir.join(NAME)).is_ok_and(|file| file.len() > 0)
}
