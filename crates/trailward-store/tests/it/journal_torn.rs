//! What a crash in the middle of a write leaves, and what becomes of it (invariants J1 and J2).

use crate::journal_image::{entry, segment, segment_path};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::Path;
use trailward_store::{FileJournal, FileJournalOptions, Journal, ReadLimit, StoreErrorKind};

const SIZE: usize = 8192;
const SALT: u32 = 0x1234_5678;
const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

fn open(dir: &Path) -> Result<FileJournal, trailward_store::StoreError> {
    FileJournal::open(dir, FileJournalOptions::default().segment_bytes(SIZE as u64))
}

async fn payloads(dir: &Path) -> Vec<Vec<u8>> {
    let journal = open(dir).unwrap();
    journal.read(0, ALL).await.unwrap().into_iter().map(|entry| entry.payload.to_vec()).collect()
}

/// Opens the image, appends, opens again: nothing but the prefix and what was appended may be there.
async fn recovers(image: &[u8], acknowledged: &[Vec<u8>], in_flight: &[Vec<u8>]) -> usize {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(segment_path(dir.path(), 0), image).unwrap();
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
    let before = segment(0, SALT, 0, std::slice::from_ref(&acknowledged));
    let last = entry(SALT, 5, 5, &in_flight[0]);
    for cut in 0..=last.len() {
        let mut image = before.clone();
        image.extend(&last[..cut]);
        // Cut off at that byte, and zero from that byte on.
        let survived = recovers(&image, &acknowledged, &in_flight).await;
        assert_eq!(survived, usize::from(cut == last.len()), "cut at {cut}");
        image.resize(SIZE, 0);
        recovers(&image, &acknowledged, &in_flight).await;
    }
}

#[tokio::test]
async fn pages_of_the_last_batch_in_any_order() {
    let acknowledged = sample(0..3);
    let in_flight = sample(3..6);
    let zero = segment(SIZE, SALT, 0, std::slice::from_ref(&acknowledged));
    let full = segment(SIZE, SALT, 0, &[acknowledged.clone(), in_flight.clone()]);
    // The first entry of the batch never reached the disk, the others did: torn, not damaged.
    let start = zero.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let mut image = full.clone();
    image[start..start + 30].fill(0);
    assert_eq!(recovers(&image, &acknowledged, &in_flight).await, 0);
}

#[tokio::test]
async fn an_entry_of_a_later_batch_proves_damage() {
    let dir = tempfile::tempdir().unwrap();
    let mut image = segment(SIZE, SALT, 0, &[sample(0..3), sample(3..6), sample(6..7)]);
    let second_batch = segment(0, SALT, 0, &[sample(0..3)]).len();
    image[second_batch + 30] ^= 1;
    std::fs::write(segment_path(dir.path(), 0), &image).unwrap();
    let error = open(dir.path()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("entry 3"), "{error}");
    assert_eq!(std::fs::read(segment_path(dir.path(), 0)).unwrap(), image, "evidence is left as it is");
}

#[tokio::test]
async fn a_payload_cannot_pass_for_an_entry() {
    let forged = entry(0, 900, 900, b"forged");
    let torn = entry(SALT, 3, 3, &[&[9; 50][..], &forged, &[9; 50]].concat());
    let acknowledged = sample(0..3);
    let mut image = segment(0, SALT, 0, std::slice::from_ref(&acknowledged));
    image.extend(torn);
    let last = image.len() - 1;
    image[last] ^= 1;
    assert_eq!(recovers(&image, &acknowledged, &[]).await, 0);
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
        let mut batches: Vec<_> = batches.iter().map(&mut fill).collect();
        let in_flight = fill(&in_flight);
        let acknowledged = batches.concat();
        let durable = segment(0, SALT, 0, &batches).len();
        let mut image = segment(SIZE, SALT, 0, &batches);
        batches.push(in_flight.clone());
        let full = segment(SIZE, SALT, 0, &batches);
        prop_assume!(full.len() == SIZE);
        for (at, _) in sectors.iter().enumerate().filter(|(_, written)| **written) {
            let sector = (at * 64).max(durable).min((at + 1) * 64)..(at + 1) * 64;
            image[sector.clone()].copy_from_slice(&full[sector]);
        }
        if let Some(cut) = cut {
            image.truncate(cut.max(durable));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(recovers(&image, &acknowledged, &in_flight));
    }
}
