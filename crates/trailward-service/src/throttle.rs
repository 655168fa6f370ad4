//! How much callers who prove nothing may make us write.
//!
//! A record costs disk and fsyncs before anybody is known. Callers whose signature does not hold, or who bring none, are
//! therefore given a rate, each address and all of them together, in records and in bytes. What is beyond it is refused
//! without a record of its own, counted, and told in one record an interval: refused, but never invisible.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use time::{Duration, OffsetDateTime};

/// Addresses that are told apart at a time; further ones share one allowance.
const MOST_ADDRESSES: usize = 4096;

/// Addresses that a summary names.
const MOST_NAMED: usize = 16;

/// A rate, and how much of it may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// For each second.
    pub per_second: u32,
    /// At once, after a while of nothing.
    pub burst: u32,
}

/// What unproven callers may cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleLimits {
    /// Records, from one address (IPv6: one /64 network).
    pub records_per_address: Rate,
    /// Bytes of records, from one address.
    pub bytes_per_address: Rate,
    /// Records, from everywhere.
    pub records: Rate,
    /// Bytes of records, from everywhere.
    pub bytes: Rate,
    /// How often refusals are summed up.
    pub interval: Duration,
}

impl Default for ThrottleLimits {
    fn default() -> Self {
        Self {
            records_per_address: Rate { per_second: 20, burst: 200 },
            bytes_per_address: Rate { per_second: 128 << 10, burst: 2 << 20 },
            records: Rate { per_second: 200, burst: 1000 },
            bytes: Rate { per_second: 1 << 20, burst: 16 << 20 },
            interval: Duration::MINUTE,
        }
    }
}

/// What was refused in an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When the first of them came.
    pub since: OffsetDateTime,
    /// When they were summed up.
    pub until: OffsetDateTime,
    /// Requests.
    pub requests: u64,
    /// Who sent the most of them (IPv6: the first address of its /64 network), and how many; at most sixteen.
    pub addresses: Vec<(IpAddr, u64)>,
    /// Refused requests of addresses that are not named.
    pub others: u64,
}

/// Token buckets for unproven callers.
#[derive(Debug)]
pub struct Throttle {
    limits: ThrottleLimits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    all: Allowance,
    addresses: HashMap<IpAddr, Allowance>,
    /// Of all addresses beyond [`MOST_ADDRESSES`].
    rest: Allowance,
    since: Option<OffsetDateTime>,
    refused: HashMap<IpAddr, u64>,
    refused_rest: u64,
}

/// What is left of two rates, as of a moment.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    records: f64,
    bytes: f64,
    at: OffsetDateTime,
}

impl Allowance {
    fn full((records, bytes): (Rate, Rate), now: OffsetDateTime) -> Self {
        Self { records: records.burst.into(), bytes: bytes.burst.into(), at: now }
    }

    fn refill(&mut self, (records, bytes): (Rate, Rate), now: OffsetDateTime) {
        // A clock that was set back gives nothing.
        let passed = (now - self.at).as_seconds_f64().max(0.0);
        self.at = now;
        self.records = (self.records + passed * f64::from(records.per_second)).min(records.burst.into());
        self.bytes = (self.bytes + passed * f64::from(bytes.per_second)).min(bytes.burst.into());
    }

    fn is_full(&self, (records, bytes): (Rate, Rate)) -> bool {
        self.records >= f64::from(records.burst) && self.bytes >= f64::from(bytes.burst)
    }

    /// Something of either is left. The last request may overdraw the bytes, so that a large one is not refused forever.
    fn has_some(&self) -> bool {
        self.records >= 1.0 && self.bytes > 0.0
    }

    fn take(&mut self, bytes: f64) {
        self.records -= 1.0;
        self.bytes -= bytes;
    }
}

impl Throttle {
    /// Everything may still be used.
    pub fn new(limits: ThrottleLimits, now: OffsetDateTime) -> Self {
        let all = Allowance::full((limits.records, limits.bytes), now);
        let rest = Allowance::full((limits.records_per_address, limits.bytes_per_address), now);
        let state = State {
            all,
            addresses: HashMap::new(),
            rest,
            since: None,
            refused: HashMap::new(),
            refused_rest: 0,
        };
        Self { limits, state: Mutex::new(state) }
    }

    /// Whether a record of `bytes` bytes may be written for an unproven caller at `address`. If not, the request is
    /// to be answered with `SlowDown` and no record; it is counted for [`Throttle::summary`].
    pub fn admit(&self, address: IpAddr, bytes: usize, now: OffsetDateTime) -> bool {
        let address = network(address);
        let each = (self.limits.records_per_address, self.limits.bytes_per_address);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { all, addresses, rest, .. } = &mut *state;
        all.refill((self.limits.records, self.limits.bytes), now);
        if addresses.len() >= MOST_ADDRESSES && !addresses.contains_key(&address) {
            // Whoever has used nothing for a while needs no entry.
            addresses.retain(|_, allowance| {
                allowance.refill(each, now);
                !allowance.is_full(each)
            });
        }
        let own = if addresses.len() < MOST_ADDRESSES || addresses.contains_key(&address) {
            addresses.entry(address).or_insert_with(|| Allowance::full(each, now))
        } else {
            rest
        };
        own.refill(each, now);
        if own.has_some() && all.has_some() {
            #[expect(
                clippy::cast_precision_loss,
                reason = "records are far smaller than what a double counts exactly"
            )]
            let bytes = bytes as f64;
            own.take(bytes);
            all.take(bytes);
            return true;
        }
        state.count(address, now);
        false
    }

    /// What was refused since the last summary, if anything was and an interval has passed since the first refusal.
    pub fn summary(&self, now: OffsetDateTime) -> Option<Refused> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.since.filter(|since| now - *since >= self.limits.interval)?;
        state.since = None;
        let mut addresses: Vec<(IpAddr, u64)> = state.refused.drain().collect();
        addresses.sort_unstable_by_key(|(address, count)| (std::cmp::Reverse(*count), *address));
        let rest = std::mem::take(&mut state.refused_rest);
        let unnamed: u64 = addresses.iter().skip(MOST_NAMED).map(|(_, count)| count).sum();
        let named: u64 = addresses.iter().take(MOST_NAMED).map(|(_, count)| count).sum();
        addresses.truncate(MOST_NAMED);
        let others = unnamed + rest;
        Some(Refused { since, until: now, requests: named + others, addresses, others })
    }
}

