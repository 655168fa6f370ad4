//! Looking for who changed what in an archive.

use crate::archive::delivered_between;
use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use trailward_archive::aws::configuration;
use trailward_archive::find::{Scope, Wanted, find};
use trailward_archive::open::{is_s3, open_bucket, open_directory};
use trailward_archive::range::Range;
use trailward_archive::source::Source;
use trailward_archive::unpack::{MOST_PACKED_BYTES, Unpacker};
use trailward_guard::apply::Applied;
use trailward_guard::drift::Trace;

/// The most log files that are read, the newest first.
const MOST_FILES: usize = 20_000;
/// Log files that are read side by side.
const SIDE_BY_SIDE: usize = 16;
/// The most bytes a log file may unpack to.
const MOST_UNPACKED: usize = 256 << 20;
/// How much later than the event its log file may come.
const LATE: Duration = Duration::minutes(30);

#[derive(Deserialize)]
struct LogFile<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(rename = "eventName", borrow, default)]
    name: Cow<'a, str>,
}

/// The archive that the control's trail delivers to.
pub(super) fn usual(applied: &Applied) -> String {
    let bucket = &applied.control.bucket;
    match bucket.prefix.as_str() {
        "" => format!("s3://{}", bucket.name),
        prefix => format!("s3://{}/{prefix}", bucket.name),
    }
}

/// Shows the archive's records since the apply to `trace`, the newest log files first, until everybody is known.
pub(super) async fn ask_archive(
    place: &str,
    applied: &Applied,
    now: OffsetDateTime,
    trace: &mut Trace,
) -> Result<()> {
    let source: Arc<dyn Source> = if is_s3(place) {
        open_bucket(place, &configuration().await).await?
    } else {
        open_directory(Path::new(place))?
    };
    let accounts = vec![applied.snapshot.account.clone()];
    let wanted = Wanted { accounts, regions: regions(applied), ..Wanted::default() };
    let range = Range { start: Some(trace.since()), end: Some(now) };
    let found = find(&source, 0, Scope { wanted: &wanted, range, now }).await?;
    let mut files = Vec::new();
    for at in found.places.iter().filter(|place| place.logs) {
        files.extend(delivered_between(source.as_ref(), at, "CloudTrail", trace.since(), now).await?);
    }
    files.sort_by_key(|file| std::cmp::Reverse(file.at));
    let left = files.split_off(files.len().min(MOST_FILES));
    let reading = files.into_iter().map(|file| {
        let source = source.clone();
        async move { (source.get(&file.key, MOST_PACKED_BYTES).await, file) }
    });
    let mut reading = futures::stream::iter(reading).buffered(SIDE_BY_SIDE);
    let mut unpacker = Unpacker::default();
    let names = trace.open();
    while let Some((object, file)) = reading.next().await {
        // A file that came later holds no earlier event than this, and everybody is known.
        if trace.open().is_empty() && trace.earliest().is_some_and(|earliest| file.at < earliest - LATE) {
            return Ok(());
        }
        let name = source.uri(&file.key);
        let object = object.with_context(|| format!("cannot read {name}"))?;
        let text =
            unpacker.content(&object.bytes, MOST_UNPACKED).with_context(|| format!("cannot read {name}"))?;
        let log: LogFile<'_> =
            serde_json::from_slice(&text).with_context(|| format!("{name} is no log file"))?;
        for record in log.records {
            let about = serde_json::from_str::<Named<'_>>(record.get());
            if about.is_ok_and(|about| names.contains(about.name.as_ref()))
                && let Ok(record) = serde_json::from_str::<Value>(record.get())
            {
                trace.see(&record, &name);
            }
        }
    }
    if let Some(noted) = found.noted.first().filter(|_| !trace.open().is_empty()) {
        trace.unreadable(&format!("{} was not searched: {}", source.uri(&noted.folder), noted.why));
    }
    if !left.is_empty() && !trace.open().is_empty() {
        trace.unreadable(&format!("the {} oldest log files since the apply were not read", left.len()));
    }
    Ok(())
}

/// Where calls that change the control's resources are recorded: in the trail's home Region, in the buckets', and, of global
/// services, in the first.
fn regions(applied: &Applied) -> Vec<String> {
    let snapshot = &applied.snapshot;
    let buckets = [&snapshot.bucket.region, &snapshot.access_log.region];
    let mut regions: Vec<String> = buckets.iter().filter_map(|region| region.present().cloned()).collect();
    regions.extend([applied.control.trail.region.clone(), "us-east-1".to_owned()]);
    regions.sort();
    regions.dedup();
    regions
}
