use super::assert_kind;
use crate::keys::Key;
use crate::{Batch, Catalog, MAX_KEY, MAX_VALUE, Scan, StoreError, StoreErrorKind};
use bytes::Bytes;
use futures::future::join_all;

/// The suite of [`Catalog`]. It uses keys in the space `conformance`, which must be empty.
pub async fn catalog(catalog: &dyn Catalog) -> Result<(), StoreError> {
    reads_and_writes(catalog).await?;
    conditions(catalog).await?;
    scans(catalog).await?;
    concurrent(catalog).await?;
    bounds(catalog).await
}

fn key(part: &str, name: &str) -> Vec<u8> {
    Key::new("conformance").str(part).str_prefix(name)
}

async fn value(catalog: &dyn Catalog, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
    Ok(catalog.get(key).await?.map(|entry| entry.value))
}

async fn reads_and_writes(catalog: &dyn Catalog) -> Result<(), StoreError> {
    let (a, b) = (key("rw", "a"), key("rw", "b"));
    assert_eq!(catalog.get(&a).await?, None);
    let first = catalog.commit(Batch::new().put(a.clone(), "1").put(b.clone(), "2")).await?;
    assert!(first >= 1);
    let entry = catalog.get(&a).await?;
    assert_eq!(entry.map(|entry| (entry.revision, entry.value)), Some((first, Bytes::from("1"))));
    let second = catalog.commit(Batch::new().put(a.clone(), "3").delete(b.clone())).await?;
    assert!(second > first, "revisions grow");
    assert_eq!(value(catalog, &a).await?, Some(Bytes::from("3")));
    assert_eq!(catalog.get(&b).await?, None);
    catalog.commit(Batch::new().delete(b.clone())).await?;
    catalog.commit(Batch::new().put(a.clone(), "x").delete(a.clone())).await?;
    assert_eq!(catalog.get(&a).await?, None, "writes apply in order");
    catalog.commit(Batch::new().delete(a.clone()).put(a.clone(), "")).await?;
    assert_eq!(value(catalog, &a).await?, Some(Bytes::new()), "an empty value is a value");
    catalog.commit(Batch::new()).await?;
    Ok(())
}

async fn conditions(catalog: &dyn Catalog) -> Result<(), StoreError> {
    let (a, b) = (key("if", "a"), key("if", "b"));
    let first = catalog.commit(Batch::new().absent(a.clone()).put(a.clone(), "1")).await?;
    assert_kind(
        catalog.commit(Batch::new().absent(a.clone()).put(a.clone(), "2")).await,
        StoreErrorKind::Conflict,
    );
    let second = catalog.commit(Batch::new().unchanged(a.clone(), first).put(a.clone(), "2")).await?;
    let stale = Batch::new().put(b.clone(), "1").unchanged(a.clone(), first);
    assert_kind(catalog.commit(stale).await, StoreErrorKind::Conflict);
    assert_eq!(catalog.get(&b).await?, None, "a conflict changes nothing");
    assert_kind(catalog.commit(Batch::new().unchanged(b.clone(), second)).await, StoreErrorKind::Conflict);
    catalog.commit(Batch::new().unchanged(a.clone(), second).absent(b.clone()).put(b.clone(), "1")).await?;
    let removed = catalog.commit(Batch::new().delete(a.clone())).await?;
    let again = catalog.commit(Batch::new().absent(a.clone()).put(a.clone(), "1")).await?;
    assert!(again > removed, "a key that comes back has a new revision");
    assert_kind(catalog.commit(Batch::new().unchanged(a, second)).await, StoreErrorKind::Conflict);
    Ok(())
}

