//! Any bytes as a log file: the fast path and the slow one agree, within their bounds, and trailing bytes are always
//! seen.
#![no_main]

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;
use trailward_archive::unpack::{Broken, Unpacker, sha256};

fuzz_target!(|bytes: &[u8]| {
    let mut unpacker = Unpacker::default();
    if let Ok(unpacked) = unpacker.hash(bytes) {
        let content = unpacker.content(bytes, 1 << 26).expect("it was unpacked before");
        assert_eq!((unpacked.hash, unpacked.size), (sha256(&content), content.len() as u64));
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"{\"Records\":[]}").expect("in memory");
    let mut packed = encoder.finish().expect("in memory");
    packed.extend_from_slice(bytes);
    match unpacker.hash(&packed) {
        Ok(unpacked) => assert!(bytes.is_empty() && unpacked.size == 14),
        Err(broken) => assert_eq!(broken, Broken::Trailing(bytes.len() as u64)),
    }
});
