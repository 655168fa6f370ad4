//! Lines become files: planned, put, forgotten. A plan names the file and its lines before the file is put, and the
//! file is put only if it is not there yet, so dying anywhere writes each line once.

use crate::object::{PutCondition, PutObject};
use crate::record::{Headers, LogLine, LogNaming, LogPlan, Logging, key};
use crate::witness::witnessed;
use crate::{BucketError, Buckets, Caller, Context, Deed, Resource, Witness};
use bytes::Bytes;
use futures::StreamExt as _;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use time::macros::format_description;
use trailward_store::stored::{decode, encode};
use trailward_store::{Batch, Item, Scan};

/// As which files are put.
const SERVICE: &str = "logging.s3.amazonaws.com";

/// Lines of one file at most.
const MOST_LINES: usize = 5_000;

/// How long lines wait for a target that refuses them, in seconds: then they are dropped, as S3's are.
const PATIENCE: i64 = 86_400;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessLogRun {
    /// Files that were put.
    pub delivered: u64,
    /// Files that a target refused; they stay.
    pub refused: u64,
    /// Files that a target refused for too long.
    pub dropped: u64,
}

/// Lines that belong in one file: the bucket they are about, where they go, and the day if that is part of the name.
type Group = (String, Logging, Option<time::Date>);

impl Buckets {
    /// Puts the lines that wait into files, and tells `witness` of each. To be called every few minutes.
    pub async fn deliver_access_logs(&self, witness: &dyn Witness) -> Result<AccessLogRun, BucketError> {
        let mut run = AccessLogRun::default();
        self.work_off_log_plans(witness, &mut run).await?;
        loop {
            let scan = Scan { prefix: key::log_lines().into_bytes(), after: None, limit: MOST_LINES };
            let page = self.catalog.scan(scan).await?;
            let whole = page.len() < MOST_LINES;
            self.plan_log_files(page).await?;
            self.work_off_log_plans(witness, &mut run).await?;
            if whole {
                return Ok(run);
            }
        }
    }

