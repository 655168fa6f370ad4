//! What lies in a journal's directory, judged without changing anything: true, torn by a crash, or somebody's doing.

use super::checkpoint::{self, Found, Known};
use super::format::{
    BadHeader, Chain, Parsed, SEGMENT_HEADER, SegmentHeader, VERSION, advance, open_entry, parse_entry,
    peek_sequence,
};
use super::prepare::TEMPORARY;
use super::read::damaged;
use super::roots::{self, SegmentRoot};
use super::segment::{Mark, Segment, first_of};
use crate::fs::io_error;
use crate::seal::MasterKey;
use crate::{Position, StoreError};
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A journal whose every entry is the one that was written there.
#[derive(Debug)]
pub(super) struct Inspected {
    /// In order, at least one.
    pub(super) segments: Vec<Segment>,
    pub(super) checkpoint: Found,
    pub(super) roots: Vec<SegmentRoot>,
    pub(super) tail: Tail,
}

/// The end of the last segment.
#[derive(Debug)]
pub(super) struct Tail {
    /// The position of the next entry, and its offset.
    pub(super) end: Position,
    pub(super) offset: u64,
    /// The chain's value there.
    pub(super) chain: Chain,
    /// Bytes behind it that are not zero up to this length: a batch that a crash tore. None of it was acknowledged.
    pub(super) torn: u64,
    /// Of the file.
    pub(super) length: u64,
}

/// Segment files in order of position, and files that were never finished.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) segments: Vec<PathBuf>,
    pub(super) unfinished: Vec<PathBuf>,
}

impl Files {
    pub(super) fn list(dir: &Path) -> Result<Self, StoreError> {
        let mut files = Self::default();
        for file in std::fs::read_dir(dir).map_err(io_error("read", dir))? {
            let path = file.map_err(io_error("read", dir))?.path();
            if path.extension() == Some(OsStr::new(TEMPORARY)) {
                files.unfinished.push(path);
            } else if first_of(&path).is_some() {
                files.segments.push(path);
            }
        }
        files.segments.sort_unstable();
        Ok(files)
    }
}

/// Reads and checks every byte. `None` if no journal was ever begun in `dir`.
pub(super) fn inspect(dir: &Path, master: &MasterKey) -> Result<Option<Inspected>, StoreError> {
    let paths = Files::list(dir)?.segments;
    let Some(oldest) = paths.first() else { return never_begun(dir, master) };
    // Before the checkpoint is missed: an earlier format has none.
    open_segment(oldest, master)?;
    let checkpoint = checkpoint::read(dir, master)?.ok_or_else(|| {
        StoreError::corrupt(format!("the checkpoint of the journal in {} is missing", dir.display()))
    })?;
    let roots = roots::read(dir, master, checkpoint.known.journal)?;
    let mut run = Run { known: checkpoint.known, seen: false, roots: &roots };
    run.roots_are_dense(dir)?;
    let mut segments = Vec::with_capacity(paths.len());
    let mut scanned = run.scan(oldest, master)?;
    run.begins(&scanned)?;
    for path in paths.iter().skip(1) {
        let next = run.scan(path, master)?;
        run.joins(&scanned, &next)?;
        segments.push(std::mem::replace(&mut scanned, next).segment);
    }
    let tail = run.ends(&scanned)?;
    segments.push(scanned.segment);
    Ok(Some(Inspected { segments, checkpoint, roots, tail }))
}

/// There is no segment. That is right only before the first one was made.
fn never_begun(dir: &Path, master: &MasterKey) -> Result<Option<Inspected>, StoreError> {
    let begun = match checkpoint::read(dir, master)? {
        Some(found) => found.known.end > 0 || found.known.closed,
        None => roots::exist(dir),
    };
    if begun {
        return Err(StoreError::corrupt(format!(
            "every segment of the journal in {} is missing",
            dir.display()
        )));
    }
    Ok(None)
}

/// One pass over all segments.
struct Run<'a> {
    known: Known,
    /// The chain was where the checkpoint says, with the value it says.
    seen: bool,
    roots: &'a [SegmentRoot],
}

/// A segment as it was found.
struct Scanned {
    segment: Segment,
    content: Vec<u8>,
    /// One past the last good entry, and where that would stand.
    next: Position,
    offset: usize,
    chain: Chain,
}

impl Scanned {
    fn tail(&self) -> &[u8] {
        let tail = self.content.get(self.offset..).unwrap_or_default();
        tail.get(..dirty(tail)).unwrap_or_default()
    }

