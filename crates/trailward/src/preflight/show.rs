//! The report, for people.

use super::file_of;
use crate::report::visible;
use std::path::Path;
use trailward_guard::preflight::{Edit, Facts, Finding, Patch, Proposal, Report, Subject};
use trailward_guard::shell::word;

/// Each obstacle with its statement, then each policy's changes and the command that puts them in force.
pub(super) fn table(proposal: &Proposal, facts: &Facts, report: &Report, folder: Option<&Path>) -> String {
    let mut out =
        format!("trail   {}\nbucket  {}\n", visible(&proposal.trail.to_string()), visible(&proposal.bucket));
    if let Some(topic) = &facts.topic {
        out.push_str(&format!("topic   {}\n", visible(&topic.arn)));
    }
    if let Some(key) = &facts.key {
        out.push_str(&format!("key     {}\n", visible(&key.arn)));
    }
    if let Some(log) = &facts.log {
        out.push_str(&format!("logs    {}\nrole    {}\n", visible(&log.group), visible(&log.role)));
    }
    if report.findings.is_empty() {
        out.push_str("\nCloudTrail can use them: CreateTrail will not refuse any.\n");
        out.push_str(encrypted(facts));
        if facts.log.as_ref().is_some_and(|log| log.exists.is_none()) {
            out.push_str("Whether there is such a log group was not asked.\n");
        }
        return out;
    }
    for finding in &report.findings {
        out.push_str(&self::finding(finding));
    }
    for patch in &report.patches {
        out.push_str(&self::patch(patch, proposal, facts, folder));
    }
    out
}

/// What is not judged of a topic.
fn encrypted(facts: &Facts) -> &'static str {
    if facts.topic.as_ref().is_some_and(|topic| topic.encrypted) {
        "The topic is encrypted: its key has to allow CloudTrail kms:GenerateDataKey* and kms:Decrypt, which is not judged here.\n"
    } else {
        ""
    }
}

fn finding(finding: &Finding) -> String {
    let mut out = match finding.refusal {
        Some(refusal) => format!("\nCreateTrail would fail with {refusal}\n"),
        None => "\nCreateTrail would succeed, but files would never arrive\n".to_owned(),
    };
    for cannot in &finding.cannot {
        out.push_str(&format!("  CloudTrail cannot {}\n", visible(cannot)));
    }
    match &finding.place {
        Some(place) => {
            let sid = place.sid.as_ref().map(|sid| format!(" \"{}\"", visible(sid))).unwrap_or_default();
            let what = if place.denies { "denies" } else { "comes nearest to allowing it" };
            out.push_str(&format!(
                "  statement {}{sid} of the {}{} {what}:\n    {}\n",
                place.statement + 1,
                place.subject.policy(),
                place.policy.as_ref().map(|name| format!(" {}", visible(name))).unwrap_or_default(),
                visible(&finding.because)
            ));
        }
        None => out.push_str(&format!("  {}\n", visible(&finding.because))),
    }
    if let Some(remedy) = &finding.remedy {
        out.push_str(&format!("  {}\n", visible(remedy)));
    }
    out
}

fn patch(patch: &Patch, proposal: &Proposal, facts: &Facts, folder: Option<&Path>) -> String {
    let mut out = format!("\nWith this the {} lets CloudTrail through:\n", patch.subject.policy());
    for Edit { path, before, after } in &patch.edits {
        let lines = |sign: char, value: &serde_json::Value| {
            format!("{value:#}")
                .lines()
                .map(|line| format!("  {sign} {}\n", visible(line)))
                .collect::<String>()
        };
        out.push_str(&format!("  {}\n", visible(path)));
        if !before.is_null() {
            out.push_str(&lines('-', before));
        }
        out.push_str(&lines('+', after));
    }
    let file = file_of(patch.subject);
    let Some(folder) = folder else {
        return format!("{out}  (--patch-dir DIR writes the whole policy to DIR/{file})\n");
    };
    let file = folder.join(file);
    let file = word(&format!("file://{}", file.display()));
    let role = word(role_name(facts));
    out.push_str(&match patch.subject {
        Subject::Bucket => {
            format!("  aws s3api put-bucket-policy --bucket {} --policy {file}\n", word(&proposal.bucket))
        }
        Subject::Topic => format!(
            "  aws sns set-topic-attributes --topic-arn {} --attribute-name Policy --attribute-value {file}\n",
            word(facts.topic.as_ref().map_or("TOPIC", |topic| &topic.arn))
        ),
        Subject::Key => format!(
            "  aws kms put-key-policy --key-id {} --policy-name default --policy {file}\n",
            word(facts.key.as_ref().map_or("KEY", |key| &key.arn))
        ),
        Subject::Trust => format!(
            "  aws iam update-assume-role-policy --role-name {role} --policy-document {file}\n"
        ),
        Subject::Role => format!(
            "  aws iam put-role-policy --role-name {role} --policy-name {} --policy-document {file}\n",
            word(patch.name.as_deref().unwrap_or("NAME"))
        ),
    });
    out
}

fn role_name(facts: &Facts) -> &str {
    facts.log.as_ref().and_then(|log| log.role.rsplit('/').next()).unwrap_or("ROLE")
}
