//! Any change of a journal's files: it is refused, or it is the journal that was written (invariant J3).
//!
//! The input is a list of edits of 8 bytes: file (1), what (1), offset (4), value (2).
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;
use trailward_store::seal::MasterKey;
use trailward_store::{FileJournal, FileJournalOptions, Journal, JournalReport};

struct World {
    dir: TempDir,
    files: Vec<(PathBuf, Vec<u8>)>,
    report: JournalReport,
}

fn master() -> MasterKey {
    MasterKey::from_bytes([1; 32])
}

/// A journal of a few segments that was closed in order.
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let options = FileJournalOptions::default().segment_bytes(2048);
        let journal = FileJournal::open(dir.path(), master(), options).expect("a journal");
        for number in 0..40u8 {
            journal.append(Bytes::from(vec![number; 20 + usize::from(number) * 3])).await.expect("an entry");
        }
    });
    let names = std::fs::read_dir(dir.path()).expect("files").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = names.map(|path| (path.clone(), std::fs::read(&path).expect("bytes"))).collect();
    files.sort();
    let report = FileJournal::verify(dir.path(), &master()).expect("whole").expect("a journal");
    World { dir, files, report }
});

fuzz_target!(|bytes: &[u8]| {
    let World { dir, files, report } = &*WORLD;
    let mut changed = files.clone();
    for edit in bytes.chunks_exact(8).take(32) {
        let [file, what, a, b, c, d, high, low] = *edit else { continue };
        let other = files[usize::from(high) % files.len()].1.clone();
        let count = changed.len();
        let (_, content) = &mut changed[usize::from(file) % count];
        let at = u32::from_le_bytes([a, b, c, d]) as usize % content.len().max(1);
        match what % 6 {
            0 => content[at..].iter_mut().take(1).for_each(|byte| *byte ^= low | 1),
            1 => content.truncate(at),
            2 => content.extend_from_slice(&[high, low]),
            3 => content[at..].fill(0),
            4 => *content = other,
            _ => {
                let piece = other.get(at..).unwrap_or_default();
                let length = piece.len().min(content.len() - at.min(content.len()));
                content[at..at + length].copy_from_slice(&piece[..length]);
            }
        }
    }
    for (path, content) in &changed {
        std::fs::write(path, content).expect("written");
    }
    // What somebody can only do by destroying the newer half of the checkpoint looks as if the machine had died.
    let crashed = |found: &JournalReport| !found.closed && found.end == report.end;
    if let Ok(Some(found)) = FileJournal::verify(dir.path(), &master()) {
        assert!(found.end == report.end && (found == *report || crashed(&found)), "{found:?}");
    }
});
