//! RSA keys: PKCS#1 v1.5 with SHA-256, as CloudTrail signs.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use md5::{Digest as _, Md5};
use std::fmt;

/// A key that cannot be made, read or used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the RSA key could not be {0}")]
pub struct KeyError(&'static str);

/// A 2048-bit RSA key pair.
pub struct SigningKeyPair(KeyPair);

impl fmt::Debug for SigningKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKeyPair({})", self.public().fingerprint())
    }
}

impl SigningKeyPair {
    /// A new key. Takes some tenths of a second.
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate(KeySize::Rsa2048).map(Self).map_err(|_| KeyError("generated"))
    }

    /// The private key as PKCS#8 DER: a secret.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().map_err(|_| KeyError("encoded"))?;
        Ok(der.as_ref().to_vec())
    }

    /// Reads what [`SigningKeyPair::to_pkcs8`] wrote.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8(der).map(Self).map_err(|_| KeyError("read"))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().to_vec())
    }

    /// The signature of `text`, lower-case hexadecimal. The same text always gives the same signature.
    pub fn sign(&self, text: &str) -> Result<String, KeyError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| KeyError("used"))?;
        Ok(hex::encode(signature))
    }
}

/// A public key as `ListPublicKeys` gives it: the DER of a PKCS#1 `RSAPublicKey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(pub Vec<u8>);

impl PublicKey {
    /// Lower-case hexadecimal MD5 of the DER: how digests name the key.
    pub fn fingerprint(&self) -> String {
        hex::encode(Md5::digest(&self.0))
    }

    /// Whether `signature` (hexadecimal) is this key's of `text`.
    pub fn verifies(&self, text: &str, signature: &str) -> bool {
        let Ok(signature) = hex::decode(signature) else { return false };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0)
            .verify(text.as_bytes(), &signature)
            .is_ok()
    }
}
