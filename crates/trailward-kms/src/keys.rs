//! All keys of the store.

use crate::blob::{self, KEY_LEN};
use crate::grant::Grant;
use crate::key::{Key, KeyState, Material, Rotation, check_policy, default_policy};
use crate::material::{self, MOST_MESSAGE};
use crate::reference::KeyReference;
use crate::spec::{Algorithm, KeySpec, KeyUsage, MessageType};
use crate::{EncryptionContext, KmsError};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trailward_model::Tag;
use trailward_store::keys::Key as CatalogKey;
use trailward_store::seal::MasterKey;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Catalog, Revision, Scan};

/// The least days before a key is deleted.
pub const MIN_WAIT_DAYS: u32 = 7;
/// The most days before a key is deleted, and how many it is unless said otherwise.
pub const MAX_WAIT_DAYS: u32 = 30;
/// How often a key can be rotated on demand.
pub const MAX_ON_DEMAND: u32 = 25;
/// The most bytes of a ciphertext.
const MOST_CIPHERTEXT: usize = 6144;
/// The most keys, aliases or grants that a listing reads.
const MOST_LISTED: usize = 20_000;
const DAY: i64 = 86_400;

/// A value with the revision it was read at.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// What was read.
    pub value: T,
    /// When it was written.
    pub revision: Revision,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// With `alias/`.
    pub name: String,
    /// The id of its key.
    pub key: String,
    /// Epoch seconds.
    pub created: i64,
    /// Epoch seconds.
    pub updated: i64,
}

impl Stored for Alias {
    const FORMAT: u16 = 1;
}

/// Where a key lies, found by its id alone: a ciphertext says no more.
#[derive(Serialize, Deserialize)]
struct Whereabouts {
    account: String,
    region: String,
}

impl Stored for Whereabouts {
    const FORMAT: u16 = 1;
}

/// All keys of the store. Everything that returns `Ok` after a change has it on stable storage.
#[derive(Debug, Clone)]
pub struct Keys {
    catalog: Arc<dyn Catalog>,
    master: Arc<MasterKey>,
}

fn key_at(account: &str, region: &str, id: &str) -> Vec<u8> {
    CatalogKey::new("kms-key").str(account).str(region).str(id).into_bytes()
}

fn whereabouts_at(id: &str) -> Vec<u8> {
    CatalogKey::new("kms-key-id").str(id).into_bytes()
}

pub(crate) fn alias_at(account: &str, region: &str, name: &str) -> Vec<u8> {
    CatalogKey::new("kms-alias").str(account).str(region).str(name).into_bytes()
}

fn grant_at(account: &str, region: &str, key: &str, id: &str) -> Vec<u8> {
    CatalogKey::new("kms-grant").str(account).str(region).str(key).str(id).into_bytes()
}

/// The words that the sealing of a key's material is bound to.
fn sealing(id: &str, number: usize) -> String {
    format!("kms/{id}/{number}")
}

impl Keys {
    /// The keys in `catalog`, their material sealed under `master`.
    pub fn new(catalog: Arc<dyn Catalog>, master: Arc<MasterKey>) -> Self {
        Self { catalog, master }
    }

    /// Makes a key with the id that `random` spells. `policy` is the account's default if not given.
    #[expect(clippy::too_many_arguments, reason = "CreateKey has as many members")]
    pub async fn create(
        &self,
        (account, region): (&str, &str),
        random: [u8; 16],
        now: i64,
        (spec, usage): (KeySpec, KeyUsage),
        policy: Option<String>,
        description: String,
        tags: Vec<Tag>,
    ) -> Result<Key, KmsError> {
        let (mut key, batch) = self.plan((account, region), random, now, (spec, usage), policy)?;
        (key.description, key.tags) = (description, tags);
        self.add(&key, batch).await?;
        Ok(key)
    }

