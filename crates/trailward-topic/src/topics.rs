//! All topics of the store: making, finding, changing, listing.

use crate::retry::TopicDeliveryPolicy;
use crate::signing::Signing;
use crate::turns::Turns;
use crate::{Topic, default_policy};
use crate::{TopicError, TopicRef, check_name, key, policy};
use std::sync::Arc;
use trailward_model::{Clock, Tag};
use trailward_store::seal::MasterKey;
use trailward_store::stored::{decode, encode};
use trailward_store::{Batch, Catalog, Revision, Scan};

/// The most topics of an account in a Region.
pub const MAX_TOPICS: usize = 1000;
/// The most subscriptions of a topic: a message is stored with a row for each, in one commit.
pub const MAX_SUBSCRIPTIONS: usize = 1000;
const MAX_TAGS: usize = 50;
const MAX_DISPLAY_NAME: usize = 100;

/// A value with the revision it was read at.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// What was read.
    pub value: T,
    /// When it was written.
    pub revision: Revision,
}

/// All topics of the store. Everything that returns `Ok` after a change has it on stable storage.
#[derive(Debug)]
pub struct Topics {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) signing: Signing,
    /// Held while a delivery is settled.
    pub(crate) settling: tokio::sync::Mutex<()>,
}

impl Topics {
    /// The topics in `catalog`; messages and the signing key are sealed under `master`.
    pub fn new(catalog: Arc<dyn Catalog>, master: Arc<MasterKey>, clock: Arc<dyn Clock>) -> Self {
        Self { catalog, master, clock, signing: Signing::default(), settling: tokio::sync::Mutex::default() }
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().unix_timestamp()
    }

    /// The certificate of the key that signs messages, in PEM, and where it is: the path below the endpoint. `None`
    /// while nothing was signed yet.
    pub async fn certificate(&self) -> Result<Option<(String, String)>, TopicError> {
        let signer = self.signing.signer(&*self.catalog, &self.master, false).await?;
        Ok(signer.map(|signer| (signer.path.clone(), signer.pem.clone())))
    }

    /// The topic.
    pub async fn find(&self, at: &TopicRef) -> Result<Option<Versioned<Topic>>, TopicError> {
        let Some(entry) = self.catalog.get(key::topic(at).as_bytes()).await? else { return Ok(None) };
        Ok(Some(Versioned { value: decode(&entry.value)?, revision: entry.revision }))
    }

    /// The topic, or `NotFound`.
    pub async fn get(&self, at: &TopicRef) -> Result<Versioned<Topic>, TopicError> {
        self.find(at).await?.ok_or(TopicError::NotFound("Topic"))
    }

    /// Makes a topic, or finds one that is as it is asked for. `Invalid` if there is one that is not. `attributes` are
    /// those of [`Topics::set_attribute`].
    pub async fn create(
        &self,
        at: &TopicRef,
        attributes: &[(String, String)],
        tags: &[Tag],
    ) -> Result<Topic, TopicError> {
        check_name(&at.name)?;
        check_tags(tags)?;
        let mut topic = Topic {
            at: at.clone(),
            created: self.now(),
            display_name: String::new(),
            policy: default_policy(at),
            delivery_policy: None,
            tags: tags.to_vec(),
            pending: 0,
            confirmed: 0,
            ended: 0,
        };
        for (name, value) in attributes {
            apply(&mut topic, name, value)?;
        }
        if let Some(there) = self.find(at).await? {
            return same(there.value, attributes, tags);
        }
        let prefix = key::topics(&at.account, &at.region).into_bytes();
        if self.catalog.scan(Scan { prefix, after: None, limit: MAX_TOPICS }).await?.len() >= MAX_TOPICS {
            return Err(TopicError::TopicLimit(MAX_TOPICS));
        }
        let key = key::topic(at);
        let batch = Batch::new().absent(key.as_bytes()).put(key.as_bytes(), encode(&topic)?);
        match self.catalog.commit(batch).await {
            // Somebody else was faster.
            Err(error) if error.is_conflict() => same(self.get(at).await?.value, attributes, tags),
            done => done.map(|_| topic).map_err(TopicError::from),
        }
    }

