//! Reading the key of a delivered object back: whose it is, what it is, and when it was delivered. The inverse of
//! [`crate::layout`].
//!
//! Source: CloudTrail user guide, "CloudTrail log file name format" and "CloudTrail digest file structure".

use crate::stamp;
use time::OffsetDateTime;

/// The folder of log files.
pub const LOG_FOLDER: &str = "CloudTrail";
/// The folder of digests.
pub const DIGEST_FOLDER: &str = "CloudTrail-Digest";

/// What a key says of its object. It is only what the name claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered<'a> {
    /// The part before `AWSLogs/`, without its last slash; empty for none.
    pub prefix: &'a str,
    /// `o-…` in an organization's layout.
    pub organization: Option<&'a str>,
    /// Twelve digits.
    pub account: &'a str,
    /// The Region of the records.
    pub region: &'a str,
    /// Log file or digest.
    pub kind: DeliveredKind<'a>,
    /// A log file's delivery time, to the minute; a digest's end time, to the second.
    pub stamp: OffsetDateTime,
}

/// What kind of object a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveredKind<'a> {
    /// A log file.
    Log,
    /// A digest.
    Digest {
        /// The trail's name.
        trail: &'a str,
        /// The trail's home Region.
        home_region: &'a str,
        /// Whether it lists log files that came too late for their own hour's digest.
        backfill: bool,
    },
}

impl<'a> Delivered<'a> {
    /// Reads `key`; `None` when CloudTrail would not have named a log file or digest so: other folders, another
    /// account or Region in the file's name than in its folders, a date folder that is not the stamp's.
    pub fn parse(key: &'a str) -> Option<Self> {
        let mut parts = key.rsplitn(8, '/');
        let file = parts.next()?;
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, folder, account) = (parts.next()?, parts.next()?, parts.next()?);
        let (prefix, organization) = above_account(parts.next()?)?;
        if !is_account_id(account) {
            return None;
        }
        let rest = file.strip_suffix(".json.gz")?.strip_prefix(account)?.strip_prefix('_')?;
        let rest = rest.strip_prefix(folder)?.strip_prefix('_')?.strip_prefix(region)?.strip_prefix('_')?;
        let (kind, stamp) = match folder {
            LOG_FOLDER => (DeliveredKind::Log, log_stamp(rest)?),
            DIGEST_FOLDER => digest_name(rest)?,
            _ => return None,
        };
        let folders = stamp::folders(stamp);
        let mut of_stamp = folders.split('/');
        let same_day =
            of_stamp.next() == Some(year) && of_stamp.next() == Some(month) && of_stamp.next() == Some(day);
        same_day.then_some(Self { prefix, organization, account, region, kind, stamp })
    }
}

/// Whether this is an account id: twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is an organization id: `o-` and 10 to 32 lower-case letters and digits.
pub fn is_organization_id(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    })
}

/// `[prefix/]AWSLogs[/o-id]` as prefix and organization.
fn above_account(path: &str) -> Option<(&str, Option<&str>)> {
    let (root, organization) = match path.rsplit_once('/') {
        Some((root, last)) if is_organization_id(last) => (root, Some(last)),
        _ => (path, None),
    };
    let prefix = match root.strip_suffix("AWSLogs")? {
        "" => "",
        before => before.strip_suffix('/')?,
    };
    Some((prefix, organization))
}

fn log_stamp(rest: &str) -> Option<OffsetDateTime> {
    let (minute, unique) = rest.split_once('_')?;
    if unique.is_empty() || !unique.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    stamp::parse_basic_minutes(minute)
}

fn digest_name(rest: &str) -> Option<(DeliveredKind<'_>, OffsetDateTime)> {
    let (rest, backfill) = match rest.strip_suffix("_backfill") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (rest, second) = rest.rsplit_once('_')?;
    // Where a name was taken, it has 16 letters and digits more. No Region is called so.
    let is_unique = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let rest = match rest.rsplit_once('_') {
        Some((rest, unique)) if is_unique(unique) => rest,
        _ => rest,
    };
    let (trail, home_region) = rest.rsplit_once('_')?;
    if trail.is_empty() || home_region.is_empty() {
        return None;
    }
    Some((DeliveredKind::Digest { trail, home_region, backfill }, stamp::parse_basic(second)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Place;
    use time::macros::datetime;

    const AT: OffsetDateTime = datetime!(2026-02-03 04:05:06 UTC);

    #[test]
    fn reads_what_layout_writes() {
        for prefix in [None, Some("audit"), Some("a/AWSLogs/b")] {
            for organization in [None, Some("o-exampleorgid")] {
                let place = Place { prefix, organization, account: "111122223333", region: "us-gov-east-1" };
                let key = place.digest("main_trail", "us-east-1", AT);
                let read = Delivered::parse(&key).unwrap();
                let kind =
                    DeliveredKind::Digest { trail: "main_trail", home_region: "us-east-1", backfill: false };
                assert_eq!((read.prefix, read.organization), (prefix.unwrap_or(""), organization));
                assert_eq!((read.kind, read.stamp), (kind, AT));
                assert_eq!((read.account, read.region), ("111122223333", "us-gov-east-1"));
                let moved = place.moved_digest("main_trail", "us-east-1", "0123456789abcdef", AT);
                assert_ne!(moved, key);
                assert_eq!(Delivered::parse(&moved).unwrap(), read);
                let key = place.log_file(AT, "0123456789abcdef");
                let read = Delivered::parse(&key).unwrap();
                assert_eq!((read.kind, read.stamp), (DeliveredKind::Log, datetime!(2026-02-03 04:05 UTC)));
                let late = place.digest("t", "us-east-1", AT).replace(".json.gz", "_backfill.json.gz");
                assert!(matches!(
                    Delivered::parse(&late).unwrap().kind,
                    DeliveredKind::Digest { backfill: true, .. }
                ));
            }
        }
    }

    #[test]
    fn refuses_what_cloudtrail_would_not_have_named_so() {
        let good = Place { prefix: None, organization: None, account: "111122223333", region: "eu-west-1" }
            .log_file(AT, "0123456789abcdef");
        assert!(Delivered::parse(&good).is_some());
        for (from, to) in [
            (".json.gz", ".json"),
            ("/03/", "/04/"),
            ("111122223333_", "111122223334_"),
            ("_eu-west-1_", "_eu-west-2_"),
            ("AWSLogs", "AwsLogs"),
            ("T0405Z", "T2505Z"),
            ("_0123456789abcdef", ""),
            ("_0123456789abcdef", "_0123/abcdef"),
            ("AWSLogs/1", "xAWSLogs/1"),
            ("CloudTrail/", "CloudTrail-Insight/"),
            ("111122223333/", "11112222333/"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_eq!(Delivered::parse(&bad), None, "{bad}");
        }
        assert_eq!(Delivered::parse(""), None);
        assert_eq!(Delivered::parse("////////////"), None);
    }
}