    /// A key to be, and what must hold when it is added.
    pub(crate) fn plan(
        &self,
        (account, region): (&str, &str),
        random: [u8; 16],
        now: i64,
        (spec, usage): (KeySpec, KeyUsage),
        policy: Option<String>,
    ) -> Result<(Key, Batch), KmsError> {
        let policy = policy.unwrap_or_else(|| default_policy(account));
        check_policy(&policy)?;
        let id = uuid(random);
        let made = Self::make(spec)?;
        let sealed = self.master.seal(&sealing(&id, 0), &made)?;
        let key = Key {
            account: account.to_owned(),
            region: region.to_owned(),
            id: id.clone(),
            created: now,
            state: KeyState::Enabled,
            deletion: None,
            description: String::new(),
            spec,
            usage,
            policy,
            tags: Vec::new(),
            rotation: None,
            on_demand_rotations: 0,
            aws_managed: false,
            materials: vec![Material { sealed: STANDARD.encode(sealed), created: now, on_demand: false }],
        };
        let at = key_at(account, region, &id);
        let index = Whereabouts { account: account.to_owned(), region: region.to_owned() };
        let batch =
            Batch::new().absent(at).absent(whereabouts_at(&id)).put(whereabouts_at(&id), encode(&index)?);
        Ok((key, batch))
    }

    /// Adds a key that was planned.
    pub(crate) async fn add(&self, key: &Key, batch: Batch) -> Result<(), KmsError> {
        let at = key_at(&key.account, &key.region, &key.id);
        self.catalog.commit(batch.put(at, encode(key)?)).await?;
        Ok(())
    }

    fn make(spec: KeySpec) -> Result<Vec<u8>, KmsError> {
        if spec.is_asymmetric() {
            return material::generate(spec);
        }
        let mut bytes = vec![0; spec.mac_key_length().unwrap_or(KEY_LEN)];
        rand::fill(&mut bytes).map_err(|_| KmsError::Crypto)?;
        Ok(bytes)
    }

    /// The key that a reference means. A key whose day of deletion has come is gone.
    pub async fn find(&self, reference: &KeyReference, now: i64) -> Result<Versioned<Key>, KmsError> {
        let (account, region, id) = match reference {
            KeyReference::Id { account, region, id } => (account, region, id.clone()),
            KeyReference::Alias { account, region, name } => {
                let found = self.catalog.get(&alias_at(account, region, name)).await?;
                let entry = found.ok_or_else(|| reference.unknown())?;
                (account, region, decode::<Alias>(&entry.value)?.key)
            }
        };
        let entry = self.catalog.get(&key_at(account, region, &id)).await?;
        let entry = entry.ok_or_else(|| reference.unknown())?;
        let key: Key = decode(&entry.value)?;
        let read = Versioned { value: key, revision: entry.revision };
        if read.value.deletion.is_some_and(|day| day <= now) {
            self.delete(&read).await?;
            return Err(reference.unknown());
        }
        Ok(read)
    }

    /// Removes a key with its aliases and grants.
    async fn delete(&self, read: &Versioned<Key>) -> Result<(), KmsError> {
        let key = &read.value;
        let at = key_at(&key.account, &key.region, &key.id);
        let mut batch =
            Batch::new().unchanged(at.clone(), read.revision).delete(at).delete(whereabouts_at(&key.id));
        for alias in self.aliases(&key.account, &key.region).await?.into_iter().filter(|a| a.key == key.id) {
            batch = batch.delete(alias_at(&key.account, &key.region, &alias.name));
        }
        for grant in self.grants(key).await? {
            batch = batch.delete(grant_at(&key.account, &key.region, &key.id, &grant.id));
        }
        match self.catalog.commit(batch).await {
            // Somebody else has just deleted it, or keeps it; the next look will tell.
            Err(error) if error.is_conflict() => Ok(()),
            other => other.map(|_| ()).map_err(KmsError::from),
        }
    }

