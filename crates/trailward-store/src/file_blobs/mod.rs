//! Blobs as encrypted files in two levels of directories: `ab/cd/abcd…`.

mod frame;
mod read;
mod write;

use crate::blobs::no_blob;
use crate::fs::{blocking, create_dir_durably, io_error, sync_dir};
use crate::seal::MasterKey;
use crate::{BlobId, BlobKey, BlobStream, BlobWriter, Blobs, StoreError};
use async_trait::async_trait;
pub use read::BlobCheck;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// [`Blobs`] in files of one directory, each encrypted under a key of its own, which is sealed under the master key.
///
/// Changing, cutting, reordering or swapping any of their bytes is noticed when those bytes are read.
#[derive(Debug)]
pub struct FileBlobs {
    store: Arc<Store>,
}

#[derive(Debug)]
struct Store {
    dir: PathBuf,
    master: Arc<MasterKey>,
    /// Directories that are known to be durable in their parents.
    durable_dirs: Mutex<HashSet<PathBuf>>,
}

impl FileBlobs {
    /// Opens the blobs in `dir` (created if missing) and removes what unfinished writers of an earlier process
    /// left behind. Blocks.
    pub fn open(dir: &Path, master: impl Into<Arc<MasterKey>>) -> Result<Self, StoreError> {
        let store = Store { dir: dir.to_path_buf(), master: master.into(), durable_dirs: Mutex::default() };
        let temporary = store.temporary_dir();
        create_dir_durably(&temporary).map_err(io_error("create", &temporary))?;
        for file in std::fs::read_dir(&temporary).map_err(io_error("read", &temporary))? {
            let path = file.map_err(io_error("read", &temporary))?.path();
            std::fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
        Ok(Self { store: Arc::new(store) })
    }

    /// Opens the blobs in `dir`, which must exist, and changes nothing there: for looking only.
    pub fn open_existing(dir: &Path, master: impl Into<Arc<MasterKey>>) -> Result<Self, StoreError> {
        std::fs::read_dir(dir).map_err(io_error("read", dir))?;
        let store = Store { dir: dir.to_path_buf(), master: master.into(), durable_dirs: Mutex::default() };
        Ok(Self { store: Arc::new(store) })
    }

    /// Reads all of the blob `id` and checks every byte that the store has a key for. `NotFound` if it is not there;
    /// `Corrupt` if a byte was changed.
    pub async fn check(&self, id: &BlobId) -> Result<BlobCheck, StoreError> {
        let (store, id) = (self.store.clone(), id.clone());
        let path = store.path(&id)?;
        blocking(move || read::check(path, id, &store.master)).await
    }
}

impl Store {
    fn temporary_dir(&self) -> PathBuf {
        self.dir.join("unfinished")
    }

    /// Where the blob `id` lies; `NotFound` if no store can ever have chosen that id.
    fn path(&self, id: &BlobId) -> Result<PathBuf, StoreError> {
        if id.bytes().is_none() {
            return Err(no_blob(id));
        }
        let (first, second) = (id.0.get(..2).unwrap_or_default(), id.0.get(2..4).unwrap_or_default());
        Ok(self.dir.join(first).join(second).join(&id.0))
    }

    /// An id for a new blob: random but for its second byte, so that new blobs lie in 256 directories. With all of it
    /// random, nearly every put made directories of its own, and each of those costs several syncs.
    fn new_id() -> Result<BlobId, StoreError> {
        let mut id = BlobId::random()?;
        id.0.replace_range(2..4, "00");
        Ok(id)
    }

    /// Makes sure that `dir` exists, and will after a crash.
    fn ensure_dir(&self, dir: &Path) -> std::io::Result<()> {
        let durable = || self.durable_dirs.lock().unwrap_or_else(PoisonError::into_inner);
        if durable().contains(dir) {
            return Ok(());
        }
        // Several may come here at once, and nobody waits for another's syncs.
        create_dir_durably(dir)?;
        // Whoever created it may have died, or not come this far, before it was durable.
        for parent in dir.ancestors().skip(1).take(2) {
            sync_dir(parent)?;
        }
        durable().insert(dir.to_path_buf());
        Ok(())
    }

    fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<BlobId>, StoreError> {
        let after = after.map_or("", |id| id.0.as_str());
        let mut ids = Vec::new();
        for first in names(&self.dir, 2, after.get(..2).unwrap_or_default())? {
            let dir = self.dir.join(&first);
            for second in names(&dir, 2, "")? {
                if format!("{first}{second}").as_str() < after.get(..4).unwrap_or_default() {
                    continue;
                }
                for id in names(&dir.join(&second), 32, after)? {
                    if ids.len() >= limit {
                        return Ok(ids);
                    }
                    if id.as_str() > after {
                        ids.push(BlobId(id));
                    }
                }
            }
        }
        Ok(ids)
    }
}

/// The names in `dir` that are `length` lower-case hexadecimal digits and not below `from`, in order.
fn names(dir: &Path, length: usize, from: &str) -> Result<Vec<String>, StoreError> {
    let is_hex = |name: &str| name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut names = Vec::new();
    for file in std::fs::read_dir(dir).map_err(io_error("read", dir))? {
        let name = file.map_err(io_error("read", dir))?.file_name();
        if let Some(name) = OsStr::to_str(&name)
            && name.len() == length
            && is_hex(name)
            && name >= from
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn create(&self, key: Option<&BlobKey>) -> Result<Box<dyn BlobWriter>, StoreError> {
        Ok(Box::new(write::Writer::new(self.store.clone(), key.cloned())?))
    }

    async fn read(
        &self,
        id: &BlobId,
        range: Range<u64>,
        key: Option<&BlobKey>,
    ) -> Result<BlobStream, StoreError> {
        let path = self.store.path(id)?;
        read::stream(path, id.clone(), (self.store.master.clone(), key.cloned()), range).await
    }

    async fn delete(&self, id: &BlobId) -> Result<(), StoreError> {
        let Ok(path) = self.store.path(id) else {
            return Ok(());
        };
        blocking(move || match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(io_error("remove", &path)(error)),
            _ => Ok(()),
        })
        .await
    }

    async fn list(&self, after: Option<&BlobId>, limit: usize) -> Result<Vec<BlobId>, StoreError> {
        let (store, after) = (self.store.clone(), after.cloned());
        blocking(move || store.list(after.as_ref(), limit)).await
    }
}
