//! Whatever is done to a chain, a judgement without faults means that nothing was done, or nothing that shows (S2).

use crate::cases::{HOUR, asked, chain, claim, key};
use proptest::prelude::*;
use trailward_digest::judge::{Link, judge};

#[derive(Debug, Clone)]
enum Change {
    Remove(usize),
    Fail(usize),
    Shift(usize, i64),
    Relink(usize, i64),
    Restart(usize),
    Twin(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0_usize..24;
    prop_oneof![
        at.clone().prop_map(Change::Remove),
        at.clone().prop_map(Change::Fail),
        (at.clone(), -7200_i64..7200).prop_map(|(at, by)| Change::Shift(at, by)),
        (at.clone(), -2_i64..26).prop_map(|(at, to)| Change::Relink(at, to)),
        at.clone().prop_map(Change::Restart),
        at.prop_map(Change::Twin),
    ]
}

fn apply(links: &mut Vec<Link>, change: &Change) {
    let found = |at: usize| at % links.len().max(1);
    match *change {
        Change::Remove(at) if !links.is_empty() => {
            links.remove(found(at));
        }
        Change::Fail(at) => {
            let at = found(at);
            if let Some(link) = links.get_mut(at) {
                link.body = None;
            }
        }
        Change::Shift(at, by) => {
            let at = found(at);
            if let Some(body) = links.get_mut(at).and_then(|link| link.body.as_mut()) {
                body.start = (body.start + by).min(body.end);
            }
        }
        Change::Relink(at, to) => {
            let at = found(at);
            if let Some(body) = links.get_mut(at).and_then(|link| link.body.as_mut()) {
                body.previous = Some(claim(to));
            }
        }
        Change::Restart(at) => {
            let at = found(at);
            if let Some(body) = links.get_mut(at).and_then(|link| link.body.as_mut()) {
                body.previous = None;
            }
        }
        Change::Twin(at) => {
            let at = found(at);
            if let Some(mut twin) = links.get(at).cloned() {
                twin.key = format!("{}x", key(i64::try_from(at).unwrap()));
                links.insert(at + 1, twin);
            }
        }
        Change::Remove(_) => {}
    }
}

/// Whether every second from the first to the 24th hour lies in exactly one window of a digest that could be believed.
fn covers_once(links: &[Link]) -> bool {
    let mut windows: Vec<(i64, i64)> =
        links.iter().filter_map(|link| link.body.as_ref().map(|body| (body.start, body.end))).collect();
    windows.sort_unstable();
    windows.first().is_some_and(|(start, _)| *start <= 0)
        && windows.last().is_some_and(|(_, end)| *end >= 24 * HOUR)
        && windows.windows(2).all(|pair| pair[0].1 == pair[1].0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_fault_means_that_all_time_is_covered_once(changes in prop::collection::vec(change(), 0..4)) {
        let mut links = chain(0, 24);
        for change in &changes {
            apply(&mut links, change);
        }
        links.sort_by(|a, b| (a.stamp, a.body.is_none(), &a.key).cmp(&(b.stamp, b.body.is_none(), &b.key)));
        let failed = links.iter().any(|link| link.body.is_none());
        // The end is in the past by more than a digest may take.
        let asked = trailward_digest::judge::Asked { start: Some(0), end: Some(24 * HOUR), ..asked(40) };
        let judgement = judge(&links, &asked);
        if links.is_empty() {
            return Ok(());
        }
        if judgement.faults.is_empty() && !failed {
            prop_assert!(covers_once(&links), "no fault in {links:?}");
            let starts = links.iter().skip(1).filter_map(|link| link.body.as_ref());
            prop_assert!(starts.clone().all(|body| body.previous.is_some()), "a restart in {links:?}");
        }
        if changes.is_empty() {
            prop_assert_eq!(&judgement.faults, &vec![]);
        }
        for fault in judgement.faults {
            prop_assert!(fault.start.zip(fault.end).is_none_or(|(start, end)| start <= end), "{fault:?}");
        }
    }
}
