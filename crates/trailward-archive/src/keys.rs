//! The public keys that digests are checked with: from the CloudTrail API, or from a file that was exported before.

use crate::api::{Api, ApiError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::sync::Mutex;
use trailward_digest::PublicKey;

/// The most bytes of a key file: ten thousand keys.
const MOST_FILE: u64 = 8 << 20;
/// The most bytes of one key's DER: 16,384 bits.
const MOST_KEY: usize = 2200;
/// How long after a digest's end its key may still begin to be answered for, as the AWS CLI asks.
const MARGIN: time::Duration = time::Duration::hours(2);

/// A public key as `trailward archive keys` exports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportedKey {
    /// The Region that signs with it.
    pub region: String,
    /// Lower-case hexadecimal MD5 of the DER.
    pub fingerprint: String,
    /// The DER of the PKCS#1 `RSAPublicKey`, base64.
    pub value: String,
    /// From when it was used.
    #[serde(with = "time::serde::rfc3339")]
    pub validity_start_time: OffsetDateTime,
    /// Until when it was used.
    #[serde(with = "time::serde::rfc3339")]
    pub validity_end_time: OffsetDateTime,
}

/// The file that `trailward archive keys` writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyFile {
    /// The keys.
    pub public_keys: Vec<ExportedKey>,
}

/// Why keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The API did not give them.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The file could not be read.
    #[error("the key file {path} cannot be used: {detail}")]
    File {
        /// Which.
        path: String,
        /// Why.
        detail: String,
    },
    /// Neither a file nor an API was named.
    #[error(
        "no public keys: name a file with --keys (made by `trailward archive keys`), or give AWS credentials that \
         allow cloudtrail:ListPublicKeys"
    )]
    None,
}

/// Known keys by their fingerprints.
type Known = HashMap<String, PublicKey>;

/// Where keys come from.
pub enum Keys {
    /// A file.
    File {
        /// Its name.
        path: PathBuf,
        /// Its keys.
        known: Arc<Known>,
    },
    /// The CloudTrail API, asked once for each Region, and again when an older time is needed.
    Api {
        /// The clients.
        api: Arc<Api>,
        /// What was asked so far.
        asked: Mutex<BTreeMap<String, (OffsetDateTime, Arc<Known>)>>,
    },
    /// Nowhere: good for archives without digests only.
    None,
}

impl Keys {
    /// From the API.
    pub fn api(api: Arc<Api>) -> Self {
        Self::Api { api, asked: Mutex::default() }
    }

    /// From a file: what `trailward archive keys` writes, or what `aws cloudtrail list-public-keys` prints.
    pub fn file(path: &Path) -> Result<Self, KeysError> {
        let failed = |detail: String| KeysError::File { path: path.display().to_string(), detail };
        let found = std::fs::metadata(path).map_err(|e| failed(e.to_string()))?;
        if !found.is_file() || found.len() > MOST_FILE {
            return Err(failed(format!("it is not a file of at most {MOST_FILE} bytes")));
        }
        let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
        let known = read_keys(&bytes).map_err(failed)?;
        Ok(Self::File { path: path.to_path_buf(), known: Arc::new(known) })
    }

