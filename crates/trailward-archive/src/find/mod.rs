//! Finding what an archive holds: every place where log files or digests of one account and Region may lie, under any
//! prefix, in an organization's layout or not.
//!
//! INVARIANT (S3): whatever is seen on the way and not opened is named in [`Found::noted`]. Folders of CloudTrail's
//! layout are walked level by level (`walk`); everything else is listed object by object until it ends or the limit is
//! reached (`scan`), so that neither depth nor an odd name hides a tree.

mod root;
mod scan;
mod walk;

pub(crate) use scan::looks_delivered;

use crate::range::Range;
use crate::source::{Source, SourceError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};
use trailward_digest::Reason;

pub(crate) const ROOT: &str = "AWSLogs";
/// How far the clocks of those who name objects and of those who check them may differ.
pub(crate) const SKEW: Duration = Duration::minutes(15);
/// The most things that are named one by one.
const MOST_NOTED: usize = 1_000;

/// Where one account's and Region's files lie in one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which source.
    pub source: usize,
    /// The part of the keys before `AWSLogs/`: empty, or ending in `/`.
    pub prefix: String,
    /// `o-…` in an organization's layout.
    pub organization: Option<String>,
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// Whether there is a folder of digests.
    pub digests: bool,
    /// Whether there is a folder of log files.
    pub logs: bool,
}

impl Place {
    /// The part of the keys before the date: ends in `/`.
    pub fn base(&self, folder: &str) -> String {
        let Self { prefix, account, region, .. } = self;
        match &self.organization {
            Some(organization) => format!("{prefix}{ROOT}/{organization}/{account}/{folder}/{region}/"),
            None => format!("{prefix}{ROOT}/{account}/{folder}/{region}/"),
        }
    }
}

/// What is looked for. Empty lists mean everything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Accounts.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Folders that the user knows to hold something else: the beginnings of keys, each ending in `/`. They are not
    /// looked into, and nothing says so but the report's warnings.
    pub except: Vec<String>,
}

impl Wanted {
    fn account(&self, id: &str) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|wanted| wanted == id)
    }

    fn region(&self, name: &str) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|wanted| wanted == name)
    }

    /// The folder that `key` lies in and that is not to be looked into.
    fn excepted(&self, key: &str) -> Option<&str> {
        self.except.iter().map(String::as_str).find(|folder| key.starts_with(folder))
    }
}

/// Something that was seen and is not judged by what lies in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Noted {
    /// [`Reason::NotSearched`] or [`Reason::FromTheFuture`].
    pub reason: Reason,
    /// The beginning of the keys.
    pub folder: String,
    /// Why.
    pub why: String,
}

/// What was found in one source.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The places, in order.
    pub places: Vec<Place>,
    /// What was seen and not opened, in order. At most 1,000 and one that counts the rest.
    pub noted: Vec<Noted>,
}

/// What is to be found.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Which accounts and Regions.
    pub wanted: &'a Wanted,
    /// Which time. Folders of months outside of it are passed by.
    pub range: Range,
    /// Now.
    pub now: OffsetDateTime,
}

/// Finds the places of `source`, which is number `number`. Fails when the source's root cannot be listed, nobody
/// answers, or the root names a part of a Region's files.
pub async fn find(source: &Arc<dyn Source>, number: usize, scope: Scope<'_>) -> Result<Found, SourceError> {
    let (first, wanted) = root::read(source.root(), scope.wanted)
        .map_err(|detail| SourceError::Failed { name: source.name().to_owned(), detail })?;
    let scope = Scope { wanted: &wanted, ..scope };
    let walked = walk::walk(source, scope, first).await?;
    let mut places: BTreeMap<_, Place> = BTreeMap::new();
    for (place, of_digests) in walked.places {
        let known = places.entry(place.clone()).or_insert_with(|| Place {
            source: number,
            prefix: place.owner.prefix,
            organization: place.owner.organization,
            account: place.owner.account,
            region: place.region,
            digests: false,
            logs: false,
        });
        known.digests |= of_digests;
        known.logs |= !of_digests;
    }
    let noted: BTreeSet<Noted> = walked.noted.into_iter().collect();
    let more = noted.len().saturating_sub(MOST_NOTED) as u64 + walked.unnamed;
    let mut noted: Vec<Noted> = noted.into_iter().take(MOST_NOTED).collect();
    if more > 0 {
        let why = format!("{more} more folders were not searched");
        noted.push(Noted { reason: Reason::NotSearched, folder: source.root().to_owned(), why });
    }
    Ok(Found { places: places.into_values().collect(), noted })
}
