//! What endpoints get, when, and how often.

use crate::fixture::{Endpoints, Fixture, header, member};
use trailward_topic::{Courier, DeliveryRun, Parcel, TopicError, Undelivered};

const URL: &str = "http://one.test/";

fn no(is_final: bool) -> Result<(), Undelivered> {
    Err(Undelivered { is_final, why: "no".into() })
}

#[tokio::test]
async fn a_message_goes_with_its_last_reader() {
    let fixture = Fixture::new();
    fixture.subscribed(URL).await;
    fixture.subscribed("http://two.test/").await;
    let id = fixture.publish("hello").await;
    assert_eq!((fixture.rows("topic-message").await, fixture.rows("topic-delivery").await), (1, 2));
    fixture.endpoints.answer(URL, vec![no(false)]);
    let run = fixture.deliver().await;
    assert_eq!(run, DeliveryRun { delivered: 1, put_off: 1, dropped: 0 });
    assert_eq!((fixture.rows("topic-message").await, fixture.rows("topic-waiting").await), (1, 1));
    fixture.wait(19);
    assert_eq!(fixture.deliver().await, DeliveryRun::default());
    fixture.wait(1);
    assert_eq!(fixture.deliver().await.delivered, 1);
    let got = fixture.endpoints.got(URL, "Notification");
    assert_eq!(got.len(), 2);
    assert!(got.iter().all(|parcel| header(parcel, "x-amz-sns-message-id") == id));
    assert_eq!(member(&got[0], "Message"), "hello");
    for space in ["topic-message", "topic-delivery", "topic-waiting"] {
        assert_eq!(fixture.rows(space).await, 0, "{space}");
    }
}

#[tokio::test]
async fn retries_end_and_a_final_no_is_final() {
    let fixture = Fixture::new();
    fixture.subscribed(URL).await;
    fixture.endpoints.answer(URL, std::iter::repeat_with(|| no(false)).take(10).collect());
    fixture.publish("x").await;
    let mut dropped = 0;
    for _ in 0..10 {
        dropped += fixture.deliver().await.dropped;
        fixture.wait(60);
    }
    assert_eq!((dropped, fixture.endpoints.got(URL, "Notification").len()), (1, 4));
    fixture.endpoints.answer(URL, vec![no(true)]);
    fixture.publish("y").await;
    assert_eq!(fixture.deliver().await, DeliveryRun { delivered: 0, put_off: 0, dropped: 1 });
    assert_eq!(fixture.rows("topic-message").await, 0);
}

#[tokio::test]
async fn what_ends_meanwhile_gets_nothing() {
    let fixture = Fixture::new();
    let one = fixture.subscribed(URL).await;
    fixture.publish("x").await;
    fixture.topics.unsubscribe(&one.at, true).await.unwrap();
    assert_eq!(fixture.deliver().await.dropped, 1);
    let two = fixture.subscribed(URL).await;
    fixture.publish("y").await;
    fixture.topics.delete(&two.at.topic).await.unwrap();
    assert_eq!(fixture.deliver().await.dropped, 1);
    assert_eq!(fixture.endpoints.got(URL, "Notification").len(), 0);
    for space in ["topic", "topic-subscription", "topic-subscriber", "topic-token", "topic-message"] {
        assert_eq!(fixture.rows(space).await, 0, "{space}");
    }
}

#[tokio::test]
async fn tokens_are_good_once_for_three_days_and_kept_as_hashes() {
    let fixture = Fixture::new();
    let at = Fixture::at();
    fixture.topics.create(&at, &[], &[]).await.unwrap();
    fixture.topics.subscribe(&at, &Fixture::subscribing(URL)).await.unwrap();
    fixture.deliver().await;
    let token = member(&fixture.endpoints.got(URL, "SubscriptionConfirmation")[0], "Token");
    // Asking again makes the first token void.
    fixture.topics.subscribe(&at, &Fixture::subscribing(URL)).await.unwrap();
    let refused = fixture.topics.confirm(&at, &token, false, false).await;
    assert!(matches!(refused, Err(TopicError::Invalid(_))));
    fixture.deliver().await;
    let token = member(&fixture.endpoints.got(URL, "SubscriptionConfirmation")[1], "Token");
    let everything =
        fixture.catalog.scan(trailward_store::Scan { prefix: Vec::new(), after: None, limit: 1000 });
    for item in everything.await.unwrap() {
        let holds = |bytes: &[u8]| bytes.windows(token.len()).any(|part| part == token.as_bytes());
        assert!(!holds(&item.key) && !holds(&item.value), "a token lies in the clear");
    }
    fixture.wait(3 * 86_400);
    assert!(fixture.topics.confirm(&at, &token, false, false).await.is_err());
    assert_eq!(fixture.topics.sweep().await.unwrap(), 1);
    assert_eq!((fixture.rows("topic-token").await, fixture.rows("topic-subscription").await), (0, 0));
    assert_eq!(fixture.topics.get(&at).await.unwrap().value.pending, 0);
}

/// Never answers for one endpoint until all others have had their messages.
struct Hanging<'a> {
    endpoints: &'a Endpoints,
    others: usize,
    done: tokio::sync::watch::Sender<usize>,
}

#[async_trait::async_trait]
impl Courier for Hanging<'_> {
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered> {
        if parcel.url == URL {
            let _ = self.done.subscribe().wait_for(|done| *done == self.others).await;
        } else {
            self.done.send_modify(|done| *done += 1);
        }
        self.endpoints.post(parcel).await
    }
}

#[tokio::test]
async fn one_endpoint_does_not_hold_up_the_others() {
    let fixture = Fixture::new();
    fixture.subscribed(URL).await;
    fixture.subscribed("http://two.test/").await;
    for number in 0..60 {
        fixture.publish(&number.to_string()).await;
    }
    let done = tokio::sync::watch::Sender::new(0);
    let hanging = Hanging { endpoints: &fixture.endpoints, others: 60, done };
    let run = fixture.topics.deliver(&hanging, "http://sns.test").await.unwrap();
    assert_eq!(run.delivered, 120);
    for url in [URL, "http://two.test/"] {
        let bodies: std::collections::BTreeSet<String> = fixture
            .endpoints
            .got(url, "Notification")
            .iter()
            .map(|parcel| member(parcel, "Message"))
            .collect();
        assert_eq!(bodies.len(), 60, "{url}");
    }
}
