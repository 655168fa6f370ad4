//! MFA devices: what is kept of them, and whether a code is right.
//!
//! A code counts once. The step it stood for is committed before it is accepted, so no two calls, in whatever process,
//! are let in by the same code, and no older one works afterwards.

use super::totp;
use crate::Platform;
use crate::iam::state::{Entity, Versioned, failed, find, replacement};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use trailward_model::Tag;
use trailward_store::StoreError;
use trailward_store::seal::MasterKey;
use trailward_store::stored::Stored;
use trailward_wire::ApiError;

/// Steps a code may be away from the device's time: clocks differ and typing takes time.
const DRIFT: i64 = 1;

/// Steps that are looked through for two codes in a row: ten minutes either way.
const SEARCH: i64 = 20;

/// Wrong codes in a row after which codes are not even looked at for a while: six digits must not be guessed.
const FAILURES: u32 = 10;

/// The longest such while, in seconds.
const MAX_WAIT: i64 = 3_600;

const ATTEMPTS: usize = 16;

/// Who has a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MfaHolder {
    /// The account's root user.
    Root,
    /// An IAM user, by its id, which renaming does not change.
    User(String),
}

/// A virtual MFA device.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct MfaDevice {
    pub name: String,
    /// Begins and ends with `/`.
    pub path: String,
    /// Its ARN, or what a bootstrap file calls it.
    pub serial: String,
    /// Epoch seconds.
    pub created: i64,
    pub tags: Vec<Tag>,
    /// Base64.
    pub sealed_seed: String,
    /// Who has it, once it is enabled, and since when.
    pub holder: Option<(MfaHolder, i64)>,
    /// Codes of steps up to this one are used up.
    pub used: i64,
    /// Steps the device's clock is ahead of ours.
    pub ahead: i64,
    /// Wrong codes in a row, and when the last one came.
    pub failures: u32,
    pub failed_at: i64,
}

impl std::fmt::Debug for MfaDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MfaDevice").field("serial", &self.serial).finish_non_exhaustive()
    }
}

impl Stored for MfaDevice {
    const FORMAT: u16 = 1;
}

impl Entity for MfaDevice {
    const SPACE: &'static str = "iam-mfa-device";
    const WORD: &'static str = "mfa";
    const COUNT_QUOTA: &'static str = "VirtualMfaDevicesPerAccount";

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }
}

/// What came of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was right, and is used up now.
    Right,
    /// It is wrong, used before, or came after too many wrong ones.
    Wrong,
    /// The caller has no such device.
    NoDevice,
}

fn seal_context(account: &str, serial: &str) -> String {
    format!("mfa-seed/{account}/{serial}")
}

impl MfaDevice {
    /// A device nobody has yet.
    pub(crate) fn new(
        master: &MasterKey,
        account: &str,
        (path, name, serial): (&str, &str, &str),
        seed: &[u8],
        created: i64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            name: name.to_owned(),
            path: path.to_owned(),
            serial: serial.to_owned(),
            created,
            tags: Vec::new(),
            sealed_seed: STANDARD.encode(master.seal(&seal_context(account, serial), seed)?),
            holder: None,
            used: 0,
            ahead: 0,
            failures: 0,
            failed_at: 0,
        })
    }

    /// The seed. An error means that the master key is not the one it was sealed under.
    pub(crate) fn seed(&self, platform: &Platform, account: &str) -> Result<Vec<u8>, ApiError> {
        let sealed = STANDARD.decode(&self.sealed_seed).map_err(|_| ApiError::internal())?;
        platform.master.open(&seal_context(account, &self.serial), &sealed).map_err(|error| {
            tracing::error!(%error, serial = self.serial, "the seed of an MFA device cannot be unsealed");
            ApiError::internal()
        })
    }

    /// Whether codes are not looked at now.
    pub(crate) fn waits(&self, now: i64) -> bool {
        let beyond = self.failures.checked_sub(FAILURES);
        beyond.is_some_and(|beyond| {
            let wait = 30_i64.saturating_mul(1 << beyond.min(16)).min(MAX_WAIT);
            now < self.failed_at.saturating_add(wait)
        })
    }

    /// Takes one code. What changed must be committed, also when it was wrong.
    fn take(&mut self, seed: &[u8], given: &str, now: i64) -> bool {
        let here = totp::step_of(now) + self.ahead;
        let steps = here - DRIFT..=here + DRIFT;
        let found = steps.filter(|step| *step > self.used).find(|step| totp::matches(seed, *step, given));
        self.count(found, now)
    }

    /// Takes two codes in a row, from which the device's clock is known.
    pub(crate) fn take_two(&mut self, seed: &[u8], (first, second): (&str, &str), now: i64) -> bool {
        let here = totp::step_of(now);
        let mut steps = (here - SEARCH..=here + SEARCH).filter(|step| *step >= self.used);
        let found =
            steps.find(|step| totp::matches(seed, *step, first) && totp::matches(seed, step + 1, second));
        let last = found.map(|step| step + 1).filter(|last| *last > self.used);
        if let Some(last) = last {
            let ahead = last - here;
            // A code that is just over, or just begun, says nothing about the clock.
            self.ahead = if ahead.abs() <= DRIFT { 0 } else { ahead };
        }
        self.count(last, now)
    }

    fn count(&mut self, step: Option<i64>, now: i64) -> bool {
        match step {
            Some(step) => {
                (self.used, self.failures) = (step, 0);
                true
            }
            None => {
                self.failures = self.failures.saturating_add(1);
                self.failed_at = now;
                false
            }
        }
    }
}

