//! An archive in a directory: `aws s3 sync` of a bucket, or a mirror made by `trailward archive fetch`.

use super::sidecar::Sidecar;
use super::skipped::Skipped;
use super::{Cursor, Level, Listed, ManifestLine, Object, Origin, Page, Source, SourceError};
use async_trait::async_trait;
use bytes::Bytes;
use std::fs::{self, File, Metadata as FileMetadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use time::OffsetDateTime;

/// Folders deeper than any key can name.
const MOST_DEPTH: usize = 64;
const PAGE: usize = 1000;

/// A directory that holds a bucket's tree. Links are not followed and only regular files are read, so nothing outside
/// of it is, and a named pipe holds nobody up.
pub struct Directory {
    name: String,
    path: PathBuf,
    root: String,
    sidecar: Option<Sidecar>,
    skipped: Skipped,
}

impl Directory {
    /// Opens `path`: the folder that `AWSLogs` lies in, or any above it, or `AWSLogs` itself.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let name = path.display().to_string();
        let failed = |e: std::io::Error| SourceError::Failed { name: name.clone(), detail: e.to_string() };
        let mut path = fs::canonicalize(path).map_err(failed)?;
        if !path.is_dir() {
            return Err(SourceError::Failed { name, detail: "is not a directory".into() });
        }
        let mut root = String::new();
        if path.file_name().is_some_and(|last| last == "AWSLogs")
            && let Some(above) = path.parent()
        {
            path = above.to_path_buf();
            root.push_str("AWSLogs/");
        }
        let sidecar = Sidecar::read(&path, |line| line.signature.is_some()).map_err(failed)?;
        Ok(Self { name, path, root, sidecar, skipped: Skipped::default() })
    }

    /// The file of a key. Keys come from foreign digests, so `..` and the like are nobody's file.
    fn file(&self, key: &str) -> Option<PathBuf> {
        let relative = Path::new(key);
        let plain = !key.is_empty()
            && !key.contains('\0')
            && relative.components().all(|part| matches!(part, Component::Normal(_)))
            && !key.contains("//")
            && !key.ends_with('/');
        plain.then(|| self.path.join(relative))
    }

    fn skip(&self, path: &Path, why: &str) {
        self.skipped.add(format!("{} was passed over: {why}", path.display()));
    }

    /// The entries of a folder, in order of their names; folders' names end in `/`, so that the order is that of keys.
    fn entries(&self, folder: &Path) -> Result<Vec<(String, Option<FileMetadata>)>, SourceError> {
        let name = folder.display().to_string();
        let found = match fs::read_dir(folder) {
            Ok(found) => found,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io_error(name, &e)),
        };
        let mut entries = Vec::new();
        for entry in found {
            let entry = entry.map_err(|e| io_error(name.clone(), &e))?;
            let path = entry.path();
            let Some(text) = entry.file_name().to_str().map(str::to_owned) else {
                self.skip(&path, "its name is not UTF-8");
                continue;
            };
            let kind = entry.file_type().map_err(|e| io_error(name.clone(), &e))?;
            if kind.is_dir() {
                entries.push((format!("{text}/"), None));
            } else if kind.is_file() {
                let metadata = entry.metadata().map_err(|e| io_error(name.clone(), &e))?;
                entries.push((text, Some(metadata)));
            } else {
                self.skip(&path, "it is neither a file nor a folder");
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    /// Collects the page of files below `folder`, whose key is `at`, in order of their keys.
    fn collect(
        &self,
        folder: &Path,
        at: &str,
        (prefix, after): (&str, Option<&str>),
        depth: usize,
        page: &mut Page,
    ) -> Result<(), SourceError> {
        if depth > MOST_DEPTH {
            self.skip(folder, "it lies too deep");
            return Ok(());
        }
        for (name, metadata) in self.entries(folder)? {
            if page.next.is_some() {
                return Ok(());
            }
            let key = format!("{at}{name}");
            let wanted = key.starts_with(prefix) || prefix.starts_with(&key);
            // A folder that ends before `after` begins has only keys before it.
            let passed = after.is_some_and(|after| key.as_str() <= after && !after.starts_with(&key));
            if !wanted || passed {
                continue;
            }
            match metadata {
                None => self.collect(&folder.join(&name), &key, (prefix, after), depth + 1, page)?,
                Some(_) if !key.starts_with(prefix) || after == Some(key.as_str()) => {}
                Some(metadata) => {
                    if page.objects.len() == PAGE {
                        page.next = page.objects.last().map(|last| Cursor::After(last.key.clone()));
                        return Ok(());
                    }
                    page.objects.push(listed(key, &metadata));
                }
            }
        }
        Ok(())
    }
}

fn listed(key: String, metadata: &FileMetadata) -> Listed {
    let tag = format!(
        "{}.{}.{}.{}.{}.{}",
        metadata.dev(),
        metadata.ino(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    );
    let modified =
        OffsetDateTime::from_unix_timestamp(metadata.mtime()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Listed { key, size: metadata.len(), tag, modified }
}

fn io_error(name: String, e: &std::io::Error) -> SourceError {
    match e.kind() {
        std::io::ErrorKind::NotFound => SourceError::NotFound(name),
        std::io::ErrorKind::PermissionDenied => {
            SourceError::Denied { action: "permission to read", resource: name, detail: e.to_string() }
        }
        _ => SourceError::Failed { name, detail: e.to_string() },
    }
}

#[async_trait]
impl Source for Directory {
    fn name(&self) -> &str {
        &self.name
    }

    fn bucket(&self) -> Option<&str> {
        None
    }

    fn root(&self) -> &str {
        &self.root
    }

    async fn level(&self, prefix: &str) -> Result<Level, SourceError> {
        let folder = match prefix.strip_suffix('/') {
            None => self.path.clone(),
            Some(key) => match self.file(key) {
                Some(folder) if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) => folder,
                _ => return Ok(Level::default()),
            },
        };
        let mut level = Level::default();
        for (name, metadata) in self.entries(&folder)? {
            match (name.strip_suffix('/'), metadata) {
                (Some(folder), None) => level.folder(folder.to_owned()),
                (_, metadata) => level.object(&name, metadata.map_or(0, |found| found.len())),
            }
        }
        Ok(level)
    }

    async fn list(&self, prefix: &str, from: Option<&Cursor>) -> Result<Page, SourceError> {
        // Tokens are never given here; a key is as good.
        let after = from.map(|cursor| match cursor {
            Cursor::After(key) | Cursor::Token(key) => key.as_str(),
        });
        let mut page = Page::default();
        // Begin at the deepest folder that the prefix names, not at the top.
        let start = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (folder, at) = match start {
            "" => (self.path.clone(), String::new()),
            key => match self.file(key) {
                Some(folder) => (folder, format!("{key}/")),
                None => return Ok(page),
            },
        };
        match fs::symlink_metadata(&folder) {
            Ok(found) if found.is_dir() => {}
            _ => return Ok(page),
        }
        self.collect(&folder, &at, (prefix, after), 0, &mut page)?;
        Ok(page)
    }

    async fn get(&self, key: &str, limit: u64) -> Result<Object, SourceError> {
        let path = self.file(key).ok_or_else(|| SourceError::NotFound(self.uri(key)))?;
        let error = |e: std::io::Error| io_error(self.uri(key), &e);
        // Opening a pipe would wait for its other end, and a link may lead out of the archive.
        let found = fs::symlink_metadata(&path).map_err(error)?;
        if !found.is_file() || fs::canonicalize(&path).map_err(error)? != path {
            self.skip(&path, "it is not a regular file, or lies behind a link");
            return Err(SourceError::NotFound(self.uri(key)));
        }
        if found.len() > limit {
            return Err(SourceError::TooLarge { name: self.uri(key), limit });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
        File::open(&path).map_err(error)?.take(limit + 1).read_to_end(&mut bytes).map_err(error)?;
        if bytes.len() as u64 > limit {
            return Err(SourceError::TooLarge { name: self.uri(key), limit });
        }
        let metadata =
            self.sidecar.as_ref().and_then(|sidecar| sidecar.lines.get(key)).map(ManifestLine::metadata);
        Ok(Object { bytes: Bytes::from(bytes), metadata })
    }

    fn origin(&self) -> Option<&Origin> {
        self.sidecar.as_ref().map(|sidecar| &sidecar.origin)
    }

    fn skipped(&self) -> Vec<String> {
        self.skipped.lines()
    }
}
