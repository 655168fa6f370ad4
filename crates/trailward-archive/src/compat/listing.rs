//! The digests that the command would list.

use super::{Buckets, Scope, Stop};
use crate::source::Cursor;
use std::collections::VecDeque;
use time::{Duration, OffsetDateTime};
use trailward_model::stamp;

/// Keys of one range, oldest first.
#[derive(Debug, Default)]
pub(super) struct Listings {
    pub standard: VecDeque<String>,
    pub backfill: VecDeque<String>,
}

const BACKFILL: &str = "_backfill.json.gz";

/// The 16 characters that stand where a digest's time does.
pub(super) fn stamp_of(key: &str) -> String {
    let behind = if key.ends_with(BACKFILL) { BACKFILL.len() } else { ".json.gz".len() };
    let before: Vec<char> = key.chars().rev().skip(behind).take(16).collect();
    before.into_iter().rev().collect()
}

/// `[prefix/]AWSLogs/[org/]ACCOUNT/CloudTrail-Digest/REGION`.
fn folder(scope: &Scope) -> String {
    let prefix = scope.prefix.as_deref().filter(|p| !p.is_empty()).map(|p| format!("{p}/"));
    let organization = scope.organization.as_ref().map(|o| format!("{o}/"));
    format!(
        "{}AWSLogs/{}{}/CloudTrail-Digest/{}",
        prefix.unwrap_or_default(),
        organization.unwrap_or_default(),
        scope.account,
        scope.region
    )
}

fn name(scope: &Scope) -> String {
    format!("{}_CloudTrail-Digest_{}_{}_{}_", scope.account, scope.region, scope.trail, scope.home)
}

/// Whether `key` is a digest of this trail.
fn belongs(key: &str, folder: &str, name: &str) -> bool {
    let Some(rest) = key.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { return false };
    let parts: Vec<&str> = rest.splitn(4, '/').collect();
    let [year, month, day, file] = parts.as_slice() else { return false };
    let numbers = [year, month, day].iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let ending = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(".json.gz"));
    numbers && ending.is_some_and(|stamp| !stamp.is_empty() && !stamp.contains('\n'))
}

/// Lists `bucket` from the scope's start to an hour after `end`.
pub(super) async fn of(
    buckets: &mut Buckets<'_>,
    scope: &Scope,
    bucket: &str,
    end: OffsetDateTime,
) -> Result<Listings, Stop> {
    let (folder, name) = (folder(scope), name(scope));
    let before = scope.start - Duration::MINUTE;
    let marker = format!("{folder}/{}/{name}{}.json.gz", stamp::folders(before), stamp::basic(before));
    let mut from = Cursor::After(marker);
    let (first, last) = (stamp::basic(scope.start), stamp::basic(end + Duration::HOUR));
    let source = buckets.get(bucket).await.map_err(|error| Stop::call("GetBucketLocation", &error))?;
    let mut found = Listings::default();
    loop {
        let page = source.list(&folder, Some(&from)).await;
        let page = page.map_err(|error| Stop::call("ListObjects", &error))?;
        for object in page.objects {
            if !belongs(&object.key, &folder, &name) {
                continue;
            }
            let at = stamp_of(&object.key);
            if at > last {
                return Ok(found);
            }
            if at < first {
                continue;
            }
            let kind = if object.key.ends_with(BACKFILL) { &mut found.backfill } else { &mut found.standard };
            kind.push_back(object.key);
        }
        match page.next {
            Some(following) => from = following,
            None => return Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_counted_from_the_end() {
        assert_eq!(stamp_of("x_20260310T011732Z.json.gz"), "20260310T011732Z");
        assert_eq!(stamp_of("x_20260310T011732Z_backfill.json.gz"), "20260310T011732Z");
        assert_eq!(stamp_of("ä.json.gz"), "ä");
        assert!(belongs("f/2026/03/10/n_x.json.gz", "f", "n_"));
        assert!(!belongs("f/2026/03/a/n_x.json.gz", "f", "n_"));
        assert!(!belongs("fx/2026/03/10/n_x.json.gz", "f", "n_"));
    }
}
