//! Walking CloudTrail's layout level by level: tree, organization, account, kind, Region, year, month.

use super::scan::scan;
use super::{Noted, ROOT, SKEW, Scope};
use crate::source::{Level, Odd, Source, SourceError};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use time::{Date, Month, UtcOffset};
use trailward_digest::Reason;
use trailward_model::delivered::{DIGEST_FOLDER, LOG_FOLDER, is_account_id, is_organization_id};
use trailward_model::is_region_name;

/// Listings that run side by side.
const SIDE_BY_SIDE: usize = 32;
/// The most folders that are looked into: a thousand accounts in twenty Regions for ten years.
const MOST_FOLDERS: usize = 1_000_000;

/// Whose files lie in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    /// The part of the keys before `AWSLogs/`.
    pub(super) prefix: String,
    pub(super) organization: Option<String>,
    pub(super) account: String,
}

impl Owner {
    /// The account's folder; ends in `/`.
    pub(super) fn folder(&self) -> String {
        match &self.organization {
            Some(organization) => format!("{}{ROOT}/{organization}/{}/", self.prefix, self.account),
            None => format!("{}{ROOT}/{}/", self.prefix, self.account),
        }
    }
}

/// An account's Region in a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ground {
    pub(super) owner: Owner,
    pub(super) region: String,
}

/// What a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot {
    /// Where the search begins, above any tree: the folder is seen before anything in it is listed.
    Top,
    /// No part of CloudTrail's layout. `strict` where CloudTrail alone writes.
    Unknown { strict: bool },
    /// `AWSLogs`.
    Tree { tree: String },
    /// `AWSLogs/o-…`.
    Organization { tree: String, organization: String },
    /// An account; `alone` when everything in it is asked for, not only CloudTrail's two folders.
    Account { owner: Owner, alone: bool },
    /// `CloudTrail` or `CloudTrail-Digest`.
    Kind { owner: Owner, digests: bool },
    /// A Region of it.
    Region,
    /// A year of a Region.
    Year { year: i32 },
    /// A month of a year.
    Month { year: i32, month: Month },
}

/// A folder to look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The beginning of its keys: empty, or ending in `/`.
    pub(super) prefix: String,
    pub(super) spot: Spot,
}

/// What was found on the way.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) next: Vec<Step>,
    /// Places, and whether it is their folder of digests.
    pub(super) places: Vec<(Ground, bool)>,
    pub(super) noted: Vec<Noted>,
    /// Folders that were left out without a line of their own.
    pub(super) unnamed: u64,
}

impl Walked {
    pub(super) fn note(&mut self, reason: Reason, folder: &str, why: impl Into<String>) {
        self.noted.push(Noted { reason, folder: folder.to_owned(), why: why.into() });
    }

    /// Objects in a folder that holds only folders.
    fn odd(&mut self, folder: &str, odd: &Odd) {
        if let Some(example) = &odd.example {
            let count = odd.count;
            let why = format!("{count} objects lie directly in it, where CloudTrail puts none: {example}");
            self.note(Reason::NotSearched, folder, why);
        }
    }
}

/// A walk under way.
pub(super) struct Walk<'a> {
    pub(super) source: &'a Arc<dyn Source>,
    pub(super) scope: Scope<'a>,
    /// Pages of objects looked through so far.
    pub(super) pages: AtomicUsize,
    /// The last day that is no future.
    today: Date,
}

/// Walks from `first` on.
pub(super) async fn walk(
    source: &Arc<dyn Source>,
    scope: Scope<'_>,
    first: Step,
) -> Result<Walked, SourceError> {
    let today = scope.now.saturating_add(SKEW).to_offset(UtcOffset::UTC).date();
    let walk = Walk { source, scope, pages: AtomicUsize::new(0), today };
    let mut all = Walked::default();
    let (mut looked, mut trees) = (0, HashSet::new());
    if let Spot::Tree { tree } = &first.spot {
        trees.insert(tree.clone());
    }
    let mut round = vec![first];
    while !round.is_empty() {
        let room = MOST_FOLDERS.saturating_sub(looked);
        all.unnamed += round.len().saturating_sub(room) as u64;
        round.truncate(room);
        looked += round.len();
        let mut next = Vec::new();
        let mut visits = stream::iter(std::mem::take(&mut round))
            .map(|step| walk.visit(step))
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some(one) = visits.try_next().await? {
            all.places.extend(one.places);
            all.unnamed += one.unnamed;
            for noted in one.noted {
                // A hostile tree can make millions of lines; what is behind the limit is counted.
                if all.noted.len() < 10 * super::MOST_NOTED {
                    all.noted.push(noted);
                } else {
                    all.unnamed += 1;
                }
            }
            for step in one.next {
                let known = matches!(&step.spot, Spot::Tree { tree } if !trees.insert(tree.clone()));
                if known {
                    continue;
                }
                if next.len() < MOST_FOLDERS {
                    next.push(step);
                } else {
                    all.unnamed += 1;
                }
            }
        }
        round = next;
    }
    Ok(all)
}

