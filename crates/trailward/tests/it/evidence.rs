//! `trailward archive evidence`: the bundle's own script, run by a plain shell, holds, and fails for any change.

use crate::clients::skipped;
use crate::differential::trailward;
use crate::foreign_validation::{damaged, shown};
use crate::forge::mirror::Mirror;
use crate::forge::{Plan, Tampering, gunzip, gzip};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use trailward_model::stamp;

fn plan() -> Plan {
    Plan {
        rotate_every: Some(2),
        backfilled: vec![1],
        regions: vec!["us-east-1".into(), "eu-west-1".into()],
        ..Plan::default()
    }
}

/// Whether the script's tools are on this machine.
fn has_tools() -> bool {
    let missing = ["openssl", "sha256sum", "gzip", "awk", "tar"].into_iter().find(|tool| {
        Command::new("sh")
            .args(["-c", &format!("command -v {tool}")])
            .output()
            .is_ok_and(|o| !o.status.success())
    });
    if let Some(tool) = missing {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{tool} is not installed");
        skipped(&format!("{tool} is not installed"));
    }
    missing.is_none()
}

fn bundle(mirror: &Mirror, plan: &Plan, out: &Path, more: &[&str]) -> Output {
    let (from, to) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    let out = out.to_str().unwrap();
    let arguments = ["archive", "evidence", "s3://trail-logs", out, "--from", &from, "--to", &to];
    trailward(mirror, &[&arguments, more].concat())
}

fn unpack(tar: &Path) -> PathBuf {
    let folder = tar.parent().unwrap();
    assert!(Command::new("tar").arg("-xf").arg(tar).current_dir(folder).status().unwrap().success());
    folder.join("evidence")
}