    fn damaged(&self, why: &str) -> StoreError {
        damaged(&self.segment, self.next, self.offset as u64, why)
    }
}

fn open_segment(path: &Path, master: &MasterKey) -> Result<(Segment, Vec<u8>), StoreError> {
    let file = File::open(path).map_err(io_error("open", path))?;
    let content = std::fs::read(path).map_err(io_error("read", path))?;
    let shown = path.display();
    let (header, key) = SegmentHeader::open(&content, master).map_err(|bad| {
        StoreError::corrupt(match bad {
            BadHeader::Version(1) => format!(
                "{shown} has journal format 1, which is neither sealed nor authenticated and is not taken over: deliver what it holds with the version that wrote it, then start with a new data directory"
            ),
            BadHeader::Version(version) => format!(
                "{shown} has journal format {version}, but this version knows format {VERSION} only: a newer version wrote it"
            ),
            BadHeader::Damaged => {
                format!("the header of {shown} is damaged, was altered, or was sealed under another master key")
            }
        })
    })?;
    if first_of(path) != Some(header.first) {
        return Err(StoreError::corrupt(format!(
            "{shown} starts with entry {}: it was renamed",
            header.first
        )));
    }
    Ok((Segment::new(path.to_path_buf(), file, header, key), content))
}

impl Run<'_> {
    fn look(&mut self, at: Position, chain: &Chain) {
        self.seen |= at == self.known.end && *chain == self.known.chain;
    }

    fn roots_are_dense(&self, dir: &Path) -> Result<(), StoreError> {
        for (number, (root, next)) in self.roots.iter().zip(self.roots.iter().skip(1)).enumerate() {
            if root.end != next.first {
                return Err(StoreError::corrupt(format!(
                    "the roots in {} do not join behind record {number}",
                    dir.display()
                )));
            }
        }
        Ok(())
    }

    /// Reads a segment up to the first thing that is not its next entry.
    fn scan(&mut self, path: &Path, master: &MasterKey) -> Result<Scanned, StoreError> {
        let (segment, content) = open_segment(path, master)?;
        if segment.header.journal != self.known.journal {
            return Err(StoreError::corrupt(format!("{} is a segment of another journal", path.display())));
        }
        let (next, chain) = (segment.first, segment.key.start);
        let mut scanned = Scanned { segment, content, next, offset: SEGMENT_HEADER, chain };
        let mut payload = Vec::new();
        self.look(scanned.next, &scanned.chain);
        loop {
            let rest = scanned.content.get(scanned.offset..).unwrap_or_default();
            let Parsed::Entry(entry) = parse_entry(rest) else { break };
            let bytes = rest.get(..entry.length).unwrap_or_default();
            if !open_entry(&scanned.segment.key, bytes, &mut payload) {
                break;
            }
            // It is genuine, so no crash put it where it does not belong.
            if entry.sequence != scanned.next {
                return Err(scanned.damaged(&format!("entry {} stands in its place", entry.sequence)));
            }
            if !entry.follows(&scanned.chain) {
                return Err(scanned.damaged("it does not follow the entry before it"));
            }
            let chain = advance(&scanned.chain, bytes);
            let mark = Mark { position: scanned.next, offset: scanned.offset as u64, chain: scanned.chain };
            scanned.segment.mark(mark);
            scanned.chain = chain;
            scanned.next += 1;
            scanned.offset += entry.length;
            self.look(scanned.next, &scanned.chain);
        }
        Ok(scanned)
    }

    /// The oldest segment is the oldest one that was kept, and follows what was trimmed.
    fn begins(&self, oldest: &Scanned) -> Result<(), StoreError> {
        let Segment { header, path, .. } = &oldest.segment;
        if header.first > self.known.start {
            return Err(StoreError::corrupt(format!(
                "the journal starts with {}, but was kept from entry {} on: a segment is missing",
                path.display(),
                self.known.start
            )));
        }
        let before = usize::try_from(header.number).ok().and_then(|number| number.checked_sub(1));
        let follows = match before {
            None => header.first == 0 && header.before == Chain::default(),
            Some(at) => {
                self.roots.get(at).is_some_and(|root| root.end == header.first && root.root == header.before)
            }
        };
        if follows {
            return Ok(());
        }
        Err(StoreError::corrupt(format!(
            "{} does not follow the root that was kept of the segment before it",
            path.display()
        )))
    }

    /// `segment` is whole and `next` is the one that was written behind it.
    fn joins(&self, segment: &Scanned, next: &Scanned) -> Result<(), StoreError> {
        let (header, following) = (&segment.segment.header, &next.segment.header);
        let path = segment.segment.path.display();
        if segment.next < following.first && !segment.tail().is_empty() {
            return Err(segment.damaged("it was altered"));
        }
        if segment.next != following.first || header.number + 1 != following.number {
            return Err(StoreError::corrupt(format!(
                "the journal has entries up to {} before {}: an entry is cut off or a segment is missing",
                segment.next,
                next.segment.path.display()
            )));
        }
        if segment.chain != following.before {
            return Err(StoreError::corrupt(format!(
                "{} does not follow what {path} holds: one of them was replaced",
                next.segment.path.display()
            )));
        }
        if !segment.tail().is_empty() {
            return Err(StoreError::corrupt(format!(
                "{path} has bytes behind its last entry, at byte {}",
                segment.offset
            )));
        }
        self.root_matches(segment, true)
    }

    fn root_matches(&self, segment: &Scanned, needed: bool) -> Result<(), StoreError> {
        let header = &segment.segment.header;
        let kept = usize::try_from(header.number).ok().and_then(|number| self.roots.get(number));
        let found = SegmentRoot { first: header.first, end: segment.next, root: segment.chain };
        match kept {
            Some(kept) if *kept == found => Ok(()),
            None if !needed => Ok(()),
            _ => Err(StoreError::corrupt(format!(
                "the root that was kept of {} is missing or another one",
                segment.segment.path.display()
            ))),
        }
    }

    /// Whether the journal ends where a crash can have left it.
    fn ends(&self, last: &Scanned) -> Result<Tail, StoreError> {
        let Known { end, closed, .. } = self.known;
        let torn = last.tail();
        if last.next < end {
            let why = if torn.is_empty() { "is cut off" } else { "was altered" };
            return Err(last.damaged(&format!("it {why}, and the journal was durable up to {end}")));
        }
        if !self.seen {
            return Err(StoreError::corrupt(format!(
                "{} does not hold what the journal had when it was durable up to {end}: entries were replaced",
                last.segment.path.display()
            )));
        }
        if closed && (last.next != end || !torn.is_empty()) {
            return Err(last.damaged(&format!("the journal was closed at {end}, and something follows")));
        }
        if proves_durable(torn, last)? {
            return Err(last.damaged("it was altered: an entry behind it was written when it was durable"));
        }
        self.root_matches(last, false)?;
        Ok(Tail {
            end: last.next,
            offset: last.offset as u64,
            chain: last.chain,
            torn: torn.len() as u64,
            length: last.content.len() as u64,
        })
    }
}

