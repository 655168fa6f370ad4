//! The least that has to be done for an account to be as the control says: a pure function of the control and of what was
//! read.

pub mod bucket;
mod call;
mod key;
mod organization;
pub mod policy;
pub mod selectors;
mod steps;
mod trail;
pub mod watch;

pub use call::Call;

use crate::account::{Fact, Section, Snapshot};
use crate::control::Control;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use steps::Steps;

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// In the order in which it has to be done.
    pub steps: Vec<Step>,
    /// What cannot be done from here.
    pub instructions: Vec<Instruction>,
    /// What is stronger than the control asks for, and so stays.
    pub kept: Vec<String>,
    /// What is not known, so that nothing can be planned for it.
    pub unknown: Vec<Unknown>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Such as `bucket.versioning`.
    pub id: String,
    /// What is made or changed.
    pub resource: String,
    /// Whether it is made; otherwise it is changed.
    pub creates: bool,
    /// What is there; null for nothing.
    pub before: Value,
    /// What will be there.
    pub after: Value,
    /// Why.
    pub reason: String,
    /// How to take it back.
    pub undo: String,
    /// Whether protection gets less by it.
    pub weakens: bool,
    /// What it takes.
    pub calls: Vec<Call>,
}

/// Something that only somebody else, or somewhere else, can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instruction {
    /// Such as `bucket.mfa-delete`.
    pub id: String,
    /// What to do.
    pub what: String,
    /// Why it cannot be done from here.
    pub why: String,
    /// The exact commands.
    pub commands: Vec<String>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unknown {
    /// What it would have been for.
    pub id: String,
    /// The permission it takes.
    pub action: String,
    /// Why it could not be read.
    pub problem: String,
}

impl Plan {
    /// Whether the account is as the control says, as far as can be known and done from here.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.instructions.is_empty() && self.unknown.is_empty()
    }

    /// The step of that id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl Step {
    /// What has to be read again to see that the step was done.
    pub fn section(&self) -> Section {
        match self.id.split('.').next().unwrap_or_default() {
            "key" => Section::Key,
            "access-log" => Section::AccessLog,
            "bucket" => Section::Bucket,
            "log-role" => Section::LogRole,
            "log-group" | "filter" => Section::LogGroup,
            "topic" => Section::Topic,
            "notices" => Section::Notices,
            "account" => Section::Account,
            "alarm" => Section::Alarms,
            "organization" | "guard-policy" => Section::Organization,
            _ => Section::Trails,
        }
    }
}

/// Plans. The control's names have to be filled in. `weaken`: also what makes protection less than it is.
pub fn plan(control: &Control, snapshot: &Snapshot, weaken: bool) -> Plan {
    let mut steps = Steps::new(control, snapshot, weaken);
    if organization::is_elsewhere(&mut steps) {
        return steps.finish();
    }
    organization::trust(&mut steps);
    key::plan(&mut steps);
    bucket::access_log(&mut steps);
    bucket::plan(&mut steps);
    bucket::account_block(&mut steps);
    watch::log_group(&mut steps);
    watch::notices(&mut steps);
    trail::plan(&mut steps);
    watch::alarms(&mut steps);
    organization::guard(&mut steps);
    steps.finish()
}

/// The ARN that the control's trail has or will have.
pub fn trail_arn(control: &Control, snapshot: &Snapshot) -> String {
    arn_of(&control.trail.name, control, snapshot)
}

/// The ARNs of that trail and of the control's further ones.
pub fn trail_arns(control: &Control, snapshot: &Snapshot) -> Vec<String> {
    let more = control.data_trails.iter().map(|trail| arn_of(&trail.name, control, snapshot));
    std::iter::once(trail_arn(control, snapshot)).chain(more).collect()
}

fn arn_of(name: &str, control: &Control, snapshot: &Snapshot) -> String {
    match snapshot.own_trail(name) {
        Some(trail) => trail.arn.clone(),
        None => format!(
            "arn:{}:cloudtrail:{}:{}:trail/{name}",
            snapshot.partition,
            control.trail.region,
            trail_owner(control, snapshot)
        ),
    }
}

/// The account that the control's trail belongs or will belong to: the management account's, where a delegated
/// administrator makes an organization's.
///
/// SPEC CloudTrail user guide, "Organization delegated administrator".
pub fn trail_owner<'a>(control: &Control, snapshot: &'a Snapshot) -> &'a str {
    let administered = snapshot.administered().filter(|_| control.trail.organization);
    administered.map_or(&snapshot.account, |organization| &organization.management)
}

/// What a trail of that name is called in calls: by it, or by its ARN where it belongs to another account.
fn called(name: &str, control: &Control, snapshot: &Snapshot) -> String {
    if trail_owner(control, snapshot) == snapshot.account {
        name.to_owned()
    } else {
        arn_of(name, control, snapshot)
    }
}

/// The id of the organization, for an organization's trail.
pub fn organization_id<'a>(control: &Control, snapshot: &'a Snapshot) -> Option<&'a str> {
    let organization = snapshot.organization.present().filter(|_| control.trail.organization)?;
    Some(&organization.id)
}

/// The key's ARN, or what stands for it until it is made.
pub fn key_arn(snapshot: &Snapshot) -> String {
    match &snapshot.key {
        Fact::Present(key) => key.arn.clone(),
        _ => "${KEY}".to_owned(),
    }
}
