//! Where every chain stands, kept in step with the catalog.

use crate::plan::{
    CLOSED, ChainKey, DIGEST_PLAN, Delivered, DigestPlan, FilePlan, HEAD, Head, NEXT, PLAN, StoredPosition,
    cursor_at,
};
use std::collections::BTreeMap;
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode};
use trailward_store::{Catalog, Item, Position, Scan, StoreError};

const MOST: usize = 1_000_000;

/// What the catalog says when the worker starts.
#[derive(Debug)]
pub(crate) struct Standing {
    pub cursor: Position,
    pub next: BTreeMap<ChainKey, Position>,
    pub plans: Vec<(ChainKey, FilePlan)>,
    pub heads: BTreeMap<(ChainKey, u64), Head>,
    pub digest_plans: BTreeMap<(ChainKey, u64), DigestPlan>,
    pub closed: BTreeMap<ChainKey, u64>,
}

async fn all<T: Stored>(catalog: &dyn Catalog, space: &str) -> Result<Vec<(ChainKey, T)>, StoreError> {
    let prefix = Key::new(space).into_bytes();
    let items = catalog.scan(Scan { prefix, after: None, limit: MOST }).await?;
    items.iter().map(|item| Ok((ChainKey::read(&item.key, space)?.0, decode(&item.value)?))).collect()
}

/// The same, where the chain's number ends the key.
async fn numbered<T: Stored>(
    catalog: &dyn Catalog,
    space: &str,
) -> Result<BTreeMap<(ChainKey, u64), T>, StoreError> {
    let prefix = Key::new(space).into_bytes();
    let items = catalog.scan(Scan { prefix, after: None, limit: MOST }).await?;
    let read = |item: &Item| {
        let (chain, mut rest) = ChainKey::read(&item.key, space)?;
        Ok(((chain, rest.u64()?), decode(&item.value)?))
    };
    items.iter().map(read).collect()
}

/// What the catalog says about the journal's positions. Both belong to the same journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryExtent {
    /// Every record before this position is in a range, or no trail wanted it: the journal still has all from here on.
    pub cursor: Position,
    /// The journal had come this far, at least.
    pub reached: Position,
}

impl DeliveryExtent {
    /// Reads it.
    pub async fn load(catalog: &dyn Catalog) -> Result<Self, StoreError> {
        let next = all::<StoredPosition>(catalog, NEXT).await?;
        let cursor = load_cursor(catalog).await?;
        Ok(Self { cursor, reached: next.iter().map(|(_, position)| position.0).fold(cursor, Position::max) })
    }

    /// Whether a journal that holds the entries from `start` to `end` can be the one that is meant.
    pub fn fits(self, start: Position, end: Position) -> bool {
        start <= self.cursor && self.reached <= end
    }
}

async fn load_cursor(catalog: &dyn Catalog) -> Result<Position, StoreError> {
    match catalog.get(&cursor_at()).await? {
        Some(entry) => Ok(decode::<StoredPosition>(&entry.value)?.0),
        None => Ok(0),
    }
}

impl Standing {
    /// Reads everything.
    pub(crate) async fn load(catalog: &dyn Catalog) -> Result<Self, StoreError> {
        let cursor = load_cursor(catalog).await?;
        let next = all::<StoredPosition>(catalog, NEXT).await?.into_iter().map(|(k, p)| (k, p.0)).collect();
        Ok(Self {
            cursor,
            next,
            plans: all(catalog, PLAN).await?,
            heads: numbered(catalog, HEAD).await?,
            digest_plans: numbered(catalog, DIGEST_PLAN).await?,
            closed: all::<StoredPosition>(catalog, CLOSED)
                .await?
                .into_iter()
                .map(|(k, c)| (k, c.0))
                .collect(),
        })
    }
}

/// The delivered files of one chain that no digest lists yet, oldest first, at most `limit`.
pub(crate) async fn undigested(
    catalog: &dyn Catalog,
    chain: &ChainKey,
    limit: usize,
) -> Result<Vec<(Position, Delivered)>, StoreError> {
    let scan = Scan { prefix: chain.delivered_prefix(), after: None, limit };
    let mut found = Vec::new();
    for item in catalog.scan(scan).await? {
        let (_, mut rest) = ChainKey::read(&item.key, crate::plan::DELIVERED)?;
        found.push((rest.u64()?, decode(&item.value)?));
    }
    Ok(found)
}
