//! Every call to the catalog fails once, before or after its effect. Whoever tries again ends where nothing failed; a
//! message that was accepted arrives at least once; and nothing is left behind.

use crate::fixture::{Fixture, member};
use std::sync::Arc;
use trailward_store::Catalog;
use trailward_store::faulty::{FaultMode, FaultPlan, FaultyCatalog};
use trailward_store::memory::MemoryCatalog;
use trailward_topic::{Published, TopicError, Undelivered};

const URL: &str = "http://one.test/";

/// Tries until it is done; a step that had its effect although it failed may be refused the second time.
async fn insist<T>(mut attempt: impl AsyncFnMut() -> Result<T, TopicError>) -> Option<T> {
    for _ in 0..5 {
        match attempt().await {
            Ok(done) => return Some(done),
            Err(TopicError::Store(_)) => {}
            Err(TopicError::Invalid(_) | TopicError::NotFound(_)) => return None,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it does not get through");
}

async fn deliver_all(fixture: &Fixture) {
    for _ in 0..8 {
        let _ = fixture.topics.deliver(&fixture.endpoints, "http://sns.test").await;
        fixture.wait(30);
    }
}

async fn play(plan: &FaultPlan, inner: Arc<dyn Catalog>) {
    let fixture = Fixture::over(Arc::new(FaultyCatalog::new(inner, plan.clone())));
    let (topics, at) = (&fixture.topics, Fixture::at());
    insist(async || topics.create(&at, &[], &[]).await).await;
    insist(async || topics.subscribe(&at, &Fixture::subscribing(URL)).await).await;
    deliver_all(&fixture).await;
    let questions = fixture.endpoints.got(URL, "SubscriptionConfirmation");
    // Who was asked twice has one good token.
    for token in questions.iter().map(|question| member(question, "Token")) {
        insist(async || topics.confirm(&at, &token, false, false).await).await;
    }
    let no = Undelivered { is_final: false, why: "no".into() };
    fixture.endpoints.answer(URL, vec![Err(no.clone()), Ok(()), Err(no)]);
    for body in ["first", "second"] {
        let published = Published { body: body.into(), ..Published::default() };
        insist(async || topics.publish(&at, &published).await).await.expect("it is published");
    }
    deliver_all(&fixture).await;
    let got: Vec<String> =
        fixture.endpoints.got(URL, "Notification").iter().map(|parcel| member(parcel, "Message")).collect();
    assert!(got.contains(&"first".to_owned()) && got.contains(&"second".to_owned()), "{got:?}");
    let one = insist(async || topics.subscriptions_of(&at, None, 10).await).await.expect("a list");
    let one = &one.first().expect("one subscription").value;
    insist(async || topics.unsubscribe(&one.at, true).await).await;
    let topic = insist(async || topics.get(&at).await).await.expect("the topic").value;
    assert_eq!((topic.pending, topic.confirmed, topic.ended), (0, 0, 1));
    insist(async || topics.delete(&at).await).await;
    deliver_all(&fixture).await;
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_left() {
    let plan = FaultPlan::none();
    play(&plan, Arc::new(MemoryCatalog::new())).await;
    let calls = plan.calls();
    assert!(calls > 30, "{calls}");
    for mode in [FaultMode::Before, FaultMode::After] {
        for number in 1..=calls {
            let plan = FaultPlan::fail_call(number, mode);
            let inner: Arc<dyn Catalog> = Arc::new(MemoryCatalog::new());
            play(&plan, Arc::clone(&inner)).await;
            let left = Fixture::over(inner);
            for space in [
                "topic",
                "topic-subscription",
                "topic-subscriber",
                "topic-message",
                "topic-delivery",
                "topic-waiting",
            ] {
                assert_eq!(left.rows(space).await, 0, "{space} after call {number} failed {mode:?}");
            }
        }
    }
}
