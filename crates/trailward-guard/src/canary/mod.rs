//! A harmless call in each Region, and whether it comes to lie where the trail delivers: in a log file, and in a digest.
//!
//! The call is `sts:GetCallerIdentity`, which takes no permission and changes nothing. Its user agent carries a tag that no
//! other call has, and its request id is known, so its record is recognised by either.

mod find;
mod watch;

pub use find::{Found, Place, find};

use crate::aws::{Account, ReadError, found};
use aws_sdk_sts::operation::RequestId as _;
use aws_types::app_name::AppName;
use futures::future::join_all;
use serde::Serialize;
use std::time::Duration;
use trailward_model::Clock;

/// What is waited for, and how long.
#[derive(Debug, Clone)]
pub struct Patience {
    /// How long a call may take from being made to lying in a log file and a digest.
    pub timeout: Duration,
    /// How long between looks into the bucket.
    pub poll: Duration,
    /// Whether a digest has to name the log file.
    pub digest: bool,
}

/// One Region's call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sighting {
    /// Where it was made.
    pub region: String,
    /// What its user agent carries.
    pub tag: String,
    /// When it was made, in RFC 3339.
    pub called: String,
    /// The log file it was found in.
    pub log: Option<Arrival>,
    /// The digest that names that log file.
    pub digest: Option<Arrival>,
    /// Whether everything that was waited for arrived.
    pub arrived: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Something that arrived.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrival {
    /// The object's key.
    pub key: String,
    /// Seconds from the call until it was found, by this machine's clock: looks are apart, so it came no later.
    pub seconds: f64,
}

/// Calls in every Region at once and waits for all. Regions are told in the order they were given.
pub async fn fly(
    account: &Account,
    place: &Place,
    regions: &[String],
    patience: &Patience,
    clock: &dyn Clock,
) -> Vec<Sighting> {
    join_all(regions.iter().map(|region| one(account, place, region, patience, clock))).await
}

async fn one(
    account: &Account,
    place: &Place,
    region: &str,
    patience: &Patience,
    clock: &dyn Clock,
) -> Sighting {
    let called = clock.now();
    let tag = format!("trailward-canary-{:x}", called.unix_timestamp_nanos());
    let mut sighting = Sighting {
        region: region.to_owned(),
        tag: tag.clone(),
        called: trailward_model::stamp::extended_millis(called),
        log: None,
        digest: None,
        arrived: false,
        problem: None,
    };
    let started = tokio::time::Instant::now();
    let id = match call(account, region, &tag).await {
        Ok(id) => id,
        Err(error) => {
            sighting.problem = Some(format!("the call could not be made: {error}"));
            return sighting;
        }
    };
    let mut watch = watch::Watch::new(account, place, region, called, &tag, id, clock);
    loop {
        let seen = watch.look(&mut sighting, started, patience.digest).await;
        sighting.arrived = sighting.log.is_some() && (sighting.digest.is_some() || !patience.digest);
        if sighting.arrived {
            sighting.problem = None;
            return sighting;
        }
        let left = patience.timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            let what =
                if sighting.log.is_some() { "no digest names its log file" } else { "no log file holds it" };
            let why = seen.err().map(|error| format!(": {error}")).unwrap_or_default();
            sighting.problem = Some(format!("after {} s {what}{why}", patience.timeout.as_secs_f64()));
            return sighting;
        }
        tokio::time::sleep(patience.poll.min(left)).await;
    }
}

/// Makes the call; its request id, if the answer has one.
async fn call(account: &Account, region: &str, tag: &str) -> Result<Option<String>, ReadError> {
    let name = AppName::new(tag.to_owned()).ok();
    let mut config = account.region(region).to_builder();
    config.set_app_name(name);
    let config = config.build();
    let answer = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
    let answer = found("sts:GetCallerIdentity", answer, &[])?;
    Ok(answer.and_then(|answer| answer.request_id().map(str::to_owned)))
}
