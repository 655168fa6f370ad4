//! Reports of every command that writes SARIF or JUnit, against those formats' own schemas.

use crate::clients::{bin, root, skipped};
use crate::differential::{plan, trailward};
use crate::foreign_validation::{damaged, shown};
use crate::forge::Tampering;
use crate::forge::mirror::Mirror;
use crate::server::{BINARY, Server};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use trailward_model::stamp;

const FORMATS: [&str; 2] = ["sarif", "junit"];

/// Archives with each kind of finding, none, and so many that not all are kept.
fn of_validate(folder: &Path, reports: &mut Vec<PathBuf>) {
    let plan = plan();
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    for (tampering, code) in [
        (Tampering::Clean, 0),
        (Tampering::LogRewritten, 2),
        (Tampering::LogPlanted, 2),
        (Tampering::LogDenied, 2),
        (Tampering::DigestMoved, 2),
        (Tampering::KeyWithdrawn, 2),
        (Tampering::TailCut, 2),
        (Tampering::AllDigestsDeleted, 2),
        (Tampering::EverythingDeleted, 2),
    ] {
        let mirror = Mirror::start(damaged(&plan, tampering));
        for format in FORMATS {
            let arguments = [
                "validate",
                "--start-time",
                &start,
                "--end-time",
                &end,
                "s3://trail-logs",
                "--format",
                format,
            ];
            let output = trailward(&mirror, &arguments);
            keep(&output, code, folder, &format!("validate-{tampering:?}"), format, reports);
        }
    }
}

/// An account where everything is wrong, some of it unknown, muted, or muted in vain.
fn of_check(folder: &Path, reports: &mut Vec<PathBuf>) {
    let server = Server::start(&folder.join("data"), &["--no-default-trail"]);
    let mutes = folder.join("mutes.toml");
    let mute = |id: &str, expires: &str| {
        format!("[[mute]]\nid = \"{id}\"\nreason = \"<![CDATA[ \\u0007 & \\\"\"\nexpires = \"{expires}\"\n")
    };
    let text = mute("trail.exists", "2100-01-01")
        + &mute("key.exists", "2020-01-01")
        + &mute("no.item", "2100-01-01");
    std::fs::write(&mutes, text).unwrap();
    for (name, more) in [("check", None), ("check-muted", Some(&mutes))] {
        for format in FORMATS {
            let mut command = Command::new(BINARY);
            command.args(["check", "--format", format]).envs(server.environment());
            if let Some(mutes) = more {
                command.arg("--mutes").arg(mutes);
            }
            keep(&command.output().unwrap(), 2, folder, name, format, reports);
        }
    }
    server.stop();
}

fn keep(output: &Output, code: i32, folder: &Path, name: &str, format: &str, reports: &mut Vec<PathBuf>) {
    assert_eq!(output.status.code(), Some(code), "{name}: {}", shown(output));
    let file = folder.join(format!("{name}.{format}"));
    std::fs::write(&file, &output.stdout).unwrap();
    reports.push(file);
}

#[test]
fn sarif_and_junit_by_their_schemas() {
    let Some(bin) = bin() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut reports = Vec::new();
    of_validate(dir.path(), &mut reports);
    of_check(dir.path(), &mut reports);
    let judge = root().join("tests/clients/schemas.py");
    let output = Command::new(bin.join("python")).arg(judge).args(&reports).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text.lines() {
        match line.strip_prefix("skipped: ") {
            Some(why) => skipped(why),
            None => println!("{line}"),
        }
    }
}
