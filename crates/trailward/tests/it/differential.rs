//! Trailward beside the AWS CLI over damaged archives: the same verdict wherever the CLI's is right, and a reason for
//! every difference.

use crate::foreign_validation::{Question, aws, clean_plans, damaged, question, shown};
use crate::forge::mirror::{Faults, Mirror};
use crate::forge::{Plan, Tampering};
use crate::server::BINARY;
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use trailward_digest::Reason;

/// Runs trailward against the mirror.
pub fn trailward(mirror: &Mirror, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(arguments).envs(mirror.environment()).env("NO_COLOR", "1").env_remove("RUST_LOG");
    command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN").output().unwrap()
}

/// The archive that is damaged: every kind of place and digest is in it.
pub fn plan() -> Plan {
    Plan {
        accounts: vec!["111122223333".into(), "444455556666".into()],
        regions: vec!["us-east-1".into(), "eu-west-1".into()],
        backfilled: vec![1, 3],
        ..Plan::default()
    }
}

/// For each damage: the AWS CLI's exit code, the reasons that trailward gives, and why the two differ where they do.
/// An empty explanation means that both see it.
const EXPECTED: &[(Tampering, i32, &[&str], &str)] = &[
    (Tampering::Clean, 0, &[], ""),
    (Tampering::LogDeleted, 1, &["log-missing"], ""),
    (Tampering::LogRewritten, 1, &["log-altered"], ""),
    (Tampering::LogByteFlipped, 1, &["log-unreadable"], ""),
    (Tampering::LogBytesAppended, 1, &["log-trailing-bytes"], ""),
    (Tampering::LogMemberAppended, 1, &["log-trailing-bytes"], ""),
    (Tampering::LogNotGzip, 1, &["log-unreadable"], ""),
    (Tampering::LogTruncated, 1, &["log-unreadable"], ""),
    (Tampering::LogEmpty, 1, &["log-unreadable"], ""),
    (
        Tampering::LogDenied,
        255,
        &["log-unreadable"],
        "the CLI stops at the first refusal and proves nothing more",
    ),
    (Tampering::LogPlanted, 0, &["log-unlisted"], "the CLI never lists log files"),
    (Tampering::LogsSwapped, 1, &["log-altered"], ""),
    (Tampering::LogBomb, 1, &["log-altered"], ""),
    (Tampering::DigestDeleted, 1, &["digest-missing", "log-unlisted"], ""),
    (Tampering::DigestRewritten, 1, &["digest-altered", "log-unlisted"], ""),
    (Tampering::DigestNotGzip, 1, &["digest-unreadable", "log-unlisted"], ""),
    (Tampering::DigestNotJson, 1, &["digest-unreadable", "log-unlisted"], ""),
    (Tampering::DigestWithoutSignature, 1, &["digest-unreadable", "log-unlisted"], ""),
    (Tampering::DigestSignatureNotHex, 1, &["digest-altered", "log-unlisted"], ""),
    (Tampering::DigestSignatureShort, 1, &["digest-altered", "log-unlisted"], ""),
    (
        Tampering::DigestDenied,
        255,
        &["digest-unreadable", "log-unlisted"],
        "the CLI stops at the first refusal and proves nothing more",
    ),
    (Tampering::DigestMoved, 1, &["digest-moved", "digest-missing"], ""),
    (Tampering::DigestOfAnotherHour, 1, &["digest-moved", "log-unlisted"], ""),
    (Tampering::KeyWithdrawn, 1, &["key-unknown"], ""),
    (Tampering::PreviousHashWrong, 0, &["chain-broken"], "the CLI does not compare the predecessor's hash"),
    (
        Tampering::PreviousSignatureWrong,
        0,
        &["chain-broken"],
        "the CLI does not compare the predecessor's signature",
    ),
    (Tampering::ForkedDigest, 0, &["chain-forked"], "the CLI follows one line and does not look beside it"),
    (
        Tampering::StoppedAndRestarted,
        0,
        &["chain-gap", "logging-stopped"],
        "the CLI mentions a gap and passes",
    ),
    (Tampering::TailCut, 0, &["tail-missing"], "the CLI begins at the newest digest there is"),
    (
        Tampering::NewestDigestDeleted,
        0,
        &["tail-missing", "log-unlisted"],
        "the CLI begins at the newest digest there is",
    ),
    (Tampering::HeadCut, 1, &["head-missing", "digest-missing"], ""),
    (Tampering::RegionDeleted, 0, &["region-missing"], "the CLI looks at one Region a run"),
    (Tampering::AccountDeleted, 0, &["account-missing"], "the CLI looks at one account a run"),
    (
        Tampering::AllDigestsDeleted,
        0,
        &["nothing-found", "account-missing", "log-unlisted"],
        "the CLI passes when it finds nothing",
    ),
    (
        Tampering::EverythingDeleted,
        0,
        &["nothing-found", "account-missing"],
        "the CLI passes when it finds nothing",
    ),
    (Tampering::BackfillDeleted, 1, &["digest-missing", "log-unlisted"], ""),
    (Tampering::BackfillRewritten, 1, &["digest-altered", "log-unlisted"], ""),
    (Tampering::BackfillWithoutStamp, 1, &["digest-unreadable", "log-unlisted"], ""),
    (Tampering::BackfillLogDeleted, 1, &["log-missing"], ""),
    (
        Tampering::TimeBackwards,
        0,
        &["digest-unreadable", "log-unlisted"],
        "the CLI does not compare a digest's times with each other or with its name",
    ),
    (Tampering::LogTrailerCut, 0, &["log-unreadable"], "the CLI does not miss gzip's own checksum"),
    (
        Tampering::DigestBytesAppended,
        0,
        &["digest-altered", "log-unlisted"],
        "the CLI ignores bytes behind a digest",
    ),
    (
        Tampering::ValidationSwitchedOff,
        0,
        &["chain-gap", "log-unlisted", "logging-stopped"],
        "the CLI mentions a gap and passes, and never lists log files",
    ),
    (
        Tampering::NewestBackfillDeleted,
        0,
        &["log-unlisted"],
        "the CLI begins at the newest digest there is, and never lists log files",
    ),
    (Tampering::OtherPlaceLogRewritten, 0, &["log-altered"], "the CLI looks at one account and Region a run"),
    (
        Tampering::RestartedAtOnce,
        0,
        &["logging-stopped"],
        "the CLI goes on with the older chain where the windows join",
    ),
    (Tampering::ArchiveInsideAnother, 0, &["log-unlisted"], "the CLI never lists folders"),
    (Tampering::LogMislaid, 0, &["not-searched"], "the CLI never lists folders"),
    (Tampering::LogFromTheFuture, 0, &["from-the-future"], "the CLI never lists log files"),
    (Tampering::LogOfAnotherSuffix, 0, &["log-unlisted"], "the CLI never lists log files"),
];

