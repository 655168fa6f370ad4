//! `docs/what-validate-logs-misses.md`: each of its cases is executed here, so that it cannot go stale.
//!
//! A case is a heading, a comment `<!-- damage: NAME … -->` that says what is done to the archive, and a `console` block:
//! lines that begin with `$ ` are run, what follows must be what they print, `(exit N)` is their exit code. A line of
//! `…` stands for any lines.

use crate::clients::{bin, root};
use crate::differential::plan;
use crate::foreign_validation::{damaged, shown};
use crate::forge::mirror::Mirror;
use crate::forge::{Plan, Tampering};
use crate::server::BINARY;
use std::process::Command;

struct Case {
    title: String,
    damage: String,
    steps: Vec<(String, Vec<String>)>,
}

fn cases(page: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for section in page.split("\n## ").skip(1) {
        let Some((_, rest)) = section.split_once("<!-- damage: ") else { continue };
        let damage = rest.split_once(" -->").unwrap().0.to_owned();
        let block = rest.split_once("```console\n").unwrap().1.split_once("\n```").unwrap().0;
        let mut steps: Vec<(String, Vec<String>)> = Vec::new();
        let mut lines = block.lines();
        while let Some(line) = lines.next() {
            match line.strip_prefix("$ ") {
                Some(first) => {
                    let mut command = first.to_owned();
                    while let Some(begun) = command.strip_suffix('\\') {
                        command = format!("{begun} {}", lines.next().unwrap().trim());
                    }
                    steps.push((command, Vec::new()));
                }
                None => steps.last_mut().unwrap().1.push(line.to_owned()),
            }
        }
        let title = section.lines().next().unwrap().to_owned();
        cases.push(Case { title, damage, steps });
    }
    cases
}

/// The world of a case: `tail-cut`, or `none organization` for a clean one in an organization's layout.
fn world(damage: &str) -> crate::forge::World {
    let mut words = damage.split(' ');
    let name: String = words
        .next()
        .unwrap()
        .split('-')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect();
    let mut plan = plan();
    for word in words {
        match word {
            "organization" => plan.organization = Some("o-exampleorg".into()),
            other => panic!("{other} is no layout"),
        }
    }
    let tampering = Tampering::ALL.into_iter().find(|t| format!("{t:?}") == name);
    damaged(&plan, tampering.unwrap_or_else(|| panic!("{name} is no damage")))
}

/// Whether `shown` is what `expected` says.
fn matches(expected: &[String], shown: &[&str]) -> bool {
    match (expected, shown) {
        ([], rest) => rest.is_empty(),
        ([line, more @ ..], rest) if line.trim() == "…" => {
            (0..=rest.len()).any(|skip| matches(more, &rest[skip..]))
        }
        ([line, more @ ..], [first, rest @ ..]) => line.trim_end() == first.trim_end() && matches(more, rest),
        _ => false,
    }
}

#[test]
fn the_page_says_what_happens() {
    let page = std::fs::read_to_string(root().join("docs/what-validate-logs-misses.md")).unwrap();
    let cases = cases(&page);
    assert!(cases.len() >= 10, "only {} cases", cases.len());
    let Some(bin) = bin() else { return };
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(BINARY, dir.path().join("trailward")).unwrap();
    std::fs::write(
        dir.path().join("expect.toml"),
        "accounts = [\"111122223333\", \"444455556666\"]\nregions = [\"us-east-1\", \"eu-west-1\"]\n",
    )
    .unwrap();
    let path =
        format!("{}:{}:{}", dir.path().display(), bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut wrong = String::new();
    for case in cases {
        let mirror = Mirror::start(world(&case.damage));
        assert!(case.steps.iter().any(|(command, _)| command.starts_with("aws ")), "{}", case.title);
        assert!(case.steps.iter().any(|(command, _)| command.starts_with("trailward ")), "{}", case.title);
        for (command, expected) in &case.steps {
            let output = Command::new("sh")
                .args(["-c", command])
                .current_dir(dir.path())
                .envs(mirror.environment())
                .env("PATH", &path)
                .env("NO_COLOR", "1")
                .env("COLUMNS", "100")
                .env_remove("AWS_PROFILE")
                .env_remove("AWS_SESSION_TOKEN")
                .output()
                .unwrap();
            let code = output.status.code().unwrap();
            let text = format!("{}(exit {code})", shown(&output));
            let lines: Vec<&str> = text.lines().collect();
            if !matches(expected, &lines) {
                wrong.push_str(&format!("## {}\n$ {command}\n{text}\n\n", case.title));
            }
            if command.starts_with("aws ") {
                assert_eq!(code, 0, "{}: the AWS CLI does not miss this any more: {text}", case.title);
            }
        }
    }
    assert!(wrong.is_empty(), "the page says something else:\n{wrong}");
}

#[test]
fn dots_stand_for_any_lines() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(matches(&lines("a\n…\nd"), &["a", "b", "c", "d"]));
    assert!(matches(&lines("a\n…\nb"), &["a", "b"]));
    assert!(!matches(&lines("a\n…\ne"), &["a", "b"]));
    let _ = Plan::default();
}
