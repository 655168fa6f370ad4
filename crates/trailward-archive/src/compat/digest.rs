//! One digest and one log file, judged as the command judges them.

use super::{KnownKeys, moment};
use crate::source::{Object, SourceError};
use aws_lc_rs::digest::{Context, SHA256};
use flate2::bufread::GzDecoder;
use serde_json::Value;
use std::io::{BufRead as _, Read as _};
use time::OffsetDateTime;
use trailward_digest::string_to_sign;

/// The most bytes of one object.
pub(super) const MOST_BYTES: u64 = 1 << 30;
/// The most bytes of a digest, unpacked.
const MOST_DIGEST: u64 = 1 << 30;

/// A digest that was read.
pub(super) struct Read {
    pub said: Value,
    pub bytes: Vec<u8>,
    pub signature: String,
    /// When a backfill digest was made.
    pub generated: Option<String>,
}

/// A digest that is valid.
#[derive(Debug)]
pub(super) struct Valid {
    pub start: OffsetDateTime,
    pub end: OffsetDateTime,
    pub previous: Option<(String, String)>,
    /// Bucket, key and hash of each log file; `None` where the digest lists none at all.
    pub logs: Option<Vec<(String, String, String)>>,
}

fn text<'a>(said: &'a Value, name: &str) -> Option<&'a str> {
    said.get(name).and_then(Value::as_str)
}

/// Reads a digest. The error is the text behind `INVALID: `.
pub(super) fn read(object: Object, backfill: bool) -> Result<Read, &'static str> {
    let invalid = "invalid format";
    let mut bytes = Vec::new();
    GzDecoder::new(&*object.bytes).take(MOST_DIGEST).read_to_end(&mut bytes).map_err(|_| invalid)?;
    let said: Value = serde_json::from_slice(&bytes).map_err(|_| invalid)?;
    let metadata = object.metadata.unwrap_or_default();
    let (Some(signature), Some(_)) = (metadata.signature, metadata.algorithm) else {
        return Err("signature verification failed");
    };
    if backfill && metadata.backfill.is_none() {
        return Err(invalid);
    }
    let needed = [
        "digestPublicKeyFingerprint",
        "digestS3Bucket",
        "digestS3Object",
        "previousDigestSignature",
        "digestEndTime",
        "digestStartTime",
    ];
    if needed.iter().any(|name| said.get(name).is_none()) {
        return Err(invalid);
    }
    Ok(Read { said, bytes, signature, generated: metadata.backfill })
}

impl Read {
    /// Whether it says that it lies here.
    pub(super) fn lies_at(&self, bucket: &str, key: &str) -> bool {
        text(&self.said, "digestS3Bucket") == Some(bucket) && text(&self.said, "digestS3Object") == Some(key)
    }

    /// Which key signed it.
    pub(super) fn fingerprint(&self) -> String {
        text(&self.said, "digestPublicKeyFingerprint").unwrap_or("").to_owned()
    }

    /// Checks the signature and reads what follows.
    pub(super) fn checked(&self, keys: &KnownKeys) -> Result<Valid, String> {
        let failed = || "signature verification failed".to_owned();
        let key = keys.get(&self.fingerprint()).ok_or_else(failed)?;
        let at = |name: &str| text(&self.said, name).unwrap_or("");
        let to_sign = string_to_sign(
            at("digestEndTime"),
            at("digestS3Bucket"),
            at("digestS3Object"),
            &self.bytes,
            text(&self.said, "previousDigestSignature"),
        );
        if let Err(error) = hex::decode(&self.signature) {
            return Err(match error {
                hex::FromHexError::OddLength => "Odd-length string".to_owned(),
                _ => "Non-hexadecimal digit found".to_owned(),
            });
        }
        if !key.verifies(&to_sign, &self.signature) {
            return Err(failed());
        }
        let time = |name: &str| {
            moment::read(at(name)).ok_or_else(|| format!("Unable to parse date value: {}", at(name)))
        };
        let end = time("digestEndTime")?;
        let start = time("digestStartTime")?;
        let previous =
            text(&self.said, "previousDigestS3Bucket").zip(text(&self.said, "previousDigestS3Object"));
        let logs = self.said.get("logFiles").and_then(Value::as_array).map(|logs| {
            let field = |log: &Value, name: &str| text(log, name).unwrap_or("").to_owned();
            logs.iter()
                .map(|log| (field(log, "s3Bucket"), field(log, "s3Object"), field(log, "hashValue")))
                .collect()
        });
        let previous = previous.map(|(bucket, key)| (bucket.to_owned(), key.to_owned()));
        Ok(Valid { start, end, previous, logs })
    }
}

/// What is wrong with a log file; `None` when its hash is the listed one. An error ends the command.
pub(super) fn judge_log(
    object: Result<Object, SourceError>,
    hash: &str,
) -> Result<Option<&'static str>, SourceError> {
    let object = match object {
        Ok(object) => object,
        Err(SourceError::NotFound(_)) => return Ok(Some("not found")),
        Err(SourceError::TooLarge { .. }) => return Ok(Some("invalid format")),
        Err(error) => return Err(error),
    };
    // Read in pieces, of which none is kept.
    let mut decoder = GzDecoder::new(&*object.bytes);
    let mut context = Context::new(&SHA256);
    let mut piece = vec![0_u8; 64 << 10];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => context.update(piece.get(..length).unwrap_or_default()),
            // The command takes what there is of a file that was cut off.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(_) => return Ok(Some("invalid format")),
        }
    }
    if decoder.get_mut().fill_buf().is_ok_and(|rest| !rest.is_empty()) {
        return Ok(Some("unexpected data after end of compressed stream"));
    }
    let matches = hex::encode(context.finish()) == hash;
    Ok(if matches { None } else { Some("hash value doesn't match") })
}
