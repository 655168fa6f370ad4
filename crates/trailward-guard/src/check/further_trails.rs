//! Items of the further trails, of data events alone. Each is about all of them, and the first that is not as it has to be
//! tells.

use super::item::{Judged, fail, not_applicable, of, pass, unknown};
use super::trail::unrecorded;
use super::view::View;
use crate::account::{Fact, Selectors, Status, Trail};
use crate::control::DataTrail;
use crate::plan::selectors::{records_management, wanted_of};

/// What is wrong with one trail, or that nothing is.
type Found = Result<(), Judged>;

/// Judges every further trail that the control asks for.
fn each(view: &View<'_>, good: &str, judge: impl Fn(&DataTrail) -> Found) -> Judged {
    if view.control.data_trails.is_empty() {
        return not_applicable("the control asks for no trails of data events");
    }
    if view.foreign {
        return not_applicable("the organization's trails are judged in their own account");
    }
    if let Some(why) = view.snapshot.trails.unreadable() {
        return unknown(why);
    }
    match view.control.data_trails.iter().try_for_each(judge) {
        Ok(()) => pass(good),
        Err(judged) => judged,
    }
}

/// The same of those that exist; that one does not is another item's.
fn each_there(view: &View<'_>, good: &str, judge: impl Fn(&Trail) -> Found) -> Judged {
    each(view, good, |asked| view.snapshot.own_trail(&asked.name).map_or(Ok(()), &judge))
}

fn wrong(bad: bool, evidence: impl FnOnce() -> String) -> Found {
    if bad { Err(fail(evidence())) } else { Ok(()) }
}

fn known<'a, T>(fact: &'a Fact<T>, what: &str) -> Result<&'a T, Judged> {
    fact.present().ok_or_else(|| of(fact, |_| fail(format!("{what}: no answer"))))
}

fn status(trail: &Trail) -> Result<&Status, Judged> {
    known(&trail.status, "GetTrailStatus")
}

pub(super) fn exist(view: &View<'_>) -> Judged {
    each(view, "DescribeTrails: all are there", |asked| {
        let missing = view.snapshot.own_trail(&asked.name).is_none();
        wrong(missing, || format!("DescribeTrails: there is no trail {}", asked.name))
    })
}

pub(super) fn logging(view: &View<'_>) -> Judged {
    each_there(view, "GetTrailStatus: IsLogging = true of all", |trail| {
        wrong(!status(trail)?.logging, || format!("GetTrailStatus: {}: IsLogging = false", trail.name))
    })
}

pub(super) fn events(view: &View<'_>) -> Judged {
    each(view, "GetEventSelectors: their data events are recorded", |asked| {
        let found = unrecorded(view, &wanted_of(asked, view.control, &view.snapshot.partition))?;
        let (missing, place) = (&found.missing, found.place());
        let lambda = missing.lambda.then_some("Lambda functions");
        let what: Vec<&str> = missing.objects.iter().map(String::as_str).chain(lambda).collect();
        wrong(!missing.is_empty(), || {
            format!(
                "GetEventSelectors: {}: no running trail has data events of {}{place}",
                asked.name,
                what.join(", ")
            )
        })
    })
}

pub(super) fn settings(view: &View<'_>) -> Judged {
    let control = view.control;
    each_there(view, "DescribeTrails: all are as wide and as sealed as the first", |trail| {
        let keyless = control.key.enabled && trail.key.is_empty();
        let other =
            view.snapshot.key.present().is_some_and(|key| control.key.enabled && key.arn != trail.key);
        let checks = [
            (trail.bucket != control.bucket.name, "S3BucketName", trail.bucket.clone()),
            (trail.prefix != control.bucket.prefix, "S3KeyPrefix", trail.prefix.clone()),
            (control.trail.multi_region && !trail.multi_region, "IsMultiRegionTrail", "false".into()),
            (control.trail.organization && !trail.organization, "IsOrganizationTrail", "false".into()),
            (control.trail.validation && !trail.validation, "LogFileValidationEnabled", "false".into()),
            (keyless || other, "KmsKeyId", trail.key.clone()),
        ];
        match checks.into_iter().find(|(bad, _, _)| *bad) {
            Some((_, member, value)) => {
                Err(fail(format!("DescribeTrails: {}: {member} = `{value}`", trail.name)))
            }
            None => Ok(()),
        }
    })
}

pub(super) fn delivering(view: &View<'_>) -> Judged {
    each_there(view, "GetTrailStatus: log files and digests of all arrive", |trail| {
        let status = status(trail)?;
        let errors = [
            ("LatestDeliveryError", &status.delivery_error),
            ("LatestDigestDeliveryError", &status.digest_error),
        ];
        match errors.into_iter().find(|(_, error)| !error.is_empty()) {
            Some((member, error)) => {
                Err(fail(format!("GetTrailStatus: {}: {member} = `{error}`", trail.name)))
            }
            None => Ok(()),
        }
    })
}

/// Management events in a second trail are paid for.
pub(super) fn no_copies(view: &View<'_>) -> Judged {
    each_there(view, "GetEventSelectors: none has management events", |trail| {
        let selectors: &Selectors = known(&trail.selectors, "GetEventSelectors")?;
        wrong(records_management(selectors), || {
            format!("GetEventSelectors: {}: management events, a second copy that is paid for", trail.name)
        })
    })
}
