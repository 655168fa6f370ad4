//! Times and spans as people type them.

use anyhow::{Result, anyhow};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]");
const SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

/// `2026-03-10T00:00:00Z`, with another offset, without one (then UTC), or a date.
pub(crate) fn moment(text: &str) -> Result<OffsetDateTime> {
    let text = text.trim();
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(at);
    }
    let bare = text.strip_suffix('Z').unwrap_or(text).replacen(' ', "T", 1);
    if let Ok(date) = Date::parse(&bare, DATE) {
        return Ok(PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc());
    }
    [MINUTE, SECOND]
        .iter()
        .find_map(|format| PrimitiveDateTime::parse(&bare, format).ok())
        .map(PrimitiveDateTime::assume_utc)
        .ok_or_else(|| anyhow!("{text:?} is no time; write 2026-03-10T00:00:00Z or 2026-03-10"))
}

/// `30d`, `12h`, `90m`, `4w`.
pub(super) fn span(text: &str) -> Result<Duration> {
    let refused = || anyhow!("{text:?} is no span; write 30d, 12h, 90m or 4w");
    let text = text.trim();
    let unit = text.chars().last().ok_or_else(refused)?;
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: i64 = number.parse().map_err(|_| refused())?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(refused()),
    };
    let whole = number.checked_mul(seconds).filter(|s| (1..=86_400 * 36_500).contains(s));
    whole.map(Duration::seconds).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn reads_what_people_type() {
        for (typed, meant) in [
            ("2026-03-10", datetime!(2026-03-10 00:00 UTC)),
            ("2026-03-10T01:02:03Z", datetime!(2026-03-10 01:02:03 UTC)),
            ("2026-03-10T01:02:03+02:00", datetime!(2026-03-09 23:02:03 UTC)),
            ("2026-03-10 01:02", datetime!(2026-03-10 01:02 UTC)),
        ] {
            assert_eq!(moment(typed).unwrap(), meant, "{typed}");
        }
        assert!(moment("yesterday").is_err());
        assert_eq!(span("30d").unwrap(), Duration::days(30));
        assert_eq!(span("2w").unwrap(), Duration::weeks(2));
        for bad in ["", "d", "30", "-1d", "0h", "9999999999999999d", "1y", "1dd"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
