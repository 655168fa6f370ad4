//! Where an archive lies. Everything above reads through [`Source`], so a directory and a bucket are proven by the same
//! code.

mod directory;
mod error;
mod s3;
mod sidecar;
mod skipped;

pub use directory::Directory;
pub use error::SourceError;
pub use s3::Bucket;
pub(crate) use s3::failure;
pub(crate) use sidecar::read_manifest;
pub use sidecar::{MANIFEST, ManifestLine, Origin};

use async_trait::async_trait;
use bytes::Bytes;
use time::OffsetDateTime;

/// An object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key in the source: for a directory the path below it, with `/`.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// What changes whenever the object does: an ETag, or a file's inode and times. Not a secret and no proof, but
    /// nobody can choose it freely together with the time of modification.
    pub tag: String,
    /// When it was written.
    pub modified: OffsetDateTime,
}

impl Listed {
    /// Whether it has content. CloudTrail leaves empty objects where it tried whether it may write.
    pub fn has_content(&self) -> bool {
        self.size > 0
    }

    /// Whether it can be a log file or digest.
    pub fn is_packed(&self) -> bool {
        self.has_content() && self.key.as_bytes().ends_with(b".gz")
    }
}

/// A page of a listing.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// In order of their keys' bytes.
    pub objects: Vec<Listed>,
    /// Where the next page begins. `None` when this was the last.
    pub next: Option<Cursor>,
}

/// Where a page of a listing begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// After this key.
    After(String),
    /// Where the store's own token says. Unlike a key it is right even when the page's keys could not be read.
    Token(String),
}

/// The most folders of one level that are kept.
const MOST_FOLDERS: usize = 200_000;

/// One level of a listing.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// The names of the folders, without slashes, in order. At most 200,000.
    pub folders: Vec<String>,
    /// Whether there are more folders.
    pub cut: bool,
    /// The objects that lie directly here. Those without content are not counted: consoles make them as folders, and
    /// CloudTrail where it tries whether it may write.
    pub objects: Odd,
    /// Those of them that are named as log files or digests are.
    pub delivered: Odd,
}

/// How many there are, and one of them.
#[derive(Debug, Clone, Default)]
pub struct Odd {
    /// How many.
    pub count: u64,
    /// The first.
    pub example: Option<String>,
}

impl Odd {
    fn add(&mut self, name: &str) {
        self.count += 1;
        self.example.get_or_insert_with(|| name.to_owned());
    }
}

impl Level {
    /// Adds a folder, or says that there are more than are kept.
    pub fn folder(&mut self, name: String) {
        if self.folders.len() < MOST_FOLDERS {
            self.folders.push(name);
        } else {
            self.cut = true;
        }
    }

    /// Counts an object by its name here and its size in bytes.
    pub fn object(&mut self, name: &str, size: u64) {
        if size == 0 {
            return;
        }
        self.objects.add(name);
        if crate::find::looks_delivered(name) {
            self.delivered.add(name);
        }
    }
}

/// What a digest's metadata say; read with the digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `x-amz-meta-signature`.
    pub signature: Option<String>,
    /// `x-amz-meta-signature-algorithm`.
    pub algorithm: Option<String>,
    /// `x-amz-meta-backfill-generation-timestamp`.
    pub backfill: Option<String>,
}

/// An object that was read.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its bytes, as stored.
    pub bytes: Bytes,
    /// `None` when the source cannot know them: a plain copy on disk.
    pub metadata: Option<Metadata>,
}

/// An archive's place. Implementations retry what is worth retrying themselves.
#[async_trait]
pub trait Source: Send + Sync {
    /// As the user named it: `s3://bucket/prefix` or a path.
    fn name(&self) -> &str;

    /// The bucket the objects lie in; `None` for a directory.
    fn bucket(&self) -> Option<&str>;

    /// The part of the keys below which the user wants to look; empty, or ending in `/`.
    fn root(&self) -> &str;

    /// What lies directly under `prefix`, which is empty or ends in `/`.
    async fn level(&self, prefix: &str) -> Result<Level, SourceError>;

    /// The objects whose keys start with `prefix`, from `from` on, a page of at most 1000.
    async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, SourceError>;

    /// Reads one object of at most `limit` bytes.
    async fn get(&self, key: &str, limit: u64) -> Result<Object, SourceError>;

    /// Where this directory's objects come from, when its sidecar says so.
    fn origin(&self) -> Option<&Origin> {
        None
    }

    /// What was passed over while listing: links, pipes, names that are no keys. At most a few lines, of which the last
    /// counts the rest.
    fn skipped(&self) -> Vec<String> {
        Vec::new()
    }

    /// The name of one of its objects in reports.
    fn uri(&self, key: &str) -> String {
        match self.bucket() {
            Some(bucket) => format!("s3://{bucket}/{key}"),
            None => format!("{}/{key}", self.name().trim_end_matches('/')),
        }
    }
}
