//! Checking one log file that a digest lists.

use super::Run;
use super::binding::Origin;
use super::digest::hash_bytes;
use super::doubt::Doubt;
use crate::find::Place;
use crate::report::{Checked, Kind, Span};
use crate::source::SourceError;
use crate::unpack::{Broken, MOST_PACKED_BYTES};
use std::sync::Arc;
use trailward_digest::{ListedLog, Reason, Verdict};

/// The most unpacked bytes of a log file whose records are counted for a finding.
const MOST_COUNTED: usize = 64 << 20;

/// A log file to check.
pub(super) struct Job {
    pub(super) place: Place,
    pub(super) trail: Arc<str>,
    pub(super) origin: Arc<Origin>,
    pub(super) span: Span,
    pub(super) log: ListedLog,
    /// Its size, where a listing shows it.
    pub(super) size: Option<u64>,
}

/// Checks a log file. `None` says that it is what was delivered.
pub(super) async fn check(run: &Run, job: Job) -> Option<Verdict> {
    let mut sizes = (0, 0);
    let at = run.bindings.locate(&job.place, &job.origin, &job.log.s3_bucket, &job.log.s3_object);
    let doubt = inspect(run, &job, at.as_ref(), &mut sizes).await.err();
    run.count(|counts| {
        counts.logs += 1;
        counts.logs_valid += u64::from(doubt.is_none());
        counts.bytes += sizes.0;
        counts.unpacked += sizes.1;
    });
    run.observer.checked(&Checked {
        kind: Kind::Log,
        bucket: job.log.s3_bucket.clone(),
        key: job.log.s3_object.clone(),
        reason: doubt.as_ref().map(|doubt| doubt.reason),
        remembered: false,
        bytes: sizes.0,
        unpacked: sizes.1,
    });
    let doubt = doubt?;
    let object = match at.map(|(number, key)| run.uri(number, &key)) {
        Some(uri) => uri,
        None => format!("s3://{}/{}", job.log.s3_bucket, job.log.s3_object),
    };
    let verdict = doubt.verdict;
    run.collector.add(doubt.finding(&job.place, &job.trail, object, job.span));
    Some(verdict)
}

async fn inspect(
    run: &Run,
    job: &Job,
    at: Option<&(usize, String)>,
    sizes: &mut (u64, u64),
) -> Result<(), Doubt> {
    let Some((source, key)) = at.and_then(|(number, key)| Some((run.sources.get(*number)?, key))) else {
        return Err(Doubt::new(
            Reason::LogMissing,
            format!("it lies in bucket {}, which is not among the sources", job.log.s3_bucket),
        ));
    };
    let Some(wanted) = hash_bytes(&job.log.hash_value).filter(|_| job.log.hash_algorithm == "SHA-256") else {
        return Err(Doubt::new(
            Reason::LogUnreadable,
            format!("its digest gives no SHA-256 hash ({})", job.log.hash_algorithm),
        ));
    };
    let _get = run.gets.acquire().await;
    let most = u32::try_from(super::BUDGET_KIB).unwrap_or(u32::MAX);
    let kibibytes = u32::try_from(job.size.unwrap_or(64 << 10) >> 10).unwrap_or(most).clamp(1, most);
    let _budget = run.budget.acquire_many(kibibytes).await;
    let object = source.get(key, MOST_PACKED_BYTES).await.map_err(|error| match error {
        SourceError::NotFound(_) => {
            Doubt::new(Reason::LogMissing, "a digest with a good signature lists it, and it is not there")
        }
        _ => Doubt::unread(Reason::LogUnreadable, &error),
    })?;
    sizes.0 = object.bytes.len() as u64;
    let unpacked = run.unpacking(|unpacker| unpacker.hash(&object.bytes)).map_err(|broken| match broken {
        Broken::Trailing(_) => Doubt::new(Reason::LogTrailingBytes, broken.to_string()),
        Broken::NotGzip(_) | Broken::TooLarge(_) => Doubt::altered(Reason::LogUnreadable, broken.to_string()),
    })?;
    sizes.1 = unpacked.size;
    if unpacked.hash == wanted {
        return Ok(());
    }
    let content = run.unpacking(|unpacker| unpacker.content(&object.bytes, MOST_COUNTED));
    Err(Doubt {
        records: content.ok().and_then(|content| records(&content)),
        ..Doubt::new(
            Reason::LogAltered,
            format!("its SHA-256 is {}, its digest says {}", hex::encode(unpacked.hash), job.log.hash_value),
        )
    })
}

/// How many records a log file has; `None` when it is not one.
fn records(content: &[u8]) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct File<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<&'a serde_json::value::RawValue>,
    }
    serde_json::from_slice::<File<'_>>(content).ok().map(|file| file.records.len() as u64)
}
