//! Which part of an archive is asked for, and the listings that see it and nothing else.

use crate::source::{Cursor, Listed, Page, Source, SourceError};
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset};

/// The most days that are listed one by one.
const MOST_DAYS: i64 = 400;

/// A range of delivery time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// From here on; `None` for the archive's beginning.
    pub start: Option<OffsetDateTime>,
    /// Until here; `None` for now.
    pub end: Option<OffsetDateTime>,
}

/// One listing: the keys that start with `prefix` and come after `after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The prefix.
    pub prefix: String,
    /// Where it begins.
    pub after: Option<String>,
    /// Where it may end: no key from here on is wanted.
    pub stop: Option<String>,
}

/// The pages of one listing, one after the other.
pub struct Pages<'a> {
    source: &'a dyn Source,
    prefix: String,
    stop: Option<String>,
    from: Option<Cursor>,
    done: bool,
}

impl<'a> Pages<'a> {
    /// Nothing is asked yet.
    pub fn new(source: &'a dyn Source, listing: Listing) -> Self {
        let Listing { prefix, after, stop } = listing;
        Self { source, prefix, stop, from: after.map(Cursor::After), done: false }
    }

    /// The next page's objects, none of them beyond the listing's end; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<Listed>>, SourceError> {
        if self.done {
            return Ok(None);
        }
        let Page { mut objects, next } = self.source.list(&self.prefix, self.from.as_ref()).await?;
        let seen = objects.len();
        if let Some(stop) = &self.stop {
            objects.retain(|object| object.key.as_str() < stop.as_str());
        }
        self.done = next.is_none() || objects.len() < seen;
        self.from = next;
        Ok(Some(objects))
    }
}

/// How finely a range is cut into listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A listing a day: few places, and listing them side by side saves time.
    Days,
    /// A listing a month: many places, and every listing is a request.
    Months,
}

/// The listings that see the days from `range.start` to `range.end` plus `margin` below `base`, which ends in `/`, and no
/// other day. `now` bounds a range without an end.
pub fn listings(base: &str, range: &Range, margin: Duration, now: OffsetDateTime, cut: Cut) -> Vec<Listing> {
    let last = range.end.map(|end| day(end.saturating_add(margin)));
    let stop = last.and_then(Date::next_day).map(|next| format!("{base}{}", folder(next)));
    let whole = |after: Option<String>| vec![Listing { prefix: base.to_owned(), after, stop: stop.clone() }];
    let Some(first) = range.start.map(day) else {
        // From the beginning: there is nothing to cut by, and what lies behind the end is found out by its name.
        return whole(None);
    };
    let until = last.unwrap_or_else(|| day(now.saturating_add(Duration::days(1))));
    if until < first {
        return Vec::new();
    }
    let days = (until - first).whole_days() + 1;
    if days > MOST_DAYS * 10 {
        return whole(Some(format!("{base}{}", folder(first))));
    }
    let mut listings = Vec::new();
    let mut at = first;
    while at <= until {
        let month_end = last_of_month(at);
        let rest_of_month = month_end <= until || last.is_none();
        let by_month = (cut == Cut::Months || days > MOST_DAYS) && rest_of_month;
        if by_month {
            let prefix = format!("{base}{:04}/{:02}/", at.year(), u8::from(at.month()));
            let after = (at.day() > 1).then(|| format!("{base}{}", folder(at)));
            listings.push(Listing { prefix, after, stop: None });
        } else {
            listings.push(Listing { prefix: format!("{base}{}/", folder(at)), after: None, stop: None });
        }
        let done = if by_month { month_end } else { at };
        let Some(following) = done.next_day() else { break };
        at = following;
    }
    listings
}

fn day(at: OffsetDateTime) -> Date {
    at.to_offset(UtcOffset::UTC).date()
}

fn folder(day: Date) -> String {
    format!("{:04}/{:02}/{:02}", day.year(), u8::from(day.month()), day.day())
}

fn last_of_month(day: Date) -> Date {
    let length = Month::length(day.month(), day.year());
    day.replace_day(length).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn prefixes(start: OffsetDateTime, end: Option<OffsetDateTime>, cut: Cut) -> Vec<String> {
        let range = Range { start: Some(start), end };
        let now = datetime!(2026-03-10 12:00 UTC);
        listings("b/", &range, Duration::hours(2), now, cut)
            .into_iter()
            .map(|l| match l.after {
                Some(after) => format!("{} after {after}", l.prefix),
                None => l.prefix,
            })
            .collect()
    }

    #[test]
    fn sees_the_days_asked_for_and_no_others() {
        let (start, end) = (datetime!(2026-01-30 05:00 UTC), datetime!(2026-02-01 21:00 UTC));
        let days = ["b/2026/01/30/", "b/2026/01/31/", "b/2026/02/01/"];
        assert_eq!(prefixes(start, Some(end), Cut::Days), days);
        assert_eq!(
            prefixes(start, Some(end), Cut::Months),
            ["b/2026/01/ after b/2026/01/30", "b/2026/02/01/"]
        );
        // The margin reaches into the next day.
        let late = datetime!(2026-01-31 23:00 UTC);
        assert_eq!(prefixes(start, Some(late), Cut::Days), days);
        assert_eq!(
            prefixes(start, None, Cut::Months),
            ["b/2026/01/ after b/2026/01/30", "b/2026/02/", "b/2026/03/"]
        );
        assert_eq!(prefixes(datetime!(2026-03-09 0:00 UTC), None, Cut::Days).len(), 3);
        assert_eq!(
            listings("b/", &Range::default(), Duration::ZERO, end, Cut::Days),
            [Listing { prefix: "b/".into(), after: None, stop: None }]
        );
        let until = Range { start: None, end: Some(end) };
        assert_eq!(
            listings("b/", &until, Duration::hours(4), end, Cut::Days),
            [Listing { prefix: "b/".into(), after: None, stop: Some("b/2026/02/03".into()) }]
        );
        assert!(prefixes(end, Some(start), Cut::Days).is_empty());
        assert_eq!(prefixes(datetime!(1970-01-01 0:00 UTC), None, Cut::Months), ["b/ after b/1970/01/01"]);
    }
}
