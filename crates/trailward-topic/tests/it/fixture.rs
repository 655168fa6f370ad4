//! Topics in memory, a clock that is moved, and endpoints that keep what they get.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use time::macros::datetime;
use trailward_model::{Clock as _, ManualClock};
use trailward_store::memory::MemoryCatalog;
use trailward_store::seal::MasterKey;
use trailward_store::{Catalog, Scan};
use trailward_topic::{
    Courier, DeliveryRun, Endpoint, Parcel, Published, Subscribing, Subscription, TopicRef, Topics,
    Undelivered,
};

pub(crate) const ACCOUNT: &str = "111122223333";

/// Endpoints: what each got, and what it answers next; yes if nothing is said.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    got: Mutex<Vec<Parcel>>,
    answers: Mutex<BTreeMap<String, Vec<Result<(), Undelivered>>>>,
}

impl Endpoints {
    pub(crate) fn answer(&self, url: &str, answers: Vec<Result<(), Undelivered>>) {
        self.answers.lock().unwrap().insert(url.to_owned(), answers);
    }

    /// The parcels of one message type that came to `url`.
    pub(crate) fn got(&self, url: &str, kind: &str) -> Vec<Parcel> {
        let is = |parcel: &&Parcel| parcel.url == url && header(parcel, "x-amz-sns-message-type") == kind;
        self.got.lock().unwrap().iter().filter(is).cloned().collect()
    }
}

#[async_trait]
impl Courier for Endpoints {
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered> {
        let mut answers = self.answers.lock().unwrap();
        let next = answers.get_mut(&parcel.url).filter(|next| !next.is_empty()).map(|next| next.remove(0));
        self.got.lock().unwrap().push(parcel);
        next.unwrap_or(Ok(()))
    }
}

pub(crate) fn header(parcel: &Parcel, name: &str) -> String {
    parcel.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

pub(crate) fn member(parcel: &Parcel, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(&parcel.body).unwrap();
    json[name].as_str().unwrap_or_default().to_owned()
}

pub(crate) struct Fixture {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) topics: Topics,
    pub(crate) endpoints: Endpoints,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryCatalog::new()))
    }

    pub(crate) fn over(catalog: Arc<dyn Catalog>) -> Self {
        let clock = Arc::new(ManualClock::new(datetime!(2026-01-02 03:04:05 UTC)));
        let topics =
            Topics::new(Arc::clone(&catalog), Arc::new(MasterKey::from_bytes([7; 32])), clock.clone());
        Self { clock, catalog, topics, endpoints: Endpoints::default() }
    }

    pub(crate) fn at() -> TopicRef {
        TopicRef { account: ACCOUNT.into(), region: "us-east-1".into(), name: "audit".into() }
    }

    pub(crate) fn subscribing(url: &str) -> Subscribing {
        Subscribing {
            owner: ACCOUNT.into(),
            principal: format!("arn:aws:iam::{ACCOUNT}:root"),
            endpoint: Endpoint::new("http", url).unwrap(),
            attributes: Vec::new(),
        }
    }

    pub(crate) async fn deliver(&self) -> DeliveryRun {
        self.topics.deliver(&self.endpoints, "http://sns.test").await.unwrap()
    }

    /// A topic, and an endpoint that has said yes.
    pub(crate) async fn subscribed(&self, url: &str) -> Subscription {
        self.topics.create(&Self::at(), &[], &[]).await.unwrap();
        self.topics.subscribe(&Self::at(), &Self::subscribing(url)).await.unwrap();
        self.deliver().await;
        let question = self.endpoints.got(url, "SubscriptionConfirmation").pop().unwrap();
        self.topics.confirm(&Self::at(), &member(&question, "Token"), false, false).await.unwrap()
    }

    pub(crate) async fn publish(&self, body: &str) -> String {
        let published = Published { body: body.into(), ..Published::default() };
        self.topics.publish(&Self::at(), &published).await.unwrap()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(time::Duration::seconds(seconds));
        assert!(self.clock.now().unix_timestamp() > 0);
    }

    /// Rows whose keys begin with `space`.
    pub(crate) async fn rows(&self, space: &str) -> usize {
        let prefix = trailward_store::keys::Key::new(space).into_bytes();
        self.catalog.scan(Scan { prefix, after: None, limit: 1000 }).await.unwrap().len()
    }
}
