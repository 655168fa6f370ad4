//! Looking for one call in the bucket, again and again, reading each object once.

use super::{Arrival, Place, Sighting};
use crate::aws::{Account, ReadError, found};
use aws_sdk_s3::Client;
use flate2::bufread::GzDecoder;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read as _;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;
use trailward_model::{Clock, stamp};

/// The most bytes of an object that are read; CloudTrail closes a log file at 50 MB before compression.
const MOST_PACKED: usize = 64 << 20;
/// The most bytes one may unpack to.
const MOST_UNPACKED: u64 = 256 << 20;
/// The most objects that are looked at in one Region for one call.
const MOST_OBJECTS: usize = 20_000;

pub(super) struct Watch<'a> {
    client: Client,
    place: &'a Place,
    region: &'a str,
    called: OffsetDateTime,
    tag: &'a str,
    id: Option<String>,
    read: BTreeSet<String>,
    clock: &'a dyn Clock,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    user_agent: Option<String>,
    #[serde(rename = "requestID")]
    request_id: Option<String>,
}

#[derive(Deserialize)]
struct LogFile {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Digest {
    #[serde(default)]
    log_files: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    s3_object: String,
}

impl<'a> Watch<'a> {
    pub(super) fn new(
        account: &Account,
        place: &'a Place,
        region: &'a str,
        called: OffsetDateTime,
        tag: &'a str,
        id: Option<String>,
        clock: &'a dyn Clock,
    ) -> Self {
        let client = account.s3(&account.region(&place.region));
        Self { client, place, region, called, tag, id, read: BTreeSet::new(), clock }
    }

    /// Looks once, and notes what has arrived.
    pub(super) async fn look(
        &mut self,
        sighting: &mut Sighting,
        started: Instant,
        digest: bool,
    ) -> Result<(), ReadError> {
        if sighting.log.is_none() {
            sighting.log = self.first("CloudTrail", started, Self::holds).await?;
        }
        let Some(log) = sighting.log.as_ref().filter(|_| digest).map(|log| log.key.clone()) else {
            return Ok(());
        };
        let names = |_: &Self, text: &[u8]| {
            let digest = serde_json::from_slice::<Digest>(text);
            digest.is_ok_and(|digest| digest.log_files.iter().any(|listed| listed.s3_object == log))
        };
        sighting.digest = self.first("CloudTrail-Digest", started, names).await?;
        Ok(())
    }

    /// Whether a log file holds the call.
    fn holds(&self, text: &[u8]) -> bool {
        let Ok(file) = serde_json::from_slice::<LogFile>(text) else { return false };
        file.records.iter().any(|record| {
            record.user_agent.as_deref().is_some_and(|agent| agent.contains(self.tag))
                || self.id.is_some() && record.request_id == self.id
        })
    }

    /// The first object of a kind, not read before, that `wanted` takes.
    async fn first(
        &mut self,
        kind: &str,
        started: Instant,
        wanted: impl Fn(&Self, &[u8]) -> bool,
    ) -> Result<Option<Arrival>, ReadError> {
        for key in self.list(kind).await? {
            if self.read.contains(&key) || self.read.len() >= MOST_OBJECTS {
                continue;
            }
            let packed = self.get(&key).await?;
            // What is not gzip is not CloudTrail's; that is for `validate` to say.
            if unpacked(&packed).is_some_and(|text| wanted(self, &text)) {
                return Ok(Some(Arrival { key, seconds: started.elapsed().as_secs_f64() }));
            }
            self.read.insert(key);
        }
        Ok(None)
    }

    /// The objects of the days since the call.
    async fn list(&self, kind: &str) -> Result<Vec<String>, ReadError> {
        let mut keys = Vec::new();
        // Clocks differ by a little; deliveries of a minute before are looked at as well.
        let mut day = self.called - Duration::minutes(1);
        let last = self.clock.now() + Duration::minutes(1);
        loop {
            let folders = stamp::folders(day);
            let prefix = format!("{}{kind}/{}/{folders}/", self.place.folder, self.region);
            let mut token = None;
            loop {
                let asked = self.client.list_objects_v2().bucket(&self.place.bucket).prefix(&prefix);
                let answer = asked.set_continuation_token(token.take()).send().await;
                let Some(answer) = found("s3:ListBucket", answer, &[])? else { break };
                let listed = answer.contents.unwrap_or_default().into_iter();
                let fresh = listed.filter(|object| {
                    let written = object.last_modified.map_or(i64::MAX, |at| at.secs());
                    written >= self.called.unix_timestamp() - 60 && object.size.unwrap_or_default() > 0
                });
                keys.extend(fresh.filter_map(|object| object.key));
                token = answer.next_continuation_token;
                if token.is_none() {
                    break;
                }
            }
            if stamp::folders(last) == folders || day > last {
                return Ok(keys);
            }
            day += Duration::days(1);
        }
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ReadError> {
        let answer = self.client.get_object().bucket(&self.place.bucket).key(key).send().await;
        let Some(mut answer) = found("s3:GetObject", answer, &[])? else { return Ok(Vec::new()) };
        let mut bytes = Vec::new();
        let broken = |problem: String| ReadError { action: "s3:GetObject", code: None, problem };
        while let Some(piece) = answer.body.try_next().await.map_err(|error| broken(error.to_string()))? {
            if bytes.len() + piece.len() > MOST_PACKED {
                return Err(broken(format!("{key} has more than {MOST_PACKED} bytes")));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// What a gzip file holds; `None` for one that is none, or holds too much.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let read = GzDecoder::new(packed).take(MOST_UNPACKED + 1).read_to_end(&mut text).ok()?;
    (u64::try_from(read).ok()? <= MOST_UNPACKED).then_some(text)
}
