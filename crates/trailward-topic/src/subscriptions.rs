//! Who gets the messages of a topic: subscribing, confirming, ending.

use crate::message::{MessageKind, uuid};
use crate::publish::Outgoing;
use crate::topics::replacing;
use crate::turns::Turns;
use crate::{
    Endpoint, MAX_SUBSCRIPTIONS, Message, State, Subscription, SubscriptionRef, Topic, TopicError, TopicRef,
    Topics, Versioned, attributes, key,
};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Scan};

/// How long a token is good, in seconds: three days.
const TOKEN_LIFE: i64 = 3 * 86_400;

/// What a token stands for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    subscription: Subscription,
    /// Epoch seconds.
    expires: i64,
}

impl Stored for Token {
    const FORMAT: u16 = 1;
}

/// A subscription to be.
#[derive(Debug, Clone)]
pub struct Subscribing {
    /// The account that subscribes.
    pub owner: String,
    /// ARN of who subscribes.
    pub principal: String,
    /// Where messages are to go.
    pub endpoint: Endpoint,
    /// Those of [`Topics::set_subscription_attribute`].
    pub attributes: Vec<(String, String)>,
}

impl Topics {
    /// Subscribes an endpoint, and asks it whether it wants to be. One that is subscribed already stays so; one that
    /// has not answered is asked again. `Invalid` if it is subscribed with other attributes.
    pub async fn subscribe(&self, at: &TopicRef, asked: &Subscribing) -> Result<Subscription, TopicError> {
        let mut turns = Turns::default();
        loop {
            let Versioned { value: mut topic, revision } = self.get(at).await?;
            let all = self.subscriptions_of(at, None, MAX_SUBSCRIPTIONS).await?;
            let there = all.into_iter().find(|s| s.value.endpoint == asked.endpoint);
            let mut batch = Batch::new();
            let mut subscription = match there {
                None => {
                    if topic.subscriptions() >= MAX_SUBSCRIPTIONS {
                        return Err(TopicError::SubscriptionLimit(MAX_SUBSCRIPTIONS));
                    }
                    topic.pending += 1;
                    new_subscription(at, asked)?
                }
                Some(there) => {
                    let mut wanted = there.value.clone();
                    for (name, value) in &asked.attributes {
                        attributes::apply(&mut wanted, name, value)?;
                    }
                    if wanted != there.value {
                        return Err(TopicError::Invalid(
                            "Attributes Reason: Subscription already exists with different attributes".into(),
                        ));
                    }
                    if wanted.is_confirmed() {
                        return Ok(wanted);
                    }
                    batch = batch.unchanged(key::subscription(&wanted.at), there.revision);
                    wanted
                }
            };
            if let State::Pending { token } = &subscription.state
                && !token.is_empty()
            {
                batch = batch.delete(key::token(token));
            }
            let token = self.ask(&mut batch, &subscription, Asking::ToSubscribe)?;
            subscription.state = State::Pending { token };
            batch = batch
                .put(key::subscription(&subscription.at), encode(&subscription)?)
                .put(key::subscriber(&subscription.owner, &subscription.at), "");
            if turns.commit(self.catalog.as_ref(), replacing(batch, &topic, revision)?).await? {
                return Ok(subscription);
            }
        }
    }

    /// Adds to `batch` a message that asks the endpoint, and the token to answer with. Returns the token's hash: the
    /// token itself is only in the message.
    fn ask(&self, batch: &mut Batch, subscription: &Subscription, why: Asking) -> Result<String, TopicError> {
        let mut random = [0; 64];
        rand::fill(&mut random).map_err(|_| TopicError::Crypto)?;
        let token = hex::encode(random);
        let hash = hashed(&token);
        let topic = &subscription.at.topic;
        let (kind, body) = match why {
            Asking::ToSubscribe => (
                MessageKind::SubscriptionConfirmation { token },
                format!(
                    "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL included in this message.",
                    topic.arn()
                ),
            ),
            Asking::WhetherToEnd => (
                MessageKind::UnsubscribeConfirmation { token },
                format!(
                    "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.",
                    subscription.at.arn()
                ),
            ),
        };
        let message = Message {
            id: uuid()?,
            topic: topic.clone(),
            kind,
            subject: None,
            body,
            bodies: BTreeMap::new(),
            attributes: BTreeMap::new(),
            at: self.now_millis(),
        };
        let expires = self.now() + TOKEN_LIFE;
        let stored = Token { subscription: subscription.clone(), expires };
        let sent =
            Outgoing::new(&self.master, &message)?.to(std::mem::take(batch), subscription, self.now())?;
        *batch = sent.put(key::token(&hash), encode(&stored)?);
        Ok(hash)
    }

