//! Mirroring an archive into a directory, with what a later validation needs: every digest and log file of the range,
//! under its own key, and the digests' metadata in a sidecar.
//!
//! Each file is written to a temporary name, synced and renamed, and only then gets its line in the sidecar; a run that
//! was cut off leaves whole files or none, and the next run fetches only what has no line, another size or another tag.
//!
//! Keys are foreign: one that no file should have, and an object that cannot be read, is left out and named; the others
//! are mirrored all the same.

use crate::find::{self, Scope, Wanted};
use crate::range::{Cut, Pages, Range, listings};
use crate::source::{Listed, MANIFEST, ManifestLine, Object, Origin, Source, SourceError};
use crate::unpack::MOST_PACKED_BYTES;
use futures::stream::{self, StreamExt};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};
use trailward_model::delivered::{DIGEST_FOLDER, LOG_FOLDER};

/// The most names of what was left out that are kept.
const MOST_LEFT_OUT: usize = 1_000;
/// What a mirror's own files are named: nothing of the archive may lie there.
const OWN: &str = "trailward-mirror.";

/// What was mirrored.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Fetched {
    /// Objects that were fetched.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that were there already.
    pub kept: u64,
    /// Objects and folders that are not in the mirror although they lie in the archive. Not 0: the mirror is not whole.
    pub left_out: u64,
    /// The first thousand of them, each with the reason. Foreign text: escape it before showing it.
    pub names: Vec<(String, String)>,
}

impl Fetched {
    fn leave_out(&mut self, name: &str, why: impl Into<String>) {
        self.left_out += 1;
        if self.names.len() < MOST_LEFT_OUT {
            self.names.push((name.to_owned(), why.into()));
        }
    }
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
    /// Where files are written before they are whole, apart from the archive's own names.
    parts: PathBuf,
    part: AtomicU64,
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
    let found = find::find(source, 0, Scope { wanted, range, now }).await?;
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
    for noted in found.noted {
        fetched.leave_out(&noted.folder, noted.why);
    }
    let mut denied = None;
    for listing in work {
        let mut pages = Pages::new(&**source, listing);
        while let Some(page) = pages.next().await? {
            let (kept, fresh): (Vec<_>, Vec<_>) =
                page.into_iter().filter(Listed::has_content).partition(|listed| mirror.has(listed));
            fetched.kept += kept.len() as u64;
            observer.found(fresh.len() as u64, fresh.iter().map(|listed| listed.size).sum());
            let work: Vec<_> = fresh.into_iter().map(|listed| one(source, &mirror, listed)).collect();
            let mut results = stream::iter(work).buffer_unordered(jobs.max(1));
            while let Some((listed, outcome)) = results.next().await {
                observer.fetched(listed.size);
                match outcome {
                    Ok(bytes) => {
                        fetched.objects += 1;
                        fetched.bytes += bytes;
                    }
                    Err(Trouble::Stop(error)) => return Err(error),
                    Err(Trouble::LeftOut(why)) => fetched.leave_out(&listed.key, why),
                    Err(Trouble::Denied(error)) => {
                        fetched.leave_out(&listed.key, error.to_string());
                        denied = Some(error);
                    }
                }
            }
        }
    }
    for line in source.skipped() {
        fetched.leave_out(source.name(), line);
    }
    mirror.sync()?;
    match denied {
        // Not one object: then the right to read is missing, not an object.
        Some(error) if fetched.objects == 0 && fetched.kept == 0 => Err(error.into()),
        _ => Ok(fetched),
    }
}

/// Why an object is not in the mirror.
enum Trouble {
    /// Its key or content is no file of an archive.
    LeftOut(String),
    /// It may not be read.
    Denied(SourceError),
    /// Nothing more can be mirrored.
    Stop(FetchError),
}

async fn one(source: &Arc<dyn Source>, mirror: &Mirror, listed: Listed) -> (Listed, Result<u64, Trouble>) {
    let outcome = async {
        let path = mirror.path(&listed.key).map_err(|why| Trouble::LeftOut(why.to_owned()))?;
        let object = source.get(&listed.key, MOST_PACKED_BYTES).await.map_err(|error| match error {
            SourceError::Denied { .. } | SourceError::Archived(_) => Trouble::Denied(error),
            SourceError::NotFound(_) | SourceError::TooLarge { .. } => Trouble::LeftOut(error.to_string()),
            SourceError::Unreachable { .. } | SourceError::Failed { .. } => Trouble::Stop(error.into()),
        })?;
        let bytes = object.bytes.len() as u64;
        mirror.put(&listed, &path, object)?;
        Ok(bytes)
    };
    let outcome = outcome.await;
    (listed, outcome)
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
    let parts = directory.join(format!("{OWN}parts"));
    fs::create_dir_all(&parts).map_err(io(&parts))?;
    let (directory, manifest) = (directory.to_path_buf(), Mutex::new(manifest));
    Ok(Mirror { directory, known, manifest, parts, part: AtomicU64::new(0) })
}

impl Mirror {
    fn has(&self, listed: &Listed) -> bool {
        let same = |line: &ManifestLine| line.size == listed.size && line.tag == listed.tag;
        self.known.get(&listed.key).is_some_and(same)
            && fs::symlink_metadata(self.directory.join(&listed.key))
                .is_ok_and(|found| found.is_file() && found.len() == listed.size)
    }

    /// The file of a key, or why it has none.
    fn path(&self, key: &str) -> Result<PathBuf, &'static str> {
        if key.chars().any(char::is_control) {
            return Err("its key has control characters");
        }
        let relative = Path::new(key);
        let plain = relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        // `components` sees neither a dot in the middle nor two slashes.
        let spelt = key.split('/').all(|name| !matches!(name, "" | "." | ".."));
        if !plain || !spelt {
            return Err("its key is no path below the mirror");
        }
        if key.starts_with(OWN) {
            return Err("its key is that of the mirror's own files");
        }
        Ok(self.directory.join(relative))
    }

    fn put(&self, listed: &Listed, path: &Path, object: Object) -> Result<(), Trouble> {
        let io = |error: std::io::Error| match error.kind() {
            ErrorKind::InvalidFilename => Trouble::LeftOut("its key is too long for a file".to_owned()),
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists | ErrorKind::IsADirectory => {
                Trouble::LeftOut("a file lies where its key needs a folder, or the reverse".to_owned())
            }
            _ => Trouble::Stop(FetchError::Io { path: path.display().to_string(), error }),
        };
        let folder = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(folder).map_err(io)?;
        let part = self.parts.join(self.part.fetch_add(1, Ordering::Relaxed).to_string());
        let mut file = File::create(&part).map_err(io)?;
        file.write_all(&object.bytes).map_err(io)?;
        file.sync_data().map_err(io)?;
        if let Err(error) = fs::rename(&part, path) {
            // The error that stopped it says more than one about cleaning up.
            let _ = fs::remove_file(&part);
            return Err(io(error));
        }
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
        manifest.sync_all().map_err(|error| FetchError::Io { path: path(), error })?;
        fs::remove_dir_all(&self.parts).map_err(|error| FetchError::Io { path: path(), error })
    }
}