    /// Changes a topic; `change` may be called again after a lost commit. What it does to the batch happens with it.
    pub(crate) async fn change(
        &self,
        at: &TopicRef,
        change: impl Fn(&mut Topic, Batch) -> Result<Batch, TopicError> + Send + Sync,
    ) -> Result<(), TopicError> {
        let mut turns = Turns::default();
        loop {
            let Versioned { value: mut topic, revision } = self.get(at).await?;
            let batch = change(&mut topic, Batch::new())?;
            if turns.commit(self.catalog.as_ref(), replacing(batch, &topic, revision)?).await? {
                return Ok(());
            }
        }
    }

    /// Sets `DisplayName`, `Policy`, `DeliveryPolicy` or `SignatureVersion`. `Unsupported` for attributes that AWS has
    /// and this product does not.
    pub async fn set_attribute(&self, at: &TopicRef, name: &str, value: &str) -> Result<(), TopicError> {
        self.change(at, |topic, batch| {
            apply(topic, name, value)?;
            Ok(batch)
        })
        .await
    }

    /// Adds a statement `label` to the policy that lets `accounts` do `actions`.
    pub async fn add_permission(
        &self,
        at: &TopicRef,
        label: &str,
        accounts: &[String],
        actions: &[String],
    ) -> Result<(), TopicError> {
        self.change(at, |topic, batch| {
            topic.policy = policy::with_statement(at, &topic.policy, label, accounts, actions)?;
            Ok(batch)
        })
        .await
    }

    /// Takes the statement `label` out of the policy.
    pub async fn remove_permission(&self, at: &TopicRef, label: &str) -> Result<(), TopicError> {
        self.change(at, |topic, batch| {
            topic.policy = policy::without_statement(at, &topic.policy, label)?;
            Ok(batch)
        })
        .await
    }

    /// Adds tags, or gives them other values.
    pub async fn tag(&self, at: &TopicRef, tags: &[Tag]) -> Result<(), TopicError> {
        check_tags(tags)?;
        self.change(at, |topic, batch| {
            topic.tags.retain(|old| tags.iter().all(|new| new.key != old.key));
            topic.tags.extend_from_slice(tags);
            if topic.tags.len() > MAX_TAGS {
                return Err(TopicError::TagLimit);
            }
            Ok(batch)
        })
        .await
    }

    /// Takes tags away.
    pub async fn untag(&self, at: &TopicRef, keys: &[String]) -> Result<(), TopicError> {
        self.change(at, |topic, batch| {
            topic.tags.retain(|tag| !keys.contains(&tag.key));
            Ok(batch)
        })
        .await
    }