fn verify(folder: &Path) -> Output {
    let path = "/usr/local/bin:/usr/bin:/bin";
    Command::new("sh").arg(folder.join("verify.sh")).env_clear().env("PATH", path).output().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut stack) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { stack.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Makes the list of hashes right again, as a forger would.
fn hash_again(folder: &Path) {
    let command =
        "find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >../sums; mv ../sums SHA256SUMS";
    assert!(Command::new("sh").args(["-c", command]).current_dir(folder).status().unwrap().success());
}

#[test]
fn the_script_holds_and_fails_for_any_changed_byte() {
    if !has_tools() {
        return;
    }
    let plan = plan();
    let mirror = Mirror::start(plan.forge());
    let dir = tempfile::tempdir().unwrap();
    let tar = dir.path().join("case.tar");
    let wish = "userIdentity.userName = 'mallory' AND eventName LIKE '%e%'";
    let output = bundle(&mirror, &plan, &tar, &["--where", wish]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let folder = unpack(&tar);
    let good = verify(&folder);
    assert_eq!(good.status.code(), Some(0), "{}", shown(&good));
    assert!(shown(&good).contains("All of it holds: 14 digests signed with 4 keys"), "{}", shown(&good));

    // What is in it, counted by other means.
    let mut wanted = 0;
    for (key, object) in plan.forge().objects() {
        if key.contains("/CloudTrail/") {
            let file: Value = serde_json::from_slice(&gunzip(&object.bytes)).unwrap();
            wanted += file["Records"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|r| {
                    r["userIdentity"]["userName"] == "mallory"
                        && r["eventName"].as_str().unwrap().contains('e')
                })
                .filter(|r| r["eventTime"].as_str().unwrap() >= stamp::extended(plan.start).as_str())
                .count();
        }
    }
    assert!(wanted > 0);
    assert!(shown(&good).contains(&format!(" {wanted} records.")), "{wanted}: {}", shown(&good));
    let keys = files(&folder.join("keys"));
    assert!(keys.iter().all(|key| shown(&good).contains(key.file_stem().unwrap().to_str().unwrap())));

    // Every file, at its beginning, its end and in between.
    for file in files(&folder) {
        let bytes = std::fs::read(&file).unwrap();
        let last = bytes.len() - 1;
        let positions = if file.ends_with("verify.sh") {
            (0..bytes.len()).step_by(97).collect()
        } else {
            vec![0, last / 3, last / 2, last]
        };
        for at in positions {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&file, changed).unwrap();
            let output = verify(&folder);
            assert!(!output.status.success(), "{} byte {at}: {}", file.display(), shown(&output));
        }
        std::fs::write(&file, &bytes).unwrap();
        if !file.ends_with("verify.sh") {
            std::fs::remove_file(&file).unwrap();
            assert!(!verify(&folder).status.success(), "{} is gone", file.display());
            std::fs::write(&file, &bytes).unwrap();
        }
    }
    std::fs::write(folder.join("more"), "more").unwrap();
    assert!(!verify(&folder).status.success(), "something was added");
    std::fs::remove_file(folder.join("more")).unwrap();
    assert!(verify(&folder).status.success());
}

#[test]
fn a_forger_who_makes_the_hashes_right_again_is_found_out() {
    if !has_tools() {
        return;
    }
    let plan = plan();
    let mirror = Mirror::start(plan.forge());
    let dir = tempfile::tempdir().unwrap();
    let tar = dir.path().join("case.tar");
    let output = bundle(&mirror, &plan, &tar, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let folder = unpack(&tar);
    let forge = |name: &str, change: &dyn Fn(&[u8]) -> Vec<u8>, says: &str| {
        let file = folder.join(name);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, change(&bytes)).unwrap();
        hash_again(&folder);
        let output = verify(&folder);
        assert!(!output.status.success() && shown(&output).contains(says), "{name}: {}", shown(&output));
        std::fs::write(&file, bytes).unwrap();
        hash_again(&folder);
    };
    let replace = |bytes: &[u8], from: &str, to: &str| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    };
    let other_ip = |b: &[u8]| replace(b, "203.0.113.", "198.51.100.");
    forge("records/000003.jsonl", &other_ip, "a record is not in");
    forge("logs/000003.json.gz", &|b| gzip(&other_ip(&gunzip(b))), "has another hash");
    forge(
        "digests/000002.json.gz",
        &|b| gzip(&replace(&gunzip(b), "SHA-256", "SHA-512")),
        "is not what was signed",
    );
    forge("digests/000002.signed", &|b| replace(b, "2026", "2025"), "the signature is wrong");
    forge("digests/000002.signature", &|b| b.iter().map(|byte| byte ^ 1).collect(), "digests/000002");
    forge(
        "LOGS",
        &|b| {
            let text = String::from_utf8(b.to_vec()).unwrap();
            let mut lines: Vec<Vec<String>> =
                text.lines().map(|l| l.split('\t').map(str::to_owned).collect()).collect();
            lines[0][1] = "000002".into();
            lines.iter().map(|fields| fields.join("\t") + "\n").collect::<String>().into_bytes()
        },
        "does not name",
    );
    assert!(verify(&folder).status.success());
}

#[test]
fn a_damaged_archive_gives_a_bundle_that_says_so() {
    let plan = plan();
    let mirror = Mirror::start(damaged(&plan, Tampering::LogRewritten));
    let dir = tempfile::tempdir().unwrap();
    let tar = dir.path().join("case.tar");
    let output = bundle(&mirror, &plan, &tar, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("the archive is altered"), "{}", shown(&output));
    if has_tools() {
        let folder = unpack(&tar);
        assert!(verify(&folder).status.success(), "{}", shown(&verify(&folder)));
        let report = std::fs::read_to_string(folder.join("report.json")).unwrap();
        assert!(report.contains("\"log-altered\""));
    }
    let again = bundle(&mirror, &plan, &tar, &[]);
    assert_eq!(again.status.code(), Some(1), "an existing file is not replaced");
    let nobody =
        bundle(&mirror, &plan, &dir.path().join("b.tar"), &["--where", "userIdentity.userName = 'nobody'"]);
    assert_eq!(nobody.status.code(), Some(2));
    let wrong = bundle(&mirror, &plan, &dir.path().join("c.tar"), &["--where", "userName is mallory"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(shown(&wrong).contains("FIELD = 'VALUE'"), "{}", shown(&wrong));
}
