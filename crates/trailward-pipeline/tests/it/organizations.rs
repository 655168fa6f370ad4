//! A trail gathers from an organization's accounts, each from the moment it joins until it leaves.

use crate::world::{ACCOUNT, Audit, DELIVERY, DIGEST, World};
use std::collections::BTreeMap;
use trailward_model::{Joining, Trail, TrailOrganization};
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyBlobs, FaultyCatalog, FaultyJournal};

const ORGANIZATION: &str = "o-exampleorg";
const ANN: &str = "444455556666";
const BOB: &str = "777788889999";

/// The trail with these members, each with the version it joined by.
fn of(version: u64, chain: u64, members: &[(&str, u64)], now: i64) -> Trail {
    let members: BTreeMap<_, _> = members
        .iter()
        .map(|(account, chain)| ((*account).to_owned(), Joining { chain: *chain, since: now }))
        .collect();
    let organization = Some(TrailOrganization { id: ORGANIZATION.into(), members });
    Trail { organization, version, chain, ..World::trail("main") }
}

fn now(world: &World) -> i64 {
    trailward_model::Clock::now(&*world.clock).unix_timestamp()
}

fn digests<'a>(audit: &'a Audit, account: &str) -> Vec<&'a trailward_digest::DigestFile> {
    audit.digests.iter().filter(|digest| digest.aws_account_id == account).collect()
}

