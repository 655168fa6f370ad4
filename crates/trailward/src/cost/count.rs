//! A day of an archive, counted.

use crate::archive::delivered_between;
use crate::report::visible;
use anyhow::Result;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use time::OffsetDateTime;
use trailward_archive::find::{Scope, Wanted, find};
use trailward_archive::range::Range;
use trailward_archive::source::Source;
use trailward_archive::unpack::{MOST_PACKED_BYTES, Unpacker};
use trailward_guard::cost::Day;

/// The most bytes a log file may unpack to.
const MOST_UNPACKED: usize = 256 << 20;

/// Where each management event was first seen: the number of the source and prefix.
type Seen = HashMap<u128, usize>;

#[derive(Deserialize)]
struct LogFile<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(rename = "eventID", default)]
    event_id: Option<Cow<'a, str>>,
    #[serde(default)]
    event_source: Option<Cow<'a, str>>,
    #[serde(default)]
    event_category: Option<Cow<'a, str>>,
    #[serde(default)]
    management_event: Option<bool>,
    #[serde(default)]
    recipient_account_id: Option<Cow<'a, str>>,
    #[serde(default)]
    resources: Option<Vec<Resource<'a>>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(rename = "type", default)]
    kind: Option<Cow<'a, str>>,
}

/// Counts what was delivered from `start` to `end`.
pub(super) async fn day(
    sources: &[Arc<dyn Source>],
    start: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<Day> {
    let mut day = Day::default();
    let mut seen = Seen::new();
    let mut unpacker = Unpacker::default();
    let mut roots: Vec<(usize, String)> = Vec::new();
    let wanted = Wanted::default();
    let scope = Scope { wanted: &wanted, range: Range { start: Some(start), end: Some(end) }, now: end };
    for (number, source) in sources.iter().enumerate() {
        let found = find(source, number, scope).await?;
        for noted in found.noted {
            tracing::warn!("{} is not counted: {}", visible(&noted.folder), visible(&noted.why));
        }
        for place in &found.places {
            let root = (number, place.prefix.clone());
            let at = roots.iter().position(|known| *known == root).unwrap_or_else(|| {
                roots.push(root);
                roots.len() - 1
            });
            for folder in ["CloudTrail", "CloudTrail-Digest"] {
                for listed in delivered_between(source.as_ref(), place, folder, start, end).await? {
                    day.objects += 1;
                    day.bytes += listed.size;
                    if folder == "CloudTrail" {
                        let object = source.get(&listed.key, MOST_PACKED_BYTES).await?;
                        match unpacker.content(&object.bytes, MOST_UNPACKED) {
                            Ok(text) => {
                                day.unpacked += u64::try_from(text.len()).unwrap_or_default();
                                count(&text, at, &mut seen, &mut day, &listed.key);
                            }
                            Err(error) => skip(&mut day, &listed.key, &error.to_string()),
                        }
                    }
                }
            }
        }
    }
    Ok(day)
}

fn count(text: &[u8], at: usize, seen: &mut Seen, day: &mut Day, key: &str) {
    let file: LogFile<'_> = match serde_json::from_slice(text) {
        Ok(file) => file,
        Err(error) => return skip(day, key, &error.to_string()),
    };
    for record in file.records {
        match record.event_category.as_deref() {
            Some("Data") => *day.data.entry(kind(&record)).or_default() += 1,
            Some("NetworkActivity") => day.network_activity += 1,
            // Records from before there were categories.
            None if record.management_event == Some(false) => {
                *day.data.entry(kind(&record)).or_default() += 1;
            }
            Some("Management") | None => managed(&record, at, seen, day),
            Some(_) => day.other += 1,
        }
    }
}

fn skip(day: &mut Day, key: &str, why: &str) {
    day.unreadable += 1;
    tracing::warn!("the events of {key} are not counted: {why}");
}

/// A management event: the first of its id in an account is free.
fn managed(record: &Record<'_>, at: usize, seen: &mut Seen, day: &mut Day) {
    let id = record.event_id.as_deref().and_then(|id| u128::from_str_radix(&id.replace('-', ""), 16).ok());
    let account =
        record.recipient_account_id.as_deref().and_then(|id| id.parse::<u128>().ok()).unwrap_or_default();
    // The same event in another account is that account's first copy. Accounts have fewer than 2^40 numbers.
    let own = id.map(|id| id ^ account.rotate_left(64));
    let Some(own) = own else {
        day.management += 1;
        return;
    };
    match seen.get(&own) {
        None => {
            day.management += 1;
            seen.insert(own, at);
        }
        Some(first) if *first == at => day.repeats += 1,
        Some(_) => day.management_copies += 1,
    }
}

fn kind(record: &Record<'_>) -> String {
    let source = record.event_source.as_deref().unwrap_or("unknown");
    let kinds = record.resources.as_deref().unwrap_or_default();
    match kinds.iter().find_map(|resource| resource.kind.as_deref()) {
        Some(kind) => format!("{source} {kind}"),
        None => source.to_owned(),
    }
}
