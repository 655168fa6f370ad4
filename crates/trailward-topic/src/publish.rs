//! Publishing: a message, and a row for everybody who is to get it, in one commit.

use crate::message::{Sealed, uuid};
use crate::outbox::Delivery;
use crate::turns::Turns;
use crate::{
    MAX_SUBSCRIPTIONS, Message, MessageAttribute, MessageKind, Protocol, Subscription, Topic, TopicError,
    TopicRef, Topics, Versioned, key,
};
use bytes::Bytes;
use std::collections::BTreeMap;
use trailward_policy::{Caller, Context, Decision, Request, evaluate, explain};
use trailward_store::Batch;
use trailward_store::seal::MasterKey;
use trailward_store::stored::encode;

/// What is to be published.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// At most 100 characters.
    pub subject: Option<String>,
    /// What is said.
    pub body: String,
    /// What is said over a protocol, where that differs.
    pub bodies: BTreeMap<Protocol, String>,
    /// By name.
    pub attributes: BTreeMap<String, MessageAttribute>,
}

/// What a service publishes on somebody's behalf.
#[derive(Debug, Clone, Copy)]
pub struct ServicePublication<'a> {
    /// Such as `s3.amazonaws.com`.
    pub service: &'a str,
    /// `aws:SourceArn`: the bucket or trail.
    pub source_arn: &'a str,
    /// `aws:SourceAccount`: its account.
    pub source_account: &'a str,
    /// Where to.
    pub topic: &'a TopicRef,
    /// What about.
    pub subject: Option<&'a str>,
    /// What is said.
    pub body: &'a str,
}

/// A message on its way into a batch.
pub(crate) struct Outgoing {
    id: String,
    sealed: Bytes,
    written: bool,
}

impl Outgoing {
    pub(crate) fn new(master: &MasterKey, message: &Message) -> Result<Self, TopicError> {
        let sealed = encode(&Sealed::new(master, message)?)?;
        Ok(Self { id: message.id.clone(), sealed, written: false })
    }

    /// Adds the message, the first time, and a row for `subscription`.
    fn add(&mut self, batch: Batch, subscription: &Subscription, now: i64) -> Result<Batch, TopicError> {
        let batch = if self.written { batch } else { batch.put(key::message(&self.id), self.sealed.clone()) };
        self.written = true;
        let delivery = Delivery { subscription: subscription.at.clone(), attempts: 0 };
        Ok(batch
            .put(key::delivery(now, &self.id, &subscription.at.id), encode(&delivery)?)
            .put(key::waits(&self.id, &subscription.at.id), ""))
    }

    /// Adds the message and one row.
    pub(crate) fn to(
        mut self,
        batch: Batch,
        subscription: &Subscription,
        now: i64,
    ) -> Result<Batch, TopicError> {
        self.add(batch, subscription, now)
    }
}

impl Topics {
    pub(crate) fn now_millis(&self) -> i64 {
        i64::try_from(self.clock.now().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
    }

    /// Adds to `batch` what publishes a message to `topic` as it was read: if the topic changes meanwhile, the commit is
    /// a conflict. Asks nobody. Returns the message's id.
    pub async fn plan_message(
        &self,
        batch: Batch,
        topic: &Versioned<Topic>,
        published: Published,
    ) -> Result<(Batch, String), TopicError> {
        let at = &topic.value.at;
        let message = Message {
            id: uuid()?,
            topic: at.clone(),
            kind: MessageKind::Notification,
            subject: published.subject,
            body: published.body,
            bodies: published.bodies,
            attributes: published.attributes,
            at: self.now_millis(),
        };
        let mut outgoing = Outgoing::new(&self.master, &message)?;
        let mut batch = batch.unchanged(key::topic(at), topic.revision);
        for subscription in self.subscriptions_of(at, None, MAX_SUBSCRIPTIONS).await? {
            if subscription.value.is_confirmed() {
                batch = outgoing.add(batch, &subscription.value, self.now())?;
            }
        }
        Ok((batch, message.id))
    }

    /// Publishes; asks nobody. `NotFound` if there is no such topic.
    pub async fn publish(&self, at: &TopicRef, published: &Published) -> Result<String, TopicError> {
        let mut turns = Turns::default();
        loop {
            let topic = self.get(at).await?;
            let (batch, id) = self.plan_message(Batch::new(), &topic, published.clone()).await?;
            if turns.commit(self.catalog.as_ref(), batch).await? {
                return Ok(id);
            }
        }
    }

    /// Adds to `batch` what publishes as a service, as the topic's policy lets it. `NotFound` if there is no such topic,
    /// `Denied` if its policy does not let the service in. If the topic changes meanwhile, the commit is a conflict.
    pub async fn plan_as_service(
        &self,
        batch: Batch,
        publication: ServicePublication<'_>,
    ) -> Result<Batch, TopicError> {
        let topic = self.get(publication.topic).await?;
        check_service(&topic.value, publication)?;
        let published = Published {
            subject: publication.subject.map(str::to_owned),
            body: publication.body.to_owned(),
            ..Published::default()
        };
        Ok(self.plan_message(batch, &topic, published).await?.0)
    }
}

impl Topics {
    /// Publishes as a service, as the topic's policy lets it. `NotFound` if there is no such topic, `Denied` if its policy
    /// does not let the service in.
    pub async fn publish_as_service(&self, publication: ServicePublication<'_>) -> Result<(), TopicError> {
        let mut turns = Turns::default();
        loop {
            let batch = self.plan_as_service(Batch::new(), publication).await?;
            if turns.commit(self.catalog.as_ref(), batch).await? {
                return Ok(());
            }
        }
    }
}

/// That the topic's policy lets the service publish.
fn check_service(topic: &Topic, publication: ServicePublication<'_>) -> Result<(), TopicError> {
    let mut own = Context::new();
    own.set("aws:SourceArn", publication.source_arn);
    own.set("aws:SourceAccount", publication.source_account);
    own.set("aws:PrincipalIsAWSService", "true");
    let caller = Caller::service(publication.service, own);
    let mut context = topic.condition_keys();
    context.set("aws:SecureTransport", "true");
    context.set("aws:RequestedRegion", topic.at.region.clone());
    context.set("aws:ResourceAccount", topic.at.account.clone());
    let policy = topic.compiled_policy();
    let arn = topic.at.arn();
    let request = Request {
        caller: &caller,
        action: "SNS:Publish",
        resource: &arn,
        resource_account: Some(&topic.at.account),
        resource_policy: policy.as_ref(),
        resource_policy_required: true,
        rcps: &[],
        context: &context,
    };
    if evaluate(&request) == Decision::Allow {
        return Ok(());
    }
    Err(TopicError::Denied(format!(
        "User: {} is not authorized to perform: SNS:Publish on resource: {arn} {}",
        publication.service,
        explain(&request).denied_because()
    )))
}
