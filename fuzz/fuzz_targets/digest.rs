//! Any bytes as a digest: read within its bounds, never a panic; what is read is what was signed and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use trailward_digest::{FoundDigest, PublicKey, SigningKeyPair};

static KEY: LazyLock<PublicKey> = LazyLock::new(|| SigningKeyPair::generate().expect("a key").public());

fuzz_target!(|bytes: &[u8]| {
    if let Ok(found) = FoundDigest::read(bytes) {
        assert!(found.start <= found.end);
        let _ = found.file.to_bytes();
        // Nobody signed it.
        let signature = found.file.previous_digest_signature.clone().unwrap_or_default();
        assert!(!found.is_signed(&signature, &KEY));
        assert!(!found.is_signed(&"00".repeat(256), &KEY));
    }
});
