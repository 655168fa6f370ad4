//! Opening: which segments there are, where the journal ends, and what the last crash left behind.

use super::FileJournalOptions;
use super::format::{BadHeader, Parsed, SEGMENT_HEADER, SegmentHeader, VERSION, parse_entry, peek_sequence};
use super::prepare::{TEMPORARY, activate, prepare};
use super::read::damaged;
use super::segment::{Mark, Segment, first_of};
use super::writer::random_salt;
use crate::fs::io_error;
use crate::{Position, StoreError};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) struct Recovered {
    /// In order, at least one.
    pub(super) segments: Vec<Arc<Segment>>,
    /// The position of the next entry, and its offset in the last segment.
    pub(super) end: Position,
    pub(super) write_offset: u64,
}

/// Opens and checks every segment of `dir`, or makes the first one.
pub(super) fn open_segments(dir: &Path, options: &FileJournalOptions) -> Result<Recovered, StoreError> {
    let paths = segment_paths(dir)?;
    if paths.is_empty() {
        return first_segment(dir, options);
    }
    let mut segments = Vec::with_capacity(paths.len());
    let mut expected = None;
    let mut write_offset = 0;
    for (at, path) in paths.iter().enumerate() {
        let scanned = scan(path)?;
        if expected.is_some_and(|expected| expected != scanned.segment.first) {
            return Err(StoreError::corrupt(format!(
                "the journal has entries up to {} before {}: an entry is damaged or a segment is missing",
                expected.unwrap_or_default(),
                path.display()
            )));
        }
        if at + 1 == paths.len() {
            mend_tail(&scanned, options)?;
        }
        expected = Some(scanned.next);
        write_offset = scanned.offset as u64;
        segments.push(Arc::new(scanned.segment));
    }
    Ok(Recovered { segments, end: expected.unwrap_or_default(), write_offset })
}

/// The segment files in order of position. Removes what was never finished.
fn segment_paths(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for file in std::fs::read_dir(dir).map_err(io_error("read", dir))? {
        let path = file.map_err(io_error("read", dir))?.path();
        if path.extension() == Some(OsStr::new(TEMPORARY)) {
            std::fs::remove_file(&path).map_err(io_error("remove", &path))?;
        } else if first_of(&path).is_some() {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

fn first_segment(dir: &Path, options: &FileJournalOptions) -> Result<Recovered, StoreError> {
    let segment = prepare(dir, 0, options.segment_bytes, &AtomicBool::new(false))
        .and_then(|prepared| {
            let header = SegmentHeader { salt: random_salt()?, first: 0 };
            activate(dir, prepared, header, &options.sync)
        })
        .map_err(io_error("create the first segment in", dir))?;
    Ok(Recovered { segments: vec![Arc::new(segment)], end: 0, write_offset: SEGMENT_HEADER as u64 })
}

/// A segment as it was found.
struct Scanned {
    segment: Segment,
    content: Vec<u8>,
    /// One past the last good entry, and where that would stand.
    next: Position,
    offset: usize,
}

fn scan(path: &Path) -> Result<Scanned, StoreError> {
    let file = File::options().read(true).write(true).open(path).map_err(io_error("open", path))?;
    let content = std::fs::read(path).map_err(io_error("read", path))?;
    let header = SegmentHeader::decode(&content).map_err(|bad| match bad {
        BadHeader::Newer(version) => StoreError::corrupt(format!(
            "{} has journal format {version}, but this version knows formats up to {VERSION} only: a newer version wrote it",
            path.display()
        )),
        BadHeader::Damaged => StoreError::corrupt(format!("the header of {} is damaged", path.display())),
    })?;
    if first_of(path) != Some(header.first) {
        return Err(StoreError::corrupt(format!(
            "{} starts with entry {}: it was renamed",
            path.display(),
            header.first
        )));
    }
    let segment = Segment::new(path.to_path_buf(), file, header);
    let (mut next, mut offset) = (header.first, SEGMENT_HEADER);
    while let Parsed::Entry { sequence, length, .. } =
        parse_entry(content.get(offset..).unwrap_or_default(), header.salt)
        && sequence == next
    {
        segment.mark(Mark { position: next, offset: offset as u64 });
        next += 1;
        offset += length;
    }
    Ok(Scanned { segment, content, next, offset })
}

/// Zeroes whatever follows the last good entry of the last segment, and restores the segment's length.
fn mend_tail(scanned: &Scanned, options: &FileJournalOptions) -> Result<(), StoreError> {
    let Scanned { segment, content, next, offset } = scanned;
    let tail = content.get(*offset..).unwrap_or_default();
    let dirty = tail.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if dirty > 0 && proves_durable(tail.get(..dirty).unwrap_or(tail), segment.salt, *next) {
        return Err(damaged(segment, *next, *offset as u64));
    }
    let full = usize::try_from(options.segment_bytes).unwrap_or(usize::MAX);
    let missing = full.saturating_sub(content.len());
    if dirty == 0 && missing == 0 {
        return Ok(());
    }
    if dirty > 0 {
        tracing::warn!(
            segment = %segment.path.display(),
            position = next,
            bytes = dirty,
            "discarding entries that were being written when the process died; none of them was acknowledged"
        );
    }
    let write = |length: usize, at: usize| segment.file.write_all_at(&vec![0; length], at as u64);
    write(dirty, *offset)
        .and_then(|()| write(missing, content.len()))
        .and_then(|()| segment.file.sync_all())
        .map_err(io_error("zero the tail of", &segment.path))
}

/// Whether `tail` holds an entry whose batch began after `missing`. Then `missing` was durable before that batch was
/// written, and what damaged it was no crash.
fn proves_durable(tail: &[u8], salt: u32, missing: Position) -> bool {
    let possible = missing + 1..=missing.saturating_add(tail.len() as u64);
    (0..tail.len()).any(|at| {
        let bytes = tail.get(at..).unwrap_or_default();
        peek_sequence(bytes).is_some_and(|sequence| possible.contains(&sequence))
            && matches!(parse_entry(bytes, salt), Parsed::Entry { batch, .. } if batch > missing)
    })
}
