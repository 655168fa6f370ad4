//! Messages on their way to endpoints.
//!
//! A row says what is due when, for whom. It goes with the endpoint's yes, or when the retry policy gives up; dying in
//! between makes the endpoint hear the message twice, never not at all.

use crate::message::Sealed;
use crate::{Message, MessageKind, SubscriptionRef, TopicError, Topics, envelope, key, retry};
use async_trait::async_trait;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Item, Scan};

/// Rows that are looked at in a turn.
const PAGE: usize = 256;

/// Requests at a time.
const AT_A_TIME: usize = 32;

/// Requests at a time to one subscription: an endpoint that hangs does not hold up the others for long.
const OF_ONE: usize = 8;

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
        loop {
            let due = self.due().await?;
            if due.is_empty() {
                return Ok(run);
            }
            let mut turn = futures::stream::iter(due)
                .map(|(item, delivery)| self.attempt(item, delivery, courier, base))
                .buffer_unordered(AT_A_TIME);
            while let Some(done) = turn.next().await {
                match done? {
                    Outcome::Delivered => run.delivered += 1,
                    Outcome::PutOff => run.put_off += 1,
                    Outcome::Dropped => run.dropped += 1,
                }
            }
        }
    }

    /// How many deliveries wait, due or not; counts at most `limit`.
    pub async fn waiting(&self, limit: usize) -> Result<usize, TopicError> {
        let prefix = key::deliveries().into_bytes();
        Ok(self.catalog.scan(Scan { prefix, after: None, limit }).await?.len())
    }

    async fn due(&self) -> Result<Vec<(Item, Delivery)>, TopicError> {
        let prefix = key::deliveries().into_bytes();
        let mut of_each: HashMap<SubscriptionRef, usize> = HashMap::new();
        let mut due = Vec::new();
        for item in self.catalog.scan(Scan { prefix, after: None, limit: PAGE }).await? {
            let (when, ..) = key::read_delivery(&item.key)?;
            if when > self.now() {
                break;
            }
            let delivery: Delivery = decode(&item.value)?;
            let count = of_each.entry(delivery.subscription.clone()).or_default();
            *count += 1;
            if *count <= OF_ONE {
                due.push((item, delivery));
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

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Delivered,
    PutOff,
    Dropped,
}