    /// Groups lines into files. Their rows move from the lines to the plans in one commit.
    async fn plan_log_files(&self, page: Vec<Item>) -> Result<(), BucketError> {
        let mut groups: BTreeMap<Group, Vec<(Vec<u8>, Bytes, i64)>> = BTreeMap::new();
        for item in page {
            let line: LogLine = decode(&item.value)?;
            let source = key::log_line_source(&item.key)?;
            let day = match line.logging.naming {
                LogNaming::PartitionedByEventTime => Some(day_of(line.at)),
                LogNaming::Simple | LogNaming::PartitionedByDeliveryTime => None,
            };
            groups.entry((source, line.logging, day)).or_default().push((item.key, item.value, line.at));
        }
        for ((source, logging, day), lines) in groups {
            let loaded = match self.load(&source).await {
                Ok(loaded) => loaded,
                Err(BucketError::NoSuchBucket(_)) => {
                    // The bucket is gone, and with it whom the lines were for.
                    let forget = lines.iter().fold(Batch::new(), |batch, (at, ..)| batch.delete(at.clone()));
                    self.catalog.commit(forget).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let bucket = &loaded.bucket;
            let name = self.log_file_name(&logging, (&bucket.owner, &bucket.region, &bucket.name), day)?;
            let oldest = lines.iter().map(|(_, _, at)| *at).min().unwrap_or_else(|| self.now());
            let mut plan = LogPlan { target: logging.target, key: name, lines: Vec::new(), oldest };
            let id = crate::record::random_hex()?;
            let mut batch = Batch::new();
            for (number, (at, value, _)) in (0..).zip(lines) {
                let moved = key::planned_line(&id, number).into_bytes();
                batch = batch.delete(at).put(moved.clone(), value);
                plan.lines.push(moved);
            }
            self.catalog.commit(batch.put(key::log_plan(&source, &id), encode(&plan)?)).await?;
        }
        Ok(())
    }

    fn log_file_name(
        &self,
        logging: &Logging,
        (account, region, bucket): (&str, &str, &str),
        day: Option<time::Date>,
    ) -> Result<String, BucketError> {
        let now = self.time();
        let form = format_description!("[year]-[month]-[day]-[hour]-[minute]-[second]");
        let unique = crate::record::random_hex()?.to_uppercase();
        let unique = unique.get(..16).unwrap_or_default();
        let prefix = &logging.prefix;
        Ok(match logging.naming {
            LogNaming::Simple => format!("{prefix}{}-{unique}", now.format(form).unwrap_or_default()),
            LogNaming::PartitionedByEventTime | LogNaming::PartitionedByDeliveryTime => {
                let time = day.map_or(now, |day| day.midnight().assume_utc());
                let folders = time.format(format_description!("[year]/[month]/[day]")).unwrap_or_default();
                let time = time.format(form).unwrap_or_default();
                format!("{prefix}{account}/{region}/{bucket}/{folders}/{time}-{unique}")
            }
        })
    }

    async fn work_off_log_plans(
        &self,
        witness: &dyn Witness,
        run: &mut AccessLogRun,
    ) -> Result<(), BucketError> {
        let mut after = None;
        loop {
            let prefix = key::log_plans().into_bytes();
            let page = self.catalog.scan(Scan { prefix, after, limit: 100 }).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for item in page {
                let plan: LogPlan = decode(&item.value)?;
                let source = key::log_plan_source(&item.key)?;
                match self.put_log_file(&source, &plan, witness).await {
                    Ok(()) => run.delivered += 1,
                    Err(error @ BucketError::Internal(_)) => return Err(error),
                    Err(error) if self.now() - plan.oldest < PATIENCE => {
                        tracing::warn!(%error, code = error.code(), source, target = plan.target, "an access log file was refused; it will be tried again");
                        run.refused += 1;
                        continue;
                    }
                    Err(error) => {
                        tracing::warn!(%error, code = error.code(), source, target = plan.target, "access log lines were refused for a day and are dropped");
                        run.dropped += 1;
                    }
                }
                let batch = plan.lines.iter().fold(Batch::new(), |batch, at| batch.delete(at.clone()));
                self.catalog.commit(batch.delete(item.key)).await?;
            }
        }
    }

    /// Puts a file as the service, through the target's own rules.
    async fn put_log_file(
        &self,
        source: &str,
        plan: &LogPlan,
        witness: &dyn Witness,
    ) -> Result<(), BucketError> {
        let mut text = String::new();
        for at in &plan.lines {
            if let Some(entry) = self.catalog.get(at).await? {
                let line: LogLine = decode(&entry.value)?;
                text.push_str(&line.text);
            }
        }
        let owner = match self.load(source).await {
            Ok(loaded) => loaded.bucket.owner.clone(),
            Err(BucketError::NoSuchBucket(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut context = Context::new();
        context.set("aws:SourceArn", format!("arn:aws:s3:::{source}"));
        context.set("aws:SourceAccount", owner);
        context.set("aws:PrincipalIsAWSService", "true");
        context.set("aws:SecureTransport", "true");
        let caller = Caller::service(SERVICE, context);
        let resource = Resource::object(&plan.target, &plan.key);
        let place = self.describe(&plan.target).await?;
        let deed = Deed {
            name: "PutObject",
            by: Some(caller.clone()),
            bucket: plan.target.clone(),
            owner: place.owner,
            region: place.region,
            key: plan.key.clone(),
            version: None,
            parameters: Map::new(),
            because: json!({ "accessLogOf": source }),
        };
        let put = self.put_log_text(&caller, resource, Bytes::from(text));
        witnessed(witness, vec![deed], put).await
    }

    async fn put_log_text(
        &self,
        caller: &Caller,
        resource: Resource,
        bytes: Bytes,
    ) -> Result<(), BucketError> {
        let grant = self.authorize(caller, "s3:PutObject", resource, &Context::new()).await?;
        let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
        let put = PutObject {
            headers: Headers { content_type: Some("text/plain".to_owned()), ..Headers::default() },
            condition: PutCondition::SameOrAbsent { sha256: hex::encode(sha256) },
            ..PutObject::default()
        };
        let body = futures::stream::once(async move { Ok(bytes) }).boxed();
        self.put_object(&grant, put, body).await.map(drop)
    }
}

fn day_of(seconds: i64) -> time::Date {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).date()
}
