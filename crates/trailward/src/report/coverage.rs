//! The coverage map, folded so that it can be read: days into weeks, rows that are all ok into a number.

use std::collections::BTreeMap;
use time::format_description::well_known::Iso8601;
use time::{Date, Duration};
use trailward_archive::report::{Coverage, DayState, Report};

/// One column: `days` days from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub first: Date,
    pub days: u16,
}

/// One account and Region.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub account: &'a str,
    pub region: &'a str,
    /// The worst state within each column; `None` where nothing was asked.
    pub cells: Vec<Option<DayState>>,
    pub worst: Option<DayState>,
}

/// The map.
#[derive(Debug)]
pub(super) struct Map<'a> {
    pub columns: Vec<Column>,
    pub rows: Vec<Row<'a>>,
    /// Rows that were left out: all ok, and others by their worst state.
    pub more_ok: usize,
    pub more_wrong: usize,
}

fn parsed(day: &str) -> Option<Date> {
    Date::parse(day, &Iso8601::DATE).ok()
}

/// How severe, for rows: *none* is worse than *incomplete* for the eye, but the order is the report's own.
fn worst(states: impl Iterator<Item = DayState>) -> Option<DayState> {
    states.max()
}

/// The columns for all days from the first to the last: as many days each as `most` columns need, whole weeks or four
/// weeks where that is enough.
fn columns(report: &Report, most: usize) -> Vec<Column> {
    let days = || report.coverage.iter().flat_map(|row| &row.days).filter_map(|day| parsed(&day.date));
    let (Some(first), Some(last)) = (days().min(), days().max()) else { return Vec::new() };
    let count = usize::try_from((last - first).whole_days()).unwrap_or(0) + 1;
    let each = [1, 7, 28].into_iter().find(|each| count.div_ceil(*each) <= most);
    let each = each.unwrap_or(count.div_ceil(most.max(1)));
    let (mut columns, mut at) = (Vec::new(), 0);
    while at < count {
        let days = u16::try_from(each.min(count - at)).unwrap_or(u16::MAX);
        let offset = Duration::days(i64::try_from(at).unwrap_or(0));
        columns.push(Column { first: first.checked_add(offset).unwrap_or(last), days });
        at += each;
    }
    columns
}

fn row<'a>(coverage: &'a Coverage, columns: &[Column]) -> Row<'a> {
    let states: BTreeMap<Date, DayState> =
        coverage.days.iter().filter_map(|day| Some((parsed(&day.date)?, day.state))).collect();
    let cell = |column: &Column| {
        let last = column.first.checked_add(Duration::days(i64::from(column.days) - 1)).unwrap_or(Date::MAX);
        worst(states.range(column.first..=last).map(|(_, state)| *state))
    };
    Row {
        account: &coverage.account,
        region: &coverage.region,
        cells: columns.iter().map(cell).collect(),
        worst: worst(coverage.days.iter().map(|day| day.state)),
    }
}

/// The map in at most `most_columns` and `most_rows`. When there are more rows, those with something wrong come first
/// in the choice; the order stays.
pub(super) fn map(report: &Report, most_columns: usize, most_rows: usize) -> Map<'_> {
    let columns = columns(report, most_columns);
    let all: Vec<Row<'_>> = report.coverage.iter().map(|coverage| row(coverage, &columns)).collect();
    let is_ok = |row: &Row<'_>| matches!(row.worst, None | Some(DayState::Ok));
    let wrong = all.iter().filter(|row| !is_ok(row)).count();
    let fits = all.len() <= most_rows;
    // A few rows that are ok show what the map looks like when nothing is wrong.
    let ok_shown = if fits {
        usize::MAX
    } else if wrong == 0 {
        most_rows.min(10)
    } else {
        0
    };
    let (mut rows, mut more_ok, mut more_wrong) = (Vec::new(), 0, 0);
    let (mut ok, mut bad) = (0, 0);
    for row in all {
        let (seen, most, more) = if is_ok(&row) {
            (&mut ok, ok_shown, &mut more_ok)
        } else {
            (&mut bad, most_rows, &mut more_wrong)
        };
        if *seen < most {
            *seen += 1;
            rows.push(row);
        } else {
            *more += 1;
        }
    }
    Map { columns, rows, more_ok, more_wrong }
}

/// The state's word.
pub(super) const fn word(state: DayState) -> &'static str {
    match state {
        DayState::Ok => "ok",
        DayState::None => "none",
        DayState::Incomplete => "incomplete",
        DayState::Altered => "altered",
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn large_archives_fold() {
        let mut report = sample::clean(50, 17, 90);
        report.coverage[400].days[50].state = DayState::Altered;
        let map = map(&report, 40, 30);
        assert_eq!(map.columns.len(), 13);
        assert_eq!((map.columns[0].days, map.columns[12].days), (7, 6));
        assert_eq!((map.rows.len(), map.more_ok, map.more_wrong), (1, 849, 0));
        assert_eq!(map.rows[0].cells[7], Some(DayState::Altered));
        assert_eq!(map.rows[0].cells[6], Some(DayState::Ok));
        let whole = super::map(&report, 120, 1000);
        assert_eq!((whole.columns.len(), whole.rows.len()), (90, 850));
        let long = sample::clean(1, 1, 365 * 7);
        assert!(super::map(&long, 50, 10).columns.len() <= 50);
    }
}
