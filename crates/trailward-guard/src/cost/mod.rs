//! What a trail costs a month, estimated from a day of its archive. An estimate: list prices, no free tiers, no discounts,
//! and every day taken to be like this one.
//!
//! Counting is the caller's part, so that this needs no archive; [`estimate`] is a pure function.

mod control;
mod lifecycle;
mod prices;

pub use control::with_control;
pub use lifecycle::{Lifecycle, Stage};
pub use prices::{BUILT_IN, Events, InvalidPrices, Logs, Prices, Requests, Standing};

use serde::Serialize;
use std::collections::BTreeMap;

/// Days of a month, on average.
const MONTH: f64 = 30.4;
const GB: f64 = 1_073_741_824.0;
/// Copies below this part of all management events are taken for strays.
const STRAY: f64 = 0.01;
/// Repeats below this part are taken for events that CloudTrail delivers twice, as it does when a trail is changed; a
/// second trail repeats far more.
const OWN_REPEATS: f64 = 0.2;

/// A day of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// Different management events.
    pub management: u64,
    /// Management events that were delivered once more, to another place.
    pub management_copies: u64,
    /// Management events that were delivered once more to the same place: by CloudTrail's own doing, or by a second trail
    /// with the same bucket and prefix.
    pub repeats: u64,
    /// Data events by service and type of resource, each copy.
    pub data: BTreeMap<String, u64>,
    /// Network activity events, each copy.
    pub network_activity: u64,
    /// Insights and whatever else is free to be delivered.
    pub other: u64,
    /// Log files and digests.
    pub objects: u64,
    /// Their bytes as stored.
    pub bytes: u64,
    /// Bytes of the log files that could be read, unpacked.
    pub unpacked: u64,
    /// Log files that could not be read, and whose events are missing here.
    pub unreadable: u64,
}

/// A month.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// What it is, and what is not in it: said with every form of it.
    pub note: &'static str,
    /// The day it rests on.
    pub day: Day,
    /// When the prices were last compared with AWS's.
    pub prices_as_of: String,
    /// What is paid for, dearest first.
    pub lines: Vec<Line>,
    /// All together, US dollars a month.
    pub total: f64,
    /// What to look at.
    pub flags: Vec<String>,
}

/// One thing that is paid for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// What.
    pub what: String,
    /// How much of it a month, in words.
    pub amount: String,
    /// US dollars a month.
    pub dollars: f64,
}

const NOTE: &str = "An estimate: list prices without free tiers and discounts, every day taken to be like this one. Requests \
                    to KMS, CloudWatch Logs, Insights and reading the archive are not in it.";

