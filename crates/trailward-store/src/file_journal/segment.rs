//! One open segment: its file, and where to find positions in it.

use super::format::{Chain, SEGMENT_HEADER, SegmentHeader, SegmentKey};
use crate::Position;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Bytes between two marks; a reader skips at most this much to find its entry.
const MARK_EVERY: u64 = 32 << 10;

const EXTENSION: &str = "segment";

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) file: File,
    pub(super) first: Position,
    pub(super) header: SegmentHeader,
    pub(super) key: SegmentKey,
    marks: RwLock<Vec<Mark>>,
}

/// Entry `position` stands at `offset`, with the chain's value before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) position: Position,
    pub(super) offset: u64,
    pub(super) chain: Chain,
}

impl Segment {
    pub(super) fn new(path: PathBuf, file: File, header: SegmentHeader, key: SegmentKey) -> Self {
        Self { path, file, first: header.first, header, key, marks: RwLock::default() }
    }

    /// Notes where an entry stands, if the last note is far enough away. In order of position.
    pub(super) fn mark(&self, mark: Mark) {
        let mut marks = self.marks.write().unwrap_or_else(PoisonError::into_inner);
        if marks.last().is_none_or(|last| mark.offset >= last.offset + MARK_EVERY) {
            marks.push(mark);
        }
    }

    /// The last mark at or before `position`.
    pub(super) fn nearest(&self, position: Position) -> Mark {
        let marks = self.marks.read().unwrap_or_else(PoisonError::into_inner);
        let after = marks.partition_point(|mark| mark.position <= position);
        let start = Mark { position: self.first, offset: SEGMENT_HEADER as u64, chain: self.key.start };
        after.checked_sub(1).and_then(|at| marks.get(at)).copied().unwrap_or(start)
    }
}

/// The file name of the segment whose first entry has position `first`.
pub(super) fn path_of(dir: &Path, first: Position) -> PathBuf {
    dir.join(format!("{first:020}.{EXTENSION}"))
}

/// The first position, from the file name; `None` if this is not a segment's name.
pub(super) fn first_of(path: &Path) -> Option<Position> {
    if path.extension() != Some(OsStr::new(EXTENSION)) {
        return None;
    }
    let name = path.file_stem()?.to_str()?;
    (name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit())).then(|| name.parse().ok())?
}
