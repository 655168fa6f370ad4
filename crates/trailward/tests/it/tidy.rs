//! House rules that a compiler does not check.

use crate::clients::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn files(dir: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            files(&path, ending, found);
        } else if name.to_lowercase().ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root().join("crates"), ".rs", &mut found);
    found.sort();
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// What each crate may use of the others.
const EDGES: &[(&str, &[&str])] = &[
    ("trailward-model", &[]),
    ("trailward-policy", &["model"]),
    ("trailward-wire", &["model"]),
    ("trailward-store", &["model"]),
    ("trailward-digest", &["model"]),
    ("trailward-organization", &["model", "policy", "store"]),
    ("trailward-bucket", &["model", "policy", "store", "organization", "kms", "topic"]),
    ("trailward-topic", &["model", "policy", "store"]),
    ("trailward-kms", &["model", "policy", "store"]),
    ("trailward-archive", &["model", "digest"]),
    ("trailward-guard", &["model", "policy", "digest"]),
    ("trailward-service", &["model", "policy", "wire", "store", "bucket", "kms", "organization", "topic"]),
    ("trailward-pipeline", &["model", "store", "digest", "bucket", "topic"]),
    (
        "trailward",
        &[
            "model", "policy", "wire", "store", "digest", "bucket", "topic", "archive", "guard", "service",
            "pipeline",
        ],
    ),
];

fn manifests() -> BTreeMap<String, toml::Table> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let dir = entry.unwrap().path();
        let text = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap();
        found.insert(dir.file_name().unwrap().to_string_lossy().into_owned(), text.parse().unwrap());
    }
    found
}

#[test]
fn crates_use_only_what_the_map_allows() {
    let manifests = manifests();
    let known: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(manifests.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for (name, allowed) in EDGES {
        let manifest = &manifests[*name];
        assert_eq!(manifest["package"]["name"].as_str(), Some(*name), "folder and package differ");
        for section in ["dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
            for dependency in table.keys().filter_map(|d| d.strip_prefix("trailward-")) {
                assert!(allowed.contains(&dependency), "{name} must not use trailward-{dependency}");
            }
        }
    }
}

#[test]
fn manifests_inherit_the_house_law() {
    for (name, manifest) in manifests() {
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{name} does not inherit the lints");
        assert!(manifest.get("features").is_none(), "{name} has features");
        for section in ["dependencies", "dev-dependencies"] {
            let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
            for (dependency, value) in table {
                assert!(
                    value.get("workspace").is_some(),
                    "{name}: {dependency} is not a workspace dependency"
                );
            }
        }
    }
}

#[test]
fn the_map_names_every_crate_and_every_crate_is_on_the_map() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for name in manifests().keys() {
        assert!(map.contains(&format!("| `{name}` |")), "ARCHITECTURE.md does not show {name}");
    }
    for word in map.split('`').filter(|w| w.starts_with("trailward-") && !w.contains(['/', ':', ' '])) {
        assert!(
            root().join("crates").join(word).is_dir(),
            "ARCHITECTURE.md names {word}, which is not there"
        );
    }
    for path in
        map.split('`').filter(|w| w.strip_suffix(".rs").is_some() && w.contains('/') && !w.contains('<'))
    {
        let under = [path.to_owned(), format!("crates/{path}")];
        let found = under.iter().any(|p| root().join(p).exists());
        // `digests.rs` and the like follow a path of the same folder.
        assert!(found || path.starts_with("s3/"), "ARCHITECTURE.md names {path}, which is not there");
    }
}

#[test]
fn files_stay_small_and_plainly_named() {
    let banned = ["manager", "helper", "helpers", "util", "utils", "misc", "common", "data", "info"];
    for (path, text) in sources() {
        let limit = if path.components().any(|c| c.as_os_str() == "tests") { 1000 } else { 800 };
        let lines = text.lines().count();
        assert!(lines <= limit, "{} has {lines} lines", path.display());
        let stem = path.file_stem().unwrap().to_string_lossy().to_lowercase();
        // An operation's file is named as AWS names the operation.
        let named_by_aws = text.contains("impl Operation for ");
        let vague = !named_by_aws && stem.split('_').any(|word| banned.contains(&word));
        assert!(!vague, "{} says nothing", path.display());
    }
}

#[test]
fn nothing_is_left_behind() {
    // Spelt in two halves, so that this file does not accuse itself.
    let marks = [
        concat!("tod", "o!("),
        concat!("unimple", "mented!("),
        concat!("db", "g!("),
        concat!("#[ign", "ore"),
    ];
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            assert!(!marks.iter().any(|mark| line.contains(mark)), "left behind: {place}");
            let before = number.checked_sub(1).and_then(|n| text.lines().nth(n)).unwrap_or("").trim_end();
            let statement = before.is_empty() || before.ends_with([';', '{', '}']);
            assert!(
                !statement
                    || !line.trim_start().starts_with(concat!("mat", "ches!("))
                    || !line.ends_with(");"),
                "a check that cannot fail: {place}"
            );
            assert!(
                !(line.contains("#[error(") && line.contains(concat!("{sou", "rce}"))),
                "an error prints its source: {place}"
            );
        }
    }
}

#[test]
fn every_source_says_what_it_is_for() {
    for (path, text) in sources() {
        let crate_root = matches!(path.file_name().unwrap().to_str(), Some("lib.rs" | "main.rs" | "mod.rs"));
        if crate_root {
            assert!(text.starts_with("//!"), "{} has no head", path.display());
        }
    }
}

#[test]
fn the_readmes_commands_are_the_ones_that_run() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(readme.contains("cargo run --release -- demo"));
    assert!(readme.contains("cargo test --workspace"));
    assert!(ci.contains("cargo test --workspace"));
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(link.starts_with("http") || root().join(link).exists(), "README links to {link}");
    }
}

#[test]
fn golden_cases_stand_for_operations() {
    let mut cases = Vec::new();
    files(&root().join("crates/trailward-service/golden"), ".json", &mut cases);
    for case in cases {
        let service = case.parent().unwrap().file_name().unwrap();
        let stem = case.file_stem().unwrap().to_string_lossy().into_owned();
        let operation = stem.split('.').next().unwrap();
        let folder = root().join("crates/trailward-service/src").join(service);
        let found =
            [folder.join(format!("{operation}.rs")), folder.join(format!("operations/{operation}.rs"))];
        assert!(found.iter().any(|p| p.exists()), "{} stands for no operation", case.display());
    }
}