/// Estimates a month. Storage is that of the `months`th month, with the lifecycle in force from the start.
#[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^52")]
pub fn estimate(day: &Day, lifecycle: &Lifecycle, prices: &Prices, months: u32) -> Estimate {
    let mut lines = Vec::new();
    let mut line = |what: String, amount: String, dollars: f64| {
        if dollars > 0.0 {
            lines.push(Line { what, amount, dollars });
        }
    };
    let mut events = |what: String, count: u64, price: f64| {
        let month = count as f64 * MONTH;
        line(what, format!("{month:.0} events"), month / 100_000.0 * price);
    };
    let whole = (day.management as f64).max(1.0);
    let repeats = if day.repeats as f64 / whole > OWN_REPEATS { day.repeats } else { 0 };
    let copies = day.management_copies + repeats;
    events("second copies of management events".to_owned(), copies, prices.events.management_copy);
    for (kind, count) in &day.data {
        events(format!("data events of {kind}"), *count, prices.events.data);
    }
    events("network activity events".to_owned(), day.network_activity, prices.events.network_activity);
    let objects = day.objects as f64 * MONTH;
    line(
        "putting log files and digests".to_owned(),
        format!("{objects:.0} requests"),
        objects / 1000.0 * prices.requests.put,
    );
    let mut flags = Vec::new();
    let small = day.objects > 0 && day.bytes / day.objects < lifecycle.smallest;
    let stages = lifecycle.stages(small);
    let age = f64::from(months) * MONTH;
    for stage in &stages {
        let days = (stage.until.map_or(age, f64::from).min(age) - f64::from(stage.from)).max(0.0);
        let stored = day.bytes as f64 * days / GB;
        let Some(price) = prices.storage.get(&stage.class) else {
            flags.push(format!("the table has no price for storage class {}: it is left out", stage.class));
            continue;
        };
        line(format!("storage in {}", stage.class), format!("{stored:.2} GB"), stored * price);
        if let Some(price) = prices.transition.get(&stage.class).filter(|_| stage.from > 0 && days > 0.0) {
            line(
                format!("transitions to {}", stage.class),
                format!("{objects:.0} objects"),
                objects / 1000.0 * price,
            );
        }
    }
    if small && !lifecycle.transitions.is_empty() {
        flags.push(format!(
            "the objects have {} bytes on average, and the lifecycle moves none below {}: they stay in STANDARD",
            day.bytes / day.objects.max(1),
            lifecycle.smallest
        ));
    }
    if day.unreadable > 0 {
        flags.push(format!("{} log files could not be read: their events are not counted", day.unreadable));
    }
    if lifecycle.expires.is_none() {
        flags.push("nothing expires: storage grows with every month".to_owned());
    }
    let part = copies as f64 / whole;
    if part > STRAY {
        flags.push(format!(
            "{:.0}% of the management events are delivered a second time, and paid for: another trail records the same",
            part * 100.0
        ));
    }
    lines.sort_by(|a, b| b.dollars.total_cmp(&a.dollars).then_with(|| a.what.cmp(&b.what)));
    Estimate {
        note: NOTE,
        day: day.clone(),
        prices_as_of: prices.as_of.clone(),
        total: lines.iter().map(|line| line.dollars).sum(),
        lines,
        flags,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(estimate: &Estimate, what: &str) -> f64 {
        estimate.lines.iter().find(|line| line.what == what).map_or(0.0, |line| line.dollars)
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 0.000_001
    }

    #[test]
    fn the_first_copy_is_free_and_the_second_is_flagged() {
        let prices = Prices::built_in().unwrap();
        let mut day = Day { management: 100_000, objects: 1000, bytes: 1 << 30, ..Day::default() };
        let forever = Lifecycle::default();
        let one = estimate(&day, &forever, &prices, 1);
        assert!(near(dollars(&one, "putting log files and digests"), 30.4 * 0.005), "{one:?}");
        assert!(near(dollars(&one, "storage in STANDARD"), 30.4 * 0.023), "{one:?}");
        assert_eq!(one.lines.len(), 2);
        assert!(one.flags.iter().any(|flag| flag.contains("nothing expires")), "{:?}", one.flags);
        day.management_copies = 500;
        assert!(!estimate(&day, &forever, &prices, 1).flags.iter().any(|flag| flag.contains("second time")));
        day.management_copies = 100_000;
        day.data.insert("s3.amazonaws.com AWS::S3::Object".to_owned(), 1_000_000);
        let two = estimate(&day, &forever, &prices, 1);
        assert!(near(dollars(&two, "second copies of management events"), 30.4 * 2.0), "{two:?}");
        let data = dollars(&two, "data events of s3.amazonaws.com AWS::S3::Object");
        assert!(near(data, 30.4), "{two:?}");
        assert!(two.flags.iter().any(|flag| flag.starts_with("100% of the management")), "{:?}", two.flags);
        day.management_copies = 0;
        for (repeats, flagged) in [(10_000, false), (90_000, true)] {
            day.repeats = repeats;
            let flags = estimate(&day, &forever, &prices, 1).flags;
            assert_eq!(
                flags.iter().any(|flag| flag.contains("second time")),
                flagged,
                "{repeats}: {flags:?}"
            );
        }
        assert!(near(two.total, two.lines.iter().map(|line| line.dollars).sum()));
    }

    #[test]
    fn the_lifecycle_moves_large_objects_and_ends_them_all() {
        let prices = Prices::built_in().unwrap();
        let lifecycle = Lifecycle {
            transitions: vec![(90, "GLACIER".to_owned()), (30, "STANDARD_IA".to_owned())],
            expires: Some(365),
            ..Lifecycle::default()
        };
        let large = Day { objects: 1000, bytes: 1 << 30, ..Day::default() };
        let found = estimate(&large, &lifecycle, &prices, 24);
        for (class, days, price) in
            [("STANDARD", 30.0, 0.023), ("STANDARD_IA", 60.0, 0.0125), ("GLACIER", 275.0, 0.0036)]
        {
            let line = dollars(&found, &format!("storage in {class}"));
            assert!(near(line, days * price), "{class} {found:?}");
        }
        assert!(dollars(&found, "transitions to GLACIER") > 0.0 && found.flags.is_empty(), "{found:?}");
        let small = Day { objects: 1_000_000, bytes: 1 << 30, ..Day::default() };
        let found = estimate(&small, &lifecycle, &prices, 24);
        assert!(near(dollars(&found, "storage in STANDARD"), 365.0 * 0.023), "{found:?}");
        assert!(found.flags.iter().any(|flag| flag.contains("stay in STANDARD")), "{found:?}");
    }

    #[test]
    fn a_table_is_understood_or_refused() {
        let text = include_str!("prices.toml");
        let refused = |from: &str, to: &str| Prices::parse(&text.replace(from, to)).unwrap_err();
        assert_eq!(refused("version = 2", "version = 1"), InvalidPrices::Version(1));
        assert!(matches!(refused("put = 0.005", "put = -1.0"), InvalidPrices::Price(_)));
        assert!(matches!(refused("put = 0.005", "puts = 1.0"), InvalidPrices::Form(_)));
        assert!(matches!(refused("[events]", "[event]"), InvalidPrices::Form(_)));
    }
}
