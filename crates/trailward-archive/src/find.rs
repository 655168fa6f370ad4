//! Finding what an archive holds: every place where log files or digests of one account and Region may lie, under any
//! prefix, in an organization's layout or not.

use crate::source::{Source, SourceError};
use futures::stream::{self, StreamExt, TryStreamExt};
use std::sync::Arc;
use trailward_model::delivered::{DIGEST_FOLDER, LOG_FOLDER, is_account_id, is_organization_id};
use trailward_model::is_region_name;

const ROOT: &str = "AWSLogs";
/// The most folders that are searched for `AWSLogs`.
const MOST_FOLDERS: usize = 2_000;
/// The most folders above `AWSLogs`.
const MOST_DEPTH: usize = 10;
/// Listings that run side by side.
const SIDE_BY_SIDE: usize = 32;

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
        format!(
            "{}{folder}/{}/",
            account_folder(&self.prefix, self.organization.as_deref(), &self.account),
            self.region
        )
    }
}

fn account_folder(prefix: &str, organization: Option<&str>, account: &str) -> String {
    match organization {
        Some(organization) => format!("{prefix}{ROOT}/{organization}/{account}/"),
        None => format!("{prefix}{ROOT}/{account}/"),
    }
}

/// What is looked for. Empty lists mean everything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Accounts.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
}

impl Wanted {
    fn account(&self, id: &str) -> bool {
        self.accounts.is_empty() || self.accounts.iter().any(|wanted| wanted == id)
    }

    fn region(&self, name: &str) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|wanted| wanted == name)
    }
}

/// What was found in one source.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The places, in order.
    pub places: Vec<Place>,
    /// What was not searched.
    pub warnings: Vec<String>,
}

/// Finds the places of `source`, which is number `number`.
pub async fn find(source: &Arc<dyn Source>, number: usize, wanted: &Wanted) -> Result<Found, SourceError> {
    let mut found = Found::default();
    let mut wanted = wanted.clone();
    let trees = match below_root(source.root()) {
        Some((tree, rest)) => {
            narrow(&rest, &mut wanted)
                .map_err(|detail| SourceError::Failed { name: source.name().to_owned(), detail })?;
            vec![tree]
        }
        None => trees(source, &mut found.warnings).await?,
    };
    for tree in trees {
        for (organization, account) in accounts(source, &tree, &wanted).await? {
            found.places.push(Place {
                source: number,
                prefix: tree.clone(),
                organization,
                account,
                region: String::new(),
                digests: false,
                logs: false,
            });
        }
    }
    let accounts = std::mem::take(&mut found.places);
    let wanted = &wanted;
    let mut places: Vec<Vec<Place>> = stream::iter(accounts)
        .map(|account| async move { regions(source, account, wanted).await })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    places.sort();
    found.places = places.into_iter().flatten().collect();
    Ok(found)
}

/// A root that already lies in or below `AWSLogs`: the tree's prefix, and what it narrows the search to.
fn below_root(root: &str) -> Option<(String, Vec<String>)> {
    let folders: Vec<&str> = root.split('/').filter(|name| !name.is_empty()).collect();
    let at = folders.iter().position(|name| *name == ROOT)?;
    let mut tree = String::new();
    for folder in folders.iter().take(at) {
        tree.push_str(folder);
        tree.push('/');
    }
    Some((tree, folders.into_iter().skip(at + 1).map(str::to_owned).collect()))
}

/// Reads `[o-id/]ACCOUNT[/CloudTrail…[/REGION]]`.
fn narrow(rest: &[String], wanted: &mut Wanted) -> Result<(), String> {
    let mut rest = rest.iter().filter(|name| !is_organization_id(name));
    let Some(account) = rest.next() else { return Ok(()) };
    if !is_account_id(account) {
        return Err(format!("{account} is no account id: name the prefix above {ROOT}"));
    }
    wanted.accounts = vec![account.clone()];
    match rest.next().map(String::as_str) {
        None | Some(LOG_FOLDER | DIGEST_FOLDER) => {}
        Some(other) => return Err(format!("{other} holds neither log files nor digests")),
    }
    let Some(region) = rest.next() else { return Ok(()) };
    wanted.regions = vec![region.clone()];
    match rest.next() {
        None => Ok(()),
        Some(_) => {
            Err("it names a part of a Region's files; give the prefix above and a range of time".into())
        }
    }
}

/// Every folder that `AWSLogs` lies in.
async fn trees(source: &Arc<dyn Source>, warnings: &mut Vec<String>) -> Result<Vec<String>, SourceError> {
    let mut trees = Vec::new();
    let mut searched = 0;
    let mut level = vec![source.root().to_owned()];
    for _ in 0..=MOST_DEPTH {
        if level.is_empty() {
            return Ok(trees);
        }
        searched += level.len();
        if searched > MOST_FOLDERS {
            break;
        }
        let found: Vec<(String, Vec<String>)> = stream::iter(level)
            .map(|prefix| async move {
                let found = source.level(&prefix).await?;
                Ok::<_, SourceError>((prefix, found.folders))
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        level = Vec::new();
        for (prefix, folders) in found {
            for folder in folders {
                if folder == ROOT {
                    trees.push(prefix.clone());
                } else if !folder.is_empty() {
                    level.push(format!("{prefix}{folder}/"));
                }
            }
        }
        level.sort();
    }
    let detail = format!(
        "more than {MOST_FOLDERS} folders, or more than {MOST_DEPTH} levels of them: name the prefix that {ROOT} lies in"
    );
    if trees.is_empty() {
        return Err(SourceError::Failed { name: source.name().to_owned(), detail });
    }
    warnings.push(format!("{} was not searched whole: {detail}", source.name()));
    trees.sort();
    Ok(trees)
}

/// The accounts below a tree, with their organizations.
async fn accounts(
    source: &Arc<dyn Source>,
    tree: &str,
    wanted: &Wanted,
) -> Result<Vec<(Option<String>, String)>, SourceError> {
    let mut accounts = Vec::new();
    for folder in source.level(&format!("{tree}{ROOT}/")).await?.folders {
        if is_account_id(&folder) {
            accounts.push((None, folder));
        } else if is_organization_id(&folder) {
            let members = source.level(&format!("{tree}{ROOT}/{folder}/")).await?.folders;
            let members = members.into_iter().filter(|name| is_account_id(name));
            accounts.extend(members.map(|account| (Some(folder.clone()), account)));
        }
    }
    accounts.retain(|(_, account)| wanted.account(account));
    Ok(accounts)
}

/// The Regions of an account.
async fn regions(
    source: &Arc<dyn Source>,
    account: Place,
    wanted: &Wanted,
) -> Result<Vec<Place>, SourceError> {
    let base = account_folder(&account.prefix, account.organization.as_deref(), &account.account);
    let (digest_base, log_base) = (format!("{base}{DIGEST_FOLDER}/"), format!("{base}{LOG_FOLDER}/"));
    let (digests, logs) = futures::try_join!(source.level(&digest_base), source.level(&log_base))?;
    let mut places: Vec<Place> = Vec::new();
    for (folders, of_digests) in [(digests.folders, true), (logs.folders, false)] {
        for region in folders {
            if !is_region_name(&region) || !wanted.region(&region) {
                continue;
            }
            match places.iter_mut().find(|place| place.region == region) {
                Some(place) => place.logs |= !of_digests,
                None => {
                    places.push(Place { region, digests: of_digests, logs: !of_digests, ..account.clone() });
                }
            }
        }
    }
    Ok(places)
}
