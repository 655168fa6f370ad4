//! What kinds of keys there are, and what each can do.

use serde::{Deserialize, Serialize};

/// The kind of key material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeySpec {
    /// AES-256-GCM.
    #[serde(rename = "SYMMETRIC_DEFAULT")]
    SymmetricDefault,
    /// RSA, 2048 bits.
    #[serde(rename = "RSA_2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[serde(rename = "RSA_3072")]
    Rsa3072,
    /// RSA, 4096 bits.
    #[serde(rename = "RSA_4096")]
    Rsa4096,
    /// ECDSA on P-256.
    #[serde(rename = "ECC_NIST_P256")]
    EccNistP256,
    /// ECDSA on P-384.
    #[serde(rename = "ECC_NIST_P384")]
    EccNistP384,
    /// ECDSA on P-521.
    #[serde(rename = "ECC_NIST_P521")]
    EccNistP521,
    /// ECDSA on secp256k1.
    #[serde(rename = "ECC_SECG_P256K1")]
    EccSecgP256K1,
    /// HMAC with SHA-224.
    #[serde(rename = "HMAC_224")]
    Hmac224,
    /// HMAC with SHA-256.
    #[serde(rename = "HMAC_256")]
    Hmac256,
    /// HMAC with SHA-384.
    #[serde(rename = "HMAC_384")]
    Hmac384,
    /// HMAC with SHA-512.
    #[serde(rename = "HMAC_512")]
    Hmac512,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyUsage {
    /// Encrypting and decrypting.
    #[serde(rename = "ENCRYPT_DECRYPT")]
    EncryptDecrypt,
    /// Signing and verifying.
    #[serde(rename = "SIGN_VERIFY")]
    SignVerify,
    /// Making and checking message authentication codes.
    #[serde(rename = "GENERATE_VERIFY_MAC")]
    GenerateVerifyMac,
}

/// How a key signs, encrypts or authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as AWS names them")]
pub enum Algorithm {
    #[serde(rename = "SYMMETRIC_DEFAULT")]
    SymmetricDefault,
    #[serde(rename = "RSAES_OAEP_SHA_1")]
    RsaesOaepSha1,
    #[serde(rename = "RSAES_OAEP_SHA_256")]
    RsaesOaepSha256,
    #[serde(rename = "RSASSA_PSS_SHA_256")]
    RsassaPssSha256,
    #[serde(rename = "RSASSA_PSS_SHA_384")]
    RsassaPssSha384,
    #[serde(rename = "RSASSA_PSS_SHA_512")]
    RsassaPssSha512,
    #[serde(rename = "RSASSA_PKCS1_V1_5_SHA_256")]
    RsassaPkcs1V15Sha256,
    #[serde(rename = "RSASSA_PKCS1_V1_5_SHA_384")]
    RsassaPkcs1V15Sha384,
    #[serde(rename = "RSASSA_PKCS1_V1_5_SHA_512")]
    RsassaPkcs1V15Sha512,
    #[serde(rename = "ECDSA_SHA_256")]
    EcdsaSha256,
    #[serde(rename = "ECDSA_SHA_384")]
    EcdsaSha384,
    #[serde(rename = "ECDSA_SHA_512")]
    EcdsaSha512,
    #[serde(rename = "HMAC_SHA_224")]
    HmacSha224,
    #[serde(rename = "HMAC_SHA_256")]
    HmacSha256,
    #[serde(rename = "HMAC_SHA_384")]
    HmacSha384,
    #[serde(rename = "HMAC_SHA_512")]
    HmacSha512,
}

/// Whether a message or its hash is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum MessageType {
    /// The message: at most 4096 bytes.
    #[default]
    #[serde(rename = "RAW")]
    Raw,
    /// Its hash, by the algorithm's function.
    #[serde(rename = "DIGEST")]
    Digest,
}

impl KeySpec {
    /// What a key of this kind can be for; the first is what it is for unless said otherwise.
    pub fn usages(self) -> &'static [KeyUsage] {
        match self {
            Self::SymmetricDefault => &[KeyUsage::EncryptDecrypt],
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => {
                &[KeyUsage::EncryptDecrypt, KeyUsage::SignVerify]
            }
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521 | Self::EccSecgP256K1 => {
                &[KeyUsage::SignVerify]
            }
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512 => &[KeyUsage::GenerateVerifyMac],
        }
    }

    /// Whether the key has a public half.
    pub fn is_asymmetric(self) -> bool {
        self != Self::SymmetricDefault && self.mac_key_length().is_none()
    }

    /// Whether its material can be replaced while what was made with the old one stays good.
    pub fn can_rotate(self) -> bool {
        self == Self::SymmetricDefault
    }

    /// Bytes of an HMAC key; `None` for other kinds.
    pub(crate) fn mac_key_length(self) -> Option<usize> {
        match self {
            Self::Hmac224 => Some(28),
            Self::Hmac256 => Some(32),
            Self::Hmac384 => Some(48),
            Self::Hmac512 => Some(64),
            _ => None,
        }
    }

    /// What a key of this kind and usage can do.
    pub fn algorithms(self, usage: KeyUsage) -> &'static [Algorithm] {
        match (self, usage) {
            (Self::SymmetricDefault, KeyUsage::EncryptDecrypt) => &[Algorithm::SymmetricDefault],
            (Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096, KeyUsage::EncryptDecrypt) => {
                &[Algorithm::RsaesOaepSha1, Algorithm::RsaesOaepSha256]
            }
            (Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096, KeyUsage::SignVerify) => &[
                Algorithm::RsassaPkcs1V15Sha256,
                Algorithm::RsassaPkcs1V15Sha384,
                Algorithm::RsassaPkcs1V15Sha512,
                Algorithm::RsassaPssSha256,
                Algorithm::RsassaPssSha384,
                Algorithm::RsassaPssSha512,
            ],
            (Self::EccNistP256 | Self::EccSecgP256K1, KeyUsage::SignVerify) => &[Algorithm::EcdsaSha256],
            (Self::EccNistP384, KeyUsage::SignVerify) => &[Algorithm::EcdsaSha384],
            (Self::EccNistP521, KeyUsage::SignVerify) => &[Algorithm::EcdsaSha512],
            (Self::Hmac224, KeyUsage::GenerateVerifyMac) => &[Algorithm::HmacSha224],
            (Self::Hmac256, KeyUsage::GenerateVerifyMac) => &[Algorithm::HmacSha256],
            (Self::Hmac384, KeyUsage::GenerateVerifyMac) => &[Algorithm::HmacSha384],
            (Self::Hmac512, KeyUsage::GenerateVerifyMac) => &[Algorithm::HmacSha512],
            _ => &[],
        }
    }
}
