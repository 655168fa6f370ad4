//! The bootstrap file: accounts and keys that foreign test suites bring along.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use std::path::Path;
use trailward_service::{AccountSeed, KeySeed, MfaSeed};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<Account>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    id: String,
    name: String,
    canonical_id: Option<String>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    key: Vec<Key>,
    #[serde(default)]
    mfa: Vec<Mfa>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the file's names")]
struct Key {
    access_key_id: String,
    secret_access_key: String,
    principal: String,
    policy: Option<String>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mfa {
    principal: String,
    serial: String,
    seed_base32: String,
}

impl std::fmt::Debug for Mfa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mfa").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// Reads the accounts of a bootstrap file. Errors name the file and the place, never a secret.
pub(crate) fn read(path: &Path) -> Result<Vec<AccountSeed>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = toml::from_str(&text).map_err(|error| {
        // The error's own text quotes the line, which may hold a secret.
        let line = error.span().map_or(0, |span| text.get(..span.start).unwrap_or("").lines().count());
        anyhow::anyhow!("{} line {}: {}", path.display(), line.max(1), error.message())
    })?;
    file.account.into_iter().map(|account| seed(account, path)).collect()
}

fn seed(account: Account, path: &Path) -> Result<AccountSeed> {
    let place = path.display();
    if account.id.len() != 12 || !account.id.bytes().all(|b| b.is_ascii_digit()) {
        bail!("{place}: the account id `{}` is not twelve digits", account.id);
    }
    let canonical = account.canonical_id.as_deref();
    if canonical.is_some_and(|id| id.len() != 64 || !id.bytes().all(|b| b.is_ascii_hexdigit())) {
        bail!("{place}: the canonical id of account {} is not 64 hexadecimal digits", account.id);
    }
    let mut keys = Vec::new();
    for key in account.key {
        let id = &key.access_key_id;
        let valid =
            (16..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !valid {
            bail!("{place}: the access key id `{id}` is not 16 to 128 letters and digits");
        }
        if id.starts_with("ASIA") {
            bail!("{place}: the access key id `{id}` begins with ASIA, as only temporary ones do");
        }
        let user = user(&key.principal, id, path)?;
        let administrator = match key.policy.as_deref() {
            None => true,
            Some("none") => false,
            Some(_) => bail!("{place}: the policy of {id} can only be \"none\""),
        };
        keys.push(KeySeed {
            access_key_id: key.access_key_id,
            secret: key.secret_access_key,
            user,
            administrator,
        });
    }
    let mut mfa = Vec::new();
    for device in account.mfa {
        let user = user(&device.principal, &device.serial, path)?;
        mfa.push(MfaSeed { serial: device.serial, seed_base32: device.seed_base32, user });
    }
    Ok(AccountSeed {
        id: account.id,
        name: account.name,
        canonical_id: account.canonical_id,
        email: account.email,
        keys,
        mfa,
    })
}

/// Whose key or device it is: `None` for root.
fn user(principal: &str, of: &str, path: &Path) -> Result<Option<String>> {
    match principal {
        "root" => Ok(None),
        other => match other.strip_prefix("user/") {
            Some(name) if !name.is_empty() => Ok(Some(name.to_owned())),
            _ => bail!("{}: the principal of {of} must be \"root\" or \"user/NAME\"", path.display()),
        },
    }
}
