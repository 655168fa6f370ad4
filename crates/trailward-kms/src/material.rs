//! Making and using key material. Asymmetric material is the PKCS#8 of the private key.

use crate::spec::{Algorithm, KeySpec, MessageType};
use crate::{KeyUsage, KmsError};
use aws_lc_rs::digest::{Algorithm as HashAlgorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm,
    OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1,
    ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, UnparsedPublicKey,
    VerificationAlgorithm,
};

/// The most bytes of a message to sign or to encrypt.
pub(crate) const MOST_MESSAGE: usize = 4096;

/// Makes a private key. Takes up to some seconds for the longest RSA keys.
pub(crate) fn generate(spec: KeySpec) -> Result<Vec<u8>, KmsError> {
    let size = match spec {
        KeySpec::Rsa2048 => KeySize::Rsa2048,
        KeySpec::Rsa3072 => KeySize::Rsa3072,
        KeySpec::Rsa4096 => KeySize::Rsa4096,
        _ => {
            let key = EcdsaKeyPair::generate(curve(spec)?).map_err(|_| KmsError::Crypto)?;
            return Ok(key.to_pkcs8v1().map_err(|_| KmsError::Crypto)?.as_ref().to_vec());
        }
    };
    let key = RsaKeyPair::generate(size).map_err(|_| KmsError::Crypto)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(|_| KmsError::Crypto)?;
    Ok(der.as_ref().to_vec())
}

/// The public half: the DER of a `SubjectPublicKeyInfo`, as `GetPublicKey` answers.
pub(crate) fn public_key(spec: KeySpec, material: &[u8]) -> Result<Vec<u8>, KmsError> {
    let der: PublicKeyX509Der<'_> = match spec {
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => rsa(material)?.public_key().as_der(),
        _ => ecdsa(spec, material)?.public_key().as_der(),
    }
    .map_err(|_| KmsError::Crypto)?;
    Ok(der.as_ref().to_vec())
}

/// Signs a message or its hash.
pub(crate) fn sign(
    spec: KeySpec,
    material: &[u8],
    algorithm: Algorithm,
    message: &[u8],
    kind: MessageType,
) -> Result<Vec<u8>, KmsError> {
    let hash = hash_of(algorithm, message, kind)?;
    if let Some(encoding) = rsa_encoding(algorithm) {
        let key = rsa(material)?;
        let mut signature = vec![0; key.public_modulus_len()];
        match hash {
            Some(hash) => key.sign_digest(encoding, &hash, &mut signature),
            None => key.sign(encoding, &SystemRandom::new(), message, &mut signature),
        }
        .map_err(|_| KmsError::Crypto)?;
        return Ok(signature);
    }
    let key = ecdsa(spec, material)?;
    let signature = match hash {
        Some(hash) => key.sign_digest(&hash),
        None => key.sign(&SystemRandom::new(), message),
    };
    Ok(signature.map_err(|_| KmsError::Crypto)?.as_ref().to_vec())
}

/// Checks a signature of a message or its hash.
pub(crate) fn verify(
    spec: KeySpec,
    material: &[u8],
    algorithm: Algorithm,
    message: &[u8],
    kind: MessageType,
    signature: &[u8],
) -> Result<(), KmsError> {
    let hash = hash_of(algorithm, message, kind)?;
    let public = public_key(spec, material)?;
    let key = UnparsedPublicKey::new(verification(spec, algorithm)?, public);
    match hash {
        Some(hash) => key.verify_digest(&hash, signature),
        None => key.verify(message, signature),
    }
    .map_err(|_| KmsError::InvalidSignature)
}

fn mac_key(algorithm: Algorithm, material: &[u8], message: &[u8]) -> Result<hmac::Key, KmsError> {
    check_message(message)?;
    let function = match algorithm {
        Algorithm::HmacSha224 => hmac::HMAC_SHA224,
        Algorithm::HmacSha256 => hmac::HMAC_SHA256,
        Algorithm::HmacSha384 => hmac::HMAC_SHA384,
        Algorithm::HmacSha512 => hmac::HMAC_SHA512,
        _ => return Err(KmsError::Crypto),
    };
    Ok(hmac::Key::new(function, material))
}

/// A message's authentication code.
pub(crate) fn mac(algorithm: Algorithm, material: &[u8], message: &[u8]) -> Result<Vec<u8>, KmsError> {
    Ok(hmac::sign(&mac_key(algorithm, material, message)?, message).as_ref().to_vec())
}

/// Checks a message's authentication code, in constant time.
pub(crate) fn verify_mac(
    algorithm: Algorithm,
    material: &[u8],
    message: &[u8],
    code: &[u8],
) -> Result<(), KmsError> {
    let key = mac_key(algorithm, material, message)?;
    hmac::verify(&key, message, code).map_err(|_| KmsError::InvalidMac)
}