/// How many bytes there are up to the last that is not zero. Most of a segment is zeros: they are compared page by page.
fn dirty(bytes: &[u8]) -> usize {
    const ZEROS: [u8; 4096] = [0; 4096];
    let mut end = bytes.len();
    for page in bytes.rchunks(ZEROS.len()) {
        if ZEROS.get(..page.len()) != Some(page) {
            let last = page.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            return end - page.len() + last;
        }
        end -= page.len();
    }
    end
}

/// Whether `torn` holds an entry whose batch began after the one that is missing. Then the missing one was durable
/// before that batch was written, and what damaged it was no crash.
fn proves_durable(torn: &[u8], last: &Scanned) -> Result<bool, StoreError> {
    let missing = last.next;
    let possible = missing + 1..=missing.saturating_add(torn.len() as u64);
    let mut payload = Vec::new();
    // A torn batch holds each of its bytes once; whoever makes up candidates does not get to choose how long this takes.
    let mut budget = torn.len().saturating_mul(2);
    for at in 0..torn.len() {
        let bytes = torn.get(at..).unwrap_or_default();
        if !peek_sequence(bytes).is_some_and(|sequence| possible.contains(&sequence)) {
            continue;
        }
        let Parsed::Entry(entry) = parse_entry(bytes) else { continue };
        if entry.batch <= missing || entry.batch > entry.sequence {
            continue;
        }
        budget = budget
            .checked_sub(entry.length)
            .ok_or_else(|| last.damaged("what follows it was made up: no crash leaves so many entries"))?;
        if open_entry(&last.segment.key, bytes.get(..entry.length).unwrap_or_default(), &mut payload) {
            return Ok(true);
        }
    }
    Ok(false)
}
