//! The spellings of time that AWS uses.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

const EXTENDED: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const EXTENDED_MILLIS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const BASIC: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
const BASIC_MINUTES: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute]Z");
const BASIC_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");
const FOLDERS: &[BorrowedFormatItem<'_>] = format_description!("[year]/[month]/[day]");
const SPOKEN: &[BorrowedFormatItem<'_>] = format_description!(
    "[month repr:short] [day padding:none], [year], [hour repr:12 padding:none]:[minute]:[second] [period]"
);

fn format(at: OffsetDateTime, items: &[BorrowedFormatItem<'_>]) -> String {
    // Fails only for years outside 0..=9999, which the clock and the parsers below never give.
    at.checked_to_offset(UtcOffset::UTC).and_then(|at| at.format(items).ok()).unwrap_or_default()
}

/// The same moment in UTC; `None` outside the years 0 to 9999, which nobody could write down.
pub fn in_utc(at: OffsetDateTime) -> Option<OffsetDateTime> {
    at.checked_to_offset(UtcOffset::UTC).filter(|at| (0..=9999).contains(&at.year()))
}

/// Reads a time as RFC 3339 spells it, with any offset. `None` also where it lies outside the years 0 to 9999 in UTC.
pub fn parse_rfc3339(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().and_then(in_utc)
}

/// Reads a time as HTTP's `Date` spells it (RFC 2822). `None` also where it lies outside the years 0 to 9999 in UTC.
pub fn parse_rfc2822(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc2822).ok().and_then(in_utc)
}

fn parse(text: &str, items: &[BorrowedFormatItem<'_>]) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, items).ok().map(PrimitiveDateTime::assume_utc)
}

/// `2026-11-21T08:30:00Z`: records, digests, IAM answers.
pub fn extended(at: OffsetDateTime) -> String {
    format(at, EXTENDED)
}

/// `2026-11-21T08:30:00.000Z`: S3 answers.
pub fn extended_millis(at: OffsetDateTime) -> String {
    format(at, EXTENDED_MILLIS)
}

/// Reads what [`extended`] writes.
pub fn parse_extended(text: &str) -> Option<OffsetDateTime> {
    parse(text, EXTENDED)
}

/// `20261121T083000Z`: signatures and digest names.
pub fn basic(at: OffsetDateTime) -> String {
    format(at, BASIC)
}

/// Reads what [`basic`] writes.
pub fn parse_basic(text: &str) -> Option<OffsetDateTime> {
    parse(text, BASIC)
}

/// `20261121T0830Z`: log file names.
pub fn basic_minutes(at: OffsetDateTime) -> String {
    format(at, BASIC_MINUTES)
}

/// Reads what [`basic_minutes`] writes.
pub fn parse_basic_minutes(text: &str) -> Option<OffsetDateTime> {
    parse(text, BASIC_MINUTES)
}

/// `20261121`: credential scopes.
pub fn basic_date(at: OffsetDateTime) -> String {
    format(at, BASIC_DATE)
}

/// `2026/11/21`: folders of delivered files.
pub fn folders(at: OffsetDateTime) -> String {
    format(at, FOLDERS)
}

/// `Nov 21, 2026, 8:30:00 AM`: how records of IAM and STS calls spell times in `responseElements`.
pub fn spoken(at: OffsetDateTime) -> String {
    format(at, SPOKEN)
}

/// Epoch seconds as awsJson spells them: a whole number, or three decimals.
pub fn epoch_seconds(at: OffsetDateTime) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay far below 2^53")]
    let millis = (at.unix_timestamp_nanos() / 1_000_000) as f64;
    millis / 1000.0
}

/// `at` without its fraction of a second.
pub fn whole_second(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(0).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn spells_times_as_aws_does() {
        let at = datetime!(2024-08-01 23:05:07.5 UTC);
        assert_eq!(extended(at), "2024-08-01T23:05:07Z");
        assert_eq!(extended_millis(at), "2024-08-01T23:05:07.500Z");
        assert_eq!(basic(at), "20240801T230507Z");
        assert_eq!(basic_minutes(at), "20240801T2305Z");
        assert_eq!(folders(at), "2024/08/01");
        assert_eq!(spoken(at), "Aug 1, 2024, 11:05:07 PM");
        assert!((epoch_seconds(at) - 1_722_553_507.5).abs() < 1e-9);
        assert_eq!(parse_basic("20240801T230507Z"), Some(whole_second(at)));
        assert_eq!(parse_extended("2024-02-30T00:00:00Z"), None);
        assert_eq!(parse_basic("20241301T000000Z"), None);
    }
}