/// Encrypts under the public half.
pub(crate) fn encrypt(
    spec: KeySpec,
    material: &[u8],
    algorithm: Algorithm,
    plaintext: &[u8],
) -> Result<Vec<u8>, KmsError> {
    let oaep = oaep(algorithm)?;
    let private = PrivateDecryptingKey::from_pkcs8(material).map_err(|_| KmsError::Crypto)?;
    let key = OaepPublicEncryptingKey::new(private.public_key()).map_err(|_| KmsError::Crypto)?;
    let most = key.max_plaintext_size(oaep);
    if plaintext.len() > most {
        return Err(KmsError::Validation(format!(
            "Algorithm {algorithm:?} and key spec {spec:?} cannot encrypt data larger than {most} bytes."
        )));
    }
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let length = key.encrypt(oaep, plaintext, &mut ciphertext, None).map_err(|_| KmsError::Crypto)?.len();
    ciphertext.truncate(length);
    Ok(ciphertext)
}

/// Decrypts with the private half.
pub(crate) fn decrypt(material: &[u8], algorithm: Algorithm, ciphertext: &[u8]) -> Result<Vec<u8>, KmsError> {
    let oaep = oaep(algorithm)?;
    let private = PrivateDecryptingKey::from_pkcs8(material).map_err(|_| KmsError::Crypto)?;
    let key = OaepPrivateDecryptingKey::new(private).map_err(|_| KmsError::Crypto)?;
    let mut plaintext = vec![0; key.min_output_size()];
    let length =
        key.decrypt(oaep, ciphertext, &mut plaintext, None).map_err(|_| KmsError::InvalidCiphertext)?.len();
    plaintext.truncate(length);
    Ok(plaintext)
}

/// That the key's usage and algorithms allow `algorithm`.
pub(crate) fn check_algorithm(spec: KeySpec, usage: KeyUsage, algorithm: Algorithm) -> Result<(), KmsError> {
    if spec.algorithms(usage).contains(&algorithm) {
        Ok(())
    } else {
        Err(KmsError::InvalidKeyUsage(format!(
            "Algorithm {} is incompatible with key spec {}.",
            name(&algorithm),
            name(&spec)
        )))
    }
}

/// AWS's name of an algorithm, kind or usage.
pub(crate) fn name<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn rsa(material: &[u8]) -> Result<RsaKeyPair, KmsError> {
    RsaKeyPair::from_pkcs8(material).map_err(|_| KmsError::Crypto)
}

fn ecdsa(spec: KeySpec, material: &[u8]) -> Result<EcdsaKeyPair, KmsError> {
    EcdsaKeyPair::from_pkcs8(curve(spec)?, material).map_err(|_| KmsError::Crypto)
}

fn curve(spec: KeySpec) -> Result<&'static EcdsaSigningAlgorithm, KmsError> {
    match spec {
        KeySpec::EccNistP256 => Ok(&ECDSA_P256_SHA256_ASN1_SIGNING),
        KeySpec::EccNistP384 => Ok(&ECDSA_P384_SHA384_ASN1_SIGNING),
        KeySpec::EccNistP521 => Ok(&ECDSA_P521_SHA512_ASN1_SIGNING),
        KeySpec::EccSecgP256K1 => Ok(&ECDSA_P256K1_SHA256_ASN1_SIGNING),
        _ => Err(KmsError::Crypto),
    }
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::RsassaPkcs1V15Sha256 => &RSA_PKCS1_SHA256,
        Algorithm::RsassaPkcs1V15Sha384 => &RSA_PKCS1_SHA384,
        Algorithm::RsassaPkcs1V15Sha512 => &RSA_PKCS1_SHA512,
        Algorithm::RsassaPssSha256 => &RSA_PSS_SHA256,
        Algorithm::RsassaPssSha384 => &RSA_PSS_SHA384,
        Algorithm::RsassaPssSha512 => &RSA_PSS_SHA512,
        _ => return None,
    })
}

fn verification(spec: KeySpec, algorithm: Algorithm) -> Result<&'static dyn VerificationAlgorithm, KmsError> {
    Ok(match algorithm {
        Algorithm::EcdsaSha256 if spec == KeySpec::EccSecgP256K1 => &ECDSA_P256K1_SHA256_ASN1,
        Algorithm::RsassaPkcs1V15Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RsassaPkcs1V15Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RsassaPkcs1V15Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::RsassaPssSha256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::RsassaPssSha384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::RsassaPssSha512 => &RSA_PSS_2048_8192_SHA512,
        Algorithm::EcdsaSha256 => &ECDSA_P256_SHA256_ASN1,
        Algorithm::EcdsaSha384 => &ECDSA_P384_SHA384_ASN1,
        Algorithm::EcdsaSha512 => &ECDSA_P521_SHA512_ASN1,
        _ => return Err(KmsError::Crypto),
    })
}

