//! Opening: which segments there are, where the journal ends, and what the last crash left behind.

use super::FileJournalOptions;
use super::checkpoint::{Checkpoint, Known};
use super::format::{Chain, JournalId, SEGMENT_HEADER, SegmentHeader};
use super::inspect::{Files, Inspected, Tail, inspect};
use super::prepare::{activate, prepare};
use super::roots::Roots;
use super::segment::Segment;
use crate::fs::io_error;
use crate::seal::{MasterKey, fill_random};
use crate::{Position, StoreError};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) struct Recovered {
    /// In order, at least one.
    pub(super) segments: Vec<Arc<Segment>>,
    /// The position of the next entry, its offset in the last segment, and the chain's value there.
    pub(super) end: Position,
    pub(super) write_offset: u64,
    pub(super) chain: Chain,
    pub(super) roots: Roots,
}

/// Opens and checks every segment of `dir`, or makes the first one.
pub(super) fn open_segments(
    dir: &Path,
    master: &MasterKey,
    options: &FileJournalOptions,
) -> Result<(Recovered, Checkpoint), StoreError> {
    let inspected = inspect(dir, master)?;
    for path in Files::list(dir)?.unfinished {
        std::fs::remove_file(&path).map_err(io_error("remove", &path))?;
    }
    let Some(Inspected { mut segments, checkpoint: found, roots: kept, tail }) = inspected else {
        return first_segment(dir, master, options);
    };
    let Some(last) = segments.last_mut() else {
        return Err(StoreError::corrupt(format!("there is no segment in {}", dir.display())));
    };
    if found.unreadable {
        tracing::warn!(dir = %dir.display(), "half of the journal's checkpoint is unreadable: the machine died while it was written, or somebody changed it");
    }
    let writable = File::options().read(true).write(true).open(&last.path);
    last.file = writable.map_err(io_error("open", &last.path))?;
    mend_tail(last, &tail, options)?;
    // Its root was kept, but the segment behind it is not there yet: nothing may be added to it.
    let closed = kept.len() as u64 > last.header.number;
    let write_offset = if closed { options.segment_bytes.max(tail.offset) } else { tail.offset };
    let known = Known { end: tail.end, chain: tail.chain, ..found.known };
    let checkpoint = Checkpoint::open(dir, master, known, Some(&found))?;
    let roots = Roots::open(dir, known.journal)?;
    let segments = segments.into_iter().map(Arc::new).collect();
    Ok((Recovered { segments, end: tail.end, write_offset, chain: tail.chain, roots }, checkpoint))
}

fn first_segment(
    dir: &Path,
    master: &MasterKey,
    options: &FileJournalOptions,
) -> Result<(Recovered, Checkpoint), StoreError> {
    let mut journal = JournalId::default();
    fill_random(&mut journal)?;
    let header = SegmentHeader { first: 0, number: 0, journal, before: Chain::default() };
    let (bytes, key) = header.create(master)?;
    let chain = key.start;
    // First, so that a segment without a checkpoint is always somebody's doing.
    let begun = Known { journal, start: 0, end: 0, chain, closed: false };
    let checkpoint = Checkpoint::open(dir, master, begun, None)?;
    let roots = Roots::open(dir, journal)?;
    let segment = prepare(dir, 0, options.segment_bytes, &AtomicBool::new(false))
        .and_then(|prepared| activate(dir, prepared, (header, bytes, key), &options.sync))
        .map_err(io_error("create the first segment in", dir))?;
    let segments = vec![Arc::new(segment)];
    Ok((Recovered { segments, end: 0, write_offset: SEGMENT_HEADER as u64, chain, roots }, checkpoint))
}

/// Zeroes whatever follows the last good entry of the last segment, and restores the segment's length.
fn mend_tail(last: &Segment, tail: &Tail, options: &FileJournalOptions) -> Result<(), StoreError> {
    let missing = options.segment_bytes.saturating_sub(tail.length);
    if tail.torn == 0 && missing == 0 {
        return Ok(());
    }
    if tail.torn > 0 {
        tracing::warn!(
            segment = %last.path.display(),
            position = tail.end,
            bytes = tail.torn,
            "discarding entries that were being written when the process died; none of them was acknowledged"
        );
    }
    let write = |length: u64, at: u64| {
        let zeros = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        last.file.write_all_at(&zeros, at)
    };
    write(tail.torn, tail.offset)
        .and_then(|()| write(missing, tail.length))
        .and_then(|()| last.file.sync_all())
        .map_err(io_error("zero the tail of", &last.path))
}
