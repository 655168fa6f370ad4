use super::{Acl, Algorithm, ChecksumKind, Headers, ObjectLock, Sse, StorageClass, Tag};
use serde::{Deserialize, Serialize};
use trailward_store::BlobId;
use trailward_store::stored::Stored;

/// An upload in parts that is neither completed nor aborted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Upload {
    /// Nanoseconds since 1970.
    pub(crate) initiated: u64,
    /// ARN of who initiated it.
    pub(crate) initiator: String,
    pub(crate) headers: Headers,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) class: StorageClass,
    pub(crate) checksum: Option<(Algorithm, ChecksumKind)>,
    /// What the object will be held by.
    #[serde(default)]
    pub(crate) lock: ObjectLock,
    /// What its parts are encrypted under.
    #[serde(default)]
    pub(crate) sse: Sse,
    /// The object's access control list.
    #[serde(default)]
    pub(crate) acl: Option<Acl>,
}

impl Stored for Upload {
    const FORMAT: u16 = 3;
    // 2: Object Lock, 3: encryption, which an older program must not overlook; lists, which it would lose.
    const OLDEST: u16 = 1;
}

/// A part, of an upload or of the object it became.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) size: u64,
    /// MD5 in hexadecimal digits.
    pub(crate) etag: String,
    /// `None` for an empty part.
    pub(crate) blob: Option<BlobId>,
    /// Seconds since 1970.
    pub(crate) modified: i64,
    /// Its own checksum, base64.
    pub(crate) checksum: Option<(Algorithm, String)>,
}

impl Stored for Part {
    const FORMAT: u16 = 1;
}
