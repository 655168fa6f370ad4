//! Long-term access keys. Secrets are sealed under the master key; they leave only to verify a signature.

use crate::Platform;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use trailward_store::StoreError;
use trailward_store::keys::Key;
use trailward_store::seal::MasterKey;
use trailward_store::stored::Stored;
use trailward_wire::ApiError;
use trailward_wire::sigv4::SigningSecret;

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyOwner {
    /// The account's root.
    Root,
    /// An IAM user, by name.
    User(String),
}

/// A long-term access key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct StoredKey {
    pub id: String,
    pub account: String,
    pub owner: KeyOwner,
    /// Base64.
    pub sealed_secret: String,
    pub active: bool,
    /// Epoch seconds.
    pub created: i64,
}

impl std::fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredKey").field("id", &self.id).field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Stored for StoredKey {
    const FORMAT: u16 = 1;
}

/// Where a key is in the catalog.
pub(crate) fn key_bytes(id: &str) -> Vec<u8> {
    Key::new("access-key").str(id).into_bytes()
}

fn seal_context(id: &str) -> String {
    format!("access-key/{id}")
}

pub(crate) fn seal_secret(master: &MasterKey, id: &str, secret: &str) -> Result<String, StoreError> {
    Ok(STANDARD.encode(master.seal(&seal_context(id), secret.as_bytes())?))
}

impl StoredKey {
    /// The secret. An error means that the master key is not the one it was sealed under.
    pub(crate) fn secret(&self, master: &MasterKey) -> Result<SigningSecret, ApiError> {
        let sealed = STANDARD.decode(&self.sealed_secret).map_err(|_| ApiError::internal())?;
        let open = master.open(&seal_context(&self.id), &sealed).map_err(|error| {
            tracing::error!(%error, key = %self.id, "a secret access key cannot be unsealed");
            ApiError::internal()
        })?;
        String::from_utf8(open).map(SigningSecret::new).map_err(|_| ApiError::internal())
    }
}

/// A fresh key and its secret, which is shown once.
pub(crate) fn new_key(
    platform: &Platform,
    account: &str,
    owner: KeyOwner,
) -> Result<(StoredKey, SigningSecret), ApiError> {
    let id = crate::iam::state::unique_id(platform, "AKIA")?;
    let mut random = [0; 30];
    platform.entropy.fill(&mut random)?;
    let secret = STANDARD.encode(random);
    let sealed_secret = seal_secret(&platform.master, &id, &secret).map_err(|_| ApiError::internal())?;
    let created = platform.now().unix_timestamp();
    let key = StoredKey { id, account: account.to_owned(), owner, sealed_secret, active: true, created };
    Ok((key, SigningSecret::new(secret)))
}
