//! Times as the command reads and writes them.

use super::Stop;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};
use trailward_model::stamp;

const BASIC_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");
const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const BASIC_TIMES: &[&[BorrowedFormatItem<'_>]] = &[
    format_description!("[hour][minute][second]"),
    format_description!("[hour][minute]"),
    format_description!("[hour]"),
];
const TIMES: &[&[BorrowedFormatItem<'_>]] = &[
    format_description!("[hour]:[minute]:[second].[subsecond]"),
    format_description!("[hour]:[minute]:[second]"),
    format_description!("[hour]:[minute]"),
    format_description!("[hour]"),
];

/// `2015-01-08T05:21:42Z`.
pub(super) fn shown(at: OffsetDateTime) -> String {
    stamp::extended(at)
}

/// A time as ISO 8601 spells it. The command takes what stands there for UTC, whatever zone follows.
pub(super) fn read(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = match text.trim().split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time.trim()),
        None => (text.trim(), ""),
    };
    let date = Date::parse(date, DATE).or_else(|_| Date::parse(date, BASIC_DATE)).ok()?;
    let time = time.strip_suffix(['Z', 'z']).unwrap_or(time);
    let time = time.split(['+', '-']).next().unwrap_or(time).trim();
    let time = match time {
        "" => Time::MIDNIGHT,
        time => TIMES.iter().chain(BASIC_TIMES).find_map(|format| Time::parse(time, format).ok())?,
    };
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

/// A time that was typed.
pub(super) fn typed(text: &str) -> Result<OffsetDateTime, Stop> {
    read(text).ok_or_else(|| unreadable(text))
}

/// The command's words for what it cannot read.
pub(super) fn unreadable(text: &str) -> Stop {
    Stop::words(format!("Unable to parse date value: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_usual_spellings() {
        for text in
            ["2026-03-10T01:17:32Z", "20260310T011732Z", "2026-03-10 01:17:32", "2026-03-10T01:17:32+05:00"]
        {
            assert_eq!(read(text).map(shown).as_deref(), Some("2026-03-10T01:17:32Z"), "{text}");
        }
        assert_eq!(read("2026-03-10").map(shown).as_deref(), Some("2026-03-10T00:00:00Z"));
        assert_eq!(read("yesterday"), None);
    }
}
