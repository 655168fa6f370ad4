//! `trailward validate` and `trailward archive` as a user meets them.

use crate::clients::{root, skipped};
use crate::differential::{plan, trailward};
use crate::foreign_validation::{damaged, shown};
use crate::forge::mirror::{Faults, Mirror};
use crate::forge::{Plan, Tampering};
use crate::server::BINARY;
use serde_json::{Value, json};
use std::process::{Command, Output};
use trailward_model::stamp;

/// `validate` over the whole of a plan's time.
fn validate(mirror: &Mirror, plan: &Plan, more: &[&str]) -> Output {
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    let arguments = [&["validate", "--start-time", &start, "--end-time", &end], more].concat();
    trailward(mirror, &arguments)
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", shown(output)))
}

fn reasons(report: &Value) -> Vec<String> {
    report["totals"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn what_cannot_run_is_code_1() {
    let mirror = Mirror::start(Plan::default().forge());
    let typed = |arguments: &[&str], says: &str| {
        let output = trailward(&mirror, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", shown(&output));
        assert!(shown(&output).contains(says), "{arguments:?}: {}", shown(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    };
    typed(&["validate"], "name what to validate");
    typed(&["validate", "s3://trail-logs", "--fromat", "json"], "--fromat");
    typed(&["validate", "s3://trail-logs", "--since", "soon"], "30d");
    typed(
        &["validate", "s3://trail-logs", "--start-time", "2026-03-11", "--end-time", "2026-03-10"],
        "not after",
    );
    typed(&["validate", "s3://no-such-bucket"], "no-such-bucket");
    typed(&["validate", "/no/such/directory"], "/no/such/directory");
    typed(&["validate", "s3://trail-logs", "--keys", "/no/such/file"], "/no/such/file");
    typed(
        &["validate", "--trail-arn", "arn:aws:cloudtrail:us-east-1:111122223333:trail/none"],
        "there is no trail",
    );
    typed(&["validate", "--compat", "--trail-arn", "x"], "--start-time");
}

#[test]
fn an_endpoint_that_does_not_answer_is_code_1() {
    let mirror = Mirror::start(Plan::default().forge());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = Command::new(BINARY)
        .args(["validate", "s3://trail-logs"])
        .envs(mirror.environment())
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("s3://trail-logs"), "{}", shown(&output));
}

#[test]
fn the_real_tree_without_digests_is_incomplete() {
    let tree = root().join("../shared/data/cloudtrail/sans504-s3-ransomware");
    if !tree.is_dir() {
        skipped("the real log data is not beside this checkout");
        return;
    }
    let output =
        Command::new(BINARY).args(["validate", "--format", "json"]).arg(&tree).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let report = report(&output);
    assert_eq!(report["verdict"], "incomplete");
    let mut files = 0;
    let mut stack = vec![tree];
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.to_string_lossy().ends_with(".json.gz") {
                files += 1;
            }
        }
    }
    assert!(files > 0);
    assert_eq!(report["totals"]["log-unlisted"], files, "{}", report["totals"]);
    assert_eq!(report["totals"]["nothing-found"], 1);
}

#[test]
fn every_format_tells_the_same() {
    let plan = plan();
    let mirror = Mirror::start(damaged(&plan, Tampering::LogRewritten));
    let dir = tempfile::tempdir().unwrap();
    for (format, says) in [
        ("table", "ALTERED  1 finding: "),
        ("json", "\"verdict\": \"altered\""),
        ("jsonl", "{\"type\":\"summary\",\"verdict\":\"altered\""),
        ("csv", "log-altered,altered,111122223333,us-east-1,main,s3://trail-logs/AWSLogs/"),
        ("junit", "<failure type=\"log-altered\""),
        ("sarif", "\"ruleId\": \"log-altered\""),
        ("html", "<h1>altered</h1>"),
    ] {
        let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", format]);
        assert_eq!(output.status.code(), Some(2), "{format}: {}", shown(&output));
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        assert!(text.contains(says), "{format}: {text}");
        assert!(output.stderr.is_empty(), "{format}: {}", shown(&output));
        let file = dir.path().join(format);
        let name = file.to_str().unwrap();
        let output =
            validate(&mirror, &plan, &["s3://trail-logs", "--format", format, "--output", name, "-q"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{}", shown(&output));
        assert!(std::fs::read_to_string(&file).unwrap().contains(says), "{format}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 7, "something temporary was left");
    let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", "jsonl"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // 24 digests, 8 backfill digests, 80 log files; the finding; the summary.
    assert_eq!(lines.iter().filter(|line| line["type"] == "object").count(), 112);
    let bad: Vec<_> =
        lines.iter().filter(|line| line["type"] == "object" && !line["reason"].is_null()).collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(lines.last().unwrap()["type"], "summary");
}

#[test]
fn verbose_lists_objects_as_the_aws_cli_does() {
    let plan = Plan::default();
    let mirror = Mirror::start(damaged(&plan, Tampering::LogDeleted));
    let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", "table", "--verbose"]);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(
        out.lines().filter(|l| l.starts_with("Log file\ts3://") && l.ends_with("\tvalid")).count(),
        17
    );
    assert_eq!(
        out.lines().filter(|l| l.starts_with("Digest file\ts3://") && l.ends_with("\tvalid")).count(),
        6
    );
    assert_eq!(err.lines().filter(|l| l.ends_with("\tINVALID: log-missing")).count(), 1, "{err}");
    // Beside JSON nothing else may stand on standard output.
    let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", "json", "--verbose"]);
    assert_eq!(reasons(&report(&output)), ["log-missing"]);
}

#[test]
fn a_busy_and_broken_endpoint_is_only_slower() {
    let plan = plan();
    let faults = Faults { slow_down_every: Some(7), cut_every: Some(5), ..Faults::default() };
    let mirror = Mirror::with_faults(plan.forge(), faults);
    let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(report(&output)["counts"]["logsValid"], 80);
    let resumed = mirror.asked().iter().filter(|asked| asked.operation == "GetObject").count();
    assert!(resumed > 112, "{resumed}");
}

#[test]
fn what_may_not_be_read_is_named_and_never_intact() {
    let plan = plan();
    let denied = |action: &str| Faults { denied_actions: vec![action.into()], ..Faults::default() };
    let mirror = Mirror::with_faults(plan.forge(), denied("s3:ListBucket"));
    let output = validate(&mirror, &plan, &["s3://trail-logs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown(&output).contains("s3:ListBucket on arn:aws:s3:::trail-logs")
            || shown(&output).contains("s3:ListBucket"),
        "{}",
        shown(&output)
    );
    let mirror = Mirror::with_faults(plan.forge(), denied("s3:GetObject"));
    let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let found = report(&output);
    assert_eq!(found["verdict"], "incomplete");
    let needs = found["findings"][0]["needs"].as_str();
    assert!(
        found["findings"].as_array().unwrap().iter().any(|f| f["needs"]
            .as_str()
            .is_some_and(|needs| needs.starts_with("s3:GetObject on arn:aws:s3:::trail-logs/AWSLogs/"))),
        "{needs:?}"
    );
    let mirror = Mirror::with_faults(plan.forge(), denied("cloudtrail:ListPublicKeys"));
    let output = validate(&mirror, &plan, &["s3://trail-logs", "--format", "json"]);
    assert_ne!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("cloudtrail:ListPublicKeys"), "{}", shown(&output));
    // One folder that may not be listed: whatever is said, it is not intact.
    let folder = "AWSLogs/444455556666/CloudTrail-Digest/".to_owned();
    let mirror =
        Mirror::with_faults(plan.forge(), Faults { denied_prefixes: vec![folder], ..Faults::default() });
    let output = validate(&mirror, &plan, &["s3://trail-logs"]);
    assert_ne!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("s3:ListBucket"), "{}", shown(&output));
}

#[test]
fn nothing_is_listed_or_read_that_the_arguments_exclude() {
    let plan = Plan { hours: 96, logs_an_hour: 1, ..plan() };
    let mirror = Mirror::start(plan.forge());
    let output = trailward(
        &mirror,
        &[
            "validate",
            "s3://trail-logs",
            "--account-id",
            "444455556666",
            "--region",
            "eu-west-1",
            "--start-time",
            "2026-03-12T00:00:00Z",
            "--end-time",
            "2026-03-12T12:00:00Z",
            "--format",
            "json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let asked = mirror.asked();
    let listings: Vec<_> = asked
        .iter()
        .filter(|a| a.operation == "ListObjectsV2" && !a.query.contains_key("delimiter"))
        .collect();
    assert!(!listings.is_empty());
    for listing in listings {
        let inside = listing.key.contains("/444455556666/") && listing.key.contains("/eu-west-1/2026/03/1");
        assert!(
            inside && !listing.key.contains("/03/10") && !listing.key.contains("/03/14"),
            "{}",
            listing.key
        );
    }
    for get in asked.iter().filter(|a| a.operation == "GetObject") {
        assert!(get.key.contains("/444455556666/") && get.key.contains("/eu-west-1/"), "{}", get.key);
    }
}

#[test]
fn a_trails_arn_says_what_must_be_there() {
    let plan = Plan { organization: Some("o-exampleorg".into()), prefix: "audit".into(), ..plan() };
    let arn = plan.trail_arn();
    for (damage, code, wanted) in [
        (Tampering::Clean, 0, vec![]),
        (Tampering::RegionDeleted, 2, vec!["region-missing"]),
        (Tampering::AccountDeleted, 2, vec!["account-missing"]),
    ] {
        let mirror = Mirror::start(damaged(&plan, damage));
        let output = validate(&mirror, &plan, &["--trail-arn", &arn, "--format", "json"]);
        assert_eq!(output.status.code(), Some(code), "{damage:?}: {}", shown(&output));
        assert_eq!(reasons(&report(&output)), wanted, "{damage:?}");
    }
}

#[test]
fn a_mirror_is_proven_offline() {
    let plan = Plan { rotate_every: Some(2), ..plan() };
    let mirror = Mirror::start(plan.forge());
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (copy, keys) = (path("copy"), path("keys.json"));
    let output = trailward(&mirror, &["archive", "fetch", "s3://trail-logs", &copy]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("112 objects fetched"), "{}", shown(&output));
    let output = trailward(&mirror, &["archive", "fetch", "s3://trail-logs", &copy]);
    assert!(
        shown(&output).contains("0 objects fetched") && shown(&output).contains("112 were there"),
        "{}",
        shown(&output)
    );
    let regions = ["--region", "us-east-1", "--region", "eu-west-1"];
    let output = trailward(&mirror, &[&["archive", "keys", "--output", &keys], &regions[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    drop(mirror);
    let (start, end) = (stamp::extended(plan.start), stamp::extended(plan.end()));
    let offline = |more: &[&str]| {
        Command::new(BINARY)
            .args(["validate", &copy, "--keys", &keys, "--start-time", &start, "--end-time", &end])
            .args(["--format", "json"])
            .args(more)
            .env_clear()
            .output()
            .unwrap()
    };
    let output = offline(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let found = report(&output);
    assert_eq!(found["sources"][0]["copyOf"], "s3://trail-logs", "{}", found["sources"]);
    // What was remembered is not read again, and a change is seen all the same.
    let state = path("state");
    for (run, remembered) in [(1, 0), (2, 112)] {
        let output = offline(&["--resume", &state]);
        assert_eq!(output.status.code(), Some(0), "run {run}: {}", shown(&output));
        assert_eq!(report(&output)["counts"]["remembered"], remembered, "run {run}");
    }
    let log = plan.forge().chains[0].digests[3].file.log_files[0].s3_object.clone();
    let file = std::path::Path::new(&copy).join(log);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, crate::forge::gzip(b"{\"Records\":[]}")).unwrap();
    let output = offline(&["--resume", &state]);
    assert_eq!((output.status.code(), reasons(&report(&output))), (Some(2), vec!["log-altered".to_owned()]));
    std::fs::write(&file, bytes).unwrap();
    // A state that somebody changed is not believed, and that is said.
    let mut changed = std::fs::read(&state).unwrap();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&state, changed).unwrap();
    let output = offline(&["--resume", &state]);
    let found = report(&output);
    assert_eq!((output.status.code(), &found["counts"]["remembered"]), (Some(0), &0.into()));
    assert!(found["warnings"][0].as_str().unwrap().contains("ignored"), "{}", found["warnings"]);
    // Without the manifest nothing says what was signed.
    std::fs::remove_file(std::path::Path::new(&copy).join("trailward-mirror.jsonl")).unwrap();
    let output = offline(&[]);
    assert_eq!((output.status.code(), &report(&output)["verdict"]), (Some(2), &"incomplete".into()));
}

#[test]
fn nothing_is_a_finding_unless_allowed() {
    let plan = Plan::default();
    let mirror = Mirror::start(damaged(&plan, Tampering::EverythingDeleted));
    assert_eq!(validate(&mirror, &plan, &["s3://trail-logs"]).status.code(), Some(2));
    assert_eq!(validate(&mirror, &plan, &["s3://trail-logs", "--allow-empty"]).status.code(), Some(0));
    let mirror = Mirror::start(damaged(&plan, Tampering::AllDigestsDeleted));
    assert_eq!(validate(&mirror, &plan, &["s3://trail-logs", "--allow-empty"]).status.code(), Some(2));
}

#[test]
fn the_policy_is_the_least_that_a_run_needs() {
    let plan = plan();
    let mirror = Mirror::start(plan.forge());
    let output = trailward(&mirror, &["validate", "--trail-arn", &plan.trail_arn(), "--print-policy"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let policy = report(&output);
    let mut granted = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        match &statement["Action"] {
            Value::String(action) => granted.push(action.clone()),
            Value::Array(actions) => granted.extend(actions.iter().map(|a| a.as_str().unwrap().to_owned())),
            other => panic!("{other}"),
        }
    }
    // What a real run asks for is granted, and nothing that it never asks for but the key that encrypts the bucket.
    let ran = validate(&mirror, &plan, &["--trail-arn", &plan.trail_arn()]);
    assert_eq!(ran.status.code(), Some(0), "{}", shown(&ran));
    let mut used: Vec<String> = mirror
        .asked()
        .iter()
        .map(|asked| match asked.operation.as_str() {
            "HeadBucket" | "ListObjectsV2" => "s3:ListBucket".to_owned(),
            "GetObject" | "HeadObject" => "s3:GetObject".to_owned(),
            other => other.to_owned(),
        })
        .collect();
    used.push("kms:Decrypt".into());
    granted.sort();
    used.sort();
    used.dedup();
    assert_eq!(granted, used);
    let help = shown(&trailward(&mirror, &["validate", "--help"]));
    for part in
        ["Examples:", "Exit codes: 0 intact, 1 could not run, 2", "--trail-arn", "--expect", "--compat"]
    {
        assert!(help.contains(part), "{help}");
    }
}

#[test]
fn one_of_several_trails_can_be_looked_at_alone() {
    let plan = Plan { trails: vec!["main".into(), "other".into()], backfilled: vec![2], ..Plan::default() };
    for (damage, more, code) in [
        (Tampering::Clean, vec![], 0),
        (Tampering::Clean, vec!["--trail-name", "main"], 0),
        (Tampering::Clean, vec!["--trail-name", "none"], 2),
        (Tampering::LogDeleted, vec!["--trail-name", "main"], 2),
        (Tampering::LogDeleted, vec!["--trail-name", "other"], 0),
    ] {
        let mirror = Mirror::start(damaged(&plan, damage));
        let output =
            validate(&mirror, &plan, &[&["s3://trail-logs", "--format", "json"], &more[..]].concat());
        assert_eq!(output.status.code(), Some(code), "{damage:?} {more:?}: {}", shown(&output));
    }
}

#[test]
fn a_young_trail_is_excused_by_a_status_that_never_stopped() {
    let plan = Plan::default();
    let arn = plan.trail_arn();
    let before = stamp::extended(plan.start - time::Duration::days(20));
    let end = stamp::extended(plan.end());
    let start = plan.start.unix_timestamp();
    let ask = |status: Option<Value>, faults: Faults, more: &[&str]| {
        let mut world = plan.forge();
        world.status = status;
        let mirror = Mirror::with_faults(world, faults);
        let range = ["validate", "--start-time", &before, "--end-time", &end, "--format", "json"];
        let output = trailward(&mirror, &[&range[..], more].concat());
        (output.status.code(), reasons(&report(&output)))
    };
    let stopped = || (Some(2), vec!["logging-stopped".to_owned()]);
    let never = json!({ "IsLogging": true, "StartLoggingTime": start });
    let by_arn = ["--trail-arn", arn.as_str()];
    assert_eq!(ask(Some(never.clone()), Faults::default(), &by_arn), (Some(0), vec![]));
    assert_eq!(
        ask(Some(never.clone()), Faults::default(), &["s3://trail-logs"]),
        stopped(),
        "nobody was asked"
    );
    assert_eq!(
        ask(Some(never.clone()), Faults::default(), &["s3://trail-logs", "--trail-arn", &arn]),
        stopped(),
        "everything in the source is asked for, not only the trail"
    );
    for (what, status) in [
        ("not known", json!({ "IsLogging": true })),
        ("another start", json!({ "IsLogging": true, "StartLoggingTime": start - 86_400 })),
        (
            "stopped before",
            json!({ "IsLogging": true, "StartLoggingTime": start, "StopLoggingTime": start - 60 }),
        ),
    ] {
        assert_eq!(ask(Some(status), Faults::default(), &by_arn), stopped(), "{what}");
    }
    let refused = Faults { denied_actions: vec!["cloudtrail:GetTrailStatus".into()], ..Faults::default() };
    assert_eq!(ask(Some(never), refused, &by_arn), stopped(), "refused");
}

#[test]
fn a_prefix_may_hold_the_trees_own_name() {
    let inner = Plan { prefix: "AWSLogs".into(), trails: vec!["inner".into()], ..Plan::default() };
    let mut world = Plan::default().forge();
    let other = inner.forge();
    for (key, object) in other.buckets.into_values().flatten() {
        world.objects().insert(key, object);
    }
    let digests = |source: &str| {
        let mirror = Mirror::start(world.clone());
        let output = validate(&mirror, &inner, &[source, "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{source}: {}", shown(&output));
        report(&output)["counts"]["digestsValid"].as_u64()
    };
    assert_eq!(digests("s3://trail-logs"), Some(12));
    assert_eq!(digests("s3://trail-logs/AWSLogs/AWSLogs"), Some(6));
    assert_eq!(digests("s3://trail-logs/AWSLogs"), Some(12));
    // One byte in the inner one.
    let key = world.objects().keys().find(|key| key.starts_with("AWSLogs/AWSLogs/1")).unwrap().clone();
    world.objects().get_mut(&key).unwrap().bytes = bytes::Bytes::from_static(b"x");
    let mirror = Mirror::start(world);
    let output = validate(&mirror, &inner, &["s3://trail-logs", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
}

#[test]
fn what_is_excluded_is_not_expected() {
    let plan = plan();
    let mirror = Mirror::start(damaged(&plan, Tampering::AccountDeleted));
    let expect = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        expect.path(),
        "accounts = [\"111122223333\", \"444455556666\"]\nregions = [\"us-east-1\"]\n",
    )
    .unwrap();
    let file = expect.path().to_str().unwrap();
    for (account, code) in [("111122223333", 0), ("444455556666", 2)] {
        let output =
            validate(&mirror, &plan, &["s3://trail-logs", "--expect", file, "--account-id", account]);
        assert_eq!(output.status.code(), Some(code), "{account}: {}", shown(&output));
    }
}