fn oaep(algorithm: Algorithm) -> Result<&'static OaepAlgorithm, KmsError> {
    match algorithm {
        Algorithm::RsaesOaepSha1 => Ok(&OAEP_SHA1_MGF1SHA1),
        Algorithm::RsaesOaepSha256 => Ok(&OAEP_SHA256_MGF1SHA256),
        _ => Err(KmsError::Crypto),
    }
}

fn check_message(message: &[u8]) -> Result<(), KmsError> {
    if message.is_empty() || message.len() > MOST_MESSAGE {
        return Err(KmsError::Validation(format!(
            "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length \
             between 1 and {MOST_MESSAGE}"
        )));
    }
    Ok(())
}

/// The hash that was given; `None` when the message was.
fn hash_of(algorithm: Algorithm, message: &[u8], kind: MessageType) -> Result<Option<Digest>, KmsError> {
    check_message(message)?;
    if kind == MessageType::Raw {
        return Ok(None);
    }
    let function: &'static HashAlgorithm = match algorithm {
        Algorithm::RsassaPkcs1V15Sha256 | Algorithm::RsassaPssSha256 | Algorithm::EcdsaSha256 => &SHA256,
        Algorithm::RsassaPkcs1V15Sha384 | Algorithm::RsassaPssSha384 | Algorithm::EcdsaSha384 => &SHA384,
        _ => &SHA512,
    };
    Digest::import_less_safe(message, function).map(Some).map_err(|_| {
        KmsError::Validation(format!("Digest is invalid length for algorithm {}.", name(&algorithm)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::digest;

    /// RFC 4231, test case 2.
    #[test]
    fn codes_of_the_rfc() {
        let message = b"what do ya want for nothing?";
        for (algorithm, start) in [
            (Algorithm::HmacSha224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
            (Algorithm::HmacSha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (Algorithm::HmacSha384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"),
            (Algorithm::HmacSha512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"),
        ] {
            let code = mac(algorithm, b"Jefe", message).unwrap();
            assert!(hex::encode(&code).starts_with(start), "{algorithm:?}");
            verify_mac(algorithm, b"Jefe", message, &code).unwrap();
            assert!(verify_mac(algorithm, b"Jefe", message, &code[1..]).is_err());
            assert!(verify_mac(algorithm, b"Jefe", b"nothing", &code).is_err());
        }
        assert!(mac(Algorithm::HmacSha256, b"Jefe", b"").is_err());
        assert!(mac(Algorithm::HmacSha256, b"Jefe", &[0; MOST_MESSAGE + 1]).is_err());
        assert!(mac(Algorithm::EcdsaSha256, b"Jefe", message).is_err());
    }

    #[test]
    fn every_kind_of_key_does_what_it_says() {
        for spec in [
            KeySpec::Rsa2048,
            KeySpec::EccNistP256,
            KeySpec::EccNistP384,
            KeySpec::EccNistP521,
            KeySpec::EccSecgP256K1,
        ] {
            let material = generate(spec).unwrap();
            assert_eq!(public_key(spec, &material).unwrap()[0], 0x30);
            for &algorithm in spec.algorithms(KeyUsage::SignVerify) {
                let signature = sign(spec, &material, algorithm, b"hello", MessageType::Raw).unwrap();
                verify(spec, &material, algorithm, b"hello", MessageType::Raw, &signature).unwrap();
                let function = match name(&algorithm).rsplit('_').next().unwrap() {
                    "256" => &SHA256,
                    "384" => &SHA384,
                    _ => &SHA512,
                };
                let hash = digest(function, b"hello");
                let of_hash = sign(spec, &material, algorithm, hash.as_ref(), MessageType::Digest).unwrap();
                verify(spec, &material, algorithm, b"hello", MessageType::Raw, &of_hash).unwrap();
                verify(spec, &material, algorithm, hash.as_ref(), MessageType::Digest, &signature).unwrap();
                let wrong = verify(spec, &material, algorithm, b"hellO", MessageType::Raw, &signature);
                assert!(matches!(wrong, Err(KmsError::InvalidSignature)));
                let short = sign(spec, &material, algorithm, b"hello", MessageType::Digest);
                assert!(matches!(short, Err(KmsError::Validation(_))));
            }
        }
        let material = generate(KeySpec::Rsa2048).unwrap();
        for algorithm in [Algorithm::RsaesOaepSha1, Algorithm::RsaesOaepSha256] {
            let ciphertext = encrypt(KeySpec::Rsa2048, &material, algorithm, b"secret").unwrap();
            assert_eq!(decrypt(&material, algorithm, &ciphertext).unwrap(), b"secret");
            assert!(matches!(decrypt(&material, algorithm, b"x"), Err(KmsError::InvalidCiphertext)));
            assert!(encrypt(KeySpec::Rsa2048, &material, algorithm, &[0; 300]).is_err());
        }
        assert!(check_algorithm(KeySpec::EccNistP256, KeyUsage::SignVerify, Algorithm::EcdsaSha384).is_err());
    }
}
