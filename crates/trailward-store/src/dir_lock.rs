//! One process per data directory.

use crate::fs::{create_dir_durably, io_error, private};
use crate::{StoreError, StoreErrorKind};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Holds a data directory for this process alone. Released when dropped, or by the kernel when the process dies.
#[derive(Debug)]
pub struct DirLock {
    // Held for its lock only.
    _file: File,
    path: PathBuf,
}

impl DirLock {
    /// Locks `dir` (created if missing) through the file `lock` in it. `Unavailable`, at once, if another process
    /// (or another [`DirLock`] in this one) holds it.
    pub fn acquire(dir: &Path) -> Result<Self, StoreError> {
        create_dir_durably(dir).map_err(io_error("create", dir))?;
        let path = dir.join("lock");
        let file = private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, path }),
            Err(TryLockError::WouldBlock) => Err(StoreError::new(
                StoreErrorKind::Unavailable,
                format!("the data directory {} is in use by another process", dir.display()),
            )),
            Err(TryLockError::Error(error)) => Err(io_error("lock", &path)(error)),
        }
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
