//! Reading the digests, keys, log files and records that go into a bundle, and verifying each on the way.

use super::pem::pem;
use super::tar::Bundle;
use super::{EvidenceError, Wish};
use crate::keys::Keys;
use crate::source::Source;
use crate::unpack::{MOST_PACKED_BYTES, MOST_UNPACKED_BYTES, Unpacker, sha256};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;
use trailward_digest::{DigestFile, string_to_sign};
use trailward_model::delivered::Delivered;
use trailward_model::stamp;

/// Where a log file is named.
struct Named {
    digest: usize,
    hash: String,
}

/// A bundle that is being filled.
pub(super) struct Gatherer<'a, 'b> {
    source: &'a dyn Source,
    keys: &'a Keys,
    wish: &'a Wish,
    bundle: &'a mut Bundle<'b>,
    unpacker: Unpacker,
    /// By key: the digest's number.
    numbers: BTreeMap<String, usize>,
    /// By key: the signature that its successor names.
    signatures: BTreeMap<String, String>,
    named: BTreeMap<String, Named>,
    signers: BTreeSet<String>,
    digests_index: String,
    logs_index: String,
    logs: usize,
    records: u64,
}

#[derive(Deserialize)]
struct LogFile<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<&'a RawValue>,
}

impl<'a, 'b> Gatherer<'a, 'b> {
    pub(super) fn new(
        source: &'a dyn Source,
        keys: &'a Keys,
        wish: &'a Wish,
        bundle: &'a mut Bundle<'b>,
    ) -> Self {
        Self {
            source,
            keys,
            wish,
            bundle,
            unpacker: Unpacker::default(),
            numbers: BTreeMap::new(),
            signatures: BTreeMap::new(),
            named: BTreeMap::new(),
            signers: BTreeSet::new(),
            digests_index: String::new(),
            logs_index: String::new(),
            logs: 0,
            records: 0,
        }
    }

    /// Adds every digest of `wanted`, in the order of their names, which within a chain is that of time.
    pub(super) async fn digests(
        &mut self,
        wanted: &BTreeSet<String>,
        now: OffsetDateTime,
    ) -> Result<(), EvidenceError> {
        for (at, key) in wanted.iter().enumerate() {
            self.numbers.insert(key.clone(), at + 1);
        }
        // The newest first: a copy without metadata has a digest's signature in its successor.
        for key in wanted.iter().rev() {
            self.digest(key, now).await?;
        }
        Ok(())
    }

    async fn digest(&mut self, key: &str, now: OffsetDateTime) -> Result<(), EvidenceError> {
        plain(key)?;
        let changed =
            |detail: &str| EvidenceError::Changed { object: key.to_owned(), detail: detail.to_owned() };
        let object = self.source.get(key, MOST_PACKED_BYTES).await?;
        let most = usize::try_from(MOST_UNPACKED_BYTES).unwrap_or(usize::MAX);
        let content =
            self.unpacker.content(&object.bytes, most).map_err(|broken| changed(&broken.to_string()))?;
        let file: DigestFile =
            serde_json::from_slice(&content).map_err(|error| changed(&error.to_string()))?;
        let signature = object.metadata.and_then(|metadata| metadata.signature);
        let signature = signature.or_else(|| self.signatures.remove(key));
        let signature = signature.ok_or_else(|| changed("it has no signature any more"))?;
        let region = Delivered::parse(key).map_or("", |place| place.region);
        let known = self.keys.of(region, self.wish.from, now).await?;
        let signer = known.get(&file.digest_public_key_fingerprint);
        let signer = signer.ok_or_else(|| changed("its public key is not known any more"))?;
        let to_sign = string_to_sign(
            &file.digest_end_time,
            &file.digest_s3_bucket,
            &file.digest_s3_object,
            &content,
            file.previous_digest_signature.as_deref(),
        );
        if !signer.verifies(&to_sign, &signature) {
            return Err(changed("its signature is wrong"));
        }
        let number = self.numbers.get(key).copied().unwrap_or_default();
        let name = format!("digests/{number:06}");
        self.bundle.file(&format!("{name}.json.gz"), &object.bytes, false)?;
        self.bundle.file(&format!("{name}.signed"), to_sign.as_bytes(), false)?;
        let raw = hex::decode(&signature).map_err(|error| changed(&error.to_string()))?;
        self.bundle.file(&format!("{name}.signature"), &raw, false)?;
        let fingerprint = signer.fingerprint();
        if self.signers.insert(fingerprint.clone()) {
            self.bundle.file(&format!("keys/{fingerprint}.pem"), pem(signer).as_bytes(), false)?;
        }
        if let Some((before, signature)) =
            file.previous_digest_s3_object.clone().zip(file.previous_digest_signature.clone())
        {
            self.signatures.insert(before, signature);
        }
        let before = file.previous_digest_s3_object.as_ref().and_then(|before| self.numbers.get(before));
        let before = before.map_or_else(|| "-".to_owned(), |before| format!("{before:06}"));
        let place = format!("{}/{}", file.digest_s3_bucket, file.digest_s3_object);
        self.digests_index.push_str(&format!("{number:06}\t{fingerprint}\t{before}\t{place}\n"));
        for log in file.log_files {
            self.named.insert(log.s3_object, Named { digest: number, hash: log.hash_value });
        }
        Ok(())
    }

