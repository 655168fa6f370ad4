use super::assert_kind;
use crate::{Journal, MAX_GROUP, MAX_GROUP_BYTES, MAX_PAYLOAD, ReadLimit, StoreError, StoreErrorKind};
use bytes::Bytes;
use futures::future::try_join_all;

const ALL: ReadLimit = ReadLimit { entries: usize::MAX, bytes: usize::MAX };

/// The suite of [`Journal`]. It trims what it finds, so it needs a journal of its own.
pub async fn journal(journal: &dyn Journal) -> Result<(), StoreError> {
    dense_and_readable(journal).await?;
    limits(journal).await?;
    concurrent(journal).await?;
    groups(journal).await?;
    waiting(journal).await?;
    bounds(journal).await?;
    trimming(journal).await
}

fn payload(number: u64) -> Bytes {
    Bytes::from(format!("entry {number}"))
}

async fn dense_and_readable(journal: &dyn Journal) -> Result<(), StoreError> {
    let first = journal.end();
    assert!(journal.start() <= first);
    assert!(journal.read(first, ALL).await?.is_empty(), "the end is empty");
    for number in 0..20 {
        assert_eq!(journal.append(payload(number)).await?, first + number, "positions are dense");
        assert_eq!(journal.end(), first + number + 1);
    }
    let read = journal.read(first, ALL).await?;
    assert_eq!(read.len(), 20);
    for (number, entry) in (0..).zip(read) {
        assert_eq!((entry.position, entry.payload), (first + number, payload(number)));
    }
    let middle = journal.read(first + 7, ALL).await?;
    assert_eq!(middle.first().map(|entry| entry.position), Some(first + 7));
    assert_eq!(middle.len(), 13);
    Ok(())
}

async fn limits(journal: &dyn Journal) -> Result<(), StoreError> {
    let first = journal.end();
    for _ in 0..10 {
        journal.append(Bytes::from(vec![7; 100])).await?;
    }
    let count = async |entries, bytes| -> Result<usize, StoreError> {
        Ok(journal.read(first, ReadLimit { entries, bytes }).await?.len())
    };
    assert_eq!(count(3, usize::MAX).await?, 3);
    assert_eq!(count(usize::MAX, 300).await?, 3);
    assert_eq!(count(usize::MAX, 399).await?, 3);
    assert_eq!(count(usize::MAX, 1).await?, 1, "at least one, even if it is larger");
    assert_eq!(count(0, 0).await?, 1, "at least one");
    Ok(())
}

async fn concurrent(journal: &dyn Journal) -> Result<(), StoreError> {
    let first = journal.end();
    let appends = (0..200).map(|number| journal.append(payload(number)));
    let positions = try_join_all(appends).await?;
    let entries = journal.read(first, ALL).await?;
    assert_eq!(entries.len(), 200);
    for (number, position) in (0..).zip(&positions) {
        let found = entries.iter().find(|entry| entry.position == *position);
        assert_eq!(found.map(|entry| entry.payload.clone()), Some(payload(number)));
    }
    let mut sorted = positions;
    sorted.sort_unstable();
    assert_eq!(sorted, (first..first + 200).collect::<Vec<_>>(), "dense and unique");
    Ok(())
}

async fn groups(journal: &dyn Journal) -> Result<(), StoreError> {
    let first = journal.end();
    // Groups of many sizes and single entries at once: nothing comes between the entries of a group.
    let groups = (0..40u64).map(async |group| {
        let payloads = (0..=group * 7).map(|number| Bytes::from(format!("group {group} {number}"))).collect();
        journal.append_all(payloads).await
    });
    let singles = try_join_all((0..40).map(|number| journal.append(payload(number))));
    let (positions, _) = futures::try_join!(try_join_all(groups), singles)?;
    for (group, position) in (0..40u64).zip(positions) {
        let count = group * 7 + 1;
        let limit = ReadLimit { entries: usize::try_from(count).unwrap_or(usize::MAX), bytes: usize::MAX };
        let read = journal.read(position, limit).await?;
        assert_eq!(read.len() as u64, count);
        for (number, entry) in (0..).zip(read) {
            assert_eq!(entry.position, position + number);
            assert_eq!(entry.payload, format!("group {group} {number}"));
        }
    }
    let end = journal.end();
    assert_eq!(end, first + 40 + (0..40).map(|group| group * 7 + 1).sum::<u64>(), "dense");
    let kilobyte = Bytes::from(vec![1; 1024]);
    let refused = [
        Vec::new(),
        vec![kilobyte.clone(), Bytes::new()],
        vec![Bytes::from(vec![1; MAX_PAYLOAD + 1])],
        vec![kilobyte.clone(); MAX_GROUP + 1],
        vec![Bytes::from(vec![1; MAX_PAYLOAD]); MAX_GROUP_BYTES / MAX_PAYLOAD + 1],
    ];
    for payloads in refused {
        assert_kind(journal.append_all(payloads).await, StoreErrorKind::Invalid);
    }
    assert_eq!(journal.end(), end, "a refused group takes no position");
    assert_eq!(journal.append_all(vec![kilobyte; MAX_GROUP]).await?, end);
    assert_eq!(journal.end(), end + MAX_GROUP as u64);
    Ok(())
}

async fn waiting(journal: &dyn Journal) -> Result<(), StoreError> {
    let end = journal.end();
    if let Some(last) = end.checked_sub(1) {
        journal.wait_beyond(last).await?;
    }
    let (waited, appended) = futures::join!(journal.wait_beyond(end), journal.append(payload(0)));
    waited?;
    assert_eq!(appended?, end);
    Ok(())
}

async fn bounds(journal: &dyn Journal) -> Result<(), StoreError> {
    let end = journal.end();
    assert_kind(journal.append(Bytes::new()).await, StoreErrorKind::Invalid);
    assert_kind(journal.append(Bytes::from(vec![1; MAX_PAYLOAD + 1])).await, StoreErrorKind::Invalid);
    assert_eq!(journal.end(), end, "a refused payload takes no position");
    let largest = Bytes::from(vec![1; MAX_PAYLOAD]);
    assert_eq!(journal.append(largest.clone()).await?, end);
    let read = journal.read(end, ReadLimit { entries: 1, bytes: 1 }).await?;
    assert!(read.first().is_some_and(|entry| entry.payload == largest));
    Ok(())
}

async fn trimming(journal: &dyn Journal) -> Result<(), StoreError> {
    let (start, end) = (journal.start(), journal.end());
    journal.trim(start).await?;
    assert_eq!(journal.start(), start, "nothing before the start to trim");
    journal.trim(end).await?;
    let trimmed = journal.start();
    assert!((start..=end).contains(&trimmed));
    assert_eq!(journal.end(), end, "trimming does not move the end");
    if let Some(before) = trimmed.checked_sub(1) {
        assert_kind(journal.read(before, ALL).await, StoreErrorKind::NotFound);
    }
    assert_eq!(journal.read(trimmed, ALL).await?.len() as u64, end - trimmed);
    journal.trim(u64::MAX).await?;
    assert_eq!(journal.append(payload(1)).await?, end, "positions are never reused");
    let last = journal.read(end, ALL).await?;
    assert_eq!(last.len(), 1);
    Ok(())
}
