//! Changes are transactions, and what is kept is never old.

use crate::trees::{MANAGEMENT, new_tree};
use std::sync::Arc;
use trailward_organization::{Cause, Organizations, PolicyType};
use trailward_store::memory::MemoryCatalog;
use trailward_store::{Batch, Catalog, SqliteCatalog};

const ANN: &str = "444455556666";
const CAUSE: Cause<'static> = Cause { request: "request", at: 0 };

#[tokio::test]
async fn of_two_changes_at_once_one_is_decided_anew() {
    let catalog: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
    let organizations = Organizations::new(catalog);
    organizations.create(&new_tree(), Batch::new()).await.unwrap();
    let again = organizations.create(&new_tree(), Batch::new()).await;
    assert!(again.is_err(), "an account manages one organization");
    let before = organizations.tree_of(MANAGEMENT).await.unwrap().unwrap();
    let mut one = before.clone();
    one.create_unit("ou-ab12-00000001", "r-ab12", "one", Vec::new()).unwrap();
    let mut two = before.clone();
    two.joined((ANN, "ann", ""), Vec::new(), 0).unwrap();
    organizations.commit(&before, &one, Batch::new(), CAUSE).await.unwrap();
    // Though it touches other values.
    assert!(organizations.commit(&before, &two, Batch::new(), CAUSE).await.is_err());
    let now = organizations.tree_of(MANAGEMENT).await.unwrap().unwrap();
    assert_eq!((now.units.len(), now.members.len()), (1, 1));
    assert_eq!(organizations.of_account(ANN).await.unwrap(), None);
}

#[tokio::test]
async fn every_process_sees_a_change_with_its_next_call() {
    sees(Arc::new(MemoryCatalog::new())).await;
}

/// This catalog tells that nothing was committed without being read.
#[tokio::test]
async fn so_it_does_where_the_catalog_counts_its_commits() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Arc::new(SqliteCatalog::open(&dir.path().join("catalog")).unwrap());
    assert!(catalog.commits_seen().is_some());
    sees(catalog).await;
}

async fn sees(catalog: Arc<dyn Catalog>) {
    let (one, two) = (Organizations::new(catalog.clone()), Organizations::new(catalog));
    one.create(&new_tree(), Batch::new()).await.unwrap();
    for n in 0..3 {
        for organizations in [&one, &two] {
            assert!(organizations.standing(ANN).await.unwrap().is_none(), "{n}");
        }
        let before = one.tree_of(MANAGEMENT).await.unwrap().unwrap();
        let mut after = before.clone();
        after.joined((ANN, "ann", ""), Vec::new(), 0).unwrap();
        one.commit(&before, &after, Batch::new(), CAUSE).await.unwrap();
        for organizations in [&two, &one] {
            assert!(organizations.standing(ANN).await.unwrap().unwrap().scps.is_empty());
        }
        let before = two.tree_of(ANN).await.unwrap().unwrap();
        let mut after = before.clone();
        after.enable("r-ab12", PolicyType::ServiceControl).unwrap();
        two.commit(&before, &after, Batch::new(), CAUSE).await.unwrap();
        for organizations in [&one, &two] {
            assert_eq!(organizations.standing(ANN).await.unwrap().unwrap().scps.len(), 2);
            assert!(organizations.standing(MANAGEMENT).await.unwrap().unwrap().scps.is_empty());
            assert_eq!(organizations.current(ANN).await.unwrap().unwrap().members.len(), 2);
        }
        let mut last = after.clone();
        last.disable("r-ab12", PolicyType::ServiceControl).unwrap();
        last.leave(ANN, 0).unwrap();
        let before = one.tree_of(ANN).await.unwrap().unwrap();
        one.commit(&before, &last, Batch::new(), CAUSE).await.unwrap();
    }
    let tree = one.tree_of(MANAGEMENT).await.unwrap().unwrap();
    one.delete(&tree, CAUSE).await.unwrap();
    assert!(two.standing(MANAGEMENT).await.unwrap().is_none());
    assert!(two.tree_of(MANAGEMENT).await.unwrap().is_none());
}
