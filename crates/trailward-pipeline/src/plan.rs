//! What the pipeline keeps in the catalog: intentions before deeds, and what was done.

use serde::{Deserialize, Serialize};
use trailward_digest::{ListedLog, Previous};
use trailward_model::TrailKey;
use trailward_store::keys::{Key, KeyReader};
use trailward_store::stored::Stored;
use trailward_store::{Position, StoreError};

/// The digests, and the log files they list, of one trail, account and Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ChainKey {
    pub trail: TrailKey,
    pub account: String,
    pub region: String,
}

impl ChainKey {
    fn key(&self, space: &str) -> Key {
        let TrailKey { account, home_region, name } = &self.trail;
        Key::new(space).str(account).str(home_region).str(name).str(&self.account).str(&self.region)
    }

    /// Reads the chain that a catalog key belongs to; what follows stays in the reader.
    pub(crate) fn read<'a>(bytes: &'a [u8], space: &str) -> Result<(Self, KeyReader<'a>), StoreError> {
        let mut reader = KeyReader::new(bytes, space)?;
        let trail = TrailKey { account: reader.str()?, home_region: reader.str()?, name: reader.str()? };
        let chain = Self { trail, account: reader.str()?, region: reader.str()? };
        Ok((chain, reader))
    }

    /// Where the intention to deliver the range that begins at `first` is.
    pub(crate) fn plan_at(&self, first: Position) -> Vec<u8> {
        self.key(PLAN).u64(first).into_bytes()
    }

    /// Where the position of the first record in no range yet is.
    pub(crate) fn next_at(&self) -> Vec<u8> {
        self.key(NEXT).into_bytes()
    }

    /// Where a delivered file waits for its digest.
    pub(crate) fn delivered_at(&self, first: Position) -> Vec<u8> {
        self.key(DELIVERED).u64(first).into_bytes()
    }

    /// What precedes the keys of all delivered files.
    pub(crate) fn delivered_prefix(&self) -> Vec<u8> {
        self.key(DELIVERED).into_bytes()
    }

    /// Where the head of the chain that the trail's change `chain` started is.
    pub(crate) fn head_at(&self, chain: u64) -> Vec<u8> {
        self.key(HEAD).u64(chain).into_bytes()
    }

    /// Where the intention to deliver that chain's next digest is.
    pub(crate) fn digest_plan_at(&self, chain: u64) -> Vec<u8> {
        self.key(DIGEST_PLAN).u64(chain).into_bytes()
    }

    /// Where the last chain that ended is noted.
    pub(crate) fn closed_at(&self) -> Vec<u8> {
        self.key(CLOSED).into_bytes()
    }
}

pub(crate) const PLAN: &str = "delivery-plan";
pub(crate) const NEXT: &str = "delivery-next";
pub(crate) const DELIVERED: &str = "delivered";
pub(crate) const HEAD: &str = "digest-head";
pub(crate) const DIGEST_PLAN: &str = "digest-plan";
pub(crate) const CLOSED: &str = "digest-closed";

/// Where the worker's cursor is: every record before it is in a range, or no trail wanted it.
pub(crate) fn cursor_at() -> Vec<u8> {
    Key::new("delivery-cursor").into_bytes()
}

/// A journal position, stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPosition(pub Position);

/// A range that will become one log file. Written before the file is built; everything the file depends on is here
/// or immutable, so building it again gives the same bytes under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FilePlan {
    /// The trail's change whose selectors choose the records.
    pub version: u64,
    /// The digest chain of that change.
    pub chain: u64,
    /// The range's first record.
    pub first: Position,
    /// The range's last record.
    pub last: Position,
    pub bucket: String,
    pub key: String,
    /// Delivery time, epoch seconds: the one in the key.
    pub at: i64,
    /// Whether a digest will list it.
    pub validated: bool,
    /// When the range's first record was read, epoch seconds.
    pub opened: i64,
    pub oldest: Option<String>,
    pub newest: Option<String>,
}

/// A delivered file that no digest lists yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivered {
    /// The digest chain it belongs to.
    pub chain: u64,
    pub log: ListedLog,
}

/// Where a chain of digests stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The trail's change that started the chain.
    pub chain: u64,
    /// The end of the last digest, or the start of logging. Epoch seconds.
    pub window_start: i64,
    /// The last digest.
    pub previous: Option<Previous>,
    pub bucket: String,
    pub prefix: Option<String>,
    /// `o-…`, if the trail was an organization's.
    #[serde(default)]
    pub organization: Option<String>,
    /// When the change was made that ended the chain; the last digest's window ends then. Epoch seconds.
    #[serde(default)]
    pub ended: Option<i64>,
}

/// A digest that will be delivered. Written before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DigestPlan {
    pub start: i64,
    pub end: i64,
    pub key: String,
    pub fingerprint: String,
    /// First positions of the files it lists.
    pub listed: Vec<Position>,
    /// Whether the chain ends with it.
    pub last: bool,
    /// Whether its proper name was taken.
    #[serde(default)]
    pub moved: bool,
}

impl Stored for StoredPosition {
    const FORMAT: u16 = 1;
}
impl Stored for FilePlan {
    const FORMAT: u16 = 1;
}
impl Stored for Delivered {
    const FORMAT: u16 = 1;
}
/// Format 2 knows organizations, format 3 when a chain ended.
impl Stored for Head {
    const FORMAT: u16 = 3;
    const OLDEST: u16 = 1;
}
/// Format 2 knows names that were taken.
impl Stored for DigestPlan {
    const FORMAT: u16 = 2;
    const OLDEST: u16 = 1;
}
