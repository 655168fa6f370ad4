//! botocore's models judge the tables: names of operations, names of members.
//!
//! The models come with the clients in the virtual environment of the client tests; see [`crate::clients`].

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use trailward_service::compatibility;

const MODELS: [(&str, &str); 7] = [
    ("cloudtrail", "2013-11-01"),
    ("iam", "2010-05-08"),
    ("kms", "2014-11-01"),
    ("organizations", "2016-11-28"),
    ("s3", "2006-03-01"),
    ("sns", "2010-03-31"),
    ("sts", "2011-06-15"),
];

/// Members that are known to be ignored, each for a reason.
const IGNORED: &[(&str, &str, &str)] = &[
    // Contexts of identity providers, of which none can be registered here.
    ("sts", "AssumeRole", "ProvidedContexts"),
    // A hint about the length of tokens; they are as long as they are.
    ("sts", "AssumeRole", "MinimumSessionTokenSize"),
    ("sts", "GetFederationToken", "MinimumSessionTokenSize"),
    ("sts", "GetSessionToken", "MinimumSessionTokenSize"),
];

fn models() -> Option<PathBuf> {
    let lib = crate::clients::bin()?.parent().expect("a virtual environment").join("lib");
    let python = std::fs::read_dir(lib).expect("lib").next().expect("a Python").expect("an entry").path();
    Some(python.join("site-packages/botocore/data"))
}

fn model(data: &Path, service: &str, version: &str) -> Value {
    let folder = data.join(service).join(version);
    let plain = folder.join("service-2.json");
    let text = if plain.exists() {
        std::fs::read(plain).expect("a readable model")
    } else {
        let script = "import gzip, sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]).read())";
        let packed = folder.join("service-2.json.gz");
        let output = Command::new("python3").arg("-c").arg(script).arg(packed).output().expect("python3");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    serde_json::from_slice(&text).expect("a model")
}

#[test]
fn every_operation_is_done_or_known_to_be_absent() {
    let Some(data) = models() else { return };
    for (service, version) in MODELS {
        let model = model(&data, service, version);
        let theirs: BTreeSet<&str> =
            model["operations"].as_object().expect("operations").keys().map(String::as_str).collect();
        let ours: BTreeSet<&str> = compatibility::operations()
            .into_iter()
            .filter(|(of, ..)| *of == service)
            .map(|(_, name, _)| name)
            .collect();
        assert_eq!(ours, theirs, "{service}");
    }
}

#[test]
fn members_are_named_as_in_the_models() {
    let Some(data) = models() else { return };
    let mut wrong = Vec::new();
    for (service, version) in MODELS {
        let model = model(&data, service, version);
        for (_, operation, members) in compatibility::inputs().into_iter().filter(|(of, ..)| *of == service) {
            // Inputs that share members with others by flattening do not tell their names.
            let Some(members) = members else { continue };
            let shape = model["operations"][operation]["input"]["shape"].as_str().unwrap_or_default();
            let theirs = model["shapes"][shape]["members"].as_object().cloned().unwrap_or_default();
            let unknown = members.iter().filter(|name| !theirs.contains_key(**name));
            wrong.extend(unknown.map(|name| format!("{service} {operation}: {name} is not in the model")));
            let ignored = |name: &str| IGNORED.contains(&(service, operation, name));
            let missing = theirs.keys().filter(|name| !members.contains(&name.as_str()) && !ignored(name));
            wrong.extend(missing.map(|name| format!("{service} {operation}: {name} is silently ignored")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
