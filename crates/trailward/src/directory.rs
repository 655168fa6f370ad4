//! The data directory: for its owner alone, and whole before anything in it is used.

use crate::env::quoted;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trailward_store::seal::MasterKey;
use trailward_store::{DirLock, FileJournal};

/// What an error names at most.
const MOST_NAMED: usize = 5;

/// A data directory that belongs to this process.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    pub master: Arc<MasterKey>,
    _lock: DirLock,
}

impl DataDir {
    /// Takes `path` (made if missing, for its owner alone). Fails if others may use anything in it, or if it holds data
    /// without the key, the catalog or the journal that belongs to them.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let lock = lock(path)?;
        let key = path.join("master.key");
        if !exists(&key)?
            && let Some(data) = first_existing(path)?
        {
            bail!(
                "{} exists, but its key {} does not: restore it, or name another data directory",
                data.display(),
                key.display()
            );
        }
        if exists(&catalog(path))? && !FileJournal::exists(&journal(path)) {
            bail!(
                "{} exists, but its journal {} does not: restore it, or name another data directory",
                catalog(path).display(),
                journal(path).display()
            );
        }
        let master = MasterKey::load_or_create(&key).context("no master key")?;
        Ok(Self { path: path.to_owned(), master: Arc::new(master), _lock: lock })
    }

    /// Takes a directory that holds data already; makes nothing but the lock.
    pub(crate) fn open_existing(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            bail!("{} is not a directory", path.display());
        }
        let key = path.join("master.key");
        if !exists(&key)? {
            bail!("{} does not exist: this is no data directory, or its key is missing", key.display());
        }
        let lock = lock(path)?;
        let master = MasterKey::load_or_create(&key).context("no master key")?;
        Ok(Self { path: path.to_owned(), master: Arc::new(master), _lock: lock })
    }

    /// Fails if the journal has entries and the catalog is gone: a new catalog would name none of the blobs, and whatever
    /// nobody names is swept.
    pub(crate) fn check_catalog(&self, journal_end: u64) -> Result<()> {
        if journal_end > 0 && !exists(&self.catalog())? {
            bail!(
                "{} exists, but its catalog {} does not: restore it, or name another data directory",
                self.journal().display(),
                self.catalog().display()
            );
        }
        Ok(())
    }

    pub(crate) fn catalog(&self) -> PathBuf {
        catalog(&self.path)
    }

    pub(crate) fn journal(&self) -> PathBuf {
        journal(&self.path)
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }
}

fn catalog(data: &Path) -> PathBuf {
    data.join("catalog.sqlite")
}

fn journal(data: &Path) -> PathBuf {
    data.join("journal")
}

fn lock(path: &Path) -> Result<DirLock> {
    if exists(path)? {
        check_modes(path)?;
    }
    DirLock::acquire(path).with_context(|| format!("cannot take {}", path.display()))
}

/// As [`Path::exists`], but what cannot be looked at is not taken for missing.
fn exists(path: &Path) -> Result<bool> {
    path.try_exists().with_context(|| format!("cannot look at {}", path.display()))
}

