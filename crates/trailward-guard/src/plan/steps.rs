//! The plan as it grows.

use super::{Call, Instruction, Plan, Step, Unknown};
use crate::account::{Fact, Snapshot, Unreadable};
use crate::control::Control;
use serde_json::Value;

/// What is being planned, and from what.
pub(super) struct Steps<'a> {
    pub control: &'a Control,
    pub snapshot: &'a Snapshot,
    /// Whether protection may get less.
    pub weaken: bool,
    plan: Plan,
}

/// A change, before it is known whether it can be made from here.
pub(super) struct Change<'t> {
    pub id: &'t str,
    pub resource: &'t str,
    pub before: Value,
    pub after: Value,
    pub reason: &'t str,
    pub undo: String,
    pub calls: Vec<Call>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(control: &'a Control, snapshot: &'a Snapshot, weaken: bool) -> Self {
        Self { control, snapshot, weaken, plan: Plan::default() }
    }

    pub(super) fn finish(self) -> Plan {
        self.plan
    }

    /// Adds a change.
    pub(super) fn change(&mut self, change: Change<'_>) {
        self.add(change, false);
    }

    /// Adds a change that makes protection less.
    pub(super) fn weakening(&mut self, change: Change<'_>) {
        self.add(change, true);
    }

    fn add(&mut self, change: Change<'_>, weakens: bool) {
        let Change { id, resource, before, after, reason, undo, calls } = change;
        let abroad = id.starts_with("bucket.") || id.starts_with("access-log.");
        if abroad && self.is_abroad() {
            self.plan.instructions.push(Instruction {
                id: id.to_owned(),
                what: format!("{resource}: {reason}"),
                why: format!("the bucket belongs to account {}: run this there", self.control.bucket.account),
                commands: calls.iter().map(Call::command).collect(),
            });
            return;
        }
        self.plan.steps.push(Step {
            id: id.to_owned(),
            resource: resource.to_owned(),
            creates: before.is_null(),
            before,
            after,
            reason: reason.to_owned(),
            undo,
            weakens,
            calls,
        });
    }

    /// Whether the bucket belongs to another account.
    pub(super) fn is_abroad(&self) -> bool {
        self.control.bucket.account != self.snapshot.account
    }

    pub(super) fn instruct(&mut self, id: &str, what: String, why: &str, commands: Vec<String>) {
        self.plan.instructions.push(Instruction { id: id.to_owned(), what, why: why.to_owned(), commands });
    }

    /// Says that something is stronger than asked for.
    pub(super) fn keep(&mut self, what: String) {
        self.plan.kept.push(what);
    }

    /// Says that something cannot be planned.
    pub(super) fn unknown(&mut self, id: &str, why: &Unreadable) {
        self.plan.unknown.push(Unknown {
            id: id.to_owned(),
            action: why.action.clone(),
            problem: why.problem.clone(),
        });
    }

    /// What is there, or `None` for nothing; `Err` if it is not known, which is noted.
    pub(super) fn known<'f, T>(&mut self, id: &str, fact: &'f Fact<T>) -> Result<Option<&'f T>, ()> {
        match fact {
            Fact::Present(value) => Ok(Some(value)),
            Fact::Absent | Fact::NotAsked => Ok(None),
            Fact::Unreadable(why) => {
                self.unknown(id, why);
                Err(())
            }
        }
    }
}

impl Steps<'_> {
    /// Says that a policy is there that nothing can be put into.
    pub(super) fn unreadable_policy(&mut self, id: &str, resource: &str, problem: &str) {
        self.instruct(
            id,
            format!("put the policy of {resource} right: {problem}"),
            "a policy that cannot be read cannot be added to without dropping what others put there",
            Vec::new(),
        );
    }
}