    /// Stores a change of the key that was read.
    pub async fn save(&self, read: &Versioned<Key>) -> Result<(), KmsError> {
        let key = &read.value;
        let at = key_at(&key.account, &key.region, &key.id);
        let batch = Batch::new().unchanged(at.clone(), read.revision).put(at, encode(key)?);
        self.catalog.commit(batch).await?;
        Ok(())
    }

    /// Every key of an account in a Region, by id.
    pub async fn list(&self, account: &str, region: &str, now: i64) -> Result<Vec<Key>, KmsError> {
        let prefix = CatalogKey::new("kms-key").str(account).str(region).into_bytes();
        let items = self.catalog.scan(Scan { prefix, after: None, limit: MOST_LISTED }).await?;
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            let key: Key = decode(&item.value)?;
            if key.deletion.is_none_or(|day| day > now) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    /// Replaces a key's policy.
    pub async fn put_policy(&self, mut read: Versioned<Key>, policy: String) -> Result<(), KmsError> {
        read.value.check_changeable()?;
        check_policy(&policy)?;
        read.value.policy = policy;
        self.save(&read).await
    }

    /// Switches a key on or off.
    pub async fn set_enabled(&self, mut read: Versioned<Key>, enabled: bool) -> Result<(), KmsError> {
        read.value.check_changeable()?;
        read.value.state = if enabled { KeyState::Enabled } else { KeyState::Disabled };
        self.save(&read).await
    }

    /// Deletes a key in so many days; until then nothing can be done with it but to keep it.
    pub async fn schedule_deletion(
        &self,
        mut read: Versioned<Key>,
        days: u32,
        now: i64,
    ) -> Result<i64, KmsError> {
        read.value.check_changeable()?;
        let day = now + i64::from(days) * DAY;
        read.value.state = KeyState::PendingDeletion;
        read.value.deletion = Some(day);
        self.save(&read).await?;
        Ok(day)
    }

    /// Keeps a key after all. It stays off.
    pub async fn cancel_deletion(&self, mut read: Versioned<Key>) -> Result<(), KmsError> {
        if read.value.state != KeyState::PendingDeletion {
            return Err(KmsError::InvalidState(format!("{} is not pending deletion.", read.value.arn())));
        }
        read.value.state = KeyState::Disabled;
        read.value.deletion = None;
        self.save(&read).await
    }

    /// Switches periodic rotation on (with its period) or off.
    pub async fn set_rotation(
        &self,
        mut read: Versioned<Key>,
        days: Option<u32>,
        now: i64,
    ) -> Result<(), KmsError> {
        read.value.check_usable()?;
        if !read.value.spec.can_rotate() {
            return Err(KmsError::Unsupported(format!(
                "You cannot perform this operation on {}.",
                read.value.arn()
            )));
        }
        read.value.rotation = days.map(|period_days| Rotation { period_days, since: now });
        self.save(&read).await
    }

    /// The key with a fresh material, when its period is over.
    async fn rotated(&self, read: Versioned<Key>, now: i64) -> Result<Versioned<Key>, KmsError> {
        let key = &read.value;
        let newest = key.materials.last().map_or(key.created, |material| material.created);
        let due = key.rotation.is_some_and(|r| newest.max(r.since) + i64::from(r.period_days) * DAY <= now);
        if !due {
            return Ok(read);
        }
        let fresh = self.with_fresh_material(&read, now, false)?;
        match self.save(&fresh).await {
            Ok(()) => Ok(fresh),
            // Somebody else changed the key in the same moment; the old material is as good for this once.
            Err(KmsError::Store(error)) if error.is_conflict() => Ok(read),
            Err(error) => Err(error),
        }
    }

    /// Rotates now. At most [`MAX_ON_DEMAND`] times in a key's life.
    pub async fn rotate_now(&self, read: Versioned<Key>, now: i64) -> Result<(), KmsError> {
        read.value.check_usable()?;
        let arn = read.value.arn();
        if !read.value.spec.can_rotate() {
            return Err(KmsError::Unsupported(format!("You cannot perform this operation on {arn}.")));
        }
        if read.value.on_demand_rotations >= MAX_ON_DEMAND {
            return Err(KmsError::LimitExceeded(format!(
                "{arn} has been rotated on demand {MAX_ON_DEMAND} times, which is as often as a key can be."
            )));
        }
        let mut fresh = self.with_fresh_material(&read, now, true)?;
        fresh.value.on_demand_rotations += 1;
        self.save(&fresh).await
    }

    fn with_fresh_material(
        &self,
        read: &Versioned<Key>,
        now: i64,
        on_demand: bool,
    ) -> Result<Versioned<Key>, KmsError> {
        let mut fresh = read.clone();
        let number = fresh.value.materials.len();
        let sealed = self.master.seal(&sealing(&fresh.value.id, number), &Self::make(fresh.value.spec)?)?;
        fresh.value.materials.push(Material { sealed: STANDARD.encode(sealed), created: now, on_demand });
        Ok(fresh)
    }

    fn material(&self, key: &Key, number: usize) -> Result<Vec<u8>, KmsError> {
        let stored = key.materials.get(number).ok_or(KmsError::InvalidCiphertext)?;
        let sealed = STANDARD.decode(&stored.sealed).map_err(|_| KmsError::Crypto)?;
        Ok(self.master.open(&sealing(&key.id, number), &sealed)?)
    }

    /// Encrypts at most 4096 bytes.
    pub async fn encrypt(
        &self,
        read: Versioned<Key>,
        algorithm: Algorithm,
        plaintext: &[u8],
        context: &EncryptionContext,
        now: i64,
    ) -> Result<Vec<u8>, KmsError> {
        if plaintext.is_empty() || plaintext.len() > MOST_MESSAGE {
            return Err(KmsError::Validation(format!(
                "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have \
                 length between 1 and {MOST_MESSAGE}"
            )));
        }
        read.value.check_usable()?;
        read.value.check_usage(KeyUsage::EncryptDecrypt)?;
        material::check_algorithm(read.value.spec, read.value.usage, algorithm)?;
        if read.value.spec.is_asymmetric() {
            if !context.is_empty() {
                return Err(KmsError::Validation(
                    "EncryptionContext is not supported with asymmetric keys.".into(),
                ));
            }
            let material = self.material(&read.value, 0)?;
            return material::encrypt(read.value.spec, &material, algorithm, plaintext);
        }
        let key = self.rotated(read, now).await?.value;
        let number = key.materials.len().saturating_sub(1);
        let material = self.material(&key, number)?;
        let number = u32::try_from(number).map_err(|_| KmsError::Crypto)?;
        blob::seal(id_bytes(&key.id)?, number, &material, context, plaintext)
    }

    /// The key that sealed a symmetric ciphertext, by what it says of itself.
    pub async fn key_of(
        &self,
        ciphertext: &[u8],
        region: &str,
        now: i64,
    ) -> Result<Versioned<Key>, KmsError> {
        let head = blob::head(ciphertext).ok_or(KmsError::InvalidCiphertext)?;
        let id = uuid(head.key);
        let found = self.catalog.get(&whereabouts_at(&id)).await?.ok_or(KmsError::InvalidCiphertext)?;
        let at: Whereabouts = decode(&found.value)?;
        if at.region != region {
            return Err(KmsError::InvalidCiphertext);
        }
        self.find(&KeyReference::Id { account: at.account, region: at.region, id }, now).await
    }

    /// Decrypts what [`Keys::encrypt`] made.
    pub fn decrypt(
        &self,
        key: &Key,
        algorithm: Algorithm,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, KmsError> {
        if ciphertext.is_empty() || ciphertext.len() > MOST_CIPHERTEXT {
            return Err(KmsError::Validation(format!(
                "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must \
                 have length between 1 and {MOST_CIPHERTEXT}"
            )));
        }
        key.check_usable()?;
        key.check_usage(KeyUsage::EncryptDecrypt)?;
        material::check_algorithm(key.spec, key.usage, algorithm)?;
        if key.spec.is_asymmetric() {
            return material::decrypt(&self.material(key, 0)?, algorithm, ciphertext);
        }
        let head = blob::head(ciphertext).ok_or(KmsError::InvalidCiphertext)?;
        if uuid(head.key) != key.id {
            return Err(KmsError::IncorrectKey);
        }
        let number = usize::try_from(head.material).map_err(|_| KmsError::InvalidCiphertext)?;
        blob::open(&self.material(key, number)?, context, ciphertext)
    }

    /// Signs a message or its hash.
    pub fn sign(
        &self,
        key: &Key,
        algorithm: Algorithm,
        message: &[u8],
        kind: MessageType,
    ) -> Result<Vec<u8>, KmsError> {
        key.check_usable()?;
        key.check_usage(KeyUsage::SignVerify)?;
        material::check_algorithm(key.spec, key.usage, algorithm)?;
        material::sign(key.spec, &self.material(key, 0)?, algorithm, message, kind)
    }

    /// Checks a signature of a message or its hash.
    pub fn verify(
        &self,
        key: &Key,
        algorithm: Algorithm,
        message: &[u8],
        kind: MessageType,
        signature: &[u8],
    ) -> Result<(), KmsError> {
        key.check_usable()?;
        key.check_usage(KeyUsage::SignVerify)?;
        material::check_algorithm(key.spec, key.usage, algorithm)?;
        material::verify(key.spec, &self.material(key, 0)?, algorithm, message, kind, signature)
    }

    /// The authentication code of a message of 1 to 4096 bytes.
    pub fn generate_mac(&self, key: &Key, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, KmsError> {
        Self::check_mac(key, algorithm)?;
        material::mac(algorithm, &self.material(key, 0)?, message)
    }

    /// Checks the authentication code of a message; `InvalidMac` if it is not right.
    pub fn verify_mac(
        &self,
        key: &Key,
        algorithm: Algorithm,
        message: &[u8],
        code: &[u8],
    ) -> Result<(), KmsError> {
        Self::check_mac(key, algorithm)?;
        material::verify_mac(algorithm, &self.material(key, 0)?, message, code)
    }

    fn check_mac(key: &Key, algorithm: Algorithm) -> Result<(), KmsError> {
        key.check_usable()?;
        key.check_usage(KeyUsage::GenerateVerifyMac)?;
        material::check_algorithm(key.spec, key.usage, algorithm)
    }

    /// The public half of an asymmetric key: the DER of a `SubjectPublicKeyInfo`.
    pub fn public_key(&self, key: &Key) -> Result<Vec<u8>, KmsError> {
        key.check_usable()?;
        if !key.spec.is_asymmetric() {
            return Err(KmsError::Unsupported(format!(
                "{} has no public key: it is a symmetric key.",
                key.arn()
            )));
        }
        material::public_key(key.spec, &self.material(key, 0)?)
    }

    /// Every alias of an account in a Region, by name.
    pub async fn aliases(&self, account: &str, region: &str) -> Result<Vec<Alias>, KmsError> {
        let prefix = CatalogKey::new("kms-alias").str(account).str(region).into_bytes();
        let items = self.catalog.scan(Scan { prefix, after: None, limit: MOST_LISTED }).await?;
        items.iter().map(|item| decode(&item.value).map_err(KmsError::from)).collect()
    }

    /// One alias.
    pub async fn alias(
        &self,
        account: &str,
        region: &str,
        name: &str,
    ) -> Result<Option<Versioned<Alias>>, KmsError> {
        match self.catalog.get(&alias_at(account, region, name)).await? {
            None => Ok(None),
            Some(entry) => Ok(Some(Versioned { value: decode(&entry.value)?, revision: entry.revision })),
        }
    }

    /// Gives a key an alias; `AlreadyExists` if the name is taken.
    pub async fn create_alias(&self, key: &Key, name: &str, now: i64) -> Result<(), KmsError> {
        key.check_changeable()?;
        let alias = Alias { name: name.to_owned(), key: key.id.clone(), created: now, updated: now };
        let at = alias_at(&key.account, &key.region, name);
        let batch = Batch::new().absent(at.clone()).put(at.clone(), encode(&alias)?);
        match self.catalog.commit(batch).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_conflict() => {
                Err(KmsError::AlreadyExists(alias_arn(&key.account, &key.region, name)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives an alias to another key of the same kind and usage.
    pub async fn move_alias(
        &self,
        read: Versioned<Alias>,
        from: &Key,
        to: &Key,
        now: i64,
    ) -> Result<(), KmsError> {
        to.check_changeable()?;
        if from.usage != to.usage || from.spec.is_asymmetric() != to.spec.is_asymmetric() {
            return Err(KmsError::Validation(format!(
                "Alias {} cannot be changed from {} to {}",
                alias_arn(&to.account, &to.region, &read.value.name),
                from.arn(),
                to.arn()
            )));
        }
        let at = alias_at(&to.account, &to.region, &read.value.name);
        let alias = Alias { key: to.id.clone(), updated: now, ..read.value };
        self.catalog
            .commit(Batch::new().unchanged(at.clone(), read.revision).put(at, encode(&alias)?))
            .await?;
        Ok(())
    }

    /// Takes an alias away.
    pub async fn delete_alias(
        &self,
        account: &str,
        region: &str,
        read: Versioned<Alias>,
    ) -> Result<(), KmsError> {
        let at = alias_at(account, region, &read.value.name);
        self.catalog.commit(Batch::new().unchanged(at.clone(), read.revision).delete(at)).await?;
        Ok(())
    }

    /// Every grant of a key.
    pub async fn grants(&self, key: &Key) -> Result<Vec<Grant>, KmsError> {
        let prefix =
            CatalogKey::new("kms-grant").str(&key.account).str(&key.region).str(&key.id).into_bytes();
        let items = self.catalog.scan(Scan { prefix, after: None, limit: MOST_LISTED }).await?;
        items.iter().map(|item| decode(&item.value).map_err(KmsError::from)).collect()
    }

    /// Adds a grant.
    pub async fn create_grant(&self, key: &Key, grant: &Grant) -> Result<(), KmsError> {
        key.check_usable()?;
        let at = grant_at(&key.account, &key.region, &key.id, &grant.id);
        self.catalog.commit(Batch::new().absent(at.clone()).put(at, encode(grant)?)).await?;
        Ok(())
    }

    /// Takes a grant back.
    pub async fn delete_grant(&self, key: &Key, id: &str) -> Result<(), KmsError> {
        let at = grant_at(&key.account, &key.region, &key.id, id);
        let found = self.catalog.get(&at).await?.ok_or_else(|| {
            KmsError::NotFound(format!("Grant ID {} not found", id.chars().take(128).collect::<String>()))
        })?;
        self.catalog.commit(Batch::new().unchanged(at.clone(), found.revision).delete(at)).await?;
        Ok(())
    }
}

/// `arn:aws:kms:REGION:ACCOUNT:alias/NAME`.
fn alias_arn(account: &str, region: &str, name: &str) -> String {
    trailward_model::Arn::new("kms", region, account, name.to_owned()).to_string()
}

fn uuid(bytes: [u8; 16]) -> String {
    let hex = hex::encode(bytes);
    let part = |from, to| hex.get(from..to).unwrap_or("");
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn id_bytes(id: &str) -> Result<[u8; 16], KmsError> {
    let digits: String = id.chars().filter(|c| *c != '-').collect();
    let mut bytes = [0; 16];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| KmsError::Crypto)?;
    Ok(bytes)
}