#[tokio::test]
async fn each_account_has_its_folder_and_its_chains() {
    let mut world = World::new();
    world.regions = vec!["us-east-1".into()];
    let trail = of(1, 1, &[(ANN, 1)], now(&world));
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.record_of(ANN, "us-east-1").await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = vec![world.record_of(ANN, "us-east-1").await, world.record("us-east-1").await];
    let stranger = world.record_of(BOB, "us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    wanted.sort();
    assert_eq!(audit.listed, wanted);
    assert!(!audit.delivered.contains(&stranger));
    for account in [ACCOUNT, ANN] {
        let files =
            format!("AWSLogs/{ORGANIZATION}/{account}/CloudTrail/us-east-1/2026/01/02/{account}_CloudTrail_");
        assert_eq!(audit.keys.iter().filter(|key| key.starts_with(&files)).count(), 1, "{:?}", audit.keys);
        let chain = format!(
            "AWSLogs/{ORGANIZATION}/{account}/CloudTrail-Digest/us-east-1/2026/01/02/{account}_CloudTrail-Digest_us-east-1_main_us-east-1_"
        );
        assert_eq!(audit.keys.iter().filter(|key| key.starts_with(&chain)).count(), 1, "{:?}", audit.keys);
    }
    assert!(!audit.keys.iter().any(|key| key.starts_with(&format!("AWSLogs/{ACCOUNT}"))));
}

#[tokio::test]
async fn joining_and_leaving_take_effect_from_their_records_on() {
    let mut world = World::new();
    world.regions = vec!["us-east-1".into()];
    let trail = of(1, 1, &[(ANN, 1)], now(&world));
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = vec![world.record_of(ANN, "us-east-1").await];
    world.record_of(BOB, "us-east-1").await;
    world.pass(&mut pipeline, 100).await;
    // Bob joins. The call's own record is still of the time before; it is the management account's, so it is there.
    let joined = of(2, 1, &[(ANN, 1), (BOB, 2)], now(&world));
    wanted.push(world.membership(&trail.key, 2, joined).await);
    wanted.push(world.record_of(BOB, "us-east-1").await);
    world.pass(&mut pipeline, DIGEST).await;
    world.pass(&mut pipeline, DIGEST).await;
    // Ann leaves.
    wanted.push(world.record_of(ANN, "us-east-1").await);
    let left = of(3, 1, &[(BOB, 2)], now(&world) - 2 * DIGEST);
    wanted.push(world.membership(&trail.key, 3, left).await);
    world.record_of(ANN, "us-east-1").await;
    wanted.push(world.record_of(BOB, "us-east-1").await);
    world.pass(&mut pipeline, DELIVERY).await;
    let audit = world.audit().await;
    wanted.sort();
    assert_eq!(audit.delivered, wanted);
    let before = digests(&audit, ANN).len();
    assert!(
        digests(&audit, ANN).last().unwrap().log_files.len() == 1,
        "the last digest covers what was left"
    );
    // Nothing more is signed for who has left, and the others' chains go on without a gap.
    world.pass(&mut pipeline, DIGEST).await;
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    assert_eq!(digests(&audit, ANN).len(), before);
    for account in [ACCOUNT, BOB] {
        let chain = digests(&audit, account);
        assert!(chain.len() >= 3);
        assert_eq!(chain.iter().filter(|d| d.previous_digest_signature.is_none()).count(), 1, "one chain");
        for pair in chain.windows(2) {
            assert_eq!(pair[0].digest_end_time, pair[1].digest_start_time);
        }
    }
    assert_eq!(audit.listed, wanted);
    // Ann comes back: a new chain, that begins when she does.
    let back = of(4, 1, &[(ANN, 4), (BOB, 2)], now(&world));
    wanted.push(world.membership(&trail.key, 4, back).await);
    wanted.push(world.record_of(ANN, "us-east-1").await);
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    wanted.sort();
    assert_eq!(audit.listed, wanted);
    assert_eq!(digests(&audit, ANN).iter().filter(|d| d.previous_digest_signature.is_none()).count(), 2);
}

#[tokio::test]
async fn a_trail_that_is_taken_back_goes_on_for_its_own_account() {
    let mut world = World::new();
    world.regions = vec!["us-east-1".into()];
    let trail = of(1, 1, &[(ANN, 1)], now(&world));
    world.make_bucket(&trail.key).await;
    let mut pipeline = world.pipeline().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = vec![world.record("us-east-1").await, world.record_of(ANN, "us-east-1").await];
    let alone = Trail { organization: None, chain: 2, ..trail.clone() };
    wanted.push(world.change(&trail.key, 2, Some(alone)).await);
    let own = world.record("us-east-1").await;
    wanted.push(own);
    world.record_of(ANN, "us-east-1").await;
    world.pass(&mut pipeline, DELIVERY).await;
    world.pass(&mut pipeline, DIGEST).await;
    let audit = world.audit().await;
    wanted.sort();
    assert_eq!(audit.listed, wanted);
    let under = |prefix: String| audit.keys.iter().filter(|key| key.starts_with(&prefix)).count();
    assert!(
        under(format!("AWSLogs/{ACCOUNT}/CloudTrail/")) == 1
            && under(format!("AWSLogs/{ORGANIZATION}/{ACCOUNT}/CloudTrail/")) == 1
    );
    assert_eq!(digests(&audit, ANN).len(), 1, "a last digest");
}

/// Every call to the stores fails once while accounts join and leave; then everything is tried again.
#[tokio::test]
async fn every_call_of_a_membership_fails_once() {
    let calls = life(FaultPlan::none()).await;
    assert!(calls > 60, "{calls}");
    for mode in [FaultMode::Before, FaultMode::After] {
        for call in 1..=calls {
            life(FaultPlan::fail_call(call, mode)).await;
        }
    }
}

async fn life(plan: FaultPlan) -> u64 {
    let mut world = World::new();
    world.regions = vec!["us-east-1".into()];
    crate::world::short(&mut world.timing);
    let trail = of(1, 1, &[(ANN, 1)], now(&world));
    world.make_bucket(&trail.key).await;
    let open = async || {
        let sources = world.sources_on(
            std::sync::Arc::new(FaultyCatalog::new(world.catalog.clone(), plan.clone())),
            std::sync::Arc::new(FaultyJournal::new(world.journal.clone(), plan.clone())),
            std::sync::Arc::new(FaultyBlobs::new(world.blobs.clone(), plan.clone())),
        );
        trailward_pipeline::Pipeline::open(sources).await
    };
    let opened = async || match open().await {
        Ok(pipeline) => pipeline,
        Err(_) => open().await.unwrap(),
    };
    // A worker that a store failed is over; the next one takes up its work.
    let work = async |pipeline: &mut trailward_pipeline::Pipeline, waits: &[i64]| {
        for seconds in waits {
            world.advance(*seconds);
            while pipeline.work_off().await.is_err() {
                *pipeline = opened().await;
            }
        }
    };
    let mut pipeline = opened().await;
    world.change(&trail.key, 1, Some(trail.clone())).await;
    let mut wanted = vec![world.record_of(ANN, "us-east-1").await];
    let joined = of(2, 1, &[(ANN, 1), (BOB, 2)], now(&world));
    wanted.push(world.membership(&trail.key, 2, joined).await);
    wanted.push(world.record_of(BOB, "us-east-1").await);
    work(&mut pipeline, &[0, DELIVERY, 60]).await;
    wanted.push(world.record_of(ANN, "us-east-1").await);
    let left = of(3, 1, &[(BOB, 2)], now(&world) - 2 * DELIVERY);
    wanted.push(world.membership(&trail.key, 3, left).await);
    world.record_of(ANN, "us-east-1").await;
    wanted.push(world.record_of(BOB, "us-east-1").await);
    work(&mut pipeline, &[0, DELIVERY, 60, DIGEST, 60, DIGEST, 60]).await;
    let audit = world.audit().await;
    wanted.sort();
    assert_eq!(audit.listed, wanted);
    assert_eq!(audit.delivered, wanted);
    for account in [ACCOUNT, ANN, BOB] {
        let firsts = digests(&audit, account);
        assert_eq!(firsts.iter().filter(|d| d.previous_digest_signature.is_none()).count(), 1, "{account}");
    }
    plan.calls()
}
