use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;
use trailward_store::{Batch, Catalog, SqliteCatalog, StoreErrorKind};

fn open(path: &Path) -> Result<SqliteCatalog, trailward_store::StoreError> {
    SqliteCatalog::open(path)
}

#[tokio::test]
async fn commits_and_revisions_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/catalog.sqlite");
    let catalog = open(&path).unwrap();
    assert_eq!(catalog.commit(Batch::new().put("a", "1")).await.unwrap(), 1);
    assert_eq!(catalog.commit(Batch::new().put("b", "1")).await.unwrap(), 2);
    drop(catalog);
    let catalog = open(&path).unwrap();
    let entry = catalog.get(b"a").await.unwrap().unwrap();
    assert_eq!((entry.revision, entry.value), (1, Bytes::from("1")));
    assert_eq!(catalog.commit(Batch::new().delete("a")).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_sees_every_commit_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Arc::new(open(&dir.path().join("catalog.sqlite")).unwrap());
    let tasks: Vec<_> = (0..8u8)
        .map(|task| {
            let catalog = catalog.clone();
            tokio::spawn(async move {
                for round in 0..50u8 {
                    catalog.commit(Batch::new().put(vec![task], vec![round])).await.unwrap();
                    let entry = catalog.get(&[task]).await.unwrap().unwrap();
                    assert_eq!(entry.value, vec![round]);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn other_and_newer_and_damaged_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let corrupt = |path: &Path| {
        let error = open(path).map(drop).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        error.to_string()
    };
    let text = dir.path().join("text");
    std::fs::write(&text, "not a database at all, ".repeat(100)).unwrap();
    corrupt(&text);

    let foreign = dir.path().join("foreign");
    rusqlite::Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(corrupt(&foreign).contains("not a catalog"));

    let newer = dir.path().join("newer");
    drop(open(&newer).unwrap());
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 2).unwrap();
    assert!(corrupt(&newer).contains("a newer version wrote it"));

    let damaged = dir.path().join("damaged");
    let catalog = open(&damaged).unwrap();
    for number in 0..100u8 {
        let batch = (0..20).fold(Batch::new(), |batch, key| batch.put(vec![number, key], vec![key; 100]));
        catalog.commit(batch).await.unwrap();
    }
    drop(catalog);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xEE);
    std::fs::write(&damaged, bytes).unwrap();
    corrupt(&damaged);
}