    /// The keys of `region` that may have signed digests from `start` to `end`.
    pub async fn of(
        &self,
        region: &str,
        start: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Result<Arc<Known>, KeysError> {
        match self {
            Self::None => Err(KeysError::None),
            Self::File { known, .. } => Ok(Arc::clone(known)),
            Self::Api { api, asked } => {
                // Held while asking, so that chains of one Region ask once.
                let mut asked = asked.lock().await;
                let before = asked.get(region);
                if let Some((since, known)) = before
                    && *since <= start
                {
                    return Ok(Arc::clone(known));
                }
                // Another account's archive may begin earlier: what was learned stays known.
                let mut known: Known = before.map(|(_, known)| Known::clone(known)).unwrap_or_default();
                let keys = api.public_keys(region, start, end + MARGIN).await?;
                known.extend(keys.into_iter().map(|key| (key.0.fingerprint(), key.0)));
                let known = Arc::new(known);
                asked.insert(region.to_owned(), (start, Arc::clone(&known)));
                Ok(known)
            }
        }
    }

    /// Where they come from, for the report, and how many are known.
    pub async fn origin(&self) -> (String, usize) {
        match self {
            Self::None => (String::new(), 0),
            Self::File { path, known } => (path.display().to_string(), known.len()),
            Self::Api { asked, .. } => {
                let asked = asked.lock().await;
                ("CloudTrail API".to_owned(), asked.values().map(|(_, known)| known.len()).sum())
            }
        }
    }
}

/// What `aws cloudtrail list-public-keys` prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedKeys {
    public_key_list: Vec<ListedKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedKey {
    value: String,
    fingerprint: Option<String>,
}

/// Reads either kind of key file. A key whose fingerprint is not its own is refused: somebody edited the file.
pub fn read_keys(bytes: &[u8]) -> Result<HashMap<String, PublicKey>, String> {
    let pairs: Vec<(String, Option<String>)> = match serde_json::from_slice::<KeyFile>(bytes) {
        Ok(file) => file.public_keys.into_iter().map(|key| (key.value, Some(key.fingerprint))).collect(),
        Err(own) => match serde_json::from_slice::<ListedKeys>(bytes) {
            Ok(listed) => {
                listed.public_key_list.into_iter().map(|key| (key.value, key.fingerprint)).collect()
            }
            Err(_) => return Err(format!("it holds neither publicKeys nor PublicKeyList: {own}")),
        },
    };
    let mut known = HashMap::new();
    for (number, (value, fingerprint)) in pairs.into_iter().enumerate() {
        let der = STANDARD.decode(value.trim()).map_err(|e| format!("key {number} is not base64: {e}"))?;
        let key = checked(der).map_err(|e| format!("key {number} {e}"))?;
        let own = key.fingerprint();
        if fingerprint.is_some_and(|claimed| claimed != own) {
            return Err(format!("key {number} has the fingerprint {own}, not the one beside it"));
        }
        known.insert(own, key);
    }
    if known.is_empty() { Err("it holds no key".to_owned()) } else { Ok(known) }
}

/// A key that is shaped as the DER of an `RSAPublicKey` is: a SEQUENCE that fills its bytes and begins with an INTEGER.
pub(crate) fn checked(der: Vec<u8>) -> Result<PublicKey, String> {
    if der.len() > MOST_KEY {
        return Err(format!("has {} bytes, more than an RSA key of 16,384 bits", der.len()));
    }
    let length_and_rest = match der.as_slice() {
        [0x30, 0x82, high, low, rest @ ..] => Some((usize::from(u16::from_be_bytes([*high, *low])), rest)),
        [0x30, 0x81, length, rest @ ..] => Some((usize::from(*length), rest)),
        _ => None,
    };
    match length_and_rest {
        Some((length, rest)) if length == rest.len() && rest.first() == Some(&0x02) => Ok(PublicKey(der)),
        Some((_, [0x30, ..])) => Err("is a SubjectPublicKeyInfo; PKCS#1 is needed".to_owned()),
        _ => Err("is not the DER of a PKCS#1 RSAPublicKey".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trailward_digest::SigningKeyPair;

    #[test]
    fn reads_both_kinds_of_files_and_refuses_edited_ones() {
        let key = SigningKeyPair::generate().unwrap().public();
        let (value, fingerprint) = (STANDARD.encode(&key.0), key.fingerprint());
        let own = format!(
            r#"{{"publicKeys":[{{"region":"us-east-1","fingerprint":"{fingerprint}","value":"{value}",
            "validityStartTime":"2026-01-01T00:00:00Z","validityEndTime":"2026-02-01T00:00:00Z"}}]}}"#
        );
        let listed = format!(
            r#"{{"PublicKeyList":[{{"Value":"{value}","ValidityStartTime":1.0,"Fingerprint":"{fingerprint}"}}]}}"#
        );
        for text in [&own, &listed] {
            assert_eq!(read_keys(text.as_bytes()).unwrap().get(&fingerprint), Some(&key));
            let forged = text.replace(&fingerprint, &"0".repeat(32));
            assert!(read_keys(forged.as_bytes()).unwrap_err().contains("fingerprint"));
            let short = text.replace(&value, value.get(4..).unwrap());
            assert!(read_keys(short.as_bytes()).is_err());
        }
        for bad in ["", "[]", "{}", r#"{"PublicKeyList":[]}"#, r#"{"publicKeys":[]}"#] {
            assert!(read_keys(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_subject_public_key_info_is_told_apart() {
        let key = SigningKeyPair::generate().unwrap().public();
        let mut spki = vec![0x30, 0x82, 0x01, 0x22, 0x30, 0x0d];
        spki.extend(vec![0; 0x122 - 2]);
        assert!(checked(spki).unwrap_err().contains("SubjectPublicKeyInfo"));
        let mut longer = key.0.clone();
        longer.push(0);
        assert!(checked(longer).is_err());
        assert!(checked(vec![]).is_err());
        assert!(checked(vec![0; MOST_KEY + 1]).is_err());
        assert!(checked(key.0).is_ok());
    }
}
