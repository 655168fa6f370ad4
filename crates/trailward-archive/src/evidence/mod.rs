//! A bundle for auditors: records, the log files they stand in, the digests that prove those, the public keys, the
//! report, and a shell script that checks all of it on a machine without Trailward.
//!
//! Everything in it is verified again while it is written: what the bundle says is checked by this program once, and by
//! the script as often as anybody likes.

mod condition;
mod gather;
mod pem;
mod tar;

pub use condition::{Condition, ConditionError};

use crate::keys::{Keys, KeysError};
use crate::report::{Finding, Kind, Observer, Report};
use crate::source::{Source, SourceError};
use crate::{Request, ValidateError, validate};
use gather::Gatherer;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tar::Bundle;
use time::OffsetDateTime;

const SCRIPT: &str = include_str!("verify.sh");
const README: &str = include_str!("readme.txt");

/// Why a bundle could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The archive could not be validated.
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// An object could not be read again.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The bundle could not be written.
    #[error("the bundle cannot be written: {0}")]
    Io(#[from] io::Error),
    /// An object is not what it was a moment ago.
    #[error("{object} changed while the bundle was written: {detail}")]
    Changed {
        /// Which.
        object: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Its key cannot stand in a bundle's index.
    #[error("the key {0:?} has characters that CloudTrail never writes")]
    Key(String),
}

/// What a bundle holds.
#[derive(Debug)]
pub struct Evidence {
    /// The validation that it rests on.
    pub report: Report,
    /// Digests in it.
    pub digests: usize,
    /// Log files in it.
    pub logs: usize,
    /// Records that matched.
    pub records: u64,
}

/// Which records are wanted.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Event time from here on.
    pub from: OffsetDateTime,
    /// Event time until here.
    pub to: OffsetDateTime,
    /// What they must say.
    pub condition: Condition,
}

/// The valid objects of a validation.
#[derive(Default)]
struct Valid {
    digests: Mutex<BTreeSet<String>>,
    logs: Mutex<BTreeSet<String>>,
    then: Option<Arc<dyn Observer>>,
}

impl Observer for Valid {
    fn found(&self, objects: u64) {
        self.then.iter().for_each(|then| then.found(objects));
    }

    fn checked(&self, object: &crate::report::Checked) {
        if object.reason.is_none() {
            let keys = if object.kind == Kind::Log { &self.logs } else { &self.digests };
            keys.lock().unwrap_or_else(PoisonError::into_inner).insert(object.key.clone());
        }
        self.then.iter().for_each(|then| then.checked(object));
    }

    fn finding(&self, finding: &Finding) {
        self.then.iter().for_each(|then| then.finding(finding));
    }
}

/// Validates what `request` names, which must have one source whose objects lie under their original keys, and writes
/// the bundle to `out`.
pub async fn evidence(
    request: Request,
    keys: &Keys,
    wish: &Wish,
    observer: Arc<dyn Observer>,
    out: &mut (dyn Write + Send),
) -> Result<Evidence, EvidenceError> {
    let source: Option<Arc<dyn Source>> = request.sources.first().map(Arc::clone);
    let now = request.now;
    let valid = Arc::new(Valid { then: Some(observer), ..Valid::default() });
    let report = validate(request, Arc::clone(&valid) as Arc<dyn Observer>).await?;
    let take = |keys: &Mutex<BTreeSet<String>>| {
        std::mem::take(&mut *keys.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let (digests, logs) = (take(&valid.digests), take(&valid.logs));
    let mut bundle = Bundle::new(out, "evidence", now);
    bundle.file("verify.sh", SCRIPT.as_bytes(), true)?;
    let mut counts = (0, 0, 0);
    if let Some(source) = source {
        let mut gatherer = Gatherer::new(&*source, keys, wish, &mut bundle);
        gatherer.digests(&digests, now).await?;
        gatherer.logs(&logs).await?;
        counts = gatherer.finish()?;
    }
    bundle.file("report.json", &serde_json::to_vec_pretty(&report).map_err(io::Error::from)?, false)?;
    bundle.file("README.txt", readme(&report, wish, counts).as_bytes(), false)?;
    bundle.finish()?;
    let (digests, logs, records) = counts;
    Ok(Evidence { report, digests, logs, records })
}

fn readme(report: &Report, wish: &Wish, (digests, logs, records): (usize, usize, u64)) -> String {
    let sources: Vec<&str> = report.sources.iter().map(|source| source.name.as_str()).collect();
    README
        .replace("{sources}", &sources.join(", "))
        .replace("{from}", &trailward_model::stamp::extended(wish.from))
        .replace("{to}", &trailward_model::stamp::extended(wish.to))
        .replace("{where}", wish.condition.text())
        .replace("{at}", &trailward_model::stamp::extended(report.at))
        .replace("{verdict}", &report.verdict.to_string())
        .replace("{digests}", &digests.to_string())
        .replace("{logs}", &logs.to_string())
        .replace("{records}", &records.to_string())
}
