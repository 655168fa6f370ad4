//! What is known to be durable: the file `checkpoint`.
//!
//! Two slots of one sector each, written in turn after every batch, without a sync of their own: whatever a slot says was
//! durable before it was written. When the process dies the newest slot is there; when the machine dies it may be one
//! that the kernel wrote out earlier, which is still true. A journal that ends before its checkpoint was cut by somebody.
//!
//! ```text
//! slot: key of this opening, sealed under the master key (61) | number (8) | sealed body (73) | tag (16)
//! body: journal id (16) | first position kept (8) | end (8) | the chain's value there (32) | 1 if closed in order (1), padding 0 (8)
//! ```
//!
//! The nonce is the number, which no opening writes twice, and each opening has a key of its own.

use super::format::{Chain, Fields, JournalId, SEALED_KEY, TAG, copy};
use crate::fs::{io_error, private, sync_dir};
use crate::seal::{KEY_LEN, MasterKey, aead_key, fill_random};
use crate::{Position, StoreError};
use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

const NAME: &str = "checkpoint";
const SLOT: u64 = 4096;
const BODY: usize = 73;
const SLOT_BYTES: usize = SEALED_KEY + 8 + BODY + TAG;
const CONTEXT: &str = "journal checkpoint 2";

/// A state that the journal was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) journal: JournalId,
    /// Nothing at or behind this position was ever trimmed.
    pub(super) start: Position,
    /// Everything before this position is durable.
    pub(super) end: Position,
    /// The chain's value at the end.
    pub(super) chain: Chain,
    /// The journal was closed in order; nothing was written after this.
    pub(super) closed: bool,
}

/// A checkpoint as it lies on disk.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) known: Known,
    number: u64,
    /// The slot that does not open, if one does not: the machine died while it was written, or somebody changed it.
    pub(super) unreadable: bool,
}

/// Whether `dir` has a checkpoint, readable or not.
pub(super) fn exists(dir: &Path) -> bool {
    dir.join(NAME).exists()
}

/// Reads the checkpoint of `dir`. `None` if there is none; `Corrupt` if neither slot is readable.
pub(super) fn read(dir: &Path, master: &MasterKey) -> Result<Option<Found>, StoreError> {
    let path = dir.join(NAME);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("open", &path)(error)),
    };
    let mut best: Option<(u64, Known)> = None;
    let mut unreadable = false;
    for slot in 0..2 {
        let mut bytes = [0; SLOT_BYTES];
        let read = read_up_to(&file, &mut bytes, slot * SLOT).map_err(io_error("read", &path))?;
        match open_slot(bytes.get(..read).unwrap_or_default(), master) {
            Some((number, known)) if best.is_none_or(|(newest, _)| number > newest) => {
                best = Some((number, known));
            }
            Some(_) => {}
            None => unreadable |= bytes.iter().any(|byte| *byte != 0),
        }
    }
    let (number, known) = best.ok_or_else(|| {
        StoreError::corrupt(format!(
            "{} is not readable: it was altered, or sealed under another master key",
            path.display()
        ))
    })?;
    Ok(Some(Found { known, number, unreadable }))
}

fn read_up_to(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

fn open_slot(bytes: &[u8], master: &MasterKey) -> Option<(u64, Known)> {
    let (head, rest) = bytes.split_first_chunk::<{ SEALED_KEY + 8 }>()?;
    let (sealed, number) = head.split_at_checked(SEALED_KEY)?;
    let number = u64::from_le_bytes(number.try_into().ok()?);
    let key = <[u8; KEY_LEN]>::try_from(master.open(CONTEXT, sealed).ok()?.as_slice()).ok()?;
    let mut body = rest.to_vec();
    let body = aead_key(&key).ok()?.open_in_place(nonce(number), Aad::from(*head), &mut body).ok()?;
    let mut fields = Fields(body);
    let (journal, start, end, chain) = (fields.take()?, fields.u64()?, fields.u64()?, fields.take()?);
    let closed = fields.take::<1>()? == [1];
    Some((number, Known { journal, start, end, chain, closed }))
}

fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    copy(&mut bytes, &number.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Writes the checkpoint while the journal is open.
pub(super) struct Checkpoint {
    path: PathBuf,
    file: File,
    /// The key of this opening, sealed.
    sealed: Vec<u8>,
    key: LessSafeKey,
    number: u64,
    known: Known,
}

impl std::fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkpoint").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Checkpoint {
    /// Opens the file in `dir` (created if missing) and notes there, durably, that `known` is the state and that the
    /// journal is open. `found` is what [`read`] returned.
    pub(super) fn open(
        dir: &Path,
        master: &MasterKey,
        known: Known,
        found: Option<&Found>,
    ) -> Result<Self, StoreError> {
        let path = dir.join(NAME);
        let mut key = [0; KEY_LEN];
        fill_random(&mut key)?;
        let sealed = master.seal(CONTEXT, &key)?;
        let aead = aead_key(&key)?;
        key.fill(0);
        let opened = private().create(true).truncate(false).write(true).read(true).open(&path);
        let file = opened.map_err(io_error("open", &path))?;
        // Room for both slots from the start: what a full disk must not stop.
        let length = file.metadata().map_err(io_error("inspect", &path))?.len();
        let missing = usize::try_from((2 * SLOT).saturating_sub(length)).unwrap_or_default();
        file.write_all_at(&vec![0; missing], length).map_err(io_error("write", &path))?;
        let number = found.map_or(0, |found| found.number);
        let mut checkpoint = Self { path, file, sealed, key: aead, number, known };
        checkpoint.known.closed = false;
        checkpoint
            .write()
            .and_then(|()| checkpoint.sync(dir))
            .map_err(io_error("write", &checkpoint.path))?;
        Ok(checkpoint)
    }

    fn sync(&self, dir: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        sync_dir(dir)
    }

    /// Notes that everything before `end` is durable.
    pub(super) fn reached(&mut self, end: Position, chain: Chain) -> io::Result<()> {
        (self.known.end, self.known.chain) = (end, chain);
        self.write()
    }

    /// Notes, durably, that everything before `start` may be gone from now on.
    pub(super) fn trimmed(&mut self, start: Position) -> io::Result<()> {
        self.known.start = self.known.start.max(start);
        self.write()?;
        self.file.sync_data()
    }

    /// Notes, durably, that nothing more will be written.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.known.closed = true;
        self.write()?;
        self.file.sync_data()
    }

    fn write(&mut self) -> io::Result<()> {
        self.number += 1;
        let mut slot = Vec::with_capacity(SLOT_BYTES);
        slot.extend_from_slice(&self.sealed);
        slot.extend_from_slice(&self.number.to_le_bytes());
        let head: [u8; SEALED_KEY + 8] = slot.as_slice().try_into().map_err(io::Error::other)?;
        let mut body = Vec::with_capacity(BODY + TAG);
        body.extend_from_slice(&self.known.journal);
        body.extend_from_slice(&self.known.start.to_le_bytes());
        body.extend_from_slice(&self.known.end.to_le_bytes());
        body.extend_from_slice(&self.known.chain);
        body.push(u8::from(self.known.closed));
        body.resize(BODY, 0);
        self.key
            .seal_in_place_append_tag(nonce(self.number), Aad::from(head), &mut body)
            .map_err(io::Error::other)?;
        slot.append(&mut body);
        self.file.write_all_at(&slot, self.number % 2 * SLOT)
    }
}
