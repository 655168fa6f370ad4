//! The key that signs messages, and its certificate, which subscribers fetch to check them.

use crate::{TopicError, key};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError, RwLock};
use trailward_store::seal::MasterKey;
use trailward_store::stored::{Stored, decode, encode};
use trailward_store::{Batch, Catalog};

/// What the path of the certificate begins with; the SHA-256 of the certificate and `.pem` follow.
pub const CERTIFICATE_PATH: &str = "/SimpleNotificationService-";

const SEALING: &str = "topic-signing-key";

/// The key as it is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredKey {
    /// PKCS #8, sealed, in base64.
    sealed: String,
    /// The certificate.
    pem: String,
}

impl Stored for StoredKey {
    const FORMAT: u16 = 1;
}

/// A key that is open.
#[derive(Debug)]
pub(crate) struct Signer {
    pair: KeyPair,
    pub(crate) pem: String,
    /// Where its certificate is, below the endpoint.
    pub(crate) path: String,
}

/// The one key, once somebody needed it.
#[derive(Debug, Default)]
pub(crate) struct Signing(RwLock<Option<Arc<Signer>>>);

impl Signer {
    fn open(stored: &StoredKey, master: &MasterKey) -> Result<Self, TopicError> {
        let sealed = STANDARD.decode(&stored.sealed).map_err(|_| TopicError::Crypto)?;
        let private = master.open(SEALING, &sealed)?;
        let pair = KeyPair::from_pkcs8(&private).map_err(|_| TopicError::Crypto)?;
        let hash = hex::encode(digest(&SHA256, stored.pem.as_bytes()));
        let path = format!("{CERTIFICATE_PATH}{}.pem", hash.get(..32).unwrap_or_default());
        Ok(Self { pair, pem: stored.pem.clone(), path })
    }

    /// SHA256withRSA over `text`, in base64.
    pub(crate) fn sign(&self, text: &str) -> Result<String, TopicError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| TopicError::Crypto)?;
        Ok(STANDARD.encode(signature))
    }
}

impl Signing {
    /// The key. With `make`, one is made and stored if there is none.
    pub(crate) async fn signer(
        &self,
        catalog: &dyn Catalog,
        master: &MasterKey,
        make: bool,
    ) -> Result<Option<Arc<Signer>>, TopicError> {
        if let Some(signer) = &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(Arc::clone(signer)));
        }
        let at = key::signing_key();
        if catalog.get(at.as_bytes()).await?.is_none() {
            if !make {
                return Ok(None);
            }
            let (private, pem) =
                tokio::task::spawn_blocking(generate).await.map_err(|_| TopicError::Crypto)??;
            let sealed = STANDARD.encode(master.seal(SEALING, &private)?);
            let stored = StoredKey { sealed, pem };
            let batch = Batch::new().absent(at.as_bytes()).put(at.as_bytes(), encode(&stored)?);
            match catalog.commit(batch).await {
                // Somebody else was faster: theirs is the key.
                Err(error) if error.is_conflict() => {}
                done => drop(done?),
            }
        }
        let Some(entry) = catalog.get(at.as_bytes()).await? else { return Ok(None) };
        let signer = Arc::new(Signer::open(&decode(&entry.value)?, master)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&signer));
        Ok(Some(signer))
    }
}

/// A key of 2,048 bits, and a certificate that it signs itself.
fn generate() -> Result<(Vec<u8>, String), TopicError> {
    let failed = |_| TopicError::Crypto;
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| TopicError::Crypto)?;
    let private = pair.as_der().map_err(|_| TopicError::Crypto)?.as_ref().to_vec();
    let der = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&private.clone().into(), &rcgen::PKCS_RSA_SHA256)
        .map_err(failed)?;
    let mut parameters = rcgen::CertificateParams::new(Vec::<String>::new()).map_err(failed)?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "sns.amazonaws.com");
    parameters.distinguished_name.push(rcgen::DnType::OrganizationName, "Trailward");
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let certificate = parameters.self_signed(&der).map_err(failed)?;
    Ok((private, certificate.pem()))
}
