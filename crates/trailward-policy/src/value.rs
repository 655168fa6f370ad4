//! The typed values of conditions: numbers, times and address ranges, read the same way in policies and requests.

use std::net::IpAddr;

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// A number, integer or decimal. `inf` and `nan` are none.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// `true` or `false`, without regard to case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

const NANOS: i128 = 1_000_000_000;

/// A time in nanoseconds since the epoch, from the W3C profile of ISO 8601 or from epoch seconds. Four digits are a
/// year, as the profile has it.
pub(crate) fn instant(text: &str) -> Option<i128> {
    epoch(text).or_else(|| iso(text))
}

fn epoch(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if digits.len() == 4 && sign == 1 || whole.len() > 15 {
        return None;
    }
    Some(sign * (i128::from(natural(whole)?) * NANOS + i128::from(nanos(fraction)?)))
}

/// Digits only: `str::parse` would take a sign.
fn natural(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// The digits behind a decimal point, as nanoseconds; what is finer is dropped.
fn nanos(fraction: &str) -> Option<u64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    natural(&padded)
}

fn iso(text: &str) -> Option<i128> {
    let (date, clock) = text.split_once('T').map_or((text, None), |(date, clock)| (date, Some(clock)));
    let mut fields = date.split('-');
    let year = fixed(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |field| fixed(field, 2))?;
    let day = fields.next().map_or(Some(1), |field| fixed(field, 2))?;
    // A clock needs a whole date before it.
    if fields.next().is_some() || clock.is_some() && date.len() != 10 {
        return None;
    }
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let (time, offset) = clock.map_or(Some((Time::MIDNIGHT, UtcOffset::UTC)), zoned)?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(offset).unix_timestamp_nanos())
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s` with its zone.
fn zoned(clock: &str) -> Option<(Time, UtcOffset)> {
    let (clock, offset) = if let Some(clock) = clock.strip_suffix('Z') {
        (clock, UtcOffset::UTC)
    } else {
        let (clock, zone) = clock.split_at_checked(clock.rfind(['+', '-'])?)?;
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        let hours = i8::try_from(fixed(hours, 2)?).ok()?;
        let minutes = i8::try_from(fixed(minutes, 2)?).ok()?;
        (clock, UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()?)
    };
    let mut fields = clock.split(':');
    let hour = fixed(fields.next()?, 2)?;
    let minute = fixed(fields.next()?, 2)?;
    let (second, fraction) = fields.next().map_or(Some((0, 0)), |seconds| {
        let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        Some((fixed(second, 2)?, nanos(fraction)?))
    })?;
    if fields.next().is_some() {
        return None;
    }
    let byte = |value: u64| u8::try_from(value).ok();
    let time = Time::from_hms_nano(byte(hour)?, byte(minute)?, byte(second)?, u32::try_from(fraction).ok()?);
    Some((time.ok()?, offset))
}

fn fixed(text: &str, width: usize) -> Option<u64> {
    if text.len() == width { natural(text) } else { None }
}

/// An address range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cidr {
    base: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// `192.0.2.0/24`, `2001:db8::/32`, or one address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, prefix)| (a, Some(prefix)));
        let base: IpAddr = address.parse().ok()?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(width), |prefix| u8::try_from(natural(prefix)?).ok())?;
        (prefix <= width).then_some(Self { base, prefix })
    }

    /// Whether the range holds an address. An IPv4 address in IPv6 clothes counts as IPv4.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                let mask = u32::MAX.checked_shl(shift).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                let mask = u128::MAX.checked_shl(shift).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }

    /// Whether S3 takes the range for the whole world: wider than /8, or /32 for IPv6, private ranges aside.
    pub(crate) fn is_broad(self) -> bool {
        match self.base {
            IpAddr::V4(base) => self.prefix < 8 && !base.is_private(),
            IpAddr::V6(_) => self.prefix < 32,
        }
    }
}
