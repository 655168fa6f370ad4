//! How many connections there may be: of everybody, and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use trailward_service::throttle::network;

/// Connections at a time, however many files the process may open.
const MOST: usize = 4096;

/// Files that are open whoever calls: the stores, the listeners, the log.
const OWN_FILES: usize = 128;

/// Files that one connection may need at a time: its socket, an object's file, that file's directory while it is synced.
const FILES_A_CONNECTION: usize = 3;

/// Places for connections, shared by all listeners of the process.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most_of_one: usize,
}

/// One address has too many connections.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal;

/// A place that is not given to anybody yet.
#[derive(Debug)]
pub(crate) struct Free {
    places: Places,
    permit: OwnedSemaphorePermit,
}

/// A connection's place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// Where it is counted; `None` for those that are not.
    of: Option<(Places, IpAddr)>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// As many as the process can open files for.
    pub(crate) fn for_this_process() -> Self {
        Self::new(most_connections(open_files()))
    }

    /// `most` of everybody, half of them of one address.
    pub(crate) fn new(most: usize) -> Self {
        let most_of_one = (most / 2).max(1);
        Self { free: Arc::new(Semaphore::new(most)), taken: Arc::default(), most_of_one }
    }

    /// Waits for a free place.
    pub(crate) async fn one(&self) -> Result<Free, AcquireError> {
        let permit = Arc::clone(&self.free).acquire_owned().await?;
        Ok(Free { places: self.clone(), permit })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Free {
    /// Gives the place to a connection from `address` (IPv6: its /64 network counts as one). A trusted proxy's connections
    /// are those of many callers and are not counted.
    pub(crate) fn of(self, address: IpAddr, trusted: bool) -> Result<Place, Refusal> {
        let Self { places, permit } = self;
        if trusted {
            return Ok(Place { of: None, _permit: permit });
        }
        let address = network(address);
        {
            let mut taken = places.taken();
            let count = taken.entry(address).or_default();
            if *count >= places.most_of_one {
                return Err(Refusal);
            }
            *count += 1;
        }
        Ok(Place { of: Some((places, address)), _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((places, address)) = &self.of else { return };
        let mut taken = places.taken();
        if let Some(count) = taken.get_mut(address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(address);
            }
        }
    }
}

fn most_connections(open_files: usize) -> usize {
    (open_files.saturating_sub(OWN_FILES) / FILES_A_CONNECTION).clamp(8, MOST)
}

/// How many files this process may have open, as the kernel says; 1024 where it does not.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    soft_limit(&limits).unwrap_or(1024)
}

fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_follow_the_files_that_may_be_open() {
        assert_eq!(most_connections(1024), 298);
        assert_eq!(most_connections(1 << 20), MOST);
        assert_eq!(most_connections(usize::MAX), MOST);
        assert_eq!(most_connections(64), 8);
        let text = "Limit                     Soft Limit           Hard Limit           Units     \nMax processes             95898                95898                processes \nMax open files            1024                 524288               files     \n";
        assert_eq!(soft_limit(text), Some(1024));
        assert_eq!(soft_limit(&text.replace("1024", "unlimited")), Some(usize::MAX));
        assert_eq!(soft_limit(""), None);
        assert!(open_files() > 0);
    }

    #[tokio::test]
    async fn one_address_takes_half_at_most() {
        let places = Places::new(8);
        let (one, two): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(places.one().await.unwrap().of(one, false).unwrap());
        }
        assert_eq!(places.one().await.unwrap().of(one, false).unwrap_err(), Refusal);
        held.push(places.one().await.unwrap().of(two, false).unwrap());
        held.push(places.one().await.unwrap().of(one, true).unwrap());
        assert_eq!(places.free.available_permits(), 2, "a refused one gives its place back");
        held.remove(0);
        held.push(places.one().await.unwrap().of(one, false).unwrap());
        held.clear();
        assert!(places.taken().is_empty(), "nothing is kept of who has gone");
        assert_eq!(places.free.available_permits(), 8);
    }
}
