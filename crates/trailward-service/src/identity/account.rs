//! Accounts.

use super::key::{KeyOwner, StoredKey, key_bytes, seal_secret};
use super::mfa::{MfaDevice, MfaHolder};
use super::totp::from_base32;
use crate::Platform;
use crate::iam::state::{User, entity_key, user_key};
use serde::{Deserialize, Serialize};
use trailward_store::keys::Key;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Scan, StoreError, StoreErrorKind};

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// Display name.
    pub name: String,
    /// 64 hexadecimal digits: the owner's id in S3.
    pub canonical_id: String,
    /// Contact address; may be empty.
    pub email: String,
    /// Epoch seconds.
    pub created: i64,
}

impl Stored for Account {
    const FORMAT: u16 = 1;
}

impl Account {
    /// An account whose canonical id follows from its number.
    pub(crate) fn new(id: &str, name: &str, email: &str, created: i64) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            canonical_id: trailward_wire::sigv4::sha256_hex(format!("canonical:{id}").as_bytes()),
            email: email.to_owned(),
            created,
        }
    }
}

/// The batch that makes an account; `Conflict` if there is one of its number.
pub(crate) fn new_account_batch(account: &Account) -> Result<Batch, StoreError> {
    let at = account_key(&account.id);
    Ok(Batch::new().absent(at.clone()).put(at, encode(account)?))
}

/// What a bootstrap file or the first start says about an account.
#[derive(Debug, Clone)]
pub struct AccountSeed {
    /// 12 digits.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `None`: derived from the id.
    pub canonical_id: Option<String>,
    /// Contact address.
    pub email: String,
    /// Access keys to make.
    pub keys: Vec<KeySeed>,
    /// MFA devices to make, enabled.
    pub mfa: Vec<MfaSeed>,
}

/// An MFA device to make.
#[derive(Clone)]
pub struct MfaSeed {
    /// 9 to 256 characters; usually `arn:aws:iam::ACCOUNT:mfa/NAME`.
    pub serial: String,
    /// Base 32.
    pub seed_base32: String,
    /// `None` for root, or an IAM user's name.
    pub user: Option<String>,
}

impl std::fmt::Debug for MfaSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MfaSeed").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// An access key to make.
#[derive(Clone)]
pub struct KeySeed {
    /// `AKIA…`, 16 to 128 letters and digits.
    pub access_key_id: String,
    /// The secret.
    pub secret: String,
    /// `None` for root, or an IAM user's name.
    pub user: Option<String>,
    /// Whether a user that has to be made gets `AdministratorAccess`.
    pub administrator: bool,
}

impl std::fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySeed").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

fn account_key(id: &str) -> Vec<u8> {
    Key::new("account").str(id).into_bytes()
}

/// Reads accounts.
#[derive(Debug)]
pub(crate) struct Accounts;

impl Accounts {
    /// One account.
    pub(crate) async fn get(platform: &Platform, id: &str) -> Result<Option<Account>, StoreError> {
        match platform.catalog.get(&account_key(id)).await? {
            Some(entry) => decode(&entry.value).map(Some),
            None => Ok(None),
        }
    }
}

/// All accounts, by id.
pub async fn load_accounts(platform: &Platform) -> Result<Vec<Account>, StoreError> {
    let prefix = Key::new("account").into_bytes();
    let items = platform.catalog.scan(Scan { prefix, after: None, limit: 10_000 }).await?;
    items.iter().map(|item| decode(&item.value)).collect()
}

/// Makes the account, its users and its keys if they are not there yet. Existing ones are left as they are.
pub async fn ensure_account(platform: &Platform, seed: &AccountSeed) -> Result<(), StoreError> {
    let invalid = |text: String| StoreError::new(StoreErrorKind::Unavailable, text);
    if seed.id.len() != 12 || !seed.id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid(format!("account id `{}` is not 12 digits", seed.id)));
    }
    let now = platform.now().unix_timestamp();
    if Accounts::get(platform, &seed.id).await?.is_none() {
        let mut account = Account::new(&seed.id, &seed.name, &seed.email, now);
        if let Some(id) = &seed.canonical_id {
            account.canonical_id.clone_from(id);
        }
        platform.catalog.commit(new_account_batch(&account)?).await?;
    }
    for key in &seed.keys {
        ensure_key(platform, &seed.id, key, now).await.map_err(|error| {
            StoreError::with_source(
                error.kind(),
                format!("access key {} cannot be made", key.access_key_id),
                error,
            )
        })?;
    }
    for device in &seed.mfa {
        ensure_device(platform, &seed.id, device, now).await?;
    }
    Ok(())
}

async fn ensure_device(
    platform: &Platform,
    account: &str,
    seed: &MfaSeed,
    now: i64,
) -> Result<(), StoreError> {
    let invalid =
        |why: &str| StoreError::new(StoreErrorKind::Unavailable, format!("MFA device {} {why}", seed.serial));
    let name = seed.serial.rsplit('/').next().unwrap_or_default();
    if !(9..=256).contains(&seed.serial.len()) || name.is_empty() {
        return Err(invalid("has no serial number of 9 to 256 characters"));
    }
    let at = entity_key::<MfaDevice>(account, name);
    if platform.catalog.get(&at).await?.is_some() {
        return Ok(());
    }
    let bytes = from_base32(&seed.seed_base32).ok_or_else(|| invalid("has a seed that is not base 32"))?;
    let holder = match &seed.user {
        None => MfaHolder::Root,
        Some(name) => {
            let user = platform.catalog.get(&user_key(account, name)).await?;
            let user = user.ok_or_else(|| invalid("is for a user that does not exist"))?;
            MfaHolder::User(decode::<User>(&user.value)?.id)
        }
    };
    let mut device = MfaDevice::new(&platform.master, account, ("/", name, &seed.serial), &bytes, now)?;
    device.holder = Some((holder, now));
    platform.catalog.commit(Batch::new().absent(at.clone()).put(at, encode(&device)?)).await.map(drop)
}

pub(super) async fn ensure_key(
    platform: &Platform,
    account: &str,
    seed: &KeySeed,
    now: i64,
) -> Result<(), StoreError> {
    let at = key_bytes(&seed.access_key_id);
    if platform.catalog.get(&at).await?.is_some() {
        return Ok(());
    }
    let (owner, mut batch) = match &seed.user {
        None => (KeyOwner::Root, Batch::new()),
        Some(name) => {
            let user_at = user_key(account, name);
            let (mut user, batch) = match platform.catalog.get(&user_at).await? {
                Some(entry) => {
                    (decode::<User>(&entry.value)?, Batch::new().unchanged(user_at.clone(), entry.revision))
                }
                None => {
                    let id = crate::iam::state::unique_id(platform, "AIDA")
                        .map_err(|_| StoreError::new(StoreErrorKind::Unavailable, "no random bytes"))?;
                    let mut user = User::new(name, id, "/", now);
                    if seed.administrator {
                        user.attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into());
                    }
                    (user, Batch::new().absent(user_at.clone()))
                }
            };
            user.keys.push(seed.access_key_id.clone());
            (KeyOwner::User(name.clone()), batch.put(user_at, encode(&user)?))
        }
    };
    let stored = StoredKey {
        id: seed.access_key_id.clone(),
        account: account.to_owned(),
        owner,
        sealed_secret: seal_secret(&platform.master, &seed.access_key_id, &seed.secret)?,
        active: true,
        created: now,
    };
    batch = batch.absent(at.clone()).put(at, encode(&stored)?);
    platform.catalog.commit(batch).await.map(drop)
}
