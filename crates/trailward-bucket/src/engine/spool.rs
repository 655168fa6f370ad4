//! Bytes on their way in: counted, hashed and written as they come, checked before they count.

use super::{Body, Pending};
use crate::record::{Algorithm, Checksum, ChecksumKind, Content, Hasher, random_hex};
use crate::{BucketError, Buckets, Expected, ExpectedChecksum};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::StreamExt as _;
use md5::{Digest as _, Md5};
use trailward_store::{BlobKey, BlobWriter};

/// What the bytes must be.
#[derive(Debug, Default)]
pub(crate) struct Demands {
    /// Bytes at most.
    pub(crate) max: u64,
    /// Bytes announced.
    pub(crate) length: Option<u64>,
    /// Base64.
    pub(crate) md5: Option<String>,
    pub(crate) checksum: Option<ExpectedChecksum>,
    /// In hexadecimal digits.
    pub(crate) sha256: Option<String>,
    /// The key to encrypt under, beside the store's own.
    pub(crate) seal_under: Option<BlobKey>,
}

/// Bytes that are on stable storage as a blob which nothing names yet.
#[derive(Debug)]
pub(crate) struct Spooled {
    pub(crate) content: Content,
    pub(crate) size: u64,
    /// MD5 in hexadecimal digits.
    pub(crate) etag: String,
    pub(crate) checksum: Checksum,
    /// Keeps a sweep away until the catalog names the blob.
    pub(crate) _pending: Option<Pending>,
}

impl Buckets {
    /// Takes in a body. Nothing is left behind unless all of it came and is what it should be.
    pub(crate) async fn spool(&self, mut body: Body, demands: Demands) -> Result<Spooled, BucketError> {
        let md5_expected = demands.md5.as_deref().map(parse_md5).transpose()?;
        check_announced(demands.checksum.as_ref())?;
        let too_large = |proposed| BucketError::EntityTooLarge { proposed, max: demands.max };
        if let Some(length) = demands.length.filter(|length| *length > demands.max) {
            return Err(too_large(length));
        }
        let algorithm = demands.checksum.as_ref().map_or(Algorithm::Crc64Nvme, |checksum| checksum.algorithm);
        let mut hasher = Hasher::new(algorithm);
        let mut sha256 = demands.sha256.as_ref().map(|_| digest::Context::new(&digest::SHA256));
        let mut md5 = Md5::new();
        let mut size = 0;
        let mut blob: Option<(Box<dyn BlobWriter>, Pending)> = None;
        while let Some(bytes) = body.next().await {
            let bytes = bytes?;
            if bytes.is_empty() {
                continue;
            }
            size += bytes.len() as u64;
            if size > demands.max {
                return Err(too_large(size));
            }
            md5.update(&bytes);
            hasher.update(&bytes);
            if let Some(sha256) = &mut sha256 {
                sha256.update(&bytes);
            }
            if blob.is_none() {
                let writer = self.blobs.create(demands.seal_under.as_ref()).await?;
                let pending = self.pending.add(writer.id().clone());
                blob = Some((writer, pending));
            }
            if let Some((writer, _)) = &mut blob {
                writer.write(bytes).await?;
            }
        }
        if demands.length.is_some_and(|length| length != size) {
            return Err(BucketError::IncompleteBody);
        }
        let sealed = demands.seal_under.is_some();
        let md5 = md5.finalize();
        if let Some(expected) = md5_expected
            && expected.as_slice() != md5.as_slice()
        {
            return Err(BucketError::BadDigest {
                message: "The Content-MD5 you specified did not match what we received.".to_owned(),
                expected: demands.md5.unwrap_or_default(),
                calculated: BASE64.encode(md5),
            });
        }
        let value = hasher.finish();
        if let Some(expected) = demands.checksum.map(announced).transpose()?.flatten()
            && expected != value
        {
            return Err(bad_checksum(algorithm.as_str(), expected, value));
        }
        if let (Some(expected), Some(sha256)) = (demands.sha256, sha256) {
            let calculated = hex::encode(sha256.finish());
            if expected != calculated {
                return Err(bad_checksum("SHA256", expected, calculated));
            }
        }
        let (content, pending) = match blob {
            Some((writer, pending)) => (Content::Blob(writer.finish().await?), Some(pending)),
            None => (Content::Empty, None),
        };
        Ok(Spooled {
            content,
            size,
            // What is encrypted under a further key does not tell the MD5 of its plaintext.
            etag: if sealed { random_hex()? } else { hex::encode(md5) },
            checksum: Checksum { algorithm, kind: ChecksumKind::FullObject, value },
            _pending: pending,
        })
    }
}

fn parse_md5(text: &str) -> Result<Vec<u8>, BucketError> {
    match BASE64.decode(text) {
        Ok(bytes) if bytes.len() == 16 => Ok(bytes),
        _ => Err(BucketError::InvalidDigest(text.to_owned())),
    }
}

/// Refuses a malformed value before any byte is read.
fn check_announced(checksum: Option<&ExpectedChecksum>) -> Result<(), BucketError> {
    match checksum {
        Some(ExpectedChecksum { algorithm, expected: Expected::Value(value) })
            if !algorithm.accepts(value) =>
        {
            Err(invalid_value(*algorithm))
        }
        _ => Ok(()),
    }
}

/// The value announced, now that trailers have come.
fn announced(checksum: ExpectedChecksum) -> Result<Option<String>, BucketError> {
    match checksum.expected {
        Expected::Computed => Ok(None),
        Expected::Value(value) => Ok(Some(value)),
        Expected::Trailer(trailer) => match trailer.take() {
            Some(value) if checksum.algorithm.accepts(&value) => Ok(Some(value)),
            Some(_) => Err(invalid_value(checksum.algorithm)),
            None => Err(BucketError::InvalidRequest(format!(
                "The {} trailer was announced but did not come.",
                checksum.algorithm.header()
            ))),
        },
    }
}

fn invalid_value(algorithm: Algorithm) -> BucketError {
    BucketError::InvalidRequest(format!("Value for {} header is invalid.", algorithm.header()))
}

fn bad_checksum(name: &str, expected: String, calculated: String) -> BucketError {
    BucketError::BadDigest {
        message: format!("The {name} you specified did not match the calculated checksum."),
        expected,
        calculated,
    }
}
