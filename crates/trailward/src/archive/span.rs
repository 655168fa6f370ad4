//! What an archive got in a span of time.

use anyhow::Result;
use time::{Duration, OffsetDateTime};
use trailward_archive::find::Place;
use trailward_archive::source::{Listed, Source};
use trailward_model::stamp;

/// An object, by what its listing says.
pub(crate) struct Delivered {
    /// Its key.
    pub key: String,
    /// Its bytes as stored.
    pub size: u64,
    /// When it was delivered, from its name.
    pub at: OffsetDateTime,
}

/// What a folder (`CloudTrail`, `CloudTrail-Digest`) of one account and Region got from `start` until before `end`; the time
/// is in the objects' names.
pub(crate) async fn delivered_between(
    source: &dyn Source,
    place: &Place,
    folder: &str,
    start: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<Vec<Delivered>> {
    let mut found = Vec::new();
    let mut date = start;
    loop {
        let folders = stamp::folders(date);
        let prefix = format!("{}{folders}/", place.base(folder));
        let mut from = None;
        loop {
            let page = source.list(&prefix, from.as_ref()).await?;
            let packed = page.objects.into_iter().filter(Listed::is_packed);
            found.extend(packed.filter_map(|object| {
                let at = delivered(&object.key)?;
                let inside = at >= start - Duration::minutes(1) && at < end;
                inside.then_some(Delivered { key: object.key, size: object.size, at })
            }));
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        if folders == stamp::folders(end) || date > end {
            return Ok(found);
        }
        date += Duration::days(1);
    }
}

/// When an object was delivered, from its name: `…_20260102T0304Z_…` or `…_20260102T030405Z.json.gz`.
fn delivered(key: &str) -> Option<OffsetDateTime> {
    let name = key.rsplit('/').next()?.strip_suffix(".json.gz")?;
    let parse = |part: &str| stamp::parse_basic_minutes(part).or_else(|| stamp::parse_basic(part));
    name.rsplit('_').take(2).find_map(parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_when() {
        let log = "AWSLogs/1/CloudTrail/us-east-1/2026/01/02/1_CloudTrail_us-east-1_20260102T0304Z_abcdEFGH.json.gz";
        assert_eq!(stamp::extended(delivered(log).unwrap()), "2026-01-02T03:04:00Z");
        let digest = "x/1_CloudTrail-Digest_us-east-1_main_us-east-1_20260102T030405Z.json.gz";
        assert_eq!(stamp::extended(delivered(digest).unwrap()), "2026-01-02T03:04:05Z");
        for other in ["", "x/readme.txt", "x/1_CloudTrail_us-east-1_2026_abc.json.gz"] {
            assert!(delivered(other).is_none(), "{other}");
        }
    }
}
