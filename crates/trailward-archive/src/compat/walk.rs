//! From the newest digest back, as the command goes.

use super::digest::{self, MOST_BYTES, Valid};
use super::listing::{self, stamp_of};
use super::said::{Counted, Said};
use super::{Buckets, KnownKeys, Scope, Stop, moment, public_keys};
use crate::api::Api;
use crate::source::{Object, Source, SourceError};
use futures::stream::{self, StreamExt as _};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use tokio::task::JoinHandle;

/// Digests that are read ahead.
const DIGESTS_AHEAD: usize = 16;
/// Log files of a digest that are read at once.
const LOGS_AT_ONCE: usize = 24;

type Fetched = JoinHandle<Result<Object, SourceError>>;

/// One walk.
pub(super) struct Walk<'a, 'b, 'c> {
    pub api: &'a Api,
    pub scope: &'a Scope,
    pub buckets: Buckets<'a>,
    pub keys: KnownKeys,
    pub said: &'b mut Said<'c>,
    pub backfill: bool,
}

/// The listed digests that are still to come, oldest first, and those that are being read.
struct Ahead {
    keys: VecDeque<String>,
    reading: HashMap<String, Fetched>,
}

impl Ahead {
    fn new(keys: VecDeque<String>) -> Self {
        Self { keys, reading: HashMap::new() }
    }

    /// Begins to read the newest that are left.
    fn read_on(&mut self, source: &Arc<dyn Source>) {
        for key in self.keys.iter().rev().take(DIGESTS_AHEAD) {
            if self.reading.len() >= 2 * DIGESTS_AHEAD {
                return;
            }
            if !self.reading.contains_key(key) {
                let (source, name) = (Arc::clone(source), key.clone());
                let task = tokio::spawn(async move { source.get(&name, MOST_BYTES).await });
                self.reading.insert(key.clone(), task);
            }
        }
    }

    /// The next older than `before`, or the newest.
    fn next(&mut self, before: Option<&str>) -> Result<Option<(String, OffsetDateTime)>, Stop> {
        let time = |key: &str| {
            let stamp = stamp_of(key);
            moment::read(&stamp).ok_or_else(|| moment::unreadable(&stamp))
        };
        let before = before.map(time).transpose()?;
        while let Some(key) = self.keys.pop_back() {
            let at = time(&key)?;
            if before.is_none_or(|before| at < before) {
                return Ok(Some((key, at)));
            }
        }
        Ok(None)
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.reading.values().for_each(JoinHandle::abort);
    }
}

/// How a digest turned out.
enum Outcome {
    Valid(Valid),
    Missing,
    /// The text behind `INVALID: `.
    Invalid(String),
}