    /// Adds every log file of `wanted` that has a record that is wished for.
    pub(super) async fn logs(&mut self, wanted: &BTreeSet<String>) -> Result<(), EvidenceError> {
        for key in wanted {
            let Some(named) = self.named.get(key) else { continue };
            let (digest, hash) = (named.digest, named.hash.clone());
            plain(key)?;
            let changed =
                |detail: &str| EvidenceError::Changed { object: key.clone(), detail: detail.to_owned() };
            let object = self.source.get(key, MOST_PACKED_BYTES).await?;
            let most = usize::try_from(MOST_UNPACKED_BYTES).unwrap_or(usize::MAX);
            let content =
                self.unpacker.content(&object.bytes, most).map_err(|broken| changed(&broken.to_string()))?;
            if hex::encode(sha256(&content)) != hash {
                return Err(changed("its hash is not the listed one"));
            }
            let (records, count) = self.matching(&content).map_err(|error| changed(&error.to_string()))?;
            if count == 0 {
                continue;
            }
            self.logs += 1;
            self.records += count;
            let number = self.logs;
            self.bundle.file(&format!("logs/{number:06}.json.gz"), &object.bytes, false)?;
            self.bundle.file(&format!("records/{number:06}.jsonl"), records.as_bytes(), false)?;
            self.logs_index.push_str(&format!("{number:06}\t{digest:06}\t{hash}\t{key}\n"));
        }
        Ok(())
    }

    /// The wished records of a log file, a line each, and how many.
    fn matching(&self, content: &[u8]) -> Result<(String, u64), serde_json::Error> {
        let file: LogFile<'_> = serde_json::from_slice(content)?;
        let (mut text, mut count) = (String::new(), 0);
        for raw in file.records {
            let record: Value = serde_json::from_str(raw.get())?;
            let at = record.get("eventTime").and_then(Value::as_str).and_then(stamp::parse_extended);
            let inside = at.is_some_and(|at| self.wish.from <= at && at <= self.wish.to);
            if inside && self.wish.condition.holds(&record) {
                // Line ends can only stand between tokens; the script takes them away too.
                text.extend(raw.get().chars().filter(|c| !matches!(c, '\r' | '\n')));
                text.push('\n');
                count += 1;
            }
        }
        Ok((text, count))
    }

    /// Writes the indexes: digests, log files, records.
    pub(super) fn finish(self) -> Result<(usize, usize, u64), EvidenceError> {
        self.bundle.file("DIGESTS", self.digests_index.as_bytes(), false)?;
        self.bundle.file("LOGS", self.logs_index.as_bytes(), false)?;
        Ok((self.numbers.len(), self.logs, self.records))
    }
}

/// A key that JSON spells as it is, and that a shell reads as one field.
fn plain(key: &str) -> Result<(), EvidenceError> {
    let good = key.chars().all(|c| !c.is_control() && !matches!(c, '"' | '\\' | '{' | '}'));
    if good { Ok(()) } else { Err(EvidenceError::Key(key.to_owned())) }
}
