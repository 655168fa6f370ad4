//! Digests of small bodies, which no bucket checks: XML and policies.

use super::fault::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use md5::{Digest as _, Md5};
use trailward_bucket::{Algorithm, Hasher};
use trailward_wire::ApiError;

/// What was announced of a body, and what is computed of it.
pub(super) struct Digests {
    md5: Option<(String, Md5)>,
    checksum: Option<(Algorithm, Claim, Hasher)>,
}

enum Claim {
    Value(String),
    Trailer,
}

impl Digests {
    pub(super) fn announced(headers: &HeaderMap) -> Result<Self, ApiError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let md5 = match text("content-md5") {
            Some(claimed) if BASE64.decode(&claimed).is_ok_and(|bytes| bytes.len() == 16) => {
                Some((claimed, Md5::new()))
            }
            Some(claimed) => {
                return Err(ApiError::bad_request(
                    "InvalidDigest",
                    "The Content-MD5 you specified was invalid.",
                )
                .with("Content-MD5", claimed));
            }
            None => None,
        };
        let trailer = text("x-amz-trailer");
        let checksum = Algorithm::ALL.into_iter().find_map(|algorithm| {
            let claim = match text(algorithm.header()) {
                Some(value) => Claim::Value(value),
                None if trailer.as_deref() == Some(algorithm.header()) => Claim::Trailer,
                None => return None,
            };
            Some((algorithm, claim, Hasher::new(algorithm)))
        });
        Ok(Self { md5, checksum })
    }

    /// Of a body that completes an upload: its `Content-MD5`. The checksums beside it are the object's.
    pub(super) fn of_completion(headers: &HeaderMap) -> Result<Self, ApiError> {
        Ok(Self { checksum: None, ..Self::announced(headers)? })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        if let Some((_, md5)) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some((_, _, hasher)) = &mut self.checksum {
            hasher.update(bytes);
        }
    }

    pub(super) fn check(self, trailers: &[(String, String)]) -> Result<(), Fault> {
        if let Some((claimed, md5)) = self.md5 {
            let computed = BASE64.encode(md5.finalize());
            if computed != claimed {
                return Err(Fault::Digest { name: "Content-MD5", claimed, computed });
            }
        }
        if let Some((algorithm, claim, hasher)) = self.checksum {
            let claimed = match claim {
                Claim::Value(value) => value,
                Claim::Trailer => {
                    let found = trailers.iter().find(|(name, _)| name == algorithm.header());
                    found.map(|(_, value)| value.clone()).ok_or(Fault::Trailer)?
                }
            };
            let computed = hasher.finish();
            if computed != claimed {
                return Err(Fault::Digest { name: algorithm.as_str(), claimed, computed });
            }
        }
        Ok(())
    }
}
