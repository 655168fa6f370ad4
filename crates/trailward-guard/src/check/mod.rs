//! The account against the guides and the benchmarks: a pure function of the control and of what was read.

mod actions;
mod alarms;
mod bucket;
mod further_trails;
mod item;
mod items;
mod key;
mod mutes;
mod organization;
mod policies;
mod trail;
mod view;

pub use item::{Item, Severity, Verdict};
pub use items::ITEMS;
pub use mutes::{InvalidMutes, Mute, Mutes};

use crate::account::Snapshot;
use crate::benchmark::Filter;
use crate::control::Control;
use crate::plan;
use item::Judged;
use serde::Serialize;
use time::{Date, OffsetDateTime};
use view::View;

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The account.
    pub account: String,
    /// The trail that was judged: its ARN, or the ARN it would have.
    pub trail: String,
    /// The bucket.
    pub bucket: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Every item, in the table's order.
    pub findings: Vec<Finding>,
    /// Mutes that no longer hold.
    pub expired: Vec<Mute>,
    /// Mutes of items that do not exist.
    pub pointless: Vec<Mute>,
}

/// One item, judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The item's id.
    pub id: String,
    /// What it asks for.
    pub title: String,
    /// How bad it is if it is not so.
    pub severity: Severity,
    /// What is so.
    pub verdict: Verdict,
    /// What it is about: a name or ARN.
    pub resource: String,
    /// The answer that shows it.
    pub evidence: String,
    /// The permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
    /// Benchmarks that ask for it.
    pub benchmarks: Vec<String>,
    /// What to do.
    pub remedy: String,
    /// The step of the plan that heals it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<Mute>,
}

impl Finding {
    /// Whether it counts: failed or not known, and not muted.
    pub fn counts(&self) -> bool {
        matches!(self.verdict, Verdict::Fail | Verdict::Unknown) && self.muted.is_none()
    }
}

impl Report {
    /// Whether everything is as it has to be. What is not known is not clean, and nor is a mute that has run out.
    pub fn is_clean(&self) -> bool {
        !self.findings.iter().any(Finding::counts) && self.expired.is_empty() && self.pointless.is_empty()
    }

    /// How many have that verdict, muted ones apart.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|f| f.verdict == verdict && f.muted.is_none()).count()
    }
}

/// Judges. The control's names have to be filled in.
pub fn check(control: &Control, snapshot: &Snapshot, mutes: &Mutes, at: OffsetDateTime) -> Report {
    let plan = plan::plan(control, snapshot, false);
    let view = View::new(control, snapshot);
    let mut findings: Vec<Finding> = ITEMS
        .iter()
        .map(|item| {
            let judged = (item.judge)(&view);
            let step = item.steps.iter().find_map(|pattern| healing(&plan, pattern)).map(str::to_owned);
            finding(item, judged, step, (view.resource)(item.id))
        })
        .collect();
    for filter in plan::watch::filters(control) {
        findings.push(filter_finding(&view, filter, &plan));
    }
    let today = at.date();
    for finding in &mut findings {
        finding.muted = mutes.of(&finding.id, today).cloned();
    }
    let exists = |mute: &&Mute| findings.iter().any(|finding| finding.id == mute.id);
    let (known, pointless): (Vec<&Mute>, Vec<&Mute>) = mutes.all().iter().partition(exists);
    let expired = known.into_iter().filter(|mute| !holds(mute, today)).cloned().collect();
    Report {
        account: snapshot.account.clone(),
        trail: view.trail.map_or_else(|| plan::trail_arn(control, snapshot), |trail| trail.arn.clone()),
        bucket: control.bucket.name.clone(),
        at,
        expired,
        pointless: pointless.into_iter().cloned().collect(),
        findings,
    }
}

/// The plan's first step of that id, in which one `*` stands for a trail's name.
fn healing<'a>(plan: &'a plan::Plan, pattern: &str) -> Option<&'a str> {
    let fits = |id: &str| match pattern.split_once('*') {
        None => id == pattern,
        Some((before, after)) => id
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|name| !name.is_empty()),
    };
    plan.steps.iter().map(|step| step.id.as_str()).find(|id| fits(id))
}

fn holds(mute: &Mute, today: Date) -> bool {
    mute.expires >= today
}

fn finding(item: &Item, judged: Judged, step: Option<String>, resource: String) -> Finding {
    let open = matches!(judged.verdict, Verdict::Fail | Verdict::Unknown);
    Finding {
        id: item.id.to_owned(),
        title: item.title.to_owned(),
        severity: item.severity,
        verdict: judged.verdict,
        resource,
        evidence: judged.evidence,
        needs: judged.needs,
        benchmarks: item.benchmarks.iter().map(|id| (*id).to_owned()).collect(),
        remedy: item.remedy.to_owned(),
        step: step.filter(|_| open),
        muted: None,
    }
}

/// One of the benchmark's filters with its alarm.
fn filter_finding(view: &View<'_>, filter: &Filter, plan: &plan::Plan) -> Finding {
    let judged = alarms::filter(view, filter);
    let open = matches!(judged.verdict, Verdict::Fail | Verdict::Unknown);
    let steps = [format!("filter.{}", filter.name), format!("alarm.{}", filter.name)];
    let hub = filter.hub.map(str::to_owned);
    Finding {
        id: format!("alarms.{}", filter.name),
        title: format!("An alarm tells of: {}", filter.title),
        severity: Severity::Low,
        verdict: judged.verdict,
        resource: view.control.log_group.name.clone(),
        evidence: judged.evidence,
        needs: judged.needs,
        benchmarks: std::iter::once(format!("CIS {}", filter.cis)).chain(hub).collect(),
        remedy: "put the metric filter and its alarm back".into(),
        step: steps.into_iter().find(|step| plan.step(step).is_some()).filter(|_| open),
        muted: None,
    }
}