impl Walk<'_> {
    async fn visit(&self, step: Step) -> Result<Walked, SourceError> {
        if self.scope.wanted.excepted(&step.prefix).is_some() {
            return Ok(Walked::default());
        }
        let walked = match step.spot {
            Spot::Unknown { strict } => scan(self, &step.prefix, strict).await,
            _ => self.source.level(&step.prefix).await.map(|level| self.sorted(&step, level)),
        };
        match walked {
            // Without its root, or without anybody who answers, nothing at all is known.
            Err(error @ SourceError::Unreachable { .. }) => Err(error),
            Err(error) if step.prefix == self.source.root() => Err(error),
            Err(error) => {
                let mut walked = Walked::default();
                walked.note(Reason::NotSearched, &step.prefix, error.to_string());
                Ok(walked)
            }
            walked => walked,
        }
    }

    /// What the folders of a level are.
    fn sorted(&self, step: &Step, level: Level) -> Walked {
        let mut walked = Walked::default();
        let prefix = &step.prefix;
        if level.cut {
            let why = format!("it has more than {} folders", level.folders.len());
            walked.note(Reason::NotSearched, prefix, why);
        }
        // Others deliver into accounts' folders too, and try whether they may write there.
        let shared = matches!(
            step.spot,
            Spot::Top | Spot::Tree { .. } | Spot::Organization { .. } | Spot::Account { .. }
        );
        walked.odd(prefix, if shared { &level.delivered } else { &level.objects });
        for folder in level.folders {
            let child = format!("{prefix}{folder}/");
            self.child(&step.spot, &folder, child, &mut walked);
        }
        walked
    }

    fn child(&self, spot: &Spot, folder: &str, prefix: String, walked: &mut Walked) {
        let wanted = self.scope.wanted;
        let strict =
            matches!(spot, Spot::Kind { .. } | Spot::Region | Spot::Year { .. } | Spot::Month { .. });
        let mut spot_of_child = Spot::Unknown { strict };
        match spot {
            Spot::Tree { tree } if is_account_id(folder) => {
                if !wanted.account(folder) {
                    return;
                }
                let owner = Owner { prefix: tree.clone(), organization: None, account: folder.to_owned() };
                spot_of_child = Spot::Account { owner, alone: true };
            }
            Spot::Tree { tree } if is_organization_id(folder) => {
                spot_of_child = Spot::Organization { tree: tree.clone(), organization: folder.to_owned() };
            }
            Spot::Top | Spot::Tree { .. } | Spot::Organization { .. } if folder == ROOT => {
                let tree = prefix.strip_suffix("AWSLogs/").unwrap_or_default().to_owned();
                spot_of_child = Spot::Tree { tree };
            }
            Spot::Organization { tree, organization } if is_account_id(folder) => {
                if !wanted.account(folder) {
                    return;
                }
                let owner = Owner {
                    prefix: tree.clone(),
                    organization: Some(organization.clone()),
                    account: folder.to_owned(),
                };
                spot_of_child = Spot::Account { owner, alone: true };
            }
            Spot::Account { owner, .. } if folder == LOG_FOLDER || folder == DIGEST_FOLDER => {
                spot_of_child = Spot::Kind { owner: owner.clone(), digests: folder == DIGEST_FOLDER };
            }
            Spot::Account { alone: false, .. } => return,
            Spot::Kind { owner, digests } if is_region_name(folder) => {
                if !wanted.region(folder) {
                    return;
                }
                let ground = Ground { owner: owner.clone(), region: folder.to_owned() };
                walked.places.push((ground, *digests));
                spot_of_child = Spot::Region;
            }
            Spot::Region => {
                if let Some(year) = number(folder, 4) {
                    let year = i32::from(year);
                    if year > self.today.year() {
                        return future(walked, &prefix);
                    }
                    spot_of_child = Spot::Year { year };
                }
            }
            Spot::Year { year } => {
                let month =
                    number(folder, 2).and_then(|month| Month::try_from(u8::try_from(month).ok()?).ok());
                if let Some(month) = month {
                    if (*year, u8::from(month)) > (self.today.year(), u8::from(self.today.month())) {
                        return future(walked, &prefix);
                    }
                    if !self.touches(*year, month) {
                        return;
                    }
                    spot_of_child = Spot::Month { year: *year, month };
                }
            }
            Spot::Month { year, month } => {
                let day = number(folder, 2).and_then(|day| u8::try_from(day).ok());
                if let Some(day) = day.and_then(|day| Date::from_calendar_date(*year, *month, day).ok()) {
                    if day > self.today {
                        future(walked, &prefix);
                    }
                    // Its objects are listed with the range.
                    return;
                }
            }
            _ => {}
        }
        walked.next.push(Step { prefix, spot: spot_of_child });
    }

    /// Whether a month has a day of the range, or may have days to come.
    fn touches(&self, year: i32, month: Month) -> bool {
        if (year, month) == (self.today.year(), self.today.month()) {
            return true;
        }
        let first = Date::from_calendar_date(year, month, 1).unwrap_or(Date::MIN);
        let last = first.replace_day(month.length(year)).unwrap_or(Date::MAX);
        let date = |at: time::OffsetDateTime| at.to_offset(UtcOffset::UTC).date();
        let start = self.scope.range.start.map_or(Date::MIN, date);
        let end = self.scope.range.end.map_or(self.today, date);
        // A day more at the end: a digest behind it may name log files that came late.
        last >= start && first <= end.next_day().unwrap_or(Date::MAX)
    }
}

fn future(walked: &mut Walked, folder: &str) {
    walked.note(Reason::FromTheFuture, folder, "its date has not come yet");
}

/// A number of exactly `digits` digits.
fn number(text: &str, digits: usize) -> Option<u16> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}