/// What the CLI's words mean in reason codes.
const WORDS: &[(&str, &[&str])] = &[
    ("not found", &["log-missing", "digest-missing"]),
    ("hash value doesn't match", &["log-altered", "log-unreadable"]),
    ("invalid format", &["log-unreadable", "digest-unreadable"]),
    ("unexpected data after end of compressed stream", &["log-trailing-bytes"]),
    ("signature verification failed", &["digest-altered", "digest-unreadable"]),
    ("has been moved from its original location", &["digest-moved"]),
    ("public key not found", &["key-unknown"]),
    ("No public keys found", &["key-unknown"]),
    ("Odd-length string", &["digest-altered"]),
    ("Non-hexadecimal digit found", &["digest-altered"]),
];

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `--compat` with the same arguments must be the CLI's twin.
fn assert_twin(what: &str, mirror: &Mirror, question: &Question, theirs: &Output) {
    let mut arguments = vec!["validate", "--compat", "--region", &question.region];
    let more = question.arguments();
    arguments.extend(more.iter().map(String::as_str));
    let ours = trailward(mirror, &arguments);
    assert_eq!(as_text(&ours.stdout), as_text(&theirs.stdout), "{what}: standard output");
    assert_eq!(as_text(&ours.stderr), as_text(&theirs.stderr), "{what}: standard error");
    assert_eq!(ours.status.code(), theirs.status.code(), "{what}: exit code");
}

