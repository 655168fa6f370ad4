//! The next segment, filled with zeros before it is needed.
//!
//! Overwriting blocks that already exist needs no change of the file's metadata, so that `fdatasync` writes the
//! entries and nothing else. Filling takes long; it happens on a thread of its own.

use super::SyncData;
use super::format::{SegmentHeader, SegmentKey};
use super::segment::{Segment, path_of};
use crate::fs::{private, sync_dir};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

/// Ends the names of files that are not segments yet; removed when the journal is opened.
pub(super) const TEMPORARY: &str = "tmp";

const ZEROS: &[u8] = &[0; 256 << 10];

/// A file of zeros on stable storage, not yet a segment.
#[derive(Debug)]
pub(super) struct Prepared {
    path: PathBuf,
    file: File,
}

/// Fills a new file in `dir` with zeros and makes them durable.
pub(super) fn prepare(dir: &Path, number: u64, bytes: u64, stop: &AtomicBool) -> io::Result<Prepared> {
    let path = dir.join(format!("spare-{number}.{TEMPORARY}"));
    let filled = (|| {
        let mut file = private().read(true).write(true).create_new(true).open(&path)?;
        let mut left = bytes;
        while left > 0 {
            if stop.load(Ordering::Relaxed) {
                return Err(io::Error::other("the journal was closed"));
            }
            let piece = usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len());
            file.write_all(ZEROS.get(..piece).unwrap_or(ZEROS))?;
            left -= piece as u64;
        }
        file.sync_all()?;
        Ok(file)
    })();
    match filled {
        Ok(file) => Ok(Prepared { path, file }),
        Err(error) => {
            // A half-filled file takes the room that may be what is missing.
            let _ = std::fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Makes `prepared` the segment that starts with `header.first`. After `Ok` it is durable under its name.
pub(super) fn activate(
    dir: &Path,
    prepared: Prepared,
    (header, bytes, key): (SegmentHeader, Vec<u8>, SegmentKey),
    sync: &SyncData,
) -> io::Result<Segment> {
    let path = path_of(dir, header.first);
    prepared.file.write_all_at(&bytes, 0)?;
    sync(&prepared.file)?;
    std::fs::rename(&prepared.path, &path)?;
    sync_dir(dir)?;
    Ok(Segment::new(path, prepared.file, header, key))
}

/// A thread that prepares segments one at a time, on demand.
#[derive(Debug)]
pub(super) struct Preparer {
    demand: Option<mpsc::Sender<()>>,
    supply: mpsc::Receiver<io::Result<Prepared>>,
    demanded: bool,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Preparer {
    pub(super) fn start(dir: PathBuf, bytes: u64) -> io::Result<Self> {
        let (demand, demands) = mpsc::channel();
        let (supplies, supply) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("journal-prepare".to_owned()).spawn(move || {
            for (number, ()) in (1..).zip(demands) {
                if supplies.send(prepare(&dir, number, bytes, &stopped)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { demand: Some(demand), supply, demanded: false, stop, thread: Some(thread) })
    }

    /// Starts preparing a segment, unless that was done already.
    pub(super) fn demand(&mut self) {
        if !self.demanded {
            self.demanded = self.demand.as_ref().is_some_and(|demand| demand.send(()).is_ok());
        }
    }

    /// The prepared segment, waiting for it if need be.
    pub(super) fn take(&mut self) -> io::Result<Prepared> {
        self.demand();
        self.demanded = false;
        self.supply.recv().map_err(io::Error::other)?
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.demand = None;
        if let Some(thread) = self.thread.take() {
            // It does nothing that can panic, and there is nobody left to tell.
            let _ = thread.join();
        }
        while let Ok(Ok(unused)) = self.supply.try_recv() {
            let _ = std::fs::remove_file(&unused.path);
        }
    }
}
