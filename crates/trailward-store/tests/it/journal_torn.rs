//! What a crash in the middle of a write leaves, and what becomes of it (invariants J1 and J2).

use crate::journal_image::{Image, master, segment, segment_path};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::Path;
use trailward_store::{FileJournal, FileJournalOptions, Journal, ReadLimit, StoreErrorKind};

const SIZE: usize = 8192;
const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

fn open(dir: &Path) -> Result<FileJournal, trailward_store::StoreError> {
    FileJournal::open(dir, master(), FileJournalOptions::default().segment_bytes(SIZE as u64))
}

async fn payloads(dir: &Path) -> Vec<Vec<u8>> {
    let journal = open(dir).unwrap();
    journal.read(0, ALL).await.unwrap().into_iter().map(|entry| entry.payload.to_vec()).collect()
}

fn put(dir: &Path, image: &[u8], known: &Image) {
    std::fs::write(segment_path(dir, 0), image).unwrap();
    std::fs::write(dir.join("checkpoint"), known.checkpoint(false)).unwrap();
}

/// Opens the image, appends, opens again: nothing but the prefix and what was appended may be there.
async fn recovers(image: &[u8], known: &Image, acknowledged: &[Vec<u8>], in_flight: &[Vec<u8>]) -> usize {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), image, known);
    let mut found = payloads(dir.path()).await;
    let written = [acknowledged, in_flight].concat();
    assert!(written.starts_with(&found), "a prefix of what was written");
    assert!(found.len() >= acknowledged.len(), "that has all that was acknowledged");
    let survived = found.len() - acknowledged.len();
    assert_eq!(std::fs::metadata(segment_path(dir.path(), 0)).unwrap().len(), SIZE as u64);
    {
        let journal = open(dir.path()).unwrap();
        assert_eq!(journal.append(Bytes::from("new")).await.unwrap(), found.len() as u64);
        found.push(b"new".to_vec());
    }
    assert_eq!(payloads(dir.path()).await, found, "nothing stale resurfaces");
    survived
}

fn sample(numbers: std::ops::Range<u8>) -> Vec<Vec<u8>> {
    numbers.map(|number| vec![number + 1; 40 + usize::from(number)]).collect()
}

#[tokio::test]
async fn the_last_entry_torn_at_every_byte() {
    let acknowledged = sample(0..5);
    let in_flight = sample(5..6);
    let known = segment(0, std::slice::from_ref(&acknowledged));
    let mut full = known.clone();
    full.batch(&in_flight);
    for cut in known.bytes.len()..=full.bytes.len() {
        let mut image = full.bytes[..cut].to_vec();
        // Cut off at that byte, and zero from that byte on.
        let survived = recovers(&image, &known, &acknowledged, &in_flight).await;
        assert_eq!(survived, usize::from(cut == full.bytes.len()), "cut at {cut}");
        image.resize(SIZE, 0);
        recovers(&image, &known, &acknowledged, &in_flight).await;
    }
}

#[tokio::test]
async fn pages_of_the_last_batch_in_any_order() {
    let acknowledged = sample(0..3);
    let in_flight = sample(3..6);
    let known = segment(0, std::slice::from_ref(&acknowledged));
    let mut full = known.clone();
    full.batch(&in_flight);
    // The first entry of the batch never reached the disk, the others did: torn, not damaged.
    let mut image = full.filled(SIZE);
    image[known.bytes.len()..known.bytes.len() + 70].fill(0);
    assert_eq!(recovers(&image, &known, &acknowledged, &in_flight).await, 0);
}

#[tokio::test]
async fn an_entry_of_a_later_batch_proves_damage() {
    let dir = tempfile::tempdir().unwrap();
    // The kernel wrote the checkpoint out when only the first batch was there.
    let known = segment(0, &[sample(0..3)]);
    let mut full = known.clone();
    full.batch(&sample(3..6));
    full.batch(&sample(6..7));
    let mut image = full.filled(SIZE);
    image[known.bytes.len() + 60] ^= 1;
    put(dir.path(), &image, &known);
    let error = open(dir.path()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("entry 3"), "{error}");
    assert_eq!(std::fs::read(segment_path(dir.path(), 0)).unwrap(), image, "evidence is left as it is");
}

