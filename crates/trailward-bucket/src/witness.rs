//! What S3 does by itself is told before and after it happens: replicas, expiries, transitions, access log files.

use crate::{BucketError, Caller};
use async_trait::async_trait;
use serde_json::{Map, Value};

/// One thing that S3 does on somebody's behalf, and no request asks for.
#[derive(Debug, Clone)]
pub struct Deed {
    /// What it is called in records: an API's name for what S3 does in a role or as a service that writes into buckets,
    /// an operation of the access logs for lifecycle rules.
    pub name: &'static str,
    /// As whom; `None` for lifecycle rules, which are the owner's own.
    pub by: Option<Caller>,
    /// The bucket it happens to.
    pub bucket: String,
    /// The account that owns it.
    pub owner: String,
    /// Its Region.
    pub region: String,
    /// The object.
    pub key: String,
    /// The version, where it is known beforehand.
    pub version: Option<String>,
    /// Further parameters, as records spell them.
    pub parameters: Map<String, Value>,
    /// Why it happens: the rule, or the bucket that it comes from.
    pub because: Value,
}

/// Who is told of deeds. In the service, this writes records.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Hears what is about to happen. Nothing of it happens unless this returns `Ok`; from then on it is remembered,
    /// across a crash too.
    async fn intend<'a>(&'a self, deeds: Vec<Deed>) -> Result<Box<dyn Testimony + 'a>, BucketError>;
}

/// Deeds that were announced.
#[async_trait]
pub trait Testimony: Send {
    /// Hears how they went. Durable when this returns `Ok`.
    async fn conclude(self: Box<Self>, outcome: Result<(), &BucketError>) -> Result<(), BucketError>;
}

/// Announces `deeds`, does `work`, and tells how it went. What went wrong with the work comes first.
pub(crate) async fn witnessed<T: Send>(
    witness: &dyn Witness,
    deeds: Vec<Deed>,
    work: impl Future<Output = Result<T, BucketError>> + Send,
) -> Result<T, BucketError> {
    let testimony = witness.intend(deeds).await?;
    let outcome = work.await;
    let told = testimony.conclude(outcome.as_ref().map(drop)).await;
    let value = outcome?;
    told.map(|()| value)
}
