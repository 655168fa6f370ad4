//! What the control costs besides its archive: the key, the log group, alarms, Insights, and second copies.

use super::{Day, Estimate, GB, Line, MONTH, Prices};
use crate::account::Snapshot;
use crate::control::Control;
use crate::plan::selectors::records_management;
use crate::plan::watch;

/// How small CloudWatch Logs packs what it keeps.
///
/// SPEC "Amazon CloudWatch Pricing": 0.15 is its own examples' ratio.
const PACKED: f64 = 0.15;

const NOTE: &str = "An estimate: list prices without free tiers and discounts, every day taken to be like this one. Requests \
                    to KMS and reading the archive are not in it.";

/// The estimate of an archive's day, and what else the control costs. Names have to be filled in.
#[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^52")]
pub fn with_control(
    mut estimate: Estimate,
    control: &Control,
    snapshot: &Snapshot,
    prices: &Prices,
) -> Estimate {
    let day = estimate.day.clone();
    let mut line = |what: &str, amount: String, dollars: f64| {
        if dollars > 0.0 {
            estimate.lines.push(Line { what: what.to_owned(), amount, dollars });
        }
    };
    if control.key.enabled {
        line("the KMS key", "1 key".to_owned(), prices.standing.key);
    }
    if control.alarms.enabled {
        let count = watch::filters(control).count();
        let each = prices.standing.alarm + prices.standing.metric;
        line("alarms with their metrics", format!("{count} alarms"), count as f64 * each);
    }
    let events = day.management as f64 * MONTH;
    if control.log_group.enabled {
        let month = day.unpacked as f64 * MONTH / GB;
        let dollars = month * prices.logs.ingested;
        line("events taken in by CloudWatch Logs", format!("{month:.2} GB"), dollars);
        let kept = day.unpacked as f64 * f64::from(control.log_group.retention_days) / GB * PACKED;
        line("events kept by CloudWatch Logs", format!("{kept:.2} GB"), kept * prices.logs.stored);
    }
    let kinds = control.events.insights.len() as f64;
    let dollars = kinds * events / 100_000.0 * prices.events.insights;
    line("events that Insights looks at", format!("{:.0} events", kinds * events), dollars);
    estimate.flags.extend(second_copies(&day, snapshot, prices));
    estimate.lines.sort_by(|a, b| b.dollars.total_cmp(&a.dollars).then_with(|| a.what.cmp(&b.what)));
    estimate.total = estimate.lines.iter().map(|line| line.dollars).sum();
    estimate.note = NOTE;
    estimate
}

/// Running trails that record management events beside another: each but one in a Region is paid for.
#[expect(clippy::cast_precision_loss, reason = "counts of a day are far below 2^52")]
fn second_copies(day: &Day, snapshot: &Snapshot, prices: &Prices) -> Option<String> {
    let running = snapshot.trails().iter().filter(|trail| {
        let logging = trail.status.present().is_some_and(|status| status.logging);
        logging && trail.selectors.present().is_some_and(records_management)
    });
    let names: Vec<&str> = running.map(|trail| trail.arn.as_str()).collect();
    let copies = names.len().checked_sub(1).filter(|copies| *copies > 0)?;
    let dollars = copies as f64 * day.management as f64 * MONTH / 100_000.0 * prices.events.management_copy;
    Some(format!(
        "management events are recorded by {}: each copy after the first is paid for, up to ${dollars:.2} a month",
        names.join(" and by ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Fact, Selectors, Status, Trail};
    use crate::control::Insight;
    use crate::cost::{Lifecycle, estimate};

    #[test]
    fn what_stands_is_paid_for_without_an_event() {
        let prices = Prices::built_in().unwrap();
        let mut control = Control::default().names("111122223333", "us-east-1");
        control.events.insights = vec![Insight::CallRate, Insight::ErrorRate];
        let none = estimate(&Day::default(), &Lifecycle::default(), &prices, 12);
        let standing = with_control(none, &control, &Snapshot::default(), &prices);
        assert!((standing.total - 7.0).abs() < 1e-9, "{standing:?}");
        let day = Day { management: 100_000, unpacked: 1 << 30, objects: 1, bytes: 1, ..Day::default() };
        let busy = estimate(&day, &Lifecycle::default(), &prices, 12);
        let busy = with_control(busy, &control, &Snapshot::default(), &prices);
        let of = |what: &str| busy.lines.iter().find(|line| line.what.contains(what)).unwrap().dollars;
        assert!((of("Insights") - 2.0 * 30.4 * 0.35).abs() < 1e-9, "{busy:?}");
        assert!(
            (of("taken in") - 30.4 * 0.5).abs() < 1e-9 && (of("kept") - 365.0 * 0.15 * 0.03).abs() < 1e-9
        );
        assert!(!busy.flags.iter().any(|flag| flag.contains("copy after")), "{busy:?}");
    }

    #[test]
    fn a_second_trail_is_flagged() {
        let trail = |arn: &str, logging| Trail {
            arn: arn.into(),
            status: Fact::Present(Status { logging, ..Status::default() }),
            selectors: Fact::Present(Selectors::default()),
            ..Trail::default()
        };
        let prices = Prices::built_in().unwrap();
        let day = Day { management: 100_000, ..Day::default() };
        let of = |trails| {
            let snapshot = Snapshot { trails: Fact::Present(trails), ..Snapshot::default() };
            second_copies(&day, &snapshot, &prices)
        };
        assert_eq!(of(vec![trail("a", true), trail("b", false)]), None);
        let flag = of(vec![trail("a", true), trail("b", true)]).unwrap();
        assert!(flag.contains("a and by b") && flag.contains("$60.80"), "{flag}");
    }
}
