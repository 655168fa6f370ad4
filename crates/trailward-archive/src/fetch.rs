//! Mirroring an archive into a directory, with what a later validation needs: every digest and log file of the range,
//! under its own key, and the digests' metadata in a sidecar.
//!
//! Each file is written to a temporary name, synced and renamed, and only then gets its line in the sidecar; a run that
//! was cut off leaves whole files or none, and the next run fetches only what has no line, another size or another tag.

use crate::find::{self, Wanted};
use crate::range::{Cut, Pages, Range, listings};
use crate::source::{Listed, MANIFEST, ManifestLine, Object, Origin, Source, SourceError};
use crate::unpack::MOST_PACKED_BYTES;
use futures::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};
use trailward_model::delivered::{DIGEST_FOLDER, LOG_FOLDER};

/// What was mirrored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Fetched {
    /// Objects that were fetched.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that were there already.
    pub kept: u64,
}

/// Why a mirror could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The source could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The directory could not be written.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The directory mirrors something else.
    #[error("{directory} mirrors s3://{there}, not s3://{wanted}: choose another directory")]
    Another {
        /// The directory.
        directory: String,
        /// What it mirrors.
        there: String,
        /// What was asked for.
        wanted: String,
    },
    /// Only buckets have metadata.
    #[error("{0} is a directory; only a bucket can be mirrored")]
    NotABucket(String),
    /// A key that no file can have.
    #[error("the key {0:?} cannot be a file's path")]
    Key(String),
}

/// Watches a mirror being made.
pub trait FetchObserver: Send + Sync {
    /// So many objects and bytes more are to be fetched.
    fn found(&self, objects: u64, bytes: u64);
    /// One was fetched, or was there already.
    fn fetched(&self, bytes: u64);
}

struct Mirror {
    directory: PathBuf,
    known: HashMap<String, ManifestLine>,
    manifest: Mutex<File>,
}

/// Mirrors the range of `source` into `directory`.
pub async fn fetch(
    source: &Arc<dyn Source>,
    directory: &Path,
    (range, wanted): (Range, &Wanted),
    jobs: usize,
    now: OffsetDateTime,
    observer: &dyn FetchObserver,
) -> Result<Fetched, FetchError> {
    let bucket = source.bucket().ok_or_else(|| FetchError::NotABucket(source.name().to_owned()))?;
    let mirror = open(directory, &Origin::new(bucket, source.root()))?;
    let found = find::find(source, 0, wanted).await?;
    let mut work = Vec::new();
    for place in &found.places {
        for (folder, there) in [(DIGEST_FOLDER, place.digests), (LOG_FOLDER, place.logs)] {
            if there {
                // A digest more at the end names what was delivered late.
                work.extend(listings(&place.base(folder), &range, Duration::hours(3), now, Cut::Months));
            }
        }
    }
    let mut fetched = Fetched::default();
    for listing in work {
        let mut pages = Pages::new(&**source, listing);
        while let Some(page) = pages.next().await? {
            let (kept, fresh): (Vec<_>, Vec<_>) =
                page.into_iter().filter(Listed::is_packed).partition(|listed| mirror.has(listed));
            fetched.kept += kept.len() as u64;
            observer.found(fresh.len() as u64, fresh.iter().map(|listed| listed.size).sum());
            let work: Vec<_> = fresh.into_iter().map(|listed| one(source, &mirror, listed)).collect();
            let mut results = stream::iter(work).buffer_unordered(jobs.max(1));
            while let Some(bytes) = results.try_next().await? {
                fetched.objects += 1;
                fetched.bytes += bytes;
                observer.fetched(bytes);
            }
        }
    }
    mirror.sync()?;
    Ok(fetched)
}

async fn one(source: &Arc<dyn Source>, mirror: &Mirror, listed: Listed) -> Result<u64, FetchError> {
    let object = source.get(&listed.key, MOST_PACKED_BYTES).await?;
    let bytes = object.bytes.len() as u64;
    mirror.put(&listed, object)?;
    Ok(bytes)
}

/// Opens a mirror, or begins one.
fn open(directory: &Path, origin: &Origin) -> Result<Mirror, FetchError> {
    let io = |path: &Path| {
        let path = path.display().to_string();
        move |error| FetchError::Io { path, error }
    };
    fs::create_dir_all(directory).map_err(io(directory))?;
    let path = directory.join(MANIFEST);
    let mut known = HashMap::new();
    let mut fresh = true;
    if let Some((there, lines)) = crate::source::read_manifest(directory).map_err(io(&path))? {
        if there != *origin {
            return Err(FetchError::Another {
                directory: directory.display().to_string(),
                there: format!("{}/{}", there.bucket, there.prefix),
                wanted: format!("{}/{}", origin.bucket, origin.prefix),
            });
        }
        known = lines;
        fresh = false;
    }
    let mut manifest = OpenOptions::new().create(true).append(true).open(&path).map_err(io(&path))?;
    let first = if fresh { serde_json::to_vec(origin).unwrap_or_default() } else { Vec::new() };
    // Ends a line that a crash may have cut off.
    manifest.write_all(&[first, b"\n".to_vec()].concat()).map_err(io(&path))?;
    Ok(Mirror { directory: directory.to_path_buf(), known, manifest: Mutex::new(manifest) })
}

impl Mirror {
    fn has(&self, listed: &Listed) -> bool {
        let same = |line: &ManifestLine| line.size == listed.size && line.tag == listed.tag;
        self.known.get(&listed.key).is_some_and(same)
            && fs::symlink_metadata(self.directory.join(&listed.key))
                .is_ok_and(|found| found.is_file() && found.len() == listed.size)
    }

    fn put(&self, listed: &Listed, object: Object) -> Result<(), FetchError> {
        let plain = Path::new(&listed.key).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        if !plain || listed.key.contains('\0') {
            return Err(FetchError::Key(listed.key.clone()));
        }
        let path = self.directory.join(&listed.key);
        let io = |error| FetchError::Io { path: path.display().to_string(), error };
        let folder = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(folder).map_err(io)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let mut file = File::create(&part).map_err(io)?;
        file.write_all(&object.bytes).map_err(io)?;
        file.sync_data().map_err(io)?;
        fs::rename(&part, &path).map_err(io)?;
        let metadata = object.metadata.unwrap_or_default();
        let line = ManifestLine {
            key: listed.key.clone(),
            size: listed.size,
            tag: listed.tag.clone(),
            signature: metadata.signature,
            signature_algorithm: metadata.algorithm,
            backfill_generation_timestamp: metadata.backfill,
        };
        let mut line = serde_json::to_vec(&line).unwrap_or_default();
        line.push(b'\n');
        let mut manifest = self.manifest.lock().map_err(|_| io(std::io::Error::other("a thread died")))?;
        manifest.write_all(&line).map_err(io)
    }

    fn sync(&self) -> Result<(), FetchError> {
        let path = || self.directory.join(MANIFEST).display().to_string();
        let manifest = self
            .manifest
            .lock()
            .map_err(|_| FetchError::Io { path: path(), error: std::io::Error::other("a thread died") })?;
        manifest.sync_all().map_err(|error| FetchError::Io { path: path(), error })
    }
}
