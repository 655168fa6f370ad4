//! Secrets at rest: sealed under one master key, which is a file of its own.

use crate::fs::{create_dir_durably, io_error, sync_dir};
use crate::{StoreError, StoreErrorKind};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The length of a key, in bytes.
pub const KEY_LEN: usize = 32;

/// First byte of everything sealed: names the algorithm and the layout `01, nonce (12), ciphertext, tag (16)`.
const SEALED_V1: u8 = 1;

/// Seals and opens secrets with AES-256-GCM. Never prints its bytes; overwrites them when dropped.
pub struct MasterKey {
    bytes: [u8; KEY_LEN],
}

impl MasterKey {
    /// A key of the given bytes.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self { bytes }
    }

    /// A fresh key from the system's random numbers.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; KEY_LEN];
        fill_random(&mut bytes)?;
        Ok(Self { bytes })
    }

    /// Reads the key file at `path`, or creates it with a random key and mode 0600. After `Ok`, the file is on
    /// stable storage. Fails if others than the owner may read it, or if it is not 32 bytes long.
    pub fn load_or_create(path: &Path) -> Result<Self, StoreError> {
        match File::open(path) {
            Ok(file) => Self::load(path, file),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(io_error("open the master key", path)(error)),
        }
    }

    fn load(path: &Path, mut file: File) -> Result<Self, StoreError> {
        let mode = file.metadata().map_err(io_error("inspect the master key", path))?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(StoreError::new(
                StoreErrorKind::Unavailable,
                format!(
                    "the master key {} has mode {mode:04o}, so that others may use it: run chmod 0600 on it",
                    path.display()
                ),
            ));
        }
        // One byte more than a key, to notice a file that is too long.
        let mut content = [0; KEY_LEN + 1];
        let mut length = 0;
        while let Some(rest) = content.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match file.read(rest).map_err(io_error("read the master key", path))? {
                0 => break,
                read => length += read,
            }
        }
        match content.first_chunk::<KEY_LEN>() {
            Some(bytes) if length == KEY_LEN => Ok(Self { bytes: *bytes }),
            _ => Err(StoreError::corrupt(format!(
                "the master key {} is not {KEY_LEN} bytes long",
                path.display()
            ))),
        }
    }

    fn create(path: &Path) -> Result<Self, StoreError> {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        create_dir_durably(dir).map_err(io_error("create", dir))?;
        let key = Self::random()?;
        let mut suffix = [0; 8];
        fill_random(&mut suffix)?;
        let temporary = path.with_extension(format!("{}.tmp", hex::encode(suffix)));
        let written = (|| {
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.write_all(&key.bytes)?;
            file.sync_all()?;
            // Unlike a rename, a link never replaces a key that another process created meanwhile.
            std::fs::hard_link(&temporary, path)
        })();
        // Only a leftover name; the key itself is safe either way.
        let _ = std::fs::remove_file(&temporary);
        match written {
            Ok(()) => {
                sync_dir(dir).map_err(io_error("sync", dir))?;
                Ok(key)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Self::load(path, File::open(path).map_err(io_error("open the master key", path))?)
            }
            Err(error) => Err(io_error("create the master key", path)(error)),
        }
    }

    /// Encrypts and authenticates `plaintext`. The same `context` must be given to open it, so that a sealed value
    /// moved to another place does not open there.
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        fill_random(&mut nonce)?;
        let mut body = plaintext.to_vec();
        self.key()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut body,
            )
            .map_err(|error| StoreError::unavailable(format!("cannot seal {context}"), error))?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(SEALED_V1);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what [`MasterKey::seal`] made. `Corrupt` if a byte was changed, the context differs or another key sealed it.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let unreadable = || {
            StoreError::corrupt(format!(
                "cannot unseal {context}: it was altered, or sealed under another master key"
            ))
        };
        let (&[SEALED_V1], rest) = sealed.split_first_chunk::<1>().ok_or_else(unreadable)? else {
            return Err(unreadable());
        };
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(unreadable)?;
        let mut body = body.to_vec();
        let length = self
            .key()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context.as_bytes()), &mut body)
            .map_err(|_| unreadable())?
            .len();
        body.truncate(length);
        Ok(body)
    }

    fn key(&self) -> Result<LessSafeKey, StoreError> {
        aead_key(&self.bytes)
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.bytes.fill(0);
        // Keeps the compiler from dropping a store that nobody reads.
        std::hint::black_box(&self.bytes);
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

pub(crate) fn aead_key(bytes: &[u8; KEY_LEN]) -> Result<LessSafeKey, StoreError> {
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|error| StoreError::unavailable("cannot set up AES-256-GCM", error))
}

pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), StoreError> {
    aws_lc_rs::rand::fill(bytes)
        .map_err(|error| StoreError::unavailable("the system has no random numbers", error))
}