/// Ours over the same time, with everything that the trail should hold: the report.
fn ours(mirror: &Mirror, question: &Question) -> (Option<i32>, serde_json::Value) {
    let end = question.end.clone().unwrap();
    let expect = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        expect.path(),
        "accounts = [\"111122223333\", \"444455556666\"]\nregions = [\"us-east-1\", \"eu-west-1\"]\n",
    )
    .unwrap();
    let expect = expect.path().to_str().unwrap();
    let arguments = [
        "validate",
        "s3://trail-logs",
        "--start-time",
        &question.start,
        "--end-time",
        &end,
        "--expect",
        expect,
    ];
    let output = trailward(mirror, &arguments);
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|error| panic!("{error}: {}", shown(&output))))
}

#[test]
fn every_damage_is_named() {
    let plan = plan();
    assert_eq!(EXPECTED.len(), Tampering::ALL.len());
    let (mut produced, mut wrong) = (BTreeSet::new(), Vec::new());
    for (tampering, _, reasons, _) in EXPECTED {
        let mirror = Mirror::start(damaged(&plan, *tampering));
        let (code, report) = ours(&mirror, &question(&plan));
        let findings = report["findings"].as_array().unwrap();
        let seen: BTreeSet<&str> = findings.iter().map(|f| f["reason"].as_str().unwrap()).collect();
        if seen != reasons.iter().copied().collect() {
            wrong.push(format!("{tampering:?}: {seen:?} instead of {reasons:?}"));
        }
        assert_eq!(code, Some(if reasons.is_empty() { 0 } else { 2 }), "{tampering:?}");
        produced.extend(seen.iter().map(|reason| (*reason).to_owned()));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let all: BTreeSet<String> = Reason::ALL.iter().map(|reason| reason.code().to_owned()).collect();
    assert_eq!(produced, all, "a reason that no damage produces");
}

/// Compares with the AWS CLI; a half of the damages, because the CLI takes its time.
fn compare(half: usize) {
    let plan = plan();
    let mut wrong = Vec::new();
    for (tampering, exit, reasons, why) in EXPECTED.iter().skip(half).step_by(2) {
        let mirror = Mirror::start(damaged(&plan, *tampering));
        let question = question(&plan);
        let Some(theirs) = aws(&mirror, &question) else { return };
        if theirs.status.code() != Some(*exit) {
            wrong.push(format!("{tampering:?}: the CLI exits with {:?}", theirs.status.code()));
            continue;
        }
        assert_twin(&format!("{tampering:?}"), &mirror, &question, &theirs);
        let agrees = (*exit == 0) == reasons.is_empty() && *exit != 255;
        assert_eq!(
            agrees,
            why.is_empty(),
            "{tampering:?}: explain the difference, or do not explain an agreement"
        );
        // Whatever object the CLI calls INVALID has a finding with a reason that means the same.
        let (_, report) = ours(&mirror, &question);
        let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for finding in report["findings"].as_array().unwrap() {
            if let Some(object) = finding["object"].as_str() {
                named.entry(object).or_default().insert(finding["reason"].as_str().unwrap());
            }
        }
        for line in as_text(&theirs.stderr).lines().filter(|line| line.contains("\tINVALID: ")) {
            let parts: Vec<&str> = line.split('\t').collect();
            let said = parts[2].trim_start_matches("INVALID: ");
            let (_, means) = WORDS.iter().find(|(word, _)| said.starts_with(word)).expect(said);
            let object = parts[1];
            let has = named.get(object).is_some_and(|reasons| means.iter().any(|m| reasons.contains(m)));
            assert!(has, "{tampering:?}: {line}\nours: {:?}", named.get(object));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_difference_is_explained_1() {
    compare(0);
}

#[test]
fn every_difference_is_explained_2() {
    compare(1);
}

#[test]
fn compat_is_the_aws_clis_twin_in_every_layout() {
    let damages = [Tampering::Clean, Tampering::LogDeleted, Tampering::DigestRewritten, Tampering::TailCut];
    let mut plans = clean_plans();
    plans.push(("a gap", Plan { hours: 9, stopped: 3..5, ..Plan::default() }));
    for (name, plan) in plans {
        for damage in damages {
            let mirror = Mirror::start(damaged(&plan, damage));
            let mut question = question(&plan);
            question.more.push("--verbose".into());
            let Some(theirs) = aws(&mirror, &question) else { return };
            assert_twin(&format!("{name}, {damage:?}"), &mirror, &question, &theirs);
            if plan.regions.len() > 1 {
                question.region.clone_from(&plan.regions[1]);
                let theirs = aws(&mirror, &question).unwrap();
                assert_twin(&format!("{name}, {damage:?}, elsewhere"), &mirror, &question, &theirs);
            }
        }
    }
}

#[test]
fn compat_stops_as_the_aws_cli_does() {
    let plan = plan();
    let ask = |more: &[&str]| {
        let mut question = question(&plan);
        question.more = more.iter().map(|m| (*m).to_owned()).collect();
        question
    };
    let organization = Plan { organization: Some("o-exampleorg".into()), ..plan.clone() };
    let changed = |change: fn(&mut Question)| {
        let mut question = question(&plan);
        change(&mut question);
        question
    };
    let denied = |action: &str| Faults { denied_actions: vec![action.into()], ..Faults::default() };
    let cases: Vec<(&str, &Plan, Faults, Question)> = vec![
        ("named bucket", &plan, Faults::default(), ask(&["--s3-bucket", "trail-logs"])),
        (
            "wrong prefix",
            &plan,
            Faults::default(),
            ask(&["--s3-prefix", "nothing", "--s3-bucket", "trail-logs"]),
        ),
        ("another account", &plan, Faults::default(), ask(&["--account-id", "444455556666"])),
        ("organization and bucket", &organization, Faults::default(), ask(&["--s3-bucket", "trail-logs"])),
        ("organization without account", &organization, Faults::default(), ask(&[])),
        ("no such trail", &plan, Faults::default(), changed(|q| q.arn = q.arn.replace("main", "none"))),
        ("not an ARN", &plan, Faults::default(), changed(|q| q.arn = "arn:aws:s3:::main".into())),
        ("not a time", &plan, Faults::default(), changed(|q| q.start = "yesterday".into())),
        ("backwards", &plan, Faults::default(), changed(|q| q.end = Some("2026-01-01".into()))),
        ("no keys", &plan, Faults::default(), changed(|q| q.region = "ap-south-1".into())),
        (
            "a narrow range",
            &plan,
            Faults::default(),
            changed(|q| {
                q.start = "2026-03-10T02:00:00Z".into();
                q.end = Some("2026-03-10 03:30".into());
            }),
        ),
        ("keys refused", &plan, denied("cloudtrail:ListPublicKeys"), ask(&[])),
        ("trails refused", &plan, denied("cloudtrail:DescribeTrails"), ask(&[])),
    ];
    for (what, plan, faults, question) in cases {
        let mirror = Mirror::with_faults(plan.forge(), faults);
        let Some(theirs) = aws(&mirror, &question) else { return };
        assert_twin(what, &mirror, &question, &theirs);
    }
}
