//! `aws cloudtrail validate-logs` over forged archives.

use crate::clients::bin;
use crate::forge::mirror::Mirror;
use crate::forge::{Plan, Tampering, World};
use std::process::{Command, Output};
use trailward_model::stamp;

/// What both validators are asked.
#[derive(Debug, Clone)]
pub struct Question {
    pub arn: String,
    pub start: String,
    pub end: Option<String>,
    pub region: String,
    pub more: Vec<String>,
}

impl Question {
    /// The whole of `plan`.
    pub fn all(plan: &Plan) -> Self {
        Self {
            arn: plan.trail_arn(),
            start: stamp::extended(plan.start),
            end: Some(stamp::extended(plan.end())),
            region: plan.regions[0].clone(),
            more: Vec::new(),
        }
    }

    /// The AWS CLI's arguments behind `validate-logs`.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments =
            vec!["--trail-arn".into(), self.arn.clone(), "--start-time".into(), self.start.clone()];
        if let Some(end) = &self.end {
            arguments.extend(["--end-time".into(), end.clone()]);
        }
        arguments.extend(self.more.iter().cloned());
        arguments
    }
}

/// Runs the AWS CLI; `None`, said aloud, where there is none.
pub fn aws(mirror: &Mirror, question: &Question) -> Option<Output> {
    let bin = bin()?;
    let mut command = Command::new(bin.join("aws"));
    command.args(["cloudtrail", "validate-logs", "--region", &question.region]).args(question.arguments());
    command.envs(mirror.environment()).env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN");
    command.env("AWS_MAX_ATTEMPTS", "2").env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command.output().unwrap())
}

/// Standard output and standard error.
pub fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Clean archives of every layout, which AWS's own code must accept: the forge's first judge.
pub fn clean_plans() -> Vec<(&'static str, Plan)> {
    let plan = Plan::default();
    vec![
        ("plain", plan.clone()),
        ("prefix", Plan { prefix: "audit/trail".into(), ..plan.clone() }),
        (
            "several trails",
            Plan { trails: vec!["main".into(), "main2".into(), "other".into()], ..plan.clone() },
        ),
        ("several Regions", Plan { regions: vec!["us-east-1".into(), "eu-west-1".into()], ..plan.clone() }),
        (
            "organization",
            Plan {
                organization: Some("o-exampleorg".into()),
                accounts: vec!["111122223333".into(), "444455556666".into()],
                ..plan.clone()
            },
        ),
        ("key rotation", Plan { rotate_every: Some(2), ..plan.clone() }),
        ("empty hours", Plan { empty: vec![1, 2], ..plan.clone() }),
        ("backfill", Plan { backfilled: vec![1, 3], ..plan }),
    ]
}

/// The question for a plan, with the account an organization's trail needs.
pub fn question(plan: &Plan) -> Question {
    let mut question = Question::all(plan);
    if plan.organization.is_some() {
        question.more = vec!["--account-id".into(), plan.accounts[0].clone()];
    }
    question
}

/// A damaged world.
pub fn damaged(plan: &Plan, tampering: Tampering) -> World {
    let mut world = plan.forge();
    tampering.apply(&mut world);
    world
}

#[test]
fn the_aws_cli_accepts_every_clean_archive() {
    for (name, plan) in clean_plans() {
        let mirror = Mirror::start(plan.forge());
        let Some(output) = aws(&mirror, &question(&plan)) else { return };
        let text = shown(&output);
        assert_eq!(output.status.code(), Some(0), "{name}: {text}");
        assert!(text.contains("digest files valid") && !text.contains("INVALID"), "{name}: {text}");
        let logs = (plan.hours - u32::try_from(plan.empty.len()).unwrap()) * plan.logs_an_hour
            + u32::try_from(plan.backfilled.len()).unwrap();
        assert!(text.contains(&format!("{logs}/{logs} log files valid")), "{name}: {text}");
    }
}
