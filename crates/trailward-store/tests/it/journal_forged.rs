//! What somebody who can write to the disk does to a journal, and that it is noticed.

use crate::journal_image::{OVERHEAD, SEGMENT_HEADER, master, segment_path};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use trailward_store::seal::MasterKey;
use trailward_store::{FileJournal, FileJournalOptions, Journal, ReadLimit, StoreErrorKind};

const SEGMENT: u64 = 1536;
const ENTRY: usize = OVERHEAD + 100;
const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

fn open(dir: &Path) -> Result<FileJournal, trailward_store::StoreError> {
    FileJournal::open(dir, master(), FileJournalOptions::default().segment_bytes(SEGMENT))
}

/// 8 entries to a segment.
async fn filled(dir: &Path, count: u64) -> Vec<PathBuf> {
    let journal = open(dir).unwrap();
    for number in journal.end()..count {
        journal.append(Bytes::from(format!("{number:0100}"))).await.unwrap();
    }
    (0..count.div_ceil(8)).map(|number| segment_path(dir, number * 8)).collect()
}

/// The journal is refused, and says where.
fn refused(dir: &Path, what: &str) -> String {
    let error = open(dir).map(drop).expect_err(what);
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{what}: {error}");
    let text = error.to_string();
    assert!(text.contains(&dir.display().to_string()), "{what}: {text} names the place");
    let verified = FileJournal::verify(dir, &master()).unwrap_err();
    assert_eq!(verified.to_string(), text, "{what}: looking says the same as opening");
    text
}

/// Puts the directory back as it was.
struct Before(Vec<(PathBuf, Vec<u8>)>, PathBuf);

impl Before {
    fn of(dir: &Path) -> Self {
        let files = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
        Self(files.map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect(), dir.into())
    }

    fn restore(&self) {
        for file in std::fs::read_dir(&self.1).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        for (path, bytes) in &self.0 {
            std::fs::write(path, bytes).unwrap();
        }
    }
}

#[tokio::test]
async fn every_flipped_byte_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let paths = filled(dir.path(), 12).await;
    for (path, end) in paths.iter().zip([SEGMENT_HEADER + 8 * ENTRY, SEGMENT_HEADER + 4 * ENTRY]) {
        let good = std::fs::read(path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(path, &bad).unwrap();
            let text = refused(dir.path(), &format!("byte {at}"));
            if (SEGMENT_HEADER..end).contains(&at) {
                let first = if path == &paths[0] { 0 } else { 8 };
                let entry = first + (at - SEGMENT_HEADER) / ENTRY;
                assert!(text.contains(&format!("entry {entry} ")), "byte {at}: {text}");
            }
        }
        std::fs::write(path, &good).unwrap();
    }
    let roots = dir.path().join("roots");
    let good = std::fs::read(&roots).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&roots, &bad).unwrap();
        refused(dir.path(), &format!("roots byte {at}"));
    }
    std::fs::write(&roots, &good).unwrap();
    open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_damaged_checkpoint_never_lets_a_cut_journal_pass() {
    let dir = tempfile::tempdir().unwrap();
    let paths = filled(dir.path(), 4).await;
    let before = Before::of(dir.path());
    let path = dir.path().join("checkpoint");
    let good = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(refused(dir.path(), "no checkpoint").contains("checkpoint"));
    std::fs::write(&path, vec![0; good.len()]).unwrap();
    refused(dir.path(), "zeros");
    let mut bad = good.clone();
    for at in [10, 80, 4096 + 10, 4096 + 80] {
        bad[at] ^= 1;
    }
    std::fs::write(&path, bad).unwrap();
    refused(dir.path(), "both slots");
    before.restore();
    // One slot alone is what a machine that died can leave: the other one still counts.
    for slot in [0, 4096] {
        let mut bad = good.clone();
        bad[slot + 80] ^= 1;
        let mut cut = std::fs::read(&paths[0]).unwrap();
        cut[SEGMENT_HEADER + 2 * ENTRY..].fill(0);
        std::fs::write(&paths[0], &cut).unwrap();
        std::fs::write(&path, &bad).unwrap();
        assert!(refused(dir.path(), "one slot, two entries cut off").contains("entry 2 "));
        before.restore();
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(open(dir.path()).unwrap().end(), 4);
        before.restore();
    }
}

