//! Plans, for people.

use crate::report::clean::visible;
use anyhow::Result;
use serde_json::Value;
use trailward_guard::account::Snapshot;
use trailward_guard::apply::StaleFact;
use trailward_guard::control::Control;
use trailward_guard::cost::Estimate;
use trailward_guard::plan::{Instruction, Plan, Step};

/// Lines that are shown of one change; the rest is in the JSON.
const MOST_LINES: usize = 14;

/// Characters of one value.
const LONGEST_LINE: usize = 200;

/// The whole plan.
pub(super) fn plan(control: &Control, snapshot: &Snapshot, plan: &Plan) -> String {
    let mut out = format!(
        "account  {}\ntrail    {} in {}\nbucket   {}\n",
        visible(&snapshot.account),
        visible(&control.trail.name),
        visible(&control.trail.region),
        visible(&control.bucket.name)
    );
    if plan.is_empty() {
        out.push_str("\nNothing to do: the account is as the control says.\n");
    }
    for (at, step) in plan.steps.iter().enumerate() {
        out.push_str(&self::step(at + 1, step));
    }
    for instruction in &plan.instructions {
        out.push_str(&self::instruction(instruction));
    }
    for unknown in &plan.unknown {
        out.push_str(&format!(
            "\n? {}\n    not known, for lack of {}: {}\n",
            visible(&unknown.id),
            visible(&unknown.action),
            visible(&unknown.problem)
        ));
    }
    for kept in &plan.kept {
        let kept = visible(kept);
        out.push_str(&format!("\n= {kept}\n    kept, because it is stronger (--allow-weaken changes it)\n"));
    }
    let count = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
    if !plan.is_empty() {
        out.push_str(&format!(
            "\n{} from here, {} for somebody else, {} not known\n",
            count(plan.steps.len(), "change"),
            count(plan.instructions.len(), "instruction"),
            plan.unknown.len()
        ));
    }
    out
}

/// A plan or report with what it costs.
pub(super) fn with_cost(mut value: Value, estimate: Option<&Estimate>) -> Result<Value> {
    if let (Some(map), Some(estimate)) = (value.as_object_mut(), estimate) {
        map.insert("cost".into(), serde_json::to_value(estimate)?);
    }
    Ok(value)
}

/// One step.
pub(super) fn step(number: usize, step: &Step) -> String {
    let sign = if step.creates { '+' } else { '~' };
    let weakens = if step.weakens { "  MAKES PROTECTION LESS" } else { "" };
    let (id, resource, reason) = (visible(&step.id), visible(&step.resource), visible(&step.reason));
    let mut out = format!("\n{number:>3} {sign} {id}  {resource}{weakens}\n      {reason}\n");
    let mut lines = Vec::new();
    changes("", &step.before, &step.after, &mut lines);
    let more = lines.len().saturating_sub(MOST_LINES);
    for line in lines.into_iter().take(MOST_LINES) {
        out.push_str(&format!("      {}\n", visible(&line)));
    }
    if more > 0 {
        out.push_str(&format!("      … {more} more (--format json shows all)\n"));
    }
    out
}

fn instruction(instruction: &Instruction) -> String {
    let (id, what, why) = (visible(&instruction.id), visible(&instruction.what), visible(&instruction.why));
    let mut out = format!("\n! {id}  {what}\n    {why}\n");
    for command in &instruction.commands {
        out.push_str(&format!("    $ {}\n", visible(command)));
    }
    out
}

/// What differs, a line each.
fn changes(path: &str, before: &Value, after: &Value, lines: &mut Vec<String>) {
    if before == after {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                changes(&below(name), &of(a), &of(b), lines);
            }
        }
        (Value::Null, Value::Object(b)) => {
            for (name, value) in b {
                changes(&below(name), &Value::Null, value, lines);
            }
        }
        (_, Value::Array(b)) if before.is_array() || before.is_null() => {
            let empty = Vec::new();
            let a = before.as_array().unwrap_or(&empty);
            lines.extend(
                a.iter().filter(|item| !b.contains(item)).map(|item| format!("- {path}: {}", named(item))),
            );
            lines.extend(
                b.iter().filter(|item| !a.contains(item)).map(|item| format!("+ {path}: {}", named(item))),
            );
        }
        (Value::Null, after) => lines.push(format!("+ {path}: {}", named(after))),
        (before, after) => lines.push(format!("{path}: {} → {}", named(before), named(after))),
    }
}

/// A statement or rule by its name, everything else as it is.
fn named(value: &Value) -> String {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if let Some(name) = text("Sid").or_else(|| text("ID")) {
        let effect = text("Effect").map(|effect| format!("{effect} ")).unwrap_or_default();
        return format!("{effect}\"{name}\"");
    }
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST_LINE {
        return text;
    }
    format!("{} …", text.chars().take(LONGEST_LINE).collect::<String>())
}

/// What is not as it was when the plan was made.
pub(super) fn stale(facts: &[StaleFact]) -> String {
    let mut lines = Vec::new();
    for fact in facts {
        changes(&fact.path, &fact.before, &fact.after, &mut lines);
    }
    lines.into_iter().take(50).map(|line| format!("  {}\n", visible(&line))).collect()
}