    /// Answers for an endpoint: it wants the messages of `at`. `authenticated`: by a signed call; only that can demand
    /// that ending the subscription be signed too. `Invalid` for a token that was not given, was used or is too old.
    pub async fn confirm(
        &self,
        at: &TopicRef,
        token: &str,
        authenticated: bool,
        authenticate_on_unsubscribe: bool,
    ) -> Result<Subscription, TopicError> {
        let invalid = || TopicError::Invalid("Token".into());
        let hash = hashed(token);
        let mut turns = Turns::default();
        loop {
            let entry = self.catalog.get(key::token(&hash).as_bytes()).await?.ok_or_else(invalid)?;
            let stored: Token = decode(&entry.value)?;
            if stored.expires <= self.now() || stored.subscription.at.topic != *at {
                return Err(invalid());
            }
            let Versioned { value: mut topic, revision } = self.get(at).await?;
            let mut batch =
                Batch::new().unchanged(key::token(&hash), entry.revision).delete(key::token(&hash));
            let there = self.subscription(&stored.subscription.at).await?;
            let mut subscription = match there {
                Some(there) => {
                    if there.value.is_confirmed() {
                        return Err(invalid());
                    }
                    topic.pending = topic.pending.saturating_sub(1);
                    there.value
                }
                // It had ended, and comes back.
                None if topic.subscriptions() >= MAX_SUBSCRIPTIONS => {
                    return Err(TopicError::SubscriptionLimit(MAX_SUBSCRIPTIONS));
                }
                None => {
                    topic.ended = topic.ended.saturating_sub(1);
                    stored.subscription
                }
            };
            topic.confirmed += 1;
            subscription.state = State::Confirmed {
                authenticate_on_unsubscribe: authenticated && authenticate_on_unsubscribe,
                authenticated,
            };
            batch = batch
                .put(key::subscription(&subscription.at), encode(&subscription)?)
                .put(key::subscriber(&subscription.owner, &subscription.at), "");
            if turns.commit(self.catalog.as_ref(), replacing(batch, &topic, revision)?).await? {
                return Ok(subscription);
            }
        }
    }

    /// Ends a subscription. Unless a signed call did it, its endpoint is told, and can take it back.
    pub async fn unsubscribe(&self, at: &SubscriptionRef, authenticated: bool) -> Result<(), TopicError> {
        let mut turns = Turns::default();
        loop {
            let Some(subscription) = self.subscription(at).await? else {
                return Err(TopicError::NotFound("Subscription"));
            };
            let Versioned { value: mut topic, revision } = self.get(&at.topic).await?;
            let mut batch = Batch::new().unchanged(key::subscription(at), subscription.revision);
            if subscription.value.is_confirmed() {
                topic.confirmed = topic.confirmed.saturating_sub(1);
                if !authenticated {
                    self.ask(&mut batch, &subscription.value, Asking::WhetherToEnd)?;
                }
            } else {
                topic.pending = topic.pending.saturating_sub(1);
            }
            topic.ended = topic.ended.saturating_add(1);
            let batch = forget(batch, &subscription.value);
            if turns.commit(self.catalog.as_ref(), replacing(batch, &topic, revision)?).await? {
                return Ok(());
            }
        }
    }

    /// Sets `RawMessageDelivery` or `DeliveryPolicy`.
    pub async fn set_subscription_attribute(
        &self,
        at: &SubscriptionRef,
        name: &str,
        value: &str,
    ) -> Result<(), TopicError> {
        let mut turns = Turns::default();
        loop {
            let found = self.subscription(at).await?.ok_or(TopicError::NotFound("Subscription"))?;
            let mut subscription = found.value;
            attributes::apply(&mut subscription, name, value)?;
            let row = key::subscription(at);
            let batch =
                Batch::new().unchanged(row.as_bytes(), found.revision).put(row, encode(&subscription)?);
            if turns.commit(self.catalog.as_ref(), batch).await? {
                return Ok(());
            }
        }
    }

    /// The subscription that had ended when `token` was sent to its endpoint.
    pub(crate) async fn ended(&self, token: &str) -> Result<Option<Subscription>, TopicError> {
        let Some(entry) = self.catalog.get(key::token(&hashed(token)).as_bytes()).await? else {
            return Ok(None);
        };
        Ok(Some(decode::<Token>(&entry.value)?.subscription))
    }

