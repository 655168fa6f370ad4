//! What needs a look inside: that commits share transactions, and that each of them still conflicts alone.

use super::write::Writer;
use super::*;
use std::sync::Arc;

#[test]
fn one_group_commits_and_conflicts_batch_by_batch() {
    let dir = tempfile::tempdir().unwrap();
    let connection = schema::open_writer(&dir.path().join("catalog.sqlite")).unwrap();
    let (queue, requests) = mpsc::channel(16);
    let batches = [
        Batch::new().absent("a").put("a", "1"),
        Batch::new().absent("a").put("a", "2").put("b", "2"),
        Batch::new().unchanged("a", 1).put("a", "3"),
        Batch::new().unchanged("a", 1).put("a", "4"),
        Batch::new().absent("b").put("b", "5"),
    ];
    let waiting: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let (done, committed) = oneshot::channel();
            queue.try_send(Request { batch, done }).unwrap();
            committed
        })
        .collect();
    drop(queue);
    // Everything is queued before the writer starts, so this is one group.
    Writer::new(connection, 0, String::new(), Arc::default()).run(requests);
    let outcomes: Vec<_> = waiting
        .into_iter()
        .map(|mut committed| committed.try_recv().unwrap().map_err(|error| error.kind()))
        .collect();
    let conflict = Err(StoreErrorKind::Conflict);
    assert_eq!(outcomes, [Ok(1), conflict, Ok(2), conflict, Ok(3)]);
}