    /// Up to `limit` topics of an account in a Region by name, those after `after`.
    pub async fn list(
        &self,
        account: &str,
        region: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<TopicRef>, TopicError> {
        let prefix = key::topics(account, region);
        let after = after.map(|name| prefix.clone().str(name).into_bytes());
        let items = self.catalog.scan(Scan { prefix: prefix.into_bytes(), after, limit }).await?;
        items.iter().map(|item| Ok(decode::<Topic>(&item.value)?.at)).collect()
    }

    /// Removes a topic with its subscriptions; messages that were not delivered yet are dropped. Nothing happens if there
    /// is no such topic.
    pub async fn delete(&self, at: &TopicRef) -> Result<(), TopicError> {
        let mut turns = Turns::default();
        loop {
            let Some(topic) = self.find(at).await? else { return Ok(()) };
            let key = key::topic(at);
            let mut batch = Batch::new().unchanged(key.as_bytes(), topic.revision).delete(key.as_bytes());
            for subscription in self.subscriptions_of(at, None, MAX_SUBSCRIPTIONS).await? {
                batch = crate::subscriptions::forget(batch, &subscription.value);
            }
            if turns.commit(self.catalog.as_ref(), batch).await? {
                return Ok(());
            }
        }
    }
}

/// `batch`, and the topic in place of what was read at `revision`.
pub(crate) fn replacing(batch: Batch, topic: &Topic, revision: Revision) -> Result<Batch, TopicError> {
    let key = key::topic(&topic.at);
    Ok(batch.unchanged(key.as_bytes(), revision).put(key.as_bytes(), encode(topic)?))
}

fn apply(topic: &mut Topic, name: &str, value: &str) -> Result<(), TopicError> {
    const ABSENT: [&str; 8] = [
        "ArchivePolicy",
        "BeginningArchiveTime",
        "ContentBasedDeduplication",
        "DataProtectionPolicy",
        "FifoThroughputScope",
        "FifoTopic",
        "KmsMasterKeyId",
        "TracingConfig",
    ];
    match name {
        "DisplayName"
            if value.chars().count() <= MAX_DISPLAY_NAME && !value.chars().any(char::is_control) =>
        {
            value.clone_into(&mut topic.display_name);
        }
        "Policy" => topic.policy = policy::checked(&topic.at, value)?,
        "DeliveryPolicy" => topic.delivery_policy = TopicDeliveryPolicy::parse(value)?,
        "SignatureVersion" if value == crate::envelope::SIGNATURE_VERSION => {}
        "SignatureVersion" if value == "1" => {
            return Err(TopicError::Unsupported(
                "Signatures of version 1 are SHA-1 and are not made here: use version 2.".into(),
            ));
        }
        // What a topic is anyhow.
        "TracingConfig" if value == "PassThrough" => {}
        "KmsMasterKeyId" if value.is_empty() => {}
        "FifoTopic" | "ContentBasedDeduplication" if value == "false" => {}
        // Terraform sets these of every topic.
        _ if name.ends_with("SuccessFeedbackSampleRate") && value == "0" => {}
        _ if name.ends_with("FeedbackRoleArn") && value.is_empty() => {}
        _ if ABSENT.contains(&name)
            || name.contains("FeedbackRoleArn")
            || name.ends_with("FeedbackSampleRate") =>
        {
            return Err(TopicError::Unsupported(format!(
                "The topic attribute {} is not implemented here.",
                name.chars().take(100).collect::<String>()
            )));
        }
        "DisplayName" | "SignatureVersion" => return Err(TopicError::Invalid(name.to_owned())),
        _ => return Err(TopicError::Invalid("AttributeName".into())),
    }
    Ok(())
}

/// A topic that is there already, if it is what was asked for.
fn same(there: Topic, attributes: &[(String, String)], tags: &[Tag]) -> Result<Topic, TopicError> {
    let mut asked = there.clone();
    for (name, value) in attributes {
        apply(&mut asked, name, value)?;
    }
    if asked != there {
        return Err(TopicError::Invalid(
            "Attributes Reason: Topic already exists with different attributes".into(),
        ));
    }
    if !tags.is_empty()
        && (tags.len() != there.tags.len() || !tags.iter().all(|tag| there.tags.contains(tag)))
    {
        return Err(TopicError::Invalid("Tags Reason: Topic already exists with different tags".into()));
    }
    Ok(there)
}

fn check_tags(tags: &[Tag]) -> Result<(), TopicError> {
    if tags.len() > MAX_TAGS {
        return Err(TopicError::TagLimit);
    }
    for (number, tag) in tags.iter().enumerate() {
        let reserved = tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let legal = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
        if !(1..=128).contains(&tag.key.chars().count()) || reserved || !legal(&tag.key) {
            return Err(TopicError::Invalid("Tags Reason: a key is not valid".into()));
        }
        if tag.value.chars().count() > 256 || !legal(&tag.value) {
            return Err(TopicError::Invalid("Tags Reason: a value is not valid".into()));
        }
        if tags.iter().take(number).any(|other| other.key == tag.key) {
            return Err(TopicError::Invalid("Tags Reason: a key comes twice".into()));
        }
    }
    Ok(())
}
