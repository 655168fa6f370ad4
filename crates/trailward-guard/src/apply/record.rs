//! What is kept in files: a plan, and what was applied last.

use crate::account::Snapshot;
use crate::control::Control;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use trailward_digest::sha256_hex;

/// The version of both files. Others are refused.
const VERSION: u32 = 1;

/// A plan with what it was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanFile {
    /// The format's version.
    pub version: u32,
    /// When the account was read.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The control, with every name filled in.
    pub control: Control,
    /// SHA-256 of what was read, in hexadecimal.
    pub fingerprint: String,
    /// What was read.
    pub snapshot: Snapshot,
    /// The plan.
    pub plan: Plan,
    /// Whether it was asked for what makes protection less.
    pub weaken: bool,
}

/// Something that is not as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StaleFact {
    /// Where in the snapshot, such as `/bucket/versioning/value/enabled`.
    pub path: String,
    /// What it was; null for nothing.
    pub before: Value,
    /// What it is; null for nothing.
    pub after: Value,
}

/// SHA-256 of what was read, in hexadecimal.
fn fingerprint(snapshot: &Snapshot) -> String {
    // A structure of strings, numbers, lists and maps with strings for keys is always JSON.
    sha256_hex(&serde_json::to_vec(&snapshot.settled()).unwrap_or_default())
}

impl PlanFile {
    /// A plan as it is now.
    pub fn new(control: Control, snapshot: Snapshot, plan: Plan, weaken: bool, at: OffsetDateTime) -> Self {
        let fingerprint = fingerprint(&snapshot);
        Self { version: VERSION, at, control, fingerprint, snapshot, plan, weaken }
    }

    /// Reads a plan file, which must be as it was written: of this version, with the plan that follows from what was read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Self =
            serde_json::from_str(text).map_err(|error| format!("it is no plan file: {error}"))?;
        if file.version != VERSION {
            return Err(format!(
                "it has version {}, and this program writes {VERSION}: plan again",
                file.version
            ));
        }
        let again = crate::plan::plan(&file.control, &file.snapshot, file.weaken);
        if file.fingerprint != fingerprint(&file.snapshot) || again != file.plan {
            return Err(
                "its plan does not follow from what it says was read: it was changed, or written by another \
                        release; plan again"
                    .to_owned(),
            );
        }
        Ok(file)
    }

    /// What is not as it was.
    pub fn stale(&self, now: &Snapshot) -> Vec<StaleFact> {
        differences(&self.snapshot, now)
    }
}

/// Where two readings differ.
pub(crate) fn differences(before: &Snapshot, after: &Snapshot) -> Vec<StaleFact> {
    let value = |snapshot: &Snapshot| {
        let mut value = serde_json::to_value(snapshot.settled()).unwrap_or_default();
        // By name, so that one trail more or less changes no other's place.
        if let Some(trails) = value.pointer_mut("/trails/value") {
            let named = snapshot.trails().iter().map(|trail| format!("{}@{}", trail.name, trail.home));
            let each = trails.as_array().cloned().unwrap_or_default();
            *trails = Value::Object(named.zip(each).collect());
        }
        value
    };
    let mut found = Vec::new();
    compare("", &value(before), &value(after), &mut found);
    found
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Vec<StaleFact>) {
    if before == after {
        return;
    }
    // A fact that came, went, or cannot be read any more is told whole.
    let other_kind = before.get("is") != after.get("is");
    if let (Value::Object(a), Value::Object(b)) = (before, after)
        && !other_kind
    {
        let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for name in names {
            let of = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
            compare(&format!("{path}/{name}"), &of(a), &of(b), found);
        }
        return;
    }
    let told = |fact: &Value| match fact.get("is").and_then(Value::as_str) {
        Some("present") if other_kind => fact.get("value").cloned().unwrap_or_default(),
        Some("absent" | "not-asked") if other_kind => Value::Null,
        _ => fact.clone(),
    };
    found.push(StaleFact { path: path.to_owned(), before: told(before), after: told(after) });
}

/// What was applied last, and what the account looked like then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Applied {
    /// The format's version.
    pub version: u32,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who: an ARN.
    pub by: String,
    /// The control, with every name filled in.
    pub control: Control,
    /// The account afterwards.
    pub snapshot: Snapshot,
}

impl Applied {
    /// What the account looks like after applying.
    pub fn new(control: Control, snapshot: Snapshot, at: OffsetDateTime) -> Self {
        Self { version: VERSION, at, by: snapshot.caller.clone(), control, snapshot }
    }

    /// Reads such a file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: Self =
            serde_json::from_str(text).map_err(|error| format!("it is no record of an apply: {error}"))?;
        if file.version != VERSION {
            return Err(format!("it has version {}, and this program knows {VERSION}", file.version));
        }
        Ok(file)
    }

    /// What is not as it was then.
    pub fn changed(&self, now: &Snapshot) -> Vec<StaleFact> {
        differences(&self.snapshot, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;

    fn file() -> PlanFile {
        let control = Control::default().names("111122223333", "us-east-1");
        let snapshot = Snapshot {
            account: "111122223333".into(),
            partition: "aws".into(),
            secure: true,
            ..Snapshot::default()
        };
        let plan = plan(&control, &snapshot, false);
        PlanFile::new(control, snapshot, plan, false, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_plan_file_is_as_it_was_written() {
        let file = file();
        assert!(file.plan.steps.len() > 20);
        let text = serde_json::to_string(&file).unwrap();
        assert_eq!(PlanFile::parse(&text).unwrap(), file);
        for (from, to) in [
            ("trail-logs-111122223333\"", "elsewhere\""),
            ("\"version\":1", "\"version\":2"),
            ("DeleteObjectVersion", "GetObject"),
            ("\"secure\":true", "\"secure\":false"),
        ] {
            assert!(PlanFile::parse(&text.replacen(from, to, 1)).is_err(), "{from}");
        }
    }

    #[test]
    fn a_stale_plan_says_what_changed() {
        let file = file();
        let mut now = file.snapshot.clone();
        assert!(file.stale(&now).is_empty());
        now.bucket.region = crate::account::Fact::Present("eu-west-1".into());
        let stale = file.stale(&now);
        assert!(stale.iter().any(|fact| fact.path == "/bucket/region"), "{stale:?}");
    }
}