#[tokio::test]
async fn what_the_checkpoint_knows_is_never_taken_for_torn() {
    let dir = tempfile::tempdir().unwrap();
    let known = segment(0, &[sample(0..3), sample(3..4)]);
    let good = known.filled(SIZE);
    let last = segment(0, &[sample(0..3)]).bytes.len();
    for at in last..known.bytes.len() {
        let mut image = good.clone();
        image[at] ^= 1;
        put(dir.path(), &image, &known);
        let error = open(dir.path()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "byte {at}: {error}");
        assert!(
            error.to_string().contains(&format!(
                "entry 3 of the journal is damaged: {}",
                segment_path(dir.path(), 0).display()
            )),
            "{error}"
        );
    }
    let mut image = good;
    image[last..].fill(0);
    put(dir.path(), &image, &known);
    assert!(open(dir.path()).unwrap_err().to_string().contains("cut off"));
}

#[tokio::test]
async fn a_torn_batch_that_is_put_back_later_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let known = segment(0, &[sample(0..3)]);
    let (mut torn, mut after) = (known.clone(), known.clone());
    torn.batch(&sample(3..5));
    after.batch(&sample(5..7));
    // Both were written under the same key at the same positions; only one of them is true.
    put(dir.path(), &torn.filled(SIZE), &after);
    let error = open(dir.path()).unwrap_err();
    assert!(error.to_string().contains("replaced"), "{error}");
}

#[tokio::test]
async fn made_up_entries_do_not_make_recovery_slow() {
    let known = segment(0, &[sample(0..3)]);
    let mut image = known.filled(SIZE);
    // Each of them looks like an entry of the right kind; none can open.
    for at in (known.bytes.len() + 1..SIZE - 1100).step_by(20) {
        image[at..at + 4].copy_from_slice(&1000u32.to_le_bytes());
        image[at + 4..at + 12].copy_from_slice(&5u64.to_le_bytes());
        image[at + 12..at + 20].copy_from_slice(&4u64.to_le_bytes());
    }
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), &image, &known);
    let error = open(dir.path()).unwrap_err();
    assert!(error.to_string().contains("made up"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any acknowledged batches, then one batch of which any sectors reached the disk, in any order.
    #[test]
    fn recovery_yields_a_prefix_with_all_that_was_acknowledged(
        batches in prop::collection::vec(prop::collection::vec(1usize..200, 1..5), 0..5),
        in_flight in prop::collection::vec(1usize..300, 1..8),
        sectors in prop::collection::vec(any::<bool>(), SIZE / 64),
        cut in prop::option::of(0usize..SIZE),
    ) {
        let mut number = 0u8;
        let mut fill = |sizes: &Vec<usize>| -> Vec<Vec<u8>> {
            sizes.iter().map(|size| { number = number.wrapping_add(1); vec![number.max(1); *size] }).collect()
        };
        let batches: Vec<_> = batches.iter().map(&mut fill).collect();
        let in_flight = fill(&in_flight);
        let acknowledged = batches.concat();
        let known = segment(0, &batches);
        let durable = known.bytes.len();
        let mut image = known.filled(SIZE);
        let mut full = known.clone();
        full.batch(&in_flight);
        let full = full.filled(SIZE);
        prop_assume!(full.len() == SIZE);
        for (at, _) in sectors.iter().enumerate().filter(|(_, written)| **written) {
            let sector = (at * 64).max(durable).min((at + 1) * 64)..(at + 1) * 64;
            image[sector.clone()].copy_from_slice(&full[sector]);
        }
        if let Some(cut) = cut {
            image.truncate(cut.max(durable));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(recovers(&image, &known, &acknowledged, &in_flight));
    }
}
