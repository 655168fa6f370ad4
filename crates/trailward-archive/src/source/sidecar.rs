//! The file beside a local copy that keeps what files cannot: the digests' signatures, and where everything came from.
//!
//! One JSON object a line. The first names the origin, every other one object:
//! ```json
//! {"trailward":"mirror","version":1,"bucket":"b","prefix":"audit/"}
//! {"key":"audit/AWSLogs/…json.gz","size":1234,"tag":"…","signature":"…","signatureAlgorithm":"SHA256withRSA"}
//! ```
//! Lines are only ever appended; of two lines for one key the last counts, and a line cut off by a crash is ignored.

use super::Metadata;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The name of the file in the mirror's folder.
pub const MANIFEST: &str = "trailward-mirror.jsonl";
/// The most characters of a line: a key, a signature and some words.
const MOST_LINE: u64 = 16 << 10;

/// Where a mirror's objects come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// `mirror`.
    pub trailward: String,
    /// 1.
    pub version: u32,
    /// The bucket.
    pub bucket: String,
    /// What was mirrored of it: empty, or ending in `/`.
    pub prefix: String,
}

impl Origin {
    /// The origin of a new mirror.
    pub fn new(bucket: &str, prefix: &str) -> Self {
        Self { trailward: "mirror".into(), version: 1, bucket: bucket.into(), prefix: prefix.into() }
    }
}

/// What is known of one mirrored object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestLine {
    /// Its key in the bucket, which is its path in the mirror.
    pub key: String,
    /// Its size.
    pub size: u64,
    /// Its ETag where it was read.
    pub tag: String,
    /// `x-amz-meta-signature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// `x-amz-meta-signature-algorithm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_algorithm: Option<String>,
    /// `x-amz-meta-backfill-generation-timestamp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill_generation_timestamp: Option<String>,
}

impl ManifestLine {
    pub(super) fn metadata(&self) -> Metadata {
        Metadata {
            signature: self.signature.clone(),
            algorithm: self.signature_algorithm.clone(),
            backfill: self.backfill_generation_timestamp.clone(),
        }
    }
}

/// A sidecar as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Sidecar {
    pub(crate) origin: Origin,
    pub(crate) lines: HashMap<String, ManifestLine>,
}

impl Sidecar {
    /// Reads the sidecar of `directory`; `None` when it has none. `keep` chooses which lines are kept in memory.
    pub(crate) fn read(
        directory: &Path,
        keep: impl Fn(&ManifestLine) -> bool,
    ) -> std::io::Result<Option<Self>> {
        let path = directory.join(MANIFEST);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(std::io::Error::other(format!("{} is not a file", path.display()))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        }
        let mut reader = BufReader::new(File::open(&path)?);
        let mut line = Vec::new();
        let mut origin = None;
        let mut lines = HashMap::new();
        loop {
            line.clear();
            if (&mut reader).take(MOST_LINE).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            if origin.is_none() {
                let read: Option<Origin> = serde_json::from_slice(&line).ok();
                let known = read.filter(|origin| origin.trailward == "mirror" && origin.version == 1);
                origin = Some(known.ok_or_else(|| {
                    std::io::Error::other(format!(
                        "{} does not begin as a mirror's manifest of version 1 does",
                        path.display()
                    ))
                })?);
            } else if let Ok(read) = serde_json::from_slice::<ManifestLine>(&line)
                && keep(&read)
            {
                lines.insert(read.key.clone(), read);
            }
        }
        Ok(origin.map(|origin| Self { origin, lines }))
    }
}

/// Where a mirror comes from, and what is known of its objects.
pub(crate) type Manifest = (Origin, HashMap<String, ManifestLine>);

/// Everything that the sidecar of `directory` says; `None` when it has none.
pub(crate) fn read_manifest(directory: &Path) -> std::io::Result<Option<Manifest>> {
    Ok(Sidecar::read(directory, |_| true)?.map(|sidecar| (sidecar.origin, sidecar.lines)))
}
