//! Messages on their way to endpoints.
//!
//! A row says what is due when, for whom. It goes with the endpoint's yes, or when the retry policy gives up; dying in
//! between makes the endpoint hear the message twice, never not at all.

use crate::message::Sealed;
use crate::{Message, MessageKind, SubscriptionRef, TopicError, Topics, envelope, key, retry};
use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Item, Scan};

/// Rows that are read at once.
const PAGE: usize = 256;

/// Rows that are looked through for somebody who is not being asked already.
const MOST_ROWS: usize = 4096;

/// Requests at a time.
const AT_A_TIME: usize = 128;

/// Requests at a time to one subscription: endpoints that hang leave room for the others.
const OF_ONE: usize = 4;

/// How often is looked for what has become due while endpoints are slow to answer.
const LOOK: Duration = Duration::from_millis(500);

/// A message that is due to a subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) subscription: SubscriptionRef,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

impl Stored for Delivery {
    const FORMAT: u16 = 1;
}

/// A request to an endpoint: a POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Where to; `http://` or `https://`.
    pub url: String,
    /// Its headers, in lower case, without those of the connection.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: String,
}

/// Why an endpoint did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Undelivered {
    /// Whether it never will: it is not tried again.
    pub is_final: bool,
    /// For the operator.
    pub why: String,
}

/// Brings parcels to endpoints. Every request must end within a bounded time.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Posts the parcel; `Ok` once the endpoint has answered with a success.
    async fn post(&self, parcel: Parcel) -> Result<(), Undelivered>;
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryRun {
    /// Messages that endpoints took.
    pub delivered: u64,
    /// Those that they did not take, and that will be tried again.
    pub put_off: u64,
    /// Those that were given up.
    pub dropped: u64,
}

impl Topics {
    /// Delivers what is due, until nothing is. `base` is the endpoint of the API as subscribers see it, without a slash
    /// at its end. One at a time in all the world: two would deliver twice.
    pub async fn deliver(&self, courier: &dyn Courier, base: &str) -> Result<DeliveryRun, TopicError> {
        let mut run = DeliveryRun::default();
        let mut asked = Asked::default();
        let mut running = FuturesUnordered::new();
        loop {
            if running.len() <= AT_A_TIME / 2 {
                for (item, delivery) in self.due(&mut asked, AT_A_TIME - running.len()).await? {
                    let (row, to) = (item.key.clone(), delivery.subscription.clone());
                    let attempt = self.attempt(item, delivery, courier, base);
                    running.push(async move { (row, to, attempt.await) });
                }
            }
            let done = tokio::select! {
                done = running.next() => done,
                () = tokio::time::sleep(LOOK) => continue,
            };
            let Some((row, to, outcome)) = done else { return Ok(run) };
            asked.end(&row, &to);
            match outcome? {
                Outcome::Delivered => run.delivered += 1,
                Outcome::PutOff => run.put_off += 1,
                Outcome::Dropped => run.dropped += 1,
            }
        }
    }

    /// How many deliveries wait, due or not; counts at most `limit`.
    pub async fn waiting(&self, limit: usize) -> Result<usize, TopicError> {
        let prefix = key::deliveries().into_bytes();
        Ok(self.catalog.scan(Scan { prefix, after: None, limit }).await?.len())
    }

    /// Up to `room` deliveries that are due and not under way, and notes that they are now.
    async fn due(&self, asked: &mut Asked, room: usize) -> Result<Vec<(Item, Delivery)>, TopicError> {
        let prefix = key::deliveries().into_bytes();
        let (mut due, mut after, mut looked) = (Vec::new(), None, 0);
        while looked < MOST_ROWS && due.len() < room {
            let page = self.catalog.scan(Scan { prefix: prefix.clone(), after, limit: PAGE }).await?;
            let ended = page.len() < PAGE;
            after = page.last().map(|item| item.key.clone());
            looked += page.len();
            for item in page {
                let (when, ..) = key::read_delivery(&item.key)?;
                if when > self.now() || due.len() >= room {
                    return Ok(due);
                }
                let delivery: Delivery = decode(&item.value)?;
                if asked.begin(&item.key, &delivery.subscription) {
                    due.push((item, delivery));
                }
            }
            if ended {
                break;
            }
        }
        Ok(due)
    }