impl Walk<'_, '_, '_> {
    fn mark(&self) -> (&'static str, Counted) {
        if self.backfill { ("(backfill) ", Counted::Backfill) } else { ("", Counted::Digest) }
    }

    /// Walks one chain.
    pub(super) async fn chain(&mut self, listed: VecDeque<String>) -> Result<(), Stop> {
        let (mark, counted) = self.mark();
        let mut ahead = Ahead::new(listed);
        let mut bucket = self.scope.bucket.clone();
        let mut next = ahead.next(None)?;
        let Some((_, mut last_start)) = next.clone() else { return Ok(()) };
        while let Some((key, _)) = next {
            if self.scope.start > last_start {
                break;
            }
            let place = format!("{mark}Digest file\ts3://{bucket}/{key}");
            next = match self.digest(&mut ahead, &bucket, &key).await? {
                Outcome::Valid(digest) => {
                    last_start = digest.start;
                    self.said.found(digest.start.max(self.scope.start), digest.end.min(self.scope.end));
                    self.said.valid(counted, &place)?;
                    self.logs(digest.logs).await?;
                    match digest.previous {
                        None => {
                            let older = ahead.next(Some(&key))?;
                            if let Some((_, end)) = &older {
                                self.gap(*end, last_start)?;
                            }
                            older
                        }
                        Some((previous_bucket, previous)) => {
                            if previous_bucket != bucket {
                                bucket = previous_bucket;
                                let found =
                                    listing::of(&mut self.buckets, self.scope, &bucket, digest.end).await?;
                                ahead =
                                    Ahead::new(if self.backfill { found.backfill } else { found.standard });
                            }
                            Some((previous, digest.end))
                        }
                    }
                }
                Outcome::Missing => {
                    let older = ahead.next(Some(&key))?;
                    self.said.invalid(counted, &format!("{place}\tINVALID: not found"))?;
                    older
                }
                Outcome::Invalid(why) => {
                    let older = ahead.next(Some(&key))?;
                    self.said.invalid(counted, &format!("{place}\tINVALID: {why}"))?;
                    older
                }
            };
        }
        Ok(())
    }

    fn gap(&mut self, from: OffsetDateTime, to: OffsetDateTime) -> Result<(), Stop> {
        let (mark, _) = self.mark();
        let (from, to) = (moment::shown(from), moment::shown(to));
        Ok(self
            .said
            .noted(&format!("{mark}No log files were delivered by CloudTrail between {from} and {to}"))?)
    }

    async fn digest(&mut self, ahead: &mut Ahead, bucket: &str, key: &str) -> Result<Outcome, Stop> {
        let failed = |error: &SourceError| Stop::call("GetObject", error);
        let source = self.buckets.get(bucket).await.map_err(|error| failed(&error))?;
        let object = match ahead.reading.remove(key) {
            Some(task) => task.await.map_err(|error| Stop::words(error.to_string()))?,
            None => source.get(key, MOST_BYTES).await,
        };
        ahead.read_on(&source);
        let object = match object {
            Ok(object) => object,
            Err(SourceError::NotFound(_)) => return Ok(Outcome::Missing),
            Err(error) => return Err(failed(&error)),
        };
        // Whether it is a backfill digest is told by its name, wherever the walk is.
        let digest = match digest::read(object, key.ends_with("_backfill.json.gz")) {
            Ok(digest) => digest,
            Err(why) => return Ok(Outcome::Invalid(why.to_owned())),
        };
        if !digest.lies_at(bucket, key) {
            return Ok(Outcome::Invalid("has been moved from its original location".to_owned()));
        }
        let fingerprint = digest.fingerprint();
        if self.backfill && !self.keys.contains_key(&fingerprint) {
            let generated = digest.generated.as_deref().unwrap_or("");
            let Some(at) = moment::read(generated) else {
                return Ok(Outcome::Invalid(format!("Unable to parse date value: {generated}")));
            };
            match public_keys(self.api, &self.scope.region, at - Duration::HOUR, at + Duration::HOUR).await {
                Ok(found) => self.keys.extend(found),
                // An empty answer is one of the errors that the command tells of this digest.
                Err(Stop::Words(words)) if words.starts_with("No public keys") => {
                    return Ok(Outcome::Invalid(words));
                }
                Err(other) => return Err(other),
            }
        }
        if !self.keys.contains_key(&fingerprint) {
            let home = &self.scope.home;
            return Ok(Outcome::Invalid(format!(
                "public key not found in region {home} for fingerprint {fingerprint}"
            )));
        }
        Ok(match digest.checked(&self.keys) {
            Ok(valid) => Outcome::Valid(valid),
            Err(why) => Outcome::Invalid(why),
        })
    }

    /// Reads a digest's log files, several at once, and tells them in its order.
    async fn logs(&mut self, logs: Option<Vec<(String, String, String)>>) -> Result<(), Stop> {
        let Some(logs) = logs else { return Err(Stop::words("'logFiles'")) };
        let mut sources = Vec::with_capacity(logs.len());
        for (bucket, _, _) in &logs {
            let source = self.buckets.get(bucket).await;
            sources.push(source.map_err(|error| Stop::call("GetBucketLocation", &error))?);
        }
        let reads = logs.into_iter().zip(sources).map(|((bucket, key, hash), source)| async move {
            let place = format!("Log file\ts3://{bucket}/{key}");
            let judged = tokio::spawn(async move {
                let object = source.get(&key, MOST_BYTES).await;
                digest::judge_log(object, &hash)
            });
            (place, judged.await)
        });
        let mut judged = stream::iter(reads).buffered(LOGS_AT_ONCE);
        while let Some((place, judgement)) = judged.next().await {
            let judgement = judgement.map_err(|error| Stop::words(error.to_string()))?;
            match judgement.map_err(|error| Stop::call("GetObject", &error))? {
                None => self.said.valid(Counted::Log, &place)?,
                Some(why) => self.said.invalid(Counted::Log, &format!("{place}\tINVALID: {why}"))?,
            }
        }
        Ok(())
    }
}
