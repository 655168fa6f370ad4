//! Archives made to order: whole bucket trees with valid digests, and every way to damage them.
//!
//! A [`Plan`] and its seed give the same objects each time, but for the RSA keys, which each process makes anew.

mod archive;
pub mod mirror;
mod records;
mod tamper;

pub use archive::Plan;
pub use tamper::Tampering;

use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use time::OffsetDateTime;
use trailward_digest::{DigestFile, Previous, SigningKeyPair, sha256_hex, string_to_sign};

/// An object and what S3 would say of it.
#[derive(Debug, Clone)]
pub struct Object {
    pub bytes: Bytes,
    pub metadata: BTreeMap<String, String>,
    pub modified: OffsetDateTime,
}

/// A digest where the forge put it.
#[derive(Debug, Clone)]
pub struct Placed {
    pub key: String,
    pub file: DigestFile,
    /// Uncompressed.
    pub bytes: Vec<u8>,
    pub signature: String,
    /// Which of [`key_pairs`] signed it.
    pub signer: usize,
}

impl Placed {
    /// What the next digest must say of this one.
    pub fn as_previous(&self) -> Previous {
        Previous {
            bucket: self.file.digest_s3_bucket.clone(),
            key: self.key.clone(),
            hash: sha256_hex(&self.bytes),
            signature: self.signature.clone(),
        }
    }
}

/// One chain.
#[derive(Debug, Clone)]
pub struct Chain {
    pub account: String,
    pub region: String,
    /// Oldest first.
    pub digests: Vec<Placed>,
    /// Oldest first; a chain of their own.
    pub backfills: Vec<Placed>,
}

/// A key as `ListPublicKeys` knows it.
#[derive(Debug, Clone)]
pub struct KnownKey {
    pub region: String,
    pub pair: usize,
    pub from: OffsetDateTime,
    pub to: OffsetDateTime,
}

/// A trail as `DescribeTrails` knows it.
#[derive(Debug, Clone)]
pub struct KnownTrail {
    pub name: String,
    pub arn: String,
    pub bucket: String,
    pub prefix: String,
    pub home: String,
    pub organization: bool,
    pub multi_region: bool,
}

/// A log file's content, packed.
#[derive(Debug, Clone)]
pub struct Content {
    bytes: Bytes,
    hash: String,
    oldest: String,
    newest: String,
}

/// Everything that an endpoint would serve.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub buckets: BTreeMap<String, BTreeMap<String, Object>>,
    pub chains: Vec<Chain>,
    pub keys: Vec<KnownKey>,
    pub trails: Vec<KnownTrail>,
    pub organization: Option<String>,
    pub accounts: Vec<String>,
    /// Regions in which the trails show.
    pub regions: Vec<String>,
    /// Contents that are used again.
    contents: Vec<Content>,
    /// Keys that are refused with AccessDenied.
    pub denied: Vec<String>,
    /// What `GetTrailStatus` says; nothing but that trails log for `None`.
    pub status: Option<serde_json::Value>,
}

/// The key pairs of this process: making one takes a while.
pub fn key_pairs() -> &'static [SigningKeyPair] {
    static PAIRS: OnceLock<Vec<SigningKeyPair>> = OnceLock::new();
    PAIRS.get_or_init(|| (0..4).map(|_| SigningKeyPair::generate().unwrap()).collect())
}

/// One gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The uncompressed bytes.
pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut text = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the forge's own files")]
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut text).unwrap();
    text
}

/// Signs a digest file as it stands.
pub fn sign(file: &DigestFile, signer: usize) -> Placed {
    let bytes = file.to_bytes().unwrap();
    let text = string_to_sign(
        &file.digest_end_time,
        &file.digest_s3_bucket,
        &file.digest_s3_object,
        &bytes,
        file.previous_digest_signature.as_deref(),
    );
    let signature = key_pairs()[signer].sign(&text).unwrap();
    Placed { key: file.digest_s3_object.clone(), file: file.clone(), bytes, signature, signer }
}

impl World {
    /// Puts a digest where its file says.
    pub fn place(&mut self, digest: &Placed, modified: OffsetDateTime, generated: Option<&str>) {
        let mut metadata = BTreeMap::from([
            ("signature".to_owned(), digest.signature.clone()),
            ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
        ]);
        if let Some(generated) = generated {
            metadata.insert("backfill-generation-timestamp".to_owned(), generated.to_owned());
        }
        let object = Object { bytes: gzip(&digest.bytes).into(), metadata, modified };
        let bucket = self.buckets.entry(digest.file.digest_s3_bucket.clone()).or_default();
        bucket.insert(digest.key.clone(), object);
    }

    /// The only bucket's objects.
    pub fn objects(&mut self) -> &mut BTreeMap<String, Object> {
        self.buckets.values_mut().next().unwrap()
    }
}