#[tokio::test]
async fn entries_moved_or_copied_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let paths = filled(dir.path(), 20).await;
    let before = Before::of(dir.path());
    let entry = |number: usize| SEGMENT_HEADER + number * ENTRY..SEGMENT_HEADER + (number + 1) * ENTRY;
    for (from, to) in [(0, 1), (2, 3), (1, 6)] {
        for path in [&paths[0], &paths[1], &paths[2]] {
            let good = std::fs::read(path).unwrap();
            let (from, to) = if path == &paths[2] { (from % 3, to % 3) } else { (from, to) };
            let mut swapped = good.clone();
            swapped[entry(from)].copy_from_slice(&good[entry(to)]);
            swapped[entry(to)].copy_from_slice(&good[entry(from)]);
            if swapped != good {
                std::fs::write(path, &swapped).unwrap();
                refused(dir.path(), "swapped");
            }
            let mut copied = good.clone();
            copied[entry(to)].copy_from_slice(&good[entry(from)]);
            if copied != good {
                std::fs::write(path, &copied).unwrap();
                refused(dir.path(), "copied over another");
            }
            let mut closed_up = good.clone();
            closed_up.drain(entry(to));
            closed_up.resize(good.len(), 0);
            std::fs::write(path, &closed_up).unwrap();
            refused(dir.path(), "taken out");
            before.restore();
        }
    }
}

#[tokio::test]
async fn segments_swapped_missing_renamed_or_cut_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let paths = filled(dir.path(), 30).await;
    let before = Before::of(dir.path());
    let (first, second) = (std::fs::read(&paths[0]).unwrap(), std::fs::read(&paths[1]).unwrap());
    std::fs::write(&paths[0], &second).unwrap();
    std::fs::write(&paths[1], &first).unwrap();
    assert!(refused(dir.path(), "swapped").contains("renamed"));
    before.restore();
    for path in &paths {
        std::fs::remove_file(path).unwrap();
        refused(dir.path(), "missing");
        before.restore();
        let good = std::fs::read(path).unwrap();
        for keep in [0, 20, SEGMENT_HEADER, SEGMENT_HEADER + ENTRY + 30, SEGMENT_HEADER + 2 * ENTRY] {
            std::fs::write(path, &good[..keep]).unwrap();
            refused(dir.path(), "cut");
        }
        let mut hole = good.clone();
        hole[SEGMENT_HEADER + ENTRY..SEGMENT_HEADER + 2 * ENTRY].fill(0);
        std::fs::write(path, &hole).unwrap();
        refused(dir.path(), "an entry zeroed");
        before.restore();
    }
    for path in &paths {
        std::fs::remove_file(path).unwrap();
    }
    assert!(refused(dir.path(), "all missing").contains("every segment"));
    std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
    assert!(refused(dir.path(), "all missing but the roots").contains("every segment"));
    before.restore();
    std::fs::rename(&paths[1], segment_path(dir.path(), 9)).unwrap();
    assert!(refused(dir.path(), "renamed").contains("renamed"));
    before.restore();
    assert_eq!(open(dir.path()).unwrap().end(), 30);
}

#[tokio::test]
async fn segments_of_another_journal_are_noticed() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let paths = filled(dir.path(), 20).await;
    let others = filled(other.path(), 20).await;
    let before = Before::of(dir.path());
    for (path, foreign) in paths.iter().zip(&others) {
        // Same master key, same positions, same payloads.
        std::fs::copy(foreign, path).unwrap();
        assert!(refused(dir.path(), "another journal's").contains("another journal"));
        before.restore();
    }
    for name in ["checkpoint", "roots"] {
        std::fs::copy(other.path().join(name), dir.path().join(name)).unwrap();
        refused(dir.path(), name);
        before.restore();
    }
    let error = FileJournal::open(dir.path(), MasterKey::from_bytes([8; 32]), FileJournalOptions::default());
    assert!(error.unwrap_err().to_string().contains("another master key"));
}

#[tokio::test]
async fn older_copies_are_noticed() {
    let (dir, fork) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let paths = filled(dir.path(), 12).await;
    let older = std::fs::read(&paths[1]).unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, fork.path().join(path.file_name().unwrap())).unwrap();
    }
    filled(dir.path(), 20).await;
    let before = Before::of(dir.path());
    std::fs::write(&paths[1], &older).unwrap();
    refused(dir.path(), "an older copy of a closed segment");
    before.restore();
    let last = segment_path(dir.path(), 16);
    let older = std::fs::read(&last).unwrap();
    filled(dir.path(), 23).await;
    let before = Before::of(dir.path());
    std::fs::write(&last, &older).unwrap();
    assert!(refused(dir.path(), "an older copy of the last segment").contains("entry 20 "));
    before.restore();
    // A copy of the directory that went its own way: same journal, same positions, other entries.
    {
        let journal = open(fork.path()).unwrap();
        for _ in 12..23 {
            journal.append(Bytes::from(vec![b'x'; 100])).await.unwrap();
        }
    }
    for path in [&paths[1], &last] {
        std::fs::copy(fork.path().join(path.file_name().unwrap()), path).unwrap();
        refused(dir.path(), "from a copy that went its own way");
        before.restore();
    }
    assert_eq!(open(dir.path()).unwrap().end(), 23);
}