    async fn attempt(
        &self,
        item: Item,
        delivery: Delivery,
        courier: &dyn Courier,
        base: &str,
    ) -> Result<Outcome, TopicError> {
        let (_, id, _) = key::read_delivery(&item.key)?;
        let Some(entry) = self.catalog.get(key::message(&id).as_bytes()).await? else {
            return self.settle(&item, &id, &delivery, Outcome::Dropped).await;
        };
        let message = decode::<Sealed>(&entry.value)?.open(&self.master, &id)?;
        let Some((parcel, policy)) = self.prepare(&message, &delivery, base).await? else {
            // The subscription or its topic is gone.
            return self.settle(&item, &id, &delivery, Outcome::Dropped).await;
        };
        let attempts = delivery.attempts + 1;
        match courier.post(parcel).await {
            Ok(()) => self.settle(&item, &id, &delivery, Outcome::Delivered).await,
            Err(refusal) => {
                let delay = if refusal.is_final { None } else { policy.delay_after(attempts) };
                tracing::warn!(subscription = delivery.subscription.arn(), message = id, attempts, why = refusal.why, again_in = ?delay, "an endpoint did not take a message");
                let Some(delay) = delay else {
                    return self.settle(&item, &id, &delivery, Outcome::Dropped).await;
                };
                let due = self.now().saturating_add(i64::try_from(delay).unwrap_or(i64::MAX));
                let again = Delivery { attempts, ..delivery.clone() };
                let batch = Batch::new()
                    .delete(item.key)
                    .put(key::delivery(due, &id, &delivery.subscription.id), encode(&again)?);
                self.catalog.commit(batch).await?;
                Ok(Outcome::PutOff)
            }
        }
    }

    /// The request, and how often it is tried. `None` if nobody is to get it any more.
    async fn prepare(
        &self,
        message: &Message,
        delivery: &Delivery,
        base: &str,
    ) -> Result<Option<(Parcel, retry::RetryPolicy)>, TopicError> {
        let at = &delivery.subscription;
        let Some(topic) = self.find(&at.topic).await? else { return Ok(None) };
        let subscription = match self.subscription(at).await? {
            Some(found) => found.value,
            None => match &message.kind {
                // The one message that goes to a subscription that has ended.
                MessageKind::UnsubscribeConfirmation { token } => match self.ended(token).await? {
                    Some(ended) => ended,
                    None => return Ok(None),
                },
                _ => return Ok(None),
            },
        };
        let own = (subscription.retry, subscription.request.as_ref());
        let (policy, content_type) = retry::effective(topic.value.delivery_policy.as_ref(), own);
        let signer = self.signing.signer(&*self.catalog, &self.master, true).await?;
        let signer = signer.ok_or(TopicError::Crypto)?;
        let parcel = envelope::parcel(message, &subscription, content_type.as_deref(), &signer, base)?;
        Ok(Some((parcel, policy)))
    }

    /// Forgets a row, and the message with the last one that waits for it. Rows of a message are settled one after the
    /// other: two that go at once would each take the other for one that waits.
    async fn settle(
        &self,
        item: &Item,
        id: &str,
        delivery: &Delivery,
        outcome: Outcome,
    ) -> Result<Outcome, TopicError> {
        let _one = self.settling.lock().await;
        let row = key::waits(id, &delivery.subscription.id).into_bytes();
        let prefix = key::waiting(id).into_bytes();
        let others = self.catalog.scan(Scan { prefix, after: None, limit: 2 }).await?;
        let mut batch = Batch::new().delete(item.key.clone()).delete(row.clone());
        if others.iter().all(|other| other.key == row) {
            batch = batch.delete(key::message(id));
        }
        self.catalog.commit(batch).await?;
        Ok(outcome)
    }
}

/// What is under way.
#[derive(Debug, Default)]
struct Asked {
    rows: HashSet<Vec<u8>>,
    of_each: HashMap<SubscriptionRef, usize>,
}

impl Asked {
    /// Whether the row may be begun; if so, it is.
    fn begin(&mut self, row: &[u8], to: &SubscriptionRef) -> bool {
        let count = self.of_each.get(to).copied().unwrap_or(0);
        if count >= OF_ONE || self.rows.contains(row) {
            return false;
        }
        self.rows.insert(row.to_vec());
        self.of_each.insert(to.clone(), count + 1);
        true
    }

    fn end(&mut self, row: &[u8], to: &SubscriptionRef) {
        self.rows.remove(row);
        match self.of_each.get_mut(to) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.of_each.remove(to)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Delivered,
    PutOff,
    Dropped,
}
