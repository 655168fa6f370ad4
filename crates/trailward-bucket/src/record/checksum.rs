use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Serialize};

/// The checksums S3 knows beside MD5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// CRC-32 (ISO-HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

/// What a checksum of an object is made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChecksumKind {
    /// The object's bytes.
    FullObject,
    /// The checksums of its parts.
    Composite,
}

/// A checksum as it is stored and returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// Which one.
    pub algorithm: Algorithm,
    /// Over what.
    pub kind: ChecksumKind,
    /// Base64; with `-N` for N parts if it is composite.
    pub value: String,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries it.
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Reads its name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }

    /// The CRC it is, and its bytes; `None` for the others, which cannot be combined.
    fn crc(self) -> Option<(CrcAlgorithm, usize)> {
        match self {
            Self::Crc32 => Some((CrcAlgorithm::Crc32IsoHdlc, 4)),
            Self::Crc32c => Some((CrcAlgorithm::Crc32Iscsi, 4)),
            Self::Crc64Nvme => Some((CrcAlgorithm::Crc64Nvme, 8)),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    /// Bytes of a value.
    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Whether `value` has the form of one of its values.
    pub(crate) fn accepts(self, value: &str) -> bool {
        BASE64.decode(value).is_ok_and(|bytes| bytes.len() == self.length())
    }

    /// What the parts of an upload are combined to, unless the upload says otherwise.
    pub(crate) fn default_kind(self) -> ChecksumKind {
        match self {
            Self::Crc64Nvme => ChecksumKind::FullObject,
            Self::Crc32 | Self::Crc32c | Self::Sha1 | Self::Sha256 => ChecksumKind::Composite,
        }
    }

    /// Whether it can be made over the parts in that way.
    pub(crate) fn supports(self, kind: ChecksumKind) -> bool {
        match kind {
            ChecksumKind::FullObject => self.crc().is_some(),
            ChecksumKind::Composite => self != Self::Crc64Nvme,
        }
    }
}

impl ChecksumKind {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    /// Reads its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::FullObject, Self::Composite].into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Checksum {
    /// The checksum of a whole from those of its parts, in order, each with its part's size. `None` if a part's
    /// value is malformed or the algorithm cannot be combined that way.
    pub(crate) fn of_parts(algorithm: Algorithm, kind: ChecksumKind, parts: &[(&str, u64)]) -> Option<Self> {
        let decoded = parts.iter().map(|(value, size)| Some((BASE64.decode(value).ok()?, *size)));
        let value = match kind {
            ChecksumKind::Composite => {
                let mut hasher = Hasher::new(algorithm);
                for part in decoded {
                    hasher.update(&part?.0);
                }
                format!("{}-{}", hasher.finish(), parts.len())
            }
            ChecksumKind::FullObject => {
                let (crc, length) = algorithm.crc()?;
                let mut combined: Option<u64> = None;
                for part in decoded {
                    let (bytes, size) = part?;
                    let value = bytes.iter().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
                    combined = Some(match combined {
                        None => value,
                        Some(before) => crc_fast::checksum_combine(crc, before, value, size),
                    });
                }
                encode_crc(combined?, length)
            }
        };
        Some(Self { algorithm, kind, value })
    }
}

/// Computes one checksum over bytes as they pass.
pub struct Hasher(State);

enum State {
    /// With the bytes of its value.
    Crc(Box<crc_fast::Digest>, usize),
    Digest(digest::Context),
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

impl Hasher {
    /// Of no bytes yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match (algorithm.crc(), algorithm) {
            (Some((crc, length)), _) => State::Crc(Box::new(crc_fast::Digest::new(crc)), length),
            (None, Algorithm::Sha1) => State::Digest(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY)),
            (None, _) => State::Digest(digest::Context::new(&digest::SHA256)),
        })
    }

    /// Of these bytes too.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc(crc, _) => crc.update(bytes),
            State::Digest(context) => context.update(bytes),
        }
    }

    /// Base64.
    pub fn finish(self) -> String {
        match self.0 {
            State::Crc(crc, length) => encode_crc(crc.finalize(), length),
            State::Digest(context) => BASE64.encode(context.finish()),
        }
    }
}

fn encode_crc(value: u64, length: usize) -> String {
    let bytes = value.to_be_bytes();
    BASE64.encode(bytes.get(bytes.len() - length..).unwrap_or(&bytes))
}
