//! Every store call fails once, in turn; afterwards everything is delivered once and the chain holds.

use crate::world::{DELIVERY, DIGEST, World, short};
use std::sync::Arc;
use trailward_model::Trail;
use trailward_pipeline::Pipeline;
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog, FaultyJournal};

/// Runs the script with `plan`; returns the calls made.
async fn script(plan: FaultPlan) -> u64 {
    let mut world = World::new();
    world.regions = vec!["us-east-1".into()];
    short(&mut world.timing);
    let trail = World::trail("main");
    world.make_bucket(&trail.key).await;
    let sns_topic = Some(world.make_topic(&trail.key.arn()).await);
    let trail = Trail { sns_topic, ..trail };
    let open = || {
        Pipeline::open(world.sources_on(
            Arc::new(FaultyCatalog::new(world.catalog.clone(), plan.clone())),
            Arc::new(FaultyJournal::new(world.journal.clone(), plan.clone())),
            Arc::new(FaultyBlobs::new(world.blobs.clone(), plan.clone())),
        ))
    };
    let mut pipeline = match open().await {
        Ok(pipeline) => pipeline,
        Err(_) => open().await.unwrap(),
    };
    let mut wanted = Vec::new();
    world.change(&trail.key, 1, Some(trail.clone())).await;
    for step in 0..3 {
        wanted.push(world.record("us-east-1").await);
        if step == 1 {
            // A change in the middle closes a range.
            wanted.push(
                world
                    .change(&trail.key, 2, Some(Trail { has_custom_selectors: true, ..trail.clone() }))
                    .await,
            );
            wanted.push(world.record("us-east-1").await);
        }
        for wait in [0, DELIVERY, 60, DIGEST, 60] {
            world.advance(wait);
            // What a supervisor does: a worker that failed is followed by a new one.
            while pipeline.work_off().await.is_err() {
                pipeline = match open().await {
                    Ok(pipeline) => pipeline,
                    Err(_) => open().await.unwrap(),
                };
            }
        }
    }
    let stop = Trail { is_logging: false, ..trail.clone() };
    wanted.push(world.change(&trail.key, 3, Some(stop)).await);
    for _ in 0..3 {
        world.advance(60);
        while let Err(error) = pipeline.work_off().await {
            println!("a worker ended: {error}");
            pipeline = match open().await {
                Ok(pipeline) => pipeline,
                Err(_) => open().await.unwrap(),
            };
        }
    }
    let audit = world.audit().await;
    let unique: std::collections::BTreeSet<_> = audit.delivered.iter().collect();
    assert_eq!(unique.len(), audit.delivered.len(), "delivered twice");
    assert_eq!(audit.delivered, wanted, "not all delivered");
    let mut files: Vec<&String> = audit.keys.iter().filter(|key| !key.contains("Digest")).collect();
    files.sort();
    assert_eq!(world.noticed().await.iter().collect::<Vec<_>>(), files, "each file is told of once");
    assert_eq!(audit.listed, wanted, "not all covered by a digest");
    assert_eq!(
        audit.digests.iter().filter(|d| d.previous_digest_signature.is_none()).count(),
        1,
        "a broken chain"
    );
    plan.calls()
}

#[tokio::test]
async fn every_call_fails_once() {
    let calls = script(FaultPlan::none()).await;
    assert!(calls > 50, "{calls}");
    for mode in [FaultMode::Before, FaultMode::After] {
        for call in 1..=calls {
            println!("call {call} of {calls} fails, {mode:?}");
            script(FaultPlan::fail_call(call, mode)).await;
        }
    }
}
