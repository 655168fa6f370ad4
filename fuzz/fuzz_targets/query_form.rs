//! Any bytes as the parameters of a Query call: refused or read, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailward_wire::Form;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(form) = Form::parse(bytes) {
        let _ = form.text("Action");
        let _ = form.read::<serde_json::Value>();
        let _ = form.read::<std::collections::BTreeMap<String, Vec<String>>>();
    }
});
