//! Archives that want to harm whoever checks them: bounded memory, a reason, never a hang.

use crate::forge::mirror::Mirror;
use crate::forge::{Plan, World, gzip, sign};
use crate::server::BINARY;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use trailward_digest::ListedLog;
use trailward_model::stamp;

/// More memory than this would not be bounded. The debug build is larger than the released one.
const MOST_MIB: u64 = 300;

/// Runs `validate` and returns exit code and report; fails when it takes long or much memory.
fn bounded(command: &mut Command) -> (Option<i32>, Value) {
    let out = tempfile::NamedTempFile::new().unwrap();
    let mut child = command.stdout(out.reopen().unwrap()).stderr(Stdio::inherit()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_mins(2);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        if let Some(code) = child.try_wait().unwrap() {
            break code.code();
        }
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) >> 10);
        assert!(Instant::now() < deadline, "it hangs");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(peak < MOST_MIB, "{peak} MiB");
    let text = std::fs::read_to_string(out.path()).unwrap();
    (code, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

fn validate(world: World, plan: &Plan) -> (Option<i32>, Value) {
    let mirror = Mirror::start(world);
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    let mut command = Command::new(BINARY);
    command.args([
        "validate",
        "s3://trail-logs",
        "--start-time",
        &start,
        "--end-time",
        &end,
        "--format",
        "json",
    ]);
    bounded(command.envs(mirror.environment()))
}

fn reasons(report: &Value) -> Vec<&str> {
    report["totals"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// One gzip member that unpacks to `times` × 64 MiB of spaces. Its checksum is wrong: nobody should get that far.
fn bomb(times: usize) -> Vec<u8> {
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    let mut piece = Vec::with_capacity(1 << 20);
    compress.compress_vec(&vec![b' '; 64 << 20], &mut piece, flate2::FlushCompress::Full).unwrap();
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    for _ in 0..times {
        bytes.extend_from_slice(&piece);
    }
    bytes.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn bombs_are_refused() {
    let plan = Plan::default();
    for place in ["log", "digest"] {
        let mut world = plan.forge();
        let digest = world.chains[0].digests[3].clone();
        let key = if place == "log" { digest.file.log_files[0].s3_object.clone() } else { digest.key };
        // 5 GiB.
        world.objects().get_mut(&key).unwrap().bytes = bomb(80).into();
        let (code, report) = validate(world, &plan);
        assert_eq!((code, &report["verdict"]), (Some(2), &"altered".into()), "{place}");
        assert!(
            reasons(&report).contains(&format!("{place}-unreadable").as_str()),
            "{place}: {:?}",
            reasons(&report)
        );
    }
}

#[test]
fn well_signed_nonsense_gets_a_reason() {
    let plan = Plan::default();
    let listed = |hash: &str, key: &str| ListedLog::new("trail-logs", key, hash.to_owned(), None, None);
    let real = plan.forge().chains[0].digests.last().unwrap().file.log_files[0].s3_object.clone();
    let odd: Vec<(&str, Vec<ListedLog>)> = vec![
        ("hash too short", vec![listed("abc", &real)]),
        ("hash too long", vec![listed(&"ab".repeat(33), &real)]),
        ("hash not hexadecimal", vec![listed(&"zz".repeat(32), &real)]),
        ("an empty key", vec![listed(&"ab".repeat(32), "")]),
        ("a key that climbs", vec![listed(&"ab".repeat(32), "../../../../etc/passwd")]),
        ("control characters", vec![listed(&"ab".repeat(32), "AWSLogs/\u{1b}[2J\r\n\u{0}")]),
        ("the same twice", vec![listed(&"ab".repeat(32), &real), listed(&"cd".repeat(32), &real)]),
        ("many", (0..300_000).map(|n| listed(&"ab".repeat(32), &format!("AWSLogs/{n:0200}"))).collect()),
    ];
    for (what, logs) in odd {
        let mut world = plan.forge();
        let mut newest = world.chains[0].digests.last().unwrap().clone();
        newest.file.log_files = logs;
        let newest = sign(&newest.file, newest.signer);
        world.place(&newest, plan.end(), None);
        let (code, report) = validate(world, &plan);
        assert_eq!(code, Some(2), "{what}");
        assert!(!reasons(&report).is_empty(), "{what}");
    }
}

#[test]
fn a_tree_with_pipes_and_links_is_read_around_them() {
    let plan = Plan::default();
    let dir = tempfile::tempdir().unwrap();
    for (key, object) in plan.forge().objects() {
        let path = dir.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &object.bytes).unwrap();
    }
    let day = dir.path().join("AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/10");
    let name = |unique: &str| format!("111122223333_CloudTrail_us-east-1_20260310T0500Z_{unique}.json.gz");
    let pipe = day.join(name("pipepipepipepipe"));
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        crate::clients::skipped("mkfifo is not installed");
        return;
    }
    let outside = dir.path().parent().unwrap().join("outside.json.gz");
    std::fs::write(&outside, gzip(b"{\"Records\":[]}")).unwrap();
    std::os::unix::fs::symlink(&outside, day.join(name("linklinklinklink"))).unwrap();
    std::os::unix::fs::symlink(dir.path(), day.join("loop")).unwrap();
    std::os::unix::fs::symlink(Path::new("/dev/zero"), day.join(name("zerozerozerozero"))).unwrap();
    let strange = std::os::unix::ffi::OsStringExt::from_vec(b"not\xffutf8.json.gz".to_vec());
    let strange: std::ffi::OsString = strange;
    std::fs::write(day.join(strange), b"x").unwrap();
    let mut command = Command::new(BINARY);
    command
        .args(["validate", "--format", "json"])
        .arg(dir.path())
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true");
    // No keys are named and no AWS is there: an error, not a hang.
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let mirror = Mirror::start(plan.forge());
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    let (code, report) =
        bounded(command.args(["--start-time", &start, "--end-time", &end]).envs(mirror.environment()));
    assert_eq!(code, Some(2));
    let findings = report["findings"].as_array().unwrap();
    let passed_over = findings.iter().filter(|finding| finding["reason"] == "not-searched");
    assert!(passed_over.count() >= 5, "what was passed over is told: {findings:?}");
    let text = report.to_string();
    assert!(!text.contains("outside.json.gz"), "a link was followed");
    let _ = std::fs::remove_file(outside);
}

#[test]
fn a_mirror_leaves_hostile_keys_out_and_says_so_in_plain_text() {
    let plan = Plan::default();
    let mut world = plan.forge();
    let day = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/10";
    let hostile = [
        format!("{day}/../../../../../../../../outside.json.gz"),
        format!("{day}/\u{1b}[2J\u{202e}.json.gz"),
        format!("{day}/a\nINTACT.json.gz"),
        format!("{day}/{}.json.gz", "x".repeat(300)),
    ];
    let template = world.objects().values().next().unwrap().clone();
    for key in &hostile {
        world.objects().insert(key.clone(), template.clone());
    }
    let honest = world.objects().len() - hostile.len();
    let mirror = Mirror::start(world);
    let dir = tempfile::tempdir().unwrap();
    let fetch = || {
        let mut command = Command::new(BINARY);
        command.args(["archive", "fetch", "s3://trail-logs"]).arg(dir.path().join("copy"));
        command.envs(mirror.environment()).env_remove("RUST_LOG").output().unwrap()
    };
    for fetched in [honest, 0] {
        let output = fetch();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(&format!("{fetched} objects fetched")), "{said}");
        assert!(told.contains("4 objects or folders are not in the mirror"), "{told}");
        assert!(told.contains("\\u{1b}[2J\\u{202e}") && told.contains("a\\u{a}INTACT"), "{told}");
        assert!(!told.contains('\u{202e}') && told.lines().all(|line| !line.starts_with("INTACT")), "{told}");
    }
    assert!(!dir.path().join("outside.json.gz").exists());
    // The validation of the same bucket names each of them.
    let mut command = Command::new(BINARY);
    command.args(["validate", "s3://trail-logs", "--format", "table"]).envs(mirror.environment());
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("log-unlisted  4 findings, 4 objects"), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
}
