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

impl Standing {
    /// Reads everything.
    pub(crate) async fn load(catalog: &dyn Catalog) -> Result<Self, StoreError> {
        let cursor = match catalog.get(&cursor_at()).await? {
            Some(entry) => decode::<StoredPosition>(&entry.value)?.0,
            None => 0,
        };
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
