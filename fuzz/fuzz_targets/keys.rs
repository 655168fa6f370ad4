//! Any bytes as a file of public keys, and as the name of a delivered object: never a panic, and what is accepted is
//! named by its own fingerprint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailward_archive::keys::read_keys;
use trailward_model::delivered::Delivered;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(keys) = read_keys(bytes) {
        for (fingerprint, key) in keys {
            assert_eq!(fingerprint, key.fingerprint());
            assert!(!key.verifies("text", "00"));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(name) = Delivered::parse(text)
    {
        assert!(text.starts_with(name.prefix) && name.account.len() == 12);
    }
});
