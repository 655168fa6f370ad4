use super::{Acl, Checksum, ObjectLock, ReplicationStatus, Sse, Tag};
use serde::{Deserialize, Serialize};
use trailward_store::BlobId;
use trailward_store::stored::Stored;

/// One version of a key: an object, or the mark that it was deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    /// `null`, or random.
    pub(crate) id: String,
    /// Seconds since 1970.
    pub(crate) modified: i64,
    /// The account that owns it.
    pub(crate) owner: String,
    pub(crate) kind: Kind,
    /// `None` where no rule wanted it replicated.
    #[serde(default)]
    pub(crate) replication: Option<ReplicationStatus>,
}

/// A place among the versions of a key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct StoredSequence(pub(crate) u64);

impl Stored for StoredSequence {
    const FORMAT: u16 = 1;
}

impl Stored for Version {
    const FORMAT: u16 = 3;
    // 2: Object Lock, 3: encryption and replication, which an older program must not overlook; lists, which it would lose.
    const OLDEST: u16 = 1;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Kind {
    Object(Box<Object>),
    DeleteMarker,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) content: Content,
    pub(crate) headers: Headers,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) class: StorageClass,
    pub(crate) checksum: Option<Checksum>,
    /// Of the bytes, in hexadecimal digits; known for objects that were put with it.
    pub(crate) sha256: Option<String>,
    #[serde(default)]
    pub(crate) lock: ObjectLock,
    /// Until when a copy of an archived object can be read, in seconds since 1970.
    #[serde(default)]
    pub(crate) restored_until: Option<i64>,
    #[serde(default)]
    pub(crate) sse: Sse,
    /// `None`: the version's owner has full control, nobody else any.
    #[serde(default)]
    pub(crate) acl: Option<Acl>,
}

/// Where an object's bytes are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Content {
    Empty,
    Blob(BlobId),
    /// In the parts of an upload, which stay where they are.
    Parts {
        upload: String,
        count: u32,
    },
}

/// The headers that come back as they were put.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Type`; `binary/octet-stream` if the writer gave none.
    pub content_type: Option<String>,
    /// `Expires`, as it was written.
    pub expires: Option<String>,
    /// `x-amz-website-redirect-location`.
    pub website_redirect_location: Option<String>,
}

/// How an object is stored. The bytes lie the same way for all of them; archived ones cannot be read before
/// `RestoreObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum StorageClass {
    /// The default.
    #[default]
    Standard,
    /// `REDUCED_REDUNDANCY`.
    ReducedRedundancy,
    /// `STANDARD_IA`.
    StandardIa,
    /// `ONEZONE_IA`.
    OnezoneIa,
    /// `INTELLIGENT_TIERING`.
    IntelligentTiering,
    /// `GLACIER_IR`.
    GlacierIr,
    /// `GLACIER`: an archive.
    Glacier,
    /// `DEEP_ARCHIVE`: an archive.
    DeepArchive,
}

impl StorageClass {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::ReducedRedundancy => "REDUCED_REDUNDANCY",
            Self::StandardIa => "STANDARD_IA",
            Self::OnezoneIa => "ONEZONE_IA",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::GlacierIr => "GLACIER_IR",
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
        }
    }

    /// All of them.
    const ALL: [Self; 8] = [
        Self::Standard,
        Self::ReducedRedundancy,
        Self::StandardIa,
        Self::OnezoneIa,
        Self::IntelligentTiering,
        Self::GlacierIr,
        Self::Glacier,
        Self::DeepArchive,
    ];

    /// One that a lifecycle rule may move objects to, by its name.
    pub fn of_transition(name: &str) -> Option<Self> {
        let warm = [Self::Standard, Self::ReducedRedundancy];
        Self::ALL.into_iter().find(|class| class.as_str() == name && !warm.contains(class))
    }

    /// Whether objects must be restored before they can be read.
    pub fn is_archive(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }

    /// The order in which lifecycle rules move objects.
    pub(crate) fn coldness(self) -> u8 {
        match self {
            Self::Standard | Self::ReducedRedundancy => 0,
            Self::StandardIa => 1,
            Self::IntelligentTiering => 2,
            Self::OnezoneIa => 3,
            Self::GlacierIr => 4,
            Self::Glacier => 5,
            Self::DeepArchive => 6,
        }
    }

    /// Reads its name.
    pub(crate) fn parse(name: Option<&str>) -> Result<Self, crate::BucketError> {
        match name {
            None => Ok(Self::Standard),
            Some("OUTPOSTS" | "SNOW" | "EXPRESS_ONEZONE") => Err(crate::BucketError::NotImplemented(
                "A header you provided implies functionality that is not implemented",
            )),
            Some(name) => Self::ALL
                .into_iter()
                .find(|class| class.as_str() == name)
                .ok_or_else(|| crate::BucketError::InvalidStorageClass(name.to_owned())),
        }
    }
}

/// Which versions a key has. Exists while there is any.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The sequence the next version gets; never reused while there are versions.
    pub(crate) next: u64,
    /// The newest version.
    pub(crate) latest: u64,
    /// Whether that is a delete marker.
    pub(crate) deleted: bool,
    /// The version `null`, if there is one.
    pub(crate) null: Option<u64>,
}

impl Stored for Head {
    const FORMAT: u16 = 1;
}

/// What a listing shows of an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) modified: i64,
    pub(crate) owner: String,
    pub(crate) class: StorageClass,
    pub(crate) checksum: Option<Checksum>,
}

impl Stored for Live {
    const FORMAT: u16 = 1;
}

impl Live {
    pub(crate) fn of(version: &Version, object: &Object) -> Self {
        Self {
            size: object.size,
            etag: object.etag.clone(),
            modified: version.modified,
            owner: version.owner.clone(),
            class: object.class,
            checksum: object.checksum.clone(),
        }
    }
}