/// The device with that serial number.
pub(crate) async fn device(
    platform: &Platform,
    account: &str,
    serial: &str,
) -> Result<Option<Versioned<MfaDevice>>, ApiError> {
    let name = serial.rsplit('/').next().unwrap_or(serial);
    if name.is_empty() || serial.len() > 256 {
        return Ok(None);
    }
    let found = find::<MfaDevice>(platform, account, name).await?;
    Ok(found.filter(|device| device.value.serial == serial))
}

/// Checks a code of a device that `holder` has, and uses it up.
pub(crate) async fn verify(
    platform: &Platform,
    account: &str,
    holder: &MfaHolder,
    serial: &str,
    given: &str,
) -> Result<Verdict, ApiError> {
    taking(platform, account, holder, serial, |device, seed, now| device.take(seed, given, now)).await
}

/// Checks two codes in a row of a device that `holder` has, uses them up and sets its clock.
pub(crate) async fn verify_two(
    platform: &Platform,
    account: &str,
    holder: &MfaHolder,
    serial: &str,
    codes: (&str, &str),
) -> Result<Verdict, ApiError> {
    taking(platform, account, holder, serial, |device, seed, now| device.take_two(seed, codes, now)).await
}

async fn taking(
    platform: &Platform,
    account: &str,
    holder: &MfaHolder,
    serial: &str,
    take: impl Fn(&mut MfaDevice, &[u8], i64) -> bool,
) -> Result<Verdict, ApiError> {
    for _ in 0..ATTEMPTS {
        let now = platform.now().unix_timestamp();
        let mine = |device: &MfaDevice| device.holder.as_ref().is_some_and(|(who, _)| who == holder);
        let Some(mut read) = device(platform, account, serial).await?.filter(|read| mine(&read.value)) else {
            return Ok(Verdict::NoDevice);
        };
        if read.value.waits(now) {
            return Ok(Verdict::Wrong);
        }
        let seed = read.value.seed(platform, account)?;
        let right = take(&mut read.value, &seed, now);
        match platform.catalog.commit(replacement(account, &read)?).await {
            Ok(_) => return Ok(if right { Verdict::Right } else { Verdict::Wrong }),
            // Somebody else used the device: what was right may be used up now.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(Verdict::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";
    const NOW: i64 = 1_700_000_000;

    fn fresh() -> MfaDevice {
        let master = MasterKey::from_bytes([1; 32]);
        MfaDevice::new(&master, "1", ("/", "d", "s"), SEED, NOW).unwrap()
    }

    fn at(steps: i64) -> String {
        totp::code(SEED, totp::step_of(NOW) + steps)
    }

    #[test]
    fn a_code_counts_once_and_no_older_one_after_it() {
        let mut device = fresh();
        assert!(device.take(SEED, &at(0), NOW));
        assert!(!device.take(SEED, &at(0), NOW));
        assert!(!device.take(SEED, &at(-1), NOW));
        assert!(device.take(SEED, &at(1), NOW));
        for steps in [-3, -2, 2, 3] {
            assert!(!fresh().take(SEED, &at(steps), NOW), "{steps}");
        }
        for wrong in ["", "12345", "1234567", "abcdef"] {
            assert!(!fresh().take(SEED, wrong, NOW));
        }
    }

    #[test]
    fn two_codes_in_a_row_set_the_clock() {
        let mut device = fresh();
        assert!(!device.take_two(SEED, (&at(0), &at(0)), NOW));
        assert!(!device.take_two(SEED, (&at(1), &at(0)), NOW));
        assert!(!device.take_two(SEED, (&at(0), &at(2)), NOW));
        assert!(!device.take_two(SEED, (&at(30), &at(31)), NOW));
        assert!(device.take_two(SEED, (&at(10), &at(11)), NOW));
        assert_eq!(device.ahead, 11);
        // They are used up, and the clock counts from now on.
        assert!(!device.take_two(SEED, (&at(10), &at(11)), NOW));
        assert!(!device.take(SEED, &at(0), NOW + 30));
        assert!(device.take(SEED, &at(12), NOW + 30));
    }

    #[test]
    fn guessing_gets_slower_and_slower() {
        let mut device = fresh();
        for _ in 0..FAILURES {
            assert!(!device.waits(NOW));
            assert!(!device.take(SEED, "none", NOW));
        }
        assert!(device.waits(NOW + 29));
        assert!(!device.waits(NOW + 30));
        for _ in 0..20 {
            assert!(!device.take(SEED, "none", NOW));
        }
        assert!(device.waits(NOW + MAX_WAIT - 1));
        assert!(!device.waits(NOW + MAX_WAIT));
        assert!(device.take(SEED, &at(0), NOW));
        assert!(!device.waits(NOW));
    }
}
