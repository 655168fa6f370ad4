//! How long one decision takes against ten policies of five statements each.
//!
//! Prints the median over many short runs, in nanoseconds. It asserts nothing: timings are not tests.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and may stop")]

use std::hint::black_box;
use std::time::Instant;

use trailward_policy::{Caller, Context, Policy, PolicyKind, Principal, Request, evaluate, explain};

const RUNS: usize = 501;
const REPEATS: u32 = 2_000;

const USER: &str = "arn:aws:iam::111111111111:user/staff/ann";

/// Five statements of the everyday kind; the `s3` one decides, and `n` keeps the policies apart.
fn document(n: usize) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [
            {{"Effect": "Allow", "Action": ["ec2:Describe*", "ec2:Get*"], "Resource": "*"}},
            {{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
              "Resource": ["arn:aws:s3:::team-{n}", "arn:aws:s3:::team-{n}/${{aws:username}}/*"]}},
            {{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::logs*",
              "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}}}}}},
            {{"Effect": "Deny", "Action": "*", "Resource": "*",
              "Condition": {{"Bool": {{"aws:SecureTransport": "false"}},
                             "NotIpAddress": {{"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}}}}}},
            {{"Effect": "Allow", "Action": ["cloudtrail:*", "logs:*"],
              "Resource": "arn:aws:cloudtrail:*:111111111111:trail/*",
              "Condition": {{"StringLike": {{"aws:RequestedRegion": ["eu-*", "us-east-?"]}}}}}}]}}"#
    )
}

fn parse(text: &str, kind: PolicyKind) -> Policy {
    Policy::parse(text, kind).unwrap()
}

/// Six identity policies, a boundary, a control policy at each of two levels, and a bucket policy: ten.
fn caller() -> Caller {
    let full =
        || parse(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#, PolicyKind::Scp);
    let mut caller = Caller::new(Principal::User {
        account: "111111111111".into(),
        arn: USER.into(),
        user_id: "AIDAEXAMPLE000000001".into(),
    });
    caller.identity = (0..6).map(|n| parse(&document(n), PolicyKind::Identity)).collect();
    caller.boundary = Some(parse(&document(5), PolicyKind::Identity));
    caller.scps = (0..2).map(|n| vec![full(), parse(&document(n), PolicyKind::Scp)]).collect();
    caller.context = [("aws:MultiFactorAuthPresent", "true"), ("aws:TokenIssueTime", "2026-11-21T10:00:00Z")]
        .into_iter()
        .collect();
    caller
}

fn bucket_policy() -> Policy {
    let text = document(9)
        .replace(r#"{"Effect": "Allow","#, r#"{"Effect": "Allow", "Principal": {"AWS": "222222222222"},"#);
    let text = text.replace(r#"{"Effect": "Deny","#, r#"{"Effect": "Deny", "Principal": "*","#);
    parse(&text, PolicyKind::Resource)
}

fn median(mut timed: impl FnMut()) -> u128 {
    let mut runs: Vec<u128> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..REPEATS {
                timed();
            }
            start.elapsed().as_nanos() / u128::from(REPEATS)
        })
        .collect();
    runs.sort_unstable();
    runs.get(RUNS / 2).copied().unwrap_or_default()
}

fn main() {
    let caller = caller();
    let bucket = bucket_policy();
    let context: Context = [
        ("aws:SecureTransport", "true"),
        ("aws:SourceIp", "10.1.2.3"),
        ("aws:RequestedRegion", "eu-west-1"),
        ("aws:UserAgent", "aws-cli/2"),
        ("s3:TlsVersion", "1.3"),
    ]
    .into_iter()
    .collect();
    let cases = [
        ("allow", "s3:GetObject", "arn:aws:s3:::team-5/ann/report.txt"),
        ("implicit deny", "s3:GetObject", "arn:aws:s3:::team-8/bo/report.txt"),
        ("explicit deny", "s3:DeleteObject", "arn:aws:s3:::logs/AWSLogs/111111111111/x.json.gz"),
        (
            "allow by region",
            "cloudtrail:LookupEvents",
            "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main",
        ),
    ];
    for (name, action, resource) in cases {
        let request = Request {
            caller: &caller,
            action,
            resource,
            resource_account: Some("111111111111"),
            resource_policy: Some(&bucket),
            resource_policy_required: false,
            rcps: &[],
            context: &context,
        };
        let decision = evaluate(&request);
        let evaluated = median(|| _ = black_box(evaluate(black_box(&request))));
        let explained = median(|| _ = black_box(explain(black_box(&request))));
        println!(
            "{name:<16} {:<13} evaluate {evaluated:>6} ns   explain {explained:>6} ns",
            format!("{decision:?}")
        );
    }
    let text = document(0);
    let parsed = median(|| _ = black_box(Policy::parse(black_box(&text), PolicyKind::Identity)));
    println!("parse and compile one document of {} bytes: {parsed} ns", text.len());
}
