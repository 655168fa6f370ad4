//! The keys that sign digests: one at a time for each Region, made when first needed, sealed, never removed.

use crate::Timing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use trailward_digest::{KeyError, SigningKeyPair};
use trailward_store::seal::MasterKey;
use trailward_store::signing_keys::{SigningKey, of_region, signing_key_at};
use trailward_store::stored::encode;
use trailward_store::{Batch, Catalog, StoreError, StoreErrorKind};

/// Unsealed keys by fingerprint.
#[derive(Debug, Default)]
pub(crate) struct Signing {
    open: Mutex<HashMap<String, Arc<SigningKeyPair>>>,
}

fn key_failed(error: KeyError) -> StoreError {
    StoreError::with_source(StoreErrorKind::Unavailable, "a signing key cannot be used", error)
}

fn seal_context(region: &str, fingerprint: &str) -> String {
    format!("signing-key/{region}/{fingerprint}")
}

impl Signing {
    /// The fingerprint of the key that signs in `region` at `now`. Made and stored first if there is none.
    pub(crate) async fn current(
        &self,
        catalog: &dyn Catalog,
        master: &MasterKey,
        timing: &Timing,
        region: &str,
        now: i64,
    ) -> Result<String, StoreError> {
        let keys = of_region(catalog, region).await?;
        if let Some(key) = keys.iter().rev().find(|k| k.valid_from <= now && now < k.valid_until) {
            return Ok(key.fingerprint.clone());
        }
        let pair = tokio::task::spawn_blocking(SigningKeyPair::generate)
            .await
            .map_err(|error| StoreError::with_source(StoreErrorKind::Unavailable, "no key was made", error))?
            .map_err(key_failed)?;
        let public = pair.public();
        let fingerprint = public.fingerprint();
        let private = pair.to_pkcs8().map_err(key_failed)?;
        let sealed = master.seal(&seal_context(region, &fingerprint), &private)?;
        let lifetime = i64::try_from(timing.signing_key_lifetime.as_secs()).unwrap_or(i64::MAX / 4).max(1);
        let key = SigningKey {
            region: region.to_owned(),
            fingerprint: fingerprint.clone(),
            public_der: STANDARD.encode(&public.0),
            sealed_private: STANDARD.encode(sealed),
            valid_from: now,
            valid_until: now.saturating_add(lifetime),
        };
        let at = signing_key_at(region, &fingerprint);
        catalog.commit(Batch::new().absent(at.clone()).put(at, encode(&key)?)).await?;
        self.cache().insert(fingerprint.clone(), Arc::new(pair));
        Ok(fingerprint)
    }

    /// The key pair with this fingerprint.
    pub(crate) async fn pair(
        &self,
        catalog: &dyn Catalog,
        master: &MasterKey,
        region: &str,
        fingerprint: &str,
    ) -> Result<Arc<SigningKeyPair>, StoreError> {
        if let Some(pair) = self.cache().get(fingerprint) {
            return Ok(Arc::clone(pair));
        }
        let missing =
            || StoreError::new(StoreErrorKind::Corrupt, format!("signing key {fingerprint} is not there"));
        let keys = of_region(catalog, region).await?;
        let key = keys.iter().find(|k| k.fingerprint == fingerprint).ok_or_else(missing)?;
        let sealed = STANDARD.decode(&key.sealed_private).map_err(|_| missing())?;
        let private = master.open(&seal_context(region, fingerprint), &sealed)?;
        let pair = Arc::new(SigningKeyPair::from_pkcs8(&private).map_err(key_failed)?);
        self.cache().insert(fingerprint.to_owned(), Arc::clone(&pair));
        Ok(pair)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<SigningKeyPair>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
