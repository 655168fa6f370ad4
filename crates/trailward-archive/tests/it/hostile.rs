//! Archives made to harm: they get a reason or a clear error, in bounded memory, and never a hang or a panic.

use crate::archive::{Archive, ask, codes, gzip};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::{ffi::OsStr, fs};
use trailward_digest::{ListedLog, Verdict};

#[tokio::test(flavor = "multi_thread")]
async fn bombs_stop_at_their_limits() {
    let archive = Archive::new(3);
    // 1.2 GiB of zeros in a few megabytes, of which a log file may have one.
    let mebibyte = vec![0_u8; 1 << 20];
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..1200 {
        std::io::Write::write_all(&mut encoder, &mebibyte).unwrap();
    }
    archive.write(&archive.logs[1], &encoder.finish().unwrap());
    archive.write(&archive.digests[0].key, &gzip(&vec![b' '; 40 << 20]));
    let report = ask(archive.request()).await;
    assert_eq!(report.verdict, Verdict::Altered);
    assert_eq!(codes(&report), [("digest-unreadable", 1), ("log-unlisted", 2)]);
    archive.write(&archive.digests[0].key, &gzip(&archive.digests[0].bytes));
    let report = ask(archive.request()).await;
    assert_eq!(codes(&report), [("log-unreadable", 1)]);
    assert!(report.findings[0].detail.contains("more than CloudTrail ever writes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_lists_what_no_log_file_can_be() {
    let mut archive = Archive::new(2);
    let hash = "0".repeat(64);
    let names = [
        "../../../../etc/passwd",
        "/etc/passwd",
        "audit/AWSLogs/../../x.json.gz",
        "",
        "audit\0x",
        "audit/AWSLogs/111122223333/",
        "\u{1b}[2J",
    ];
    let mut logs: Vec<ListedLog> =
        names.iter().map(|name| ListedLog::new("b", name, hash.clone(), None, None)).collect();
    let real = archive.digests[1].digest.log_files[0].clone();
    for hash in ["", "zz", &"0".repeat(63), &"0".repeat(1000)] {
        logs.push(ListedLog { hash_value: hash.into(), ..real.clone() });
    }
    logs.push(ListedLog { hash_algorithm: "MD5".into(), ..real.clone() });
    logs.push(ListedLog { s3_bucket: "elsewhere".into(), ..real });
    let first = archive.digests[0].clone();
    let made = archive.make(1, Some(&first), logs);
    archive.store(&made);
    archive.sign_sidecar();
    let report = ask(archive.request()).await;
    assert_eq!(codes(&report), [("log-missing", 8), ("log-unlisted", 1), ("log-unreadable", 5)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_pipes_and_odd_names_in_a_tree() {
    let archive = Archive::new(4);
    let outside = tempfile::NamedTempFile::new().unwrap();
    let (linked, piped) = (archive.path(&archive.logs[0]), archive.path(&archive.logs[3]));
    fs::copy(&linked, outside.path()).unwrap();
    fs::remove_file(&linked).unwrap();
    symlink(outside.path(), &linked).unwrap();
    fs::remove_file(&piped).unwrap();
    assert!(Command::new("mkfifo").arg(&piped).status().unwrap().success());
    fs::write(linked.with_file_name(OsStr::from_bytes(b"\xff\xfe.json.gz")), b"x").unwrap();
    // A loop of folders.
    symlink(archive.folder.path(), archive.path("audit/AWSLogs/444455556666")).unwrap();
    let report = ask(archive.request()).await;
    assert_eq!(codes(&report), [("log-missing", 2), ("not-searched", 6)]);
    for words in ["neither a file nor a folder", "not UTF-8"] {
        assert!(report.findings.iter().any(|f| f.detail.contains(words)), "{:?}", report.findings);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_anywhere_make_it_panic() {
    let archive = Archive::new(3);
    let victims = [archive.digests[1].key.clone(), archive.logs[2].clone()];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for victim in &victims {
        let honest = fs::read(archive.path(victim)).unwrap();
        for _ in 0..60 {
            let mut bytes = honest.clone();
            for _ in 0..3 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let at = usize::try_from(seed % bytes.len() as u64).unwrap();
                bytes[at] ^= u8::try_from(seed >> 56).unwrap() | 1;
            }
            archive.write(victim, &bytes);
            let report = ask(archive.request()).await;
            // Only the gzip header's time and the like may change without a finding.
            if report.verdict == Verdict::Intact {
                assert_eq!(report.counts.logs_valid, 6);
            }
        }
        archive.write(victim, &honest);
    }
    assert_eq!(ask(archive.request()).await.verdict, Verdict::Intact);
}