#[tokio::test]
async fn the_oldest_segments_cannot_be_taken_for_trimmed() {
    let dir = tempfile::tempdir().unwrap();
    let paths = filled(dir.path(), 40).await;
    open(dir.path()).unwrap().trim(16).await.unwrap();
    let before = Before::of(dir.path());
    assert!(!paths[1].exists() && paths[2].exists());
    std::fs::remove_file(&paths[2]).unwrap();
    assert!(refused(dir.path(), "the oldest is missing").contains("from entry 16 on"));
    before.restore();
    let journal = open(dir.path()).unwrap();
    assert_eq!((journal.start(), journal.end()), (16, 40));
}

#[tokio::test]
async fn nothing_of_a_payload_lies_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let secret = b"arn:aws:iam::123456789012:user/mallory";
    let journal = open(dir.path()).unwrap();
    for _ in 0..20 {
        journal.append(Bytes::from_static(secret)).await.unwrap();
    }
    drop(journal);
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for part in secret.chunks(8) {
            assert!(!bytes.windows(part.len()).any(|window| window == part));
        }
    }
}

#[tokio::test]
async fn a_reader_never_hands_out_what_was_changed_under_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = open(dir.path()).unwrap();
    for number in 0..12u64 {
        journal.append(Bytes::from(format!("{number:0100}"))).await.unwrap();
    }
    let path = segment_path(dir.path(), 0);
    let good = std::fs::read(&path).unwrap();
    for at in SEGMENT_HEADER..SEGMENT_HEADER + 8 * ENTRY {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let entry = ((at - SEGMENT_HEADER) / ENTRY) as u64;
        for from in [0, entry, 7] {
            // What lies before is not read, so it need not be noticed; whatever is returned is true.
            match journal.read(from, ALL).await {
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Corrupt),
                Ok(_) => assert!(from > entry, "byte {at} from {from}"),
            }
        }
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(journal.read(0, ALL).await.unwrap().len(), 12);
}

#[tokio::test]
async fn other_formats_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let paths = filled(dir.path(), 3).await;
    let good = std::fs::read(&paths[0]).unwrap();
    for (version, says) in [(3u32, "a newer version wrote it"), (1, "start with a new data directory")] {
        let mut other = good.clone();
        other[8..12].copy_from_slice(&version.to_le_bytes());
        std::fs::write(&paths[0], &other).unwrap();
        // An earlier format has no checkpoint.
        let aside = tempfile::tempdir().unwrap();
        std::fs::copy(&paths[0], aside.path().join(paths[0].file_name().unwrap())).unwrap();
        for dir in [dir.path(), aside.path()] {
            assert!(refused(dir, "version").contains(says));
        }
    }
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    filled(&journal, 20).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&journal), 0o700);
    for file in std::fs::read_dir(&journal).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any edits of any of the files: the journal is refused, or is the one that was written.
    #[test]
    fn any_edits_are_refused_or_change_nothing(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0u8..6, any::<prop::sample::Index>(), any::<[u8; 2]>()), 1..6),
    ) {
        static WRITTEN: std::sync::LazyLock<(tempfile::TempDir, Before)> = std::sync::LazyLock::new(|| {
            let dir = tempfile::tempdir().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(filled(dir.path(), 30));
            let before = Before::of(dir.path());
            (dir, before)
        });
        let (_, before) = &*WRITTEN;
        let dir = tempfile::tempdir().unwrap();
        let mut files = before.0.clone();
        for (file, what, at, bytes) in edits {
            let other = at.get(&before.0).1.clone();
            let at_file = file.index(files.len());
            let content = &mut files[at_file].1;
            if content.is_empty() {
                continue;
            }
            let at = at.index(content.len());
            match what {
                0 => content[at] ^= bytes[0] | 1,
                1 => content.truncate(at),
                2 => content.extend(bytes),
                3 => content[at..].fill(0),
                4 => *content = other,
                _ => {
                    let piece = other.get(at..).unwrap_or_default();
                    let length = piece.len().min(content.len() - at);
                    content[at..at + length].copy_from_slice(&piece[..length]);
                }
            }
        }
        for (path, content) in &files {
            std::fs::write(dir.path().join(path.file_name().unwrap()), content).unwrap();
        }
        if let Ok(found) = FileJournal::verify(dir.path(), &master()) {
            let found = found.unwrap();
            // Zeros cut off or added behind the last entry are no change; and who destroys the newer slot of the checkpoint
            // can add what passes for torn, and is cut off.
            prop_assert_eq!((found.start, found.end), (0, 30));
            prop_assert!(found.torn_bytes == 0 || !found.closed);
        }
    }
}
