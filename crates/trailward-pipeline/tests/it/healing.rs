//! A bucket that refuses, and one that comes back.

use crate::world::{ACCOUNT, DELIVERY, DIGEST, World, short};
use trailward_store::trails;

#[tokio::test]
async fn refused_deliveries_are_told_and_made_up_for() {
    let mut world = World::new();
    short(&mut world.timing);
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = vec![world.record("us-east-1").await];
    world.set_policy(&format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/another")).await;
    world.pass(&mut pipeline, DELIVERY).await;
    let status = trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!(status.delivery_error.as_deref(), Some("AccessDenied"));
    assert_eq!(status.delivered, None);
    assert!(world.list().await.is_empty());
    // Later records wait as well; the digest of the hour cannot be put either.
    wanted.push(world.record("us-east-1").await);
    world.pass(&mut pipeline, DIGEST).await;
    let status = trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!(status.digest_error.as_deref(), Some("AccessDenied"));
    // A restart does not forget them.
    drop(pipeline);
    let mut pipeline = world.pipeline().await;
    pipeline.work_off().await.unwrap();
    assert!(world.list().await.is_empty());

    world.set_policy(&trail.key.arn()).await;
    for _ in 0..4 {
        world.pass(&mut pipeline, DIGEST).await;
    }
    let status = trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!((status.delivery_error, status.digest_error), (None, None));
    assert!(status.delivered.is_some() && status.digest_delivered.is_some());
    let audit = world.audit().await;
    assert_eq!(audit.listed, wanted);
    // No hour is missing: the windows of a chain follow each other (the auditor checks each link).
    assert_eq!(audit.digests.iter().filter(|d| d.previous_digest_signature.is_none()).count(), 2);
}

#[tokio::test]
async fn deliveries_are_recorded_as_the_services_own_calls() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    world.record("us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    let limit = trailward_store::ReadLimit { entries: 100, bytes: 1 << 20 };
    let entries = world.journal.read(0, limit).await.unwrap();
    let last: trailward_model::Record = serde_json::from_slice(&entries.last().unwrap().payload).unwrap();
    assert_eq!(last.event_name.as_deref(), Some("PutObject"));
    let identity = serde_json::to_string(&last.user_identity).unwrap();
    assert_eq!(identity, r#"{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}"#);
    assert_eq!(last.recipient_account_id.as_deref(), Some(ACCOUNT));
    assert_eq!(last.management_event, Some(false));
}

/// Started and stopped again and again within a second: each chain's only digest would have the name of the one before.
#[tokio::test]
async fn chains_that_end_within_a_second_have_digests_of_their_own() {
    let world = World::new();
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    let mut wanted = Vec::new();
    for turn in 0..3 {
        let (start, stop) = (2 * turn + 1, 2 * turn + 2);
        let on = trailward_model::Trail { chain: start, ..trail.clone() };
        world.change(&trail.key, start, Some(on)).await;
        wanted.push(world.record("us-east-1").await);
        wanted.push(world.change(&trail.key, stop, None).await);
        for _ in 0..6 {
            pipeline.work_off().await.unwrap();
        }
    }
    for _ in 0..3 {
        world.pass(&mut pipeline, 60).await;
    }
    let audit = world.audit().await;
    assert_eq!(audit.listed.len(), wanted.len(), "{:?}", audit.keys);
    // Where nothing happened, the three digests are the same one, byte for byte.
    assert_eq!(audit.digests.len(), 3 + 1, "{:?}", audit.keys);
    // That a name was taken is told until the next digest, whoever had it.
    let status = trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!(status.digest_error.as_deref(), Some("PreconditionFailed"));
}

/// While the bucket refuses, logging is stopped, something is done, and logging is started again. The windows tell.
#[tokio::test]
async fn a_stop_behind_a_refusing_bucket_leaves_a_gap() {
    let mut world = World::new();
    short(&mut world.timing);
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    world.record("us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.set_policy(&format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/another")).await;
    let stopped = world.now();
    world.change(&trail.key, 2, Some(trailward_model::Trail { is_logging: false, ..trail.clone() })).await;
    world.pass(&mut pipeline, 7).await;
    world.record("us-east-1").await;
    let started = world.now();
    let again = trailward_model::Trail { chain: 3, started: Some(started), ..trail.clone() };
    world.change(&trail.key, 3, Some(again)).await;
    world.pass(&mut pipeline, 11).await;
    world.set_policy(&trail.key.arn()).await;
    for _ in 0..4 {
        world.pass(&mut pipeline, DIGEST).await;
    }
    let audit = world.audit().await;
    let of_region =
        audit.digests.iter().filter(|digest| digest.digest_s3_object.contains("_us-east-1_main_"));
    let of_region: Vec<_> = of_region.collect();
    let first = of_region.iter().position(|digest| digest.digest_start_time == told(started));
    let first = first.unwrap_or_else(|| panic!("no chain begins at {}: {of_region:#?}", told(started)));
    assert_eq!(of_region[first].previous_digest_signature, None);
    let ends: Vec<&str> = of_region[..first].iter().map(|digest| digest.digest_end_time.as_str()).collect();
    assert_eq!(ends.last(), Some(&told(stopped).as_str()), "the last window ends when logging was stopped");
}

fn told(seconds: i64) -> String {
    trailward_model::stamp::extended(time::OffsetDateTime::from_unix_timestamp(seconds).unwrap())
}

/// Somebody puts objects where digests are about to be. The chain goes past them, tells of it, and loses nothing.
#[tokio::test]
async fn a_taken_name_does_not_stop_the_chain() {
    let mut world = World::new();
    short(&mut world.timing);
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let wanted = world.record("us-east-1").await;
    // Every name that a digest of the next hour could have.
    let mut taken = Vec::new();
    for second in 0..2 * DIGEST {
        let end = time::OffsetDateTime::from_unix_timestamp(world.now() + second).unwrap();
        let place = trailward_model::layout::Place {
            prefix: None,
            organization: None,
            account: ACCOUNT,
            region: "us-east-1",
        };
        taken.push(place.digest("main", "us-east-1", end));
    }
    for key in &taken {
        world.squat(key).await;
    }
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DIGEST).await;
    let status = trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!(status.digest_error.as_deref(), Some("PreconditionFailed"));
    assert!(status.digest_delivered.is_some());
    for key in &taken {
        world.vacate(key).await;
    }
    for _ in 0..2 {
        world.pass(&mut pipeline, DIGEST).await;
    }
    let audit = world.audit().await;
    assert_eq!(audit.listed, [wanted]);
    let beginnings = audit.digests.iter().filter(|digest| digest.previous_digest_signature.is_none());
    assert_eq!(beginnings.count(), 2, "one chain in each Region");
    let status = trails::status(&*world.catalog, &trail.key).await.unwrap();
    assert_eq!(status.digest_error, None);
}