impl State {
    fn count(&mut self, address: IpAddr, now: OffsetDateTime) {
        self.since.get_or_insert(now);
        if self.refused.len() < MOST_ADDRESSES || self.refused.contains_key(&address) {
            *self.refused.entry(address).or_default() += 1;
        } else {
            self.refused_rest += 1;
        }
    }
}

/// What one caller is known by: whoever has an IPv6 address usually has its whole /64 network.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::from(u64::MAX) << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const START: OffsetDateTime = datetime!(2026-01-02 03:00 UTC);

    fn limits() -> ThrottleLimits {
        ThrottleLimits {
            records_per_address: Rate { per_second: 2, burst: 10 },
            bytes_per_address: Rate { per_second: 1000, burst: 5000 },
            records: Rate { per_second: 10, burst: 25 },
            bytes: Rate { per_second: 10_000, burst: 100_000 },
            interval: Duration::MINUTE,
        }
    }

    fn address(last: u16) -> IpAddr {
        let [high, low] = last.to_be_bytes();
        IpAddr::from([10, 0, high, low])
    }

    fn admitted(throttle: &Throttle, address: IpAddr, bytes: usize, now: OffsetDateTime) -> usize {
        (0..100).filter(|_| throttle.admit(address, bytes, now)).count()
    }

    #[test]
    fn each_address_has_its_burst_and_its_rate() {
        let throttle = Throttle::new(limits(), START);
        assert_eq!(admitted(&throttle, address(1), 1, START), 10);
        assert_eq!(admitted(&throttle, address(2), 1, START), 10, "another address is not held back");
        let later = START + Duration::SECOND;
        assert_eq!(admitted(&throttle, address(1), 1, later), 2);
        let much_later = START + Duration::HOUR;
        assert_eq!(admitted(&throttle, address(1), 1, much_later), 10, "never more than the burst");
        assert_eq!(admitted(&throttle, address(1), 1, START), 0, "a clock set back gives nothing");
    }

    #[test]
    fn all_addresses_together_have_one_rate() {
        let throttle = Throttle::new(limits(), START);
        let total: usize = (0..50).map(|last| admitted(&throttle, address(last), 1, START)).sum();
        assert_eq!(total, 25);
    }

    #[test]
    fn bytes_count_and_a_large_record_is_not_refused_forever() {
        let throttle = Throttle::new(limits(), START);
        assert_eq!(admitted(&throttle, address(1), 2000, START), 3);
        let throttle = Throttle::new(limits(), START);
        assert!(throttle.admit(address(1), 64 << 20, START));
        assert!(!throttle.admit(address(1), 1, START + Duration::MINUTE), "it is paid for");
        assert!(!throttle.admit(address(2), 1, START), "by everybody");
    }

    #[test]
    fn one_ipv6_network_is_one_caller() {
        let throttle = Throttle::new(limits(), START);
        let total: usize = (0..20u16)
            .map(|host| {
                let address = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, host, 3, 4, 5);
                admitted(&throttle, address.into(), 1, START)
            })
            .sum();
        assert_eq!(total, 10);
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(admitted(&throttle, mapped, 1, START), 10);
        assert_eq!(admitted(&throttle, address(1), 1, START), 0, "the same address");
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let throttle = Throttle::new(limits(), START);
        for last in 0..u16::MAX {
            throttle.admit(address(last), 1, START);
        }
        let state = throttle.state.lock().unwrap();
        assert!(state.addresses.len() <= MOST_ADDRESSES && state.refused.len() <= MOST_ADDRESSES);
        drop(state);
        let later = START + Duration::HOUR;
        assert!(throttle.admit(address(u16::MAX), 1, later));
        assert!(throttle.state.lock().unwrap().addresses.len() <= MOST_ADDRESSES);
        let refused = throttle.summary(later).unwrap();
        assert_eq!(refused.requests, u64::from(u16::MAX) - 25, "every refusal is counted");
        assert_eq!(refused.addresses.len(), MOST_NAMED);
        assert_eq!(refused.others, refused.requests - MOST_NAMED as u64);
    }

    #[test]
    fn refusals_are_summed_up_once_an_interval() {
        let throttle = Throttle::new(limits(), START);
        assert_eq!(throttle.summary(START + Duration::HOUR), None, "nothing was refused");
        admitted(&throttle, address(1), 1, START);
        admitted(&throttle, address(2), 1, START + Duration::SECOND);
        assert_eq!(throttle.summary(START + Duration::seconds(59)), None);
        let until = START + Duration::MINUTE;
        let refused = throttle.summary(until).unwrap();
        let addresses = vec![(address(1), 90), (address(2), 90)];
        assert_eq!(refused, Refused { since: START, until, requests: 180, addresses, others: 0 });
        assert_eq!(throttle.summary(until + Duration::HOUR), None, "told once");
    }
}
