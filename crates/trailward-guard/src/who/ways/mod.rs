//! Every way to destroy, stop, starve or hide a trail: what it takes, what becomes of the trail, and what closes it.
//! Whether a way is there at all depends on the trail; whether it is closed for everybody, on the bucket.

mod bucket;
mod key;
mod trail;

use super::report::{Closed, Effect, Severity};
use super::snapshot::Snapshot;

/// One way.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Its stable name.
    pub(super) id: &'static str,
    /// What it is.
    pub(super) title: &'static str,
    /// What it takes: all of these.
    pub(super) needs: Vec<Need>,
    pub(super) effect: Effect,
    pub(super) severity: Severity,
    pub(super) closes: &'static str,
    /// Whether only the owner's root user can, with a code of its device.
    pub(super) device: bool,
    /// What it depends on that could not be read.
    pub(super) unsure: Option<String>,
}

/// A permission, on any one of several resources.
#[derive(Debug, Clone)]
pub(super) struct Need {
    pub(super) action: &'static str,
    pub(super) on: On,
}

/// What a permission is needed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// Any of the trail's objects.
    Objects,
    Bucket,
    Key,
    Trail,
    LogGroup,
    /// Any of the alarms.
    Alarms,
    Topic,
    /// The role CloudTrail writes to the log group with.
    LogRole,
    /// The organization: asked of the management account.
    Organization,
    /// Membership in it: asked of a member.
    Membership,
    /// The account that the bucket belongs to: asked of that account.
    Archive,
}

/// The ways there are to a snapshot's trail, and those that are closed for everybody.
#[derive(Debug, Clone, Default)]
pub(super) struct Ways {
    pub(super) open: Vec<Way>,
    pub(super) closed: Vec<Closed>,
}

impl Ways {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut ways = Self::default();
        bucket::ways(snapshot, &mut ways);
        key::ways(snapshot, &mut ways);
        trail::ways(snapshot, &mut ways);
        ways
    }

    fn close(&mut self, id: &'static str, title: &'static str, by: impl Into<String>) {
        self.closed.push(Closed { way: id, title, by: by.into() });
    }

    /// A way that takes permissions on one thing.
    fn add(
        &mut self,
        id: &'static str,
        title: &'static str,
        on: On,
        actions: &[&'static str],
        outcome: (Effect, Severity),
        closes: &'static str,
    ) {
        self.open.push(way(id, title, on, actions, outcome, closes));
    }
}

/// A way that takes permissions on one thing.
fn way(
    id: &'static str,
    title: &'static str,
    on: On,
    actions: &[&'static str],
    (effect, severity): (Effect, Severity),
    closes: &'static str,
) -> Way {
    let needs = actions.iter().map(|action| Need { action, on }).collect();
    Way { id, title, needs, effect, severity, closes, device: false, unsure: None }
}