async fn scans(catalog: &dyn Catalog) -> Result<(), StoreError> {
    let names = ["", "a", "a\u{0}", "a\u{1}", "aa", "ab", "b", "\u{7f}", "\u{80}", "\u{ffff}", "\u{10000}"];
    let mut batch = Batch::new();
    for name in names {
        batch = batch.put(key("scan", name), name);
    }
    catalog.commit(batch.put(key("scan0", "out"), "").put(vec![0xFF, 0xFF], "").put(vec![0xFF], "")).await?;
    let mut sorted: Vec<Vec<u8>> = names.iter().map(|name| key("scan", name)).collect();
    sorted.sort_unstable();
    let keys = async |prefix: &[u8], after: Option<&[u8]>, limit| -> Result<Vec<Vec<u8>>, StoreError> {
        let scan = Scan { prefix: prefix.to_vec(), after: after.map(<[u8]>::to_vec), limit };
        Ok(catalog.scan(scan).await?.into_iter().map(|item| item.key).collect())
    };
    let all = key("scan", "");
    assert_eq!(keys(&all, None, 100).await?, sorted);
    assert_eq!(keys(&all, None, 0).await?, Vec::<Vec<u8>>::new());
    let mut paged = Vec::new();
    loop {
        let page = keys(&all, paged.last().map(Vec::as_slice), 2).await?;
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, sorted, "pages join up");
    assert_eq!(keys(&all, Some(b"\0"), 100).await?, sorted, "`after` may lie before the prefix");
    assert_eq!(keys(&all, Some(&[0xFF]), 100).await?, Vec::<Vec<u8>>::new());
    let with_a: Vec<_> = sorted.iter().filter(|key_| key_.starts_with(&key("scan", "a"))).cloned().collect();
    assert_eq!(keys(&key("scan", "a"), None, 100).await?, with_a);
    assert_eq!(keys(&[0xFF], None, 100).await?, [vec![0xFF], vec![0xFF, 0xFF]]);
    let long = keys(&[], None, 10_000).await?;
    assert!(long.is_sorted() && long.len() >= sorted.len());
    let items = catalog.scan(Scan { prefix: key("scan", "ab"), after: None, limit: 1 }).await?;
    let item = items.into_iter().next();
    let entry = catalog.get(&key("scan", "ab")).await?;
    assert_eq!(
        item.map(|item| (item.revision, item.value)),
        entry.map(|entry| (entry.revision, entry.value))
    );
    Ok(())
}

/// Many increments of one counter: none is lost.
async fn concurrent(catalog: &dyn Catalog) -> Result<(), StoreError> {
    let counter = key("counter", "");
    let increments = (0..20).map(|_| async {
        loop {
            let entry = catalog.get(&counter).await?;
            let (batch, count) = match entry {
                None => (Batch::new().absent(counter.clone()), 0),
                Some(entry) => (
                    Batch::new().unchanged(counter.clone(), entry.revision),
                    entry.value.first().copied().unwrap_or_default(),
                ),
            };
            match catalog.commit(batch.put(counter.clone(), vec![count + 1])).await {
                Err(error) if error.is_conflict() => {}
                other => return other,
            }
        }
    });
    let mut revisions = join_all(increments).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    revisions.sort_unstable();
    revisions.dedup();
    assert_eq!(revisions.len(), 20, "every commit has a revision of its own");
    assert_eq!(value(catalog, &counter).await?, Some(Bytes::from(vec![20])));
    Ok(())
}

async fn bounds(catalog: &dyn Catalog) -> Result<(), StoreError> {
    let longest = vec![1; MAX_KEY];
    let largest = Bytes::from(vec![2; MAX_VALUE]);
    catalog.commit(Batch::new().put(longest.clone(), largest.clone())).await?;
    assert_eq!(value(catalog, &longest).await?, Some(largest));
    catalog.commit(Batch::new().delete(longest)).await?;
    let too_long = Batch::new().put(vec![1; MAX_KEY + 1], "");
    assert_kind(catalog.commit(too_long).await, StoreErrorKind::Invalid);
    let too_large = Batch::new().put(key("bounds", ""), vec![0; MAX_VALUE + 1]);
    assert_kind(catalog.commit(too_large).await, StoreErrorKind::Invalid);
    Ok(())
}