/// Something in `data` that is sealed under the master key.
fn first_existing(data: &Path) -> Result<Option<PathBuf>> {
    for name in ["catalog.sqlite", "journal", "blobs"] {
        let path = data.join(name);
        if exists(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Fails, with the command that mends it, if anybody but the owner may use `data` or anything in it. Symbolic links are
/// followed once: what lies behind them is held to the same. Files of blobs are not looked at one by one; nobody reaches
/// them through directories that are closed.
fn check_modes(data: &Path) -> Result<()> {
    let mut loose = Vec::new();
    let mut roots = BTreeSet::new();
    let blobs = data.join("blobs");
    let mut open = vec![(data.to_owned(), data.to_owned())];
    let mut seen = BTreeSet::new();
    while let Some((mut path, mut root)) = open.pop() {
        let shown = path.display().to_string();
        let looking = || format!("cannot look at {shown}");
        let link = std::fs::symlink_metadata(&path).with_context(looking)?.is_symlink();
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            // A link to nowhere is nobody's way in; and files come and go with whoever has the directory open: the lock tells.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(looking),
        };
        if link {
            path = path.canonicalize().with_context(looking)?;
            root.clone_from(&path);
        }
        // Links may lead in a circle.
        if !seen.insert(path.clone()) {
            continue;
        }
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            loose.push(format!("{} has mode {mode:04o}", path.display()));
            roots.insert(root.clone());
        }
        let is_blob_leaf = path.strip_prefix(&blobs).is_ok_and(|below| below.components().count() >= 2);
        if metadata.is_dir() && !is_blob_leaf {
            for entry in std::fs::read_dir(&path).with_context(looking)? {
                open.push((entry.with_context(looking)?.path(), root.clone()));
            }
        }
    }
    if loose.is_empty() {
        return Ok(());
    }
    loose.sort();
    let more = loose.len().saturating_sub(MOST_NAMED);
    let mut named = loose.into_iter().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        named.push_str(&format!(" and {more} more"));
    }
    let roots: Vec<String> = roots.iter().map(|root| quoted(&root.display().to_string())).collect();
    bail!(
        "others than the owner may use the data directory: {named}; run: chmod -R go-rwx {}",
        roots.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn private_dir() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        mode(dir.path(), 0o700);
        dir
    }

    fn refusal(data: &Path) -> String {
        format!("{:#}", DataDir::open(data).map(drop).unwrap_err())
    }

    /// Runs the command that the refusal names.
    fn mend(refusal: &str) {
        let (_, command) = refusal.split_once("run: ").unwrap();
        assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
    }

    #[test]
    fn a_new_directory_is_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("a/b");
        drop(DataDir::open(&data).unwrap());
        for path in [dir.path().join("a"), data.clone(), data.join("master.key"), data.join("lock")] {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", path.display());
        }
        drop(DataDir::open(&data).unwrap());
    }

    #[test]
    fn looser_modes_are_refused_with_the_command_that_mends_them() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("it's data");
        drop(DataDir::open(&data).unwrap());
        let deep = data.join("blobs/ab/00");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir_all(data.join("tls")).unwrap();
        let file = data.join("tls/key.pem");
        std::fs::write(&file, "key").unwrap();
        std::fs::write(deep.join("blob"), "sealed").unwrap();
        for path in [data.join("blobs"), data.join("blobs/ab"), deep.clone(), data.join("tls")] {
            mode(&path, 0o700);
        }
        mode(&file, 0o600);
        mode(&deep.join("blob"), 0o644);
        lock(&data).unwrap();
        for (path, bad) in [
            (data.clone(), 0o750),
            (data.clone(), 0o701),
            (data.join("blobs"), 0o755),
            (data.join("blobs/ab"), 0o711),
            (deep, 0o770),
            (file.clone(), 0o640),
            (file, 0o602),
            (data.join("master.key"), 0o604),
            (data.join("lock"), 0o666),
        ] {
            mode(&path, bad);
            let refusal = refusal(&data);
            assert!(refusal.contains(&format!("{} has mode {bad:04o}", path.display())), "{refusal}");
            mend(&refusal);
            lock(&data).unwrap();
        }
    }

    #[test]
    fn what_lies_behind_links_is_held_to_the_same() {
        let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (data, target) = (dir.path().join("data"), elsewhere.path().join("blobs"));
        std::fs::create_dir(&data).unwrap();
        mode(&data, 0o700);
        std::fs::create_dir(&target).unwrap();
        std::fs::write(target.join("file"), "x").unwrap();
        mode(&target, 0o700);
        mode(&target.join("file"), 0o644);
        symlink(&target, data.join("blobs")).unwrap();
        symlink(&data, target.join("circle")).unwrap();
        symlink(data.join("nothing"), data.join("nowhere")).unwrap();
        let refusal = refusal(&data);
        assert!(refusal.contains("file has mode 0644"), "{refusal}");
        mend(&refusal);
        lock(&data).unwrap();
        let linked = dir.path().join("linked");
        symlink(&data, &linked).unwrap();
        mode(&data, 0o755);
        mend(&self::refusal(&linked));
        lock(&linked).unwrap();
    }

    #[test]
    fn data_without_its_key_is_refused() {
        for name in ["catalog.sqlite", "journal", "blobs"] {
            let dir = private_dir();
            std::fs::create_dir(dir.path().join(name)).unwrap();
            mode(&dir.path().join(name), 0o700);
            let refusal = refusal(dir.path());
            assert!(refusal.contains("master.key does not: restore it"), "{refusal}");
            assert!(!dir.path().join("master.key").exists(), "no new key is made");
        }
        // Neither of these was sealed under it.
        let dir = private_dir();
        std::fs::write(dir.path().join("endpoint"), "x").unwrap();
        mode(&dir.path().join("endpoint"), 0o600);
        drop(DataDir::open(dir.path()).unwrap());
    }

    #[test]
    fn a_catalog_without_its_journal_and_the_reverse_are_refused() {
        let dir = private_dir();
        drop(DataDir::open(dir.path()).unwrap());
        std::fs::write(dir.path().join("catalog.sqlite"), "").unwrap();
        mode(&dir.path().join("catalog.sqlite"), 0o600);
        assert!(refusal(dir.path()).contains("journal does not: restore it"));
        std::fs::remove_file(dir.path().join("catalog.sqlite")).unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        data.check_catalog(0).unwrap();
        let error = data.check_catalog(1).unwrap_err().to_string();
        assert!(error.contains("catalog.sqlite does not: restore it"), "{error}");
    }
}
