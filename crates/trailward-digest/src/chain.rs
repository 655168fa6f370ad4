//! Checking one digest, one link and one log file. Each answers for itself; walking an archive is not done here.

use crate::{DigestFile, ListedLog, PublicKey, Reason, sha256_hex, string_to_sign};

/// Checks a digest's own signature: `bytes` (uncompressed) as found at `bucket`/`key`, with the `signature` of its
/// metadata. Returns what it says.
pub fn check_digest(
    bytes: &[u8],
    (bucket, key): (&str, &str),
    signature: &str,
    public: &PublicKey,
) -> Result<DigestFile, Reason> {
    let digest: DigestFile = serde_json::from_slice(bytes).map_err(|_| Reason::DigestUnreadable)?;
    if digest.digest_s3_bucket != bucket || digest.digest_s3_object != key {
        return Err(Reason::DigestMoved);
    }
    if digest.digest_public_key_fingerprint != public.fingerprint() {
        return Err(Reason::KeyUnknown);
    }
    let previous = digest.previous_digest_signature.as_deref();
    let text = string_to_sign(&digest.digest_end_time, bucket, key, bytes, previous);
    if public.verifies(&text, signature) { Ok(digest) } else { Err(Reason::DigestAltered) }
}

/// Checks that `newer` follows `older`: place, hash, signature and time.
pub fn check_link(
    newer: &DigestFile,
    older: &DigestFile,
    older_bytes: &[u8],
    older_signature: &str,
) -> Result<(), Reason> {
    let follows = newer.previous_digest_s3_bucket.as_ref() == Some(&older.digest_s3_bucket)
        && newer.previous_digest_s3_object.as_ref() == Some(&older.digest_s3_object)
        && newer.previous_digest_signature.as_deref() == Some(older_signature)
        && newer.previous_digest_hash_value == Some(sha256_hex(older_bytes))
        && newer.digest_start_time == older.digest_end_time;
    if follows { Ok(()) } else { Err(Reason::ChainBroken) }
}

/// Checks a log file's uncompressed bytes against what a digest lists.
pub fn check_log(listed: &ListedLog, bytes: &[u8]) -> Result<(), Reason> {
    if listed.hash_value == sha256_hex(bytes) { Ok(()) } else { Err(Reason::LogAltered) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Previous, SigningKeyPair};

    const PLACE: (&str, &str) = ("b", "AWSLogs/1/CloudTrail-Digest/x.json.gz");

    fn signed(pair: &SigningKeyPair, digest: &DigestFile) -> (Vec<u8>, String) {
        let bytes = digest.to_bytes().unwrap();
        let text = string_to_sign(
            &digest.digest_end_time,
            &digest.digest_s3_bucket,
            &digest.digest_s3_object,
            &bytes,
            digest.previous_digest_signature.as_deref(),
        );
        let signature = pair.sign(&text).unwrap();
        (bytes, signature)
    }

    #[test]
    fn a_chain_holds_and_every_change_shows() {
        let pair =
            SigningKeyPair::from_pkcs8(&SigningKeyPair::generate().unwrap().to_pkcs8().unwrap()).unwrap();
        let public = pair.public();
        // DER of SEQUENCE { n, e } for 2048 bits.
        assert_eq!(public.0.len(), 270);
        let log = ListedLog::new(
            "b",
            "l",
            sha256_hex(b"{\"Records\":[]}"),
            Some("2026-01-01T00:10:00Z".into()),
            Some("2026-01-01T00:20:00Z".into()),
        );
        let first = DigestFile::new(
            "1",
            ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
            PLACE,
            &public.fingerprint(),
            None,
            vec![log.clone()],
        );
        let (first_bytes, first_signature) = signed(&pair, &first);
        assert_eq!(check_digest(&first_bytes, PLACE, &first_signature, &public), Ok(first.clone()));
        let previous = Previous {
            bucket: PLACE.0.into(),
            key: PLACE.1.into(),
            hash: sha256_hex(&first_bytes),
            signature: first_signature.clone(),
        };
        let place = ("b", "AWSLogs/1/CloudTrail-Digest/y.json.gz");
        let second = DigestFile::new(
            "1",
            ("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"),
            place,
            &public.fingerprint(),
            Some(&previous),
            vec![],
        );
        let (second_bytes, second_signature) = signed(&pair, &second);
        assert_eq!(check_digest(&second_bytes, place, &second_signature, &public), Ok(second.clone()));
        assert_eq!(check_link(&second, &first, &first_bytes, &first_signature), Ok(()));
        assert_eq!(check_log(&log, b"{\"Records\":[]}"), Ok(()));

        assert_eq!(check_log(&log, b"{\"Records\":[ ]}"), Err(Reason::LogAltered));
        assert_eq!(check_link(&first, &second, &second_bytes, &second_signature), Err(Reason::ChainBroken));
        assert_eq!(check_digest(&first_bytes, place, &first_signature, &public), Err(Reason::DigestMoved));
        let other = SigningKeyPair::generate().unwrap().public();
        assert_eq!(check_digest(&first_bytes, PLACE, &first_signature, &other), Err(Reason::KeyUnknown));
        assert_eq!(check_digest(b"{}", PLACE, &first_signature, &public), Err(Reason::DigestUnreadable));
        for index in 0..first_bytes.len() {
            let mut changed = first_bytes.clone();
            changed[index] ^= 1;
            assert!(check_digest(&changed, PLACE, &first_signature, &public).is_err(), "byte {index}");
        }
        for index in 0..first_signature.len() {
            let mut changed = first_signature.clone().into_bytes();
            changed[index] = if changed[index] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(check_digest(&first_bytes, PLACE, &changed, &public).is_err(), "digit {index}");
        }
    }
}
