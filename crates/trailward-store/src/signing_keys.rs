//! The keys that sign digests: written by the pipeline, their public halves listed by the API.
//!
//! Keys are per Region and are never removed: a digest must be verifiable as long as it exists.

use crate::keys::Key;
use crate::stored::{Stored, decode};
use crate::{Catalog, Scan, StoreError};
use serde::{Deserialize, Serialize};

/// One RSA key pair.
#[derive(Clone, Serialize, Deserialize)]
pub struct SigningKey {
    /// The Region whose digests it signs.
    pub region: String,
    /// Lower-case hexadecimal MD5 of `public_der`.
    pub fingerprint: String,
    /// Base64 of the PKCS#1 `RSAPublicKey`.
    pub public_der: String,
    /// Base64 of the PKCS#8 private key, sealed under the master key.
    pub sealed_private: String,
    /// First moment it may sign, epoch seconds.
    pub valid_from: i64,
    /// First moment it may not sign any more, epoch seconds.
    pub valid_until: i64,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("region", &self.region)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

impl Stored for SigningKey {
    const FORMAT: u16 = 1;
}

/// Where a key is.
pub fn signing_key_at(region: &str, fingerprint: &str) -> Vec<u8> {
    Key::new("signing-key").str(region).str(fingerprint).into_bytes()
}

/// Every key of a Region, retired ones included, oldest first.
pub async fn of_region(catalog: &dyn Catalog, region: &str) -> Result<Vec<SigningKey>, StoreError> {
    let prefix = Key::new("signing-key").str(region).into_bytes();
    let items = catalog.scan(Scan { prefix, after: None, limit: 100_000 }).await?;
    let mut keys = items.iter().map(|item| decode(&item.value)).collect::<Result<Vec<SigningKey>, _>>()?;
    keys.sort_by_key(|key| key.valid_from);
    Ok(keys)
}
