//! Checking one log file that a digest lists.

use super::Run;
use super::binding::Origin;
use super::collect::remedy_of;
use super::digest::hash_bytes;
use crate::find::Place;
use crate::report::{Checked, Finding, Kind, Span};
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

struct Trouble {
    reason: Reason,
    verdict: Verdict,
    detail: String,
    needs: Option<String>,
    records: Option<u64>,
}

impl Trouble {
    fn new(reason: Reason, detail: String) -> Self {
        Self { reason, verdict: reason.verdict(), detail, needs: None, records: None }
    }

    fn altered(reason: Reason, detail: String) -> Self {
        Self { verdict: Verdict::Altered, ..Self::new(reason, detail) }
    }
}

/// Checks a log file. `None` says that it is what was delivered.
pub(super) async fn check(run: &Run, job: Job) -> Option<Verdict> {
    let mut sizes = (0, 0);
    let at = run.bindings.locate(&job.place, &job.origin, &job.log.s3_bucket, &job.log.s3_object);
    let trouble = inspect(run, &job, at.as_ref(), &mut sizes).await.err();
    run.count(|counts| {
        counts.logs += 1;
        counts.logs_valid += u64::from(trouble.is_none());
        counts.bytes += sizes.0;
        counts.unpacked += sizes.1;
    });
    run.observer.checked(&Checked {
        kind: Kind::Log,
        bucket: job.log.s3_bucket.clone(),
        key: job.log.s3_object.clone(),
        reason: trouble.as_ref().map(|trouble| trouble.reason),
        remembered: false,
        bytes: sizes.0,
        unpacked: sizes.1,
    });
    let trouble = trouble?;
    let object = match at.and_then(|(number, key)| run.sources.get(number).map(|s| s.uri(&key))) {
        Some(uri) => uri,
        None => format!("s3://{}/{}", job.log.s3_bucket, job.log.s3_object),
    };
    run.collector.add(Finding {
        reason: trouble.reason,
        verdict: trouble.verdict,
        account: Some(job.place.account),
        region: Some(job.place.region),
        trail: Some(job.trail.to_string()),
        object: Some(object),
        span: job.span,
        records: trouble.records,
        detail: trouble.detail,
        remedy: remedy_of(trouble.reason, trouble.verdict).to_owned(),
        needs: trouble.needs,
    });
    Some(trouble.verdict)
}

async fn inspect(
    run: &Run,
    job: &Job,
    at: Option<&(usize, String)>,
    sizes: &mut (u64, u64),
) -> Result<(), Trouble> {
    let Some((source, key)) = at.and_then(|(number, key)| Some((run.sources.get(*number)?, key))) else {
        return Err(Trouble::new(
            Reason::LogMissing,
            format!("it lies in bucket {}, which is not among the sources", job.log.s3_bucket),
        ));
    };
    let Some(wanted) = hash_bytes(&job.log.hash_value).filter(|_| job.log.hash_algorithm == "SHA-256") else {
        return Err(Trouble::new(
            Reason::LogUnreadable,
            format!("its digest gives no SHA-256 hash ({})", job.log.hash_algorithm),
        ));
    };
    let _get = run.gets.acquire().await;
    let most = u32::try_from(super::BUDGET_KIB).unwrap_or(u32::MAX);
    let kibibytes = u32::try_from(job.size.unwrap_or(64 << 10) >> 10).unwrap_or(most).clamp(1, most);
    let _budget = run.budget.acquire_many(kibibytes).await;
    let object = source.get(key, MOST_PACKED_BYTES).await.map_err(|error| match error {
        SourceError::NotFound(_) => Trouble::new(
            Reason::LogMissing,
            "a digest with a good signature lists it, and it is not there".into(),
        ),
        SourceError::TooLarge { .. } => Trouble::altered(Reason::LogUnreadable, error.to_string()),
        _ => Trouble { needs: error.needs(), ..Trouble::new(Reason::LogUnreadable, error.to_string()) },
    })?;
    sizes.0 = object.bytes.len() as u64;
    let unpacked = run.unpacking(|unpacker| unpacker.hash(&object.bytes)).map_err(|broken| match broken {
        Broken::Trailing(_) => Trouble::new(Reason::LogTrailingBytes, broken.to_string()),
        Broken::NotGzip(_) | Broken::TooLarge(_) => {
            Trouble::altered(Reason::LogUnreadable, broken.to_string())
        }
    })?;
    sizes.1 = unpacked.size;
    if unpacked.hash == wanted {
        return Ok(());
    }
    let content = run.unpacking(|unpacker| unpacker.content(&object.bytes, MOST_COUNTED));
    Err(Trouble {
        records: content.ok().and_then(|content| records(&content)),
        ..Trouble::new(
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
