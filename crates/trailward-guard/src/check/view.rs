//! What is judged: the control, what was read, and which trail it is about.

use crate::account::{Bucket, Snapshot, Trail};
use crate::control::Control;

/// What items look at.
pub(super) struct View<'a> {
    pub control: &'a Control,
    pub snapshot: &'a Snapshot,
    /// The control's trail; where this account has none, the trail of its organization.
    pub trail: Option<&'a Trail>,
    /// Whether that trail belongs to another account, so that its bucket and key are judged there.
    pub foreign: bool,
    pub resource: Box<dyn Fn(&str) -> String + 'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(control: &'a Control, snapshot: &'a Snapshot) -> Self {
        let own = snapshot.own_trail(&control.trail.name);
        // A member has no trail of its own where its organization has one; a delegated administrator's belongs to the
        // management account.
        let organizations = || {
            let others = snapshot.trails().iter().filter(|trail| trail.organization);
            let mut others: Vec<&Trail> = others.filter(|trail| trail.owner() != snapshot.account).collect();
            others.sort_by_key(|trail| trail.name != control.trail.name);
            others.into_iter().next()
        };
        let trail = own.or_else(organizations);
        let foreign = own.is_none() && trail.is_some();
        let resource = move |id: &str| match id.split('.').next().unwrap_or_default() {
            "trail" | "events" => trail.map_or_else(|| control.trail.name.clone(), |trail| trail.arn.clone()),
            "key" => snapshot.key.present().map_or_else(|| control.key.alias.clone(), |key| key.arn.clone()),
            "access-log" => control.bucket.access_log.bucket.clone(),
            "log-group" => control.log_group.name.clone(),
            "alarms" => control.alarms.topic.clone(),
            "notices" => control.notifications.topic.clone(),
            "data-trails" if !control.data_trails.is_empty() => {
                let names: Vec<&str> = control.data_trails.iter().map(|trail| trail.name.as_str()).collect();
                names.join(", ")
            }
            "bucket" => control.bucket.name.clone(),
            _ => snapshot.account.clone(),
        };
        Self { control, snapshot, trail, foreign, resource: Box::new(resource) }
    }

    pub(super) fn bucket(&self) -> &'a Bucket {
        &self.snapshot.bucket
    }
}