/// The plan as a shell script of AWS CLI commands. Names and answers of the account stand in it as single words and in
/// comments of one line, never as code.
pub(super) fn script(control: &Control, plan: &Plan) -> String {
    let mut out = "#!/bin/sh\n".to_owned();
    comment(
        &mut out,
        &format!(
            "What makes the account as the control of trail {} says, in this order.",
            control.trail.name
        ),
    );
    out.push_str("set -eu\n");
    for step in &plan.steps {
        out.push('\n');
        comment(&mut out, &format!("{}: {}", step.id, step.reason));
        for call in &step.calls {
            out.push_str(&call.command());
            out.push('\n');
        }
    }
    for instruction in &plan.instructions {
        out.push('\n');
        comment(&mut out, &format!("{}: {}", instruction.id, instruction.what));
        comment(&mut out, &instruction.why);
        instruction.commands.iter().for_each(|command| comment(&mut out, command));
    }
    for unknown in &plan.unknown {
        out.push('\n');
        comment(&mut out, &format!("{}: not known, for lack of {}", unknown.id, unknown.action));
    }
    out
}

/// A comment of one line: a line end in it would begin a command.
fn comment(out: &mut String, text: &str) {
    out.push_str("# ");
    out.push_str(&visible(text));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use trailward_guard::plan::plan as planned;

    #[test]
    fn what_others_wrote_moves_no_cursor() {
        let control = Control::default().names("111122223333", "us-east-1");
        let policy =
            json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "\u{1b}[2J\nx", "Effect": "Allow" }] });
        let mut snapshot = Snapshot {
            account: "111122223333".into(),
            partition: "aws".into(),
            secure: true,
            ..Snapshot::default()
        };
        snapshot.bucket.region = trailward_guard::account::Fact::Present("us-east-1".into());
        snapshot.bucket.policy = trailward_guard::account::Fact::Present(policy.to_string());
        let text = super::plan(&control, &snapshot, &planned(&control, &snapshot, false));
        assert!(text.contains("bucket.policy") && !text.contains('\u{1b}'), "{text}");
    }

    fn hostile() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let part = prop_oneof![
            Just("\n".to_owned()),
            Just("\r".to_owned()),
            Just("\u{2028}".to_owned()),
            Just("touch evil".to_owned()),
            Just("'".to_owned()),
            Just("\"".to_owned()),
            Just("$(touch evil)".to_owned()),
            Just("`touch evil`".to_owned()),
            Just("${KEY}".to_owned()),
            Just("${HOME}".to_owned()),
            Just("\\".to_owned()),
            Just("#".to_owned()),
            Just(";".to_owned()),
            Just("EOF".to_owned()),
            "[ -~]{0,5}",
        ];
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    /// What a shell calls `aws` with, call by call, and nothing else that it does.
    fn called(script: &str) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let recorder = "aws() { for word in \"$@\"; do printf '%s\\0' \"$word\"; done >>calls; printf '\\1\\0' >>calls; echo made; }\n";
        std::fs::write(folder.path().join("script"), format!("{recorder}{script}")).unwrap();
        let out = std::process::Command::new("sh").arg("script").current_dir(folder.path()).output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{out:?}\n{script}");
        let there: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(there.iter().all(|name| name == "script" || name == "calls"), "{there:?}\n{script}");
        let text = std::fs::read_to_string(folder.path().join("calls")).unwrap_or_default();
        let calls = text.split_terminator("\u{1}\0");
        calls.map(|call| call.split_terminator('\0').map(str::to_owned).collect()).collect()
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            cases: 60, failure_persistence: None, ..Default::default()
        })]

        /// The script makes the plan's calls, whatever statements, conditions and rules of others are called.
        #[test]
        fn nothing_of_an_account_is_a_line_of_the_script(sid in hostile(), key in hostile(), value in hostile()) {
            use trailward_guard::account::Fact;
            let control = Control::default().names("111122223333", "us-east-1");
            let foreign = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": sid, "Effect": "Deny", "Principal": "*",
                "Action": "s3:GetObject", "Resource": value, "Condition": { "StringEquals": { key.clone(): value } } }] });
            let mut snapshot = Snapshot {
                account: "111122223333".into(),
                partition: "aws".into(),
                secure: true,
                ..Snapshot::default()
            };
            snapshot.bucket.region = Fact::Present("us-east-1".into());
            snapshot.bucket.policy = Fact::Present(foreign.to_string());
            let lifecycle = json!({ "Rules": [{ "ID": sid, "Status": "Enabled", "Filter": { "Prefix": key },
                "Expiration": { "Days": 1 } }] });
            snapshot.bucket.lifecycle = Fact::Present(serde_json::from_value(lifecycle).unwrap());
            let mut plan = planned(&control, &snapshot, true);
            plan.unknown.push(trailward_guard::plan::Unknown { id: sid.clone(), action: key, problem: value.clone() });
            let calls: Vec<_> = plan.steps.iter().flat_map(|step| &step.calls).collect();
            let seen = called(&script(&control, &plan));
            proptest::prop_assert_eq!(seen.len(), calls.len());
            for (seen, call) in seen.iter().zip(calls) {
                proptest::prop_assert_eq!(seen[0].as_str(), call.service.as_str());
                let at = seen.iter().position(|word| word == "--cli-input-json").unwrap();
                let input: Value = serde_json::from_str(&seen[at + 1]).unwrap();
                // What an earlier call made stands where its placeholder did.
                let meant = call.input.to_string().replace("${KEY}", "made").replace("${POLICY}", "made");
                proptest::prop_assert_eq!(input, serde_json::from_str::<Value>(&meant).unwrap());
            }
        }
    }

    #[test]
    fn long_lists_are_cut() {
        let mut lines = Vec::new();
        changes("a", &json!(null), &json!({ "b": "x".repeat(500) }), &mut lines);
        assert!(lines[0].ends_with('…') && lines[0].chars().count() < 220, "{lines:?}");
    }
}
