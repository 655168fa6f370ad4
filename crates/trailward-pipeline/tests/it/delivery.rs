//! What is delivered, when, and under which names.

use crate::world::{DELIVERY, DIGEST, World};
use trailward_model::Trail;

#[tokio::test]
async fn records_become_files_and_files_are_signed() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let before = world.record("us-east-1").await;
    let mut pipeline = world.pipeline().await;
    let start = world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = Vec::new();
    for region in ["us-east-1", "eu-west-1", "us-east-1"] {
        wanted.push(world.record(region).await);
    }
    pipeline.work_off().await.unwrap();
    assert!(world.list().await.is_empty(), "delivered before the interval ended");
    world.pass(&mut pipeline, DELIVERY).await;
    let keys = world.list().await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(
        keys[0].starts_with(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/111122223333_CloudTrail_eu-west-1_20260102T0305Z_"
        ),
        "{keys:?}"
    );
    let audit = world.audit().await;
    assert_eq!(audit.delivered, wanted);
    assert!(!audit.delivered.contains(&before) && !audit.delivered.contains(&start));
    assert!(audit.digests.is_empty());

    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    assert_eq!(audit.listed, wanted);
    assert_eq!(audit.digests.len(), 2);
    // An hour without records has no log files, and digests all the same.
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    assert_eq!(audit.digests.len(), 4);
    let empty = audit.digests.iter().filter(|d| d.log_files.is_empty());
    assert_eq!(empty.clone().count(), 2);
    assert!(empty.clone().all(|d| d.newest_event_time.is_none() && d.previous_digest_signature.is_some()));
    assert_eq!(audit.keys.iter().filter(|k| !k.contains("Digest")).count(), 2);
    assert_eq!(pipeline.progress().cursor(), world.journal.end());
}

#[tokio::test]
async fn stopping_delivers_the_rest_and_closes_the_chain() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let one = world.record("us-east-1").await;
    let stop = world.change(&trail.key, 2, Some(Trail { is_logging: false, ..trail.clone() })).await;
    let after = world.record("us-east-1").await;
    world.pass(&mut pipeline, 10).await;
    let audit = world.audit().await;
    assert_eq!(
        audit.listed,
        [one.clone(), stop.clone()],
        "the stopping is recorded, and covered by a digest"
    );
    assert_eq!(audit.digests.len(), 2, "one last digest in each Region");
    assert!(!audit.delivered.contains(&after));

    // Logging again starts a new chain: its first digest has no predecessor.
    world.change(&trail.key, 3, Some(Trail { chain: 3, ..trail.clone() })).await;
    let two = world.record("us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    assert_eq!(audit.listed, [one, stop, two]);
    assert_eq!(audit.digests.iter().filter(|d| d.previous_digest_signature.is_none()).count(), 4);
}

#[tokio::test]
async fn deletion_and_another_trail_of_the_same_name() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let one = world.record("us-east-1").await;
    let gone = world.change(&trail.key, 2, None).await;
    world.record("us-east-1").await;
    world.change(&trail.key, 3, Some(Trail { chain: 3, ..trail.clone() })).await;
    let two = world.record("us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    assert_eq!(audit.listed, [one, gone, two]);
}

#[tokio::test]
async fn a_second_process_goes_on_where_the_first_stopped() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut first = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = vec![world.record("us-east-1").await];
    world.pass(&mut first, DELIVERY).await;
    wanted.push(world.record("us-east-1").await);
    wanted.push(world.record("eu-west-1").await);
    first.work_off().await.unwrap();
    drop(first);
    wanted.push(world.record("us-east-1").await);
    let mut second = world.pipeline().await;
    world.pass(&mut second, DELIVERY).await;
    world.pass(&mut second, DELIVERY).await;
    world.pass(&mut second, DIGEST).await;
    let audit = world.audit().await;
    assert_eq!(audit.listed, wanted);
    assert_eq!(audit.delivered, wanted);
}

#[tokio::test]
async fn a_change_whose_record_was_never_written_still_takes_effect() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    // The process died between the change and its record.
    let epoch = trailward_model::TrailEpoch {
        version: 1,
        at: 0,
        cause: "lost".into(),
        effective: None,
        trail: Some(trail.clone()),
    };
    let batch = trailward_store::trails::change(&trail.key, None, &epoch).unwrap();
    world.catalog.commit(batch).await.unwrap();
    let mut pipeline = world.pipeline().await;
    let wanted = world.record("us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DELIVERY).await;
    assert_eq!(world.audit().await.delivered, [wanted]);
}

#[tokio::test]
async fn a_change_of_a_call_that_failed_inside_takes_effect_from_its_record_on() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.doubtful_change(&trail.key, 1, Some(trail.clone())).await;
    let wanted = world.record("us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DELIVERY).await;
    assert_eq!(world.audit().await.delivered, [wanted]);
}

#[tokio::test]
async fn large_files_are_closed_early_and_signing_keys_rotate() {
    let mut world = World::new();
    world.timing.delivery_max_bytes = 2_000;
    world.timing.signing_key_lifetime = std::time::Duration::from_secs(5_000);
    world.regions = vec!["us-east-1".into()];
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = Vec::new();
    for _ in 0..20 {
        wanted.push(world.record("us-east-1").await);
    }
    pipeline.work_off().await.unwrap();
    assert!(world.list().await.len() >= 3);
    for _ in 0..4 {
        world.pass(&mut pipeline, DIGEST).await;
    }
    let audit = world.audit().await;
    assert_eq!(audit.listed, wanted);
    let signers: std::collections::BTreeSet<_> =
        audit.digests.iter().map(|d| d.digest_public_key_fingerprint.clone()).collect();
    assert!(signers.len() >= 2, "one key signed everything");
}