    /// A subscription.
    pub async fn subscription(
        &self,
        at: &SubscriptionRef,
    ) -> Result<Option<Versioned<Subscription>>, TopicError> {
        let Some(entry) = self.catalog.get(key::subscription(at).as_bytes()).await? else { return Ok(None) };
        Ok(Some(Versioned { value: decode(&entry.value)?, revision: entry.revision }))
    }

    /// Up to `limit` subscriptions of a topic by id, those after `after`.
    pub async fn subscriptions_of(
        &self,
        at: &TopicRef,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Versioned<Subscription>>, TopicError> {
        let prefix = key::subscriptions(at);
        let after = after.map(|id| prefix.clone().str(id).into_bytes());
        let items = self.catalog.scan(Scan { prefix: prefix.into_bytes(), after, limit }).await?;
        let read = |item: &trailward_store::Item| {
            Ok(Versioned { value: decode(&item.value)?, revision: item.revision })
        };
        items.iter().map(read).collect()
    }

    /// Up to `limit` subscriptions that an account has in a Region, those after `after`, of whosever topics.
    pub async fn subscriptions_by(
        &self,
        owner: &str,
        region: &str,
        after: Option<&SubscriptionRef>,
        limit: usize,
    ) -> Result<Vec<Subscription>, TopicError> {
        let prefix = key::subscribers(owner, region).into_bytes();
        let after = after.map(|at| key::subscriber(owner, at).into_bytes());
        let mut found = Vec::new();
        for item in self.catalog.scan(Scan { prefix, after, limit }).await? {
            if let Some(subscription) = self.subscription(&key::read_subscriber(&item.key)?).await? {
                found.push(subscription.value);
            }
        }
        Ok(found)
    }

    /// Forgets tokens that are too old, and the subscriptions that nobody confirmed with them. To be called every hour
    /// or so. Returns how many.
    pub async fn sweep(&self) -> Result<u64, TopicError> {
        let mut swept = 0;
        let mut after = None;
        loop {
            let page =
                self.catalog.scan(Scan { prefix: key::tokens().into_bytes(), after, limit: 500 }).await?;
            let Some(last) = page.last() else { return Ok(swept) };
            after = Some(last.key.clone());
            for item in page {
                let token: Token = decode(&item.value)?;
                if token.expires > self.now() {
                    continue;
                }
                let batch = Batch::new().unchanged(item.key.clone(), item.revision).delete(item.key);
                match self
                    .catalog
                    .commit(self.without_unconfirmed(batch, &token.subscription.at).await?)
                    .await
                {
                    Err(error) if error.is_conflict() => {}
                    done => {
                        done?;
                        swept += 1;
                    }
                }
            }
        }
    }

    async fn without_unconfirmed(&self, batch: Batch, at: &SubscriptionRef) -> Result<Batch, TopicError> {
        let (Some(topic), Some(subscription)) = (self.find(&at.topic).await?, self.subscription(at).await?)
        else {
            return Ok(batch);
        };
        if subscription.value.is_confirmed() {
            return Ok(batch);
        }
        let pending = topic.value.pending.saturating_sub(1);
        let topic = Versioned { value: Topic { pending, ..topic.value }, revision: topic.revision };
        let batch = batch.unchanged(key::subscription(at), subscription.revision);
        replacing(forget(batch, &subscription.value), &topic.value, topic.revision)
    }
}

#[derive(Clone, Copy)]
enum Asking {
    ToSubscribe,
    WhetherToEnd,
}

fn new_subscription(at: &TopicRef, asked: &Subscribing) -> Result<Subscription, TopicError> {
    let mut subscription = Subscription {
        at: SubscriptionRef { topic: at.clone(), id: uuid()? },
        owner: asked.owner.clone(),
        principal: asked.principal.clone(),
        endpoint: asked.endpoint.clone(),
        state: State::Pending { token: String::new() },
        raw: false,
        retry: None,
        request: None,
    };
    for (name, value) in &asked.attributes {
        attributes::apply(&mut subscription, name, value)?;
    }
    Ok(subscription)
}

/// Removes a subscription's rows.
pub(crate) fn forget(batch: Batch, subscription: &Subscription) -> Batch {
    let batch = batch
        .delete(key::subscription(&subscription.at))
        .delete(key::subscriber(&subscription.owner, &subscription.at));
    match &subscription.state {
        State::Pending { token } => batch.delete(key::token(token)),
        State::Confirmed { .. } => batch,
    }
}

fn hashed(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}
