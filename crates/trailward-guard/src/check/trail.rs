//! Items of the trail and of what it records.

use super::alarms;
use super::item::{Judged, Verdict, either, fail, judged, not_applicable, of, pass, unknown};
use super::view::View;
use crate::account::{Fact, Status, Trail};
use crate::control::S3Events;
use crate::plan::selectors::{Missing, Wanted, missing, wanted};

/// Judges the trail, if there is one.
fn with(view: &View<'_>, judge: impl FnOnce(&Trail) -> Judged) -> Judged {
    if let Some(why) = view.snapshot.trails.unreadable() {
        return unknown(why);
    }
    view.trail.map_or_else(|| fail("DescribeTrails: there is no such trail"), judge)
}

fn status(view: &View<'_>, judge: impl FnOnce(&Status) -> Judged) -> Judged {
    with(view, |trail| {
        of(&trail.status, |status| status.map_or_else(|| fail("GetTrailStatus: no answer"), judge))
    })
}

pub(super) fn exists(view: &View<'_>) -> Judged {
    with(view, |trail| {
        let whose = if view.foreign { format!(", of account {}", trail.owner()) } else { String::new() };
        pass(format!("DescribeTrails: {}{whose}", trail.arn))
    })
}

pub(super) fn logging(view: &View<'_>) -> Judged {
    status(view, |status| judged(status.logging, format!("GetTrailStatus: IsLogging = {}", status.logging)))
}

pub(super) fn multi_region(view: &View<'_>) -> Judged {
    if !view.control.trail.multi_region {
        return not_applicable("the control asks for one Region");
    }
    with(view, |trail| {
        judged(trail.multi_region, format!("DescribeTrails: IsMultiRegionTrail = {}", trail.multi_region))
    })
}

pub(super) fn global_events(view: &View<'_>) -> Judged {
    with(view, |trail| {
        judged(
            trail.global_events,
            format!("DescribeTrails: IncludeGlobalServiceEvents = {}", trail.global_events),
        )
    })
}

pub(super) fn validation(view: &View<'_>) -> Judged {
    if !view.control.trail.validation {
        return not_applicable("the control asks for no digests");
    }
    with(view, |trail| {
        judged(trail.validation, format!("DescribeTrails: LogFileValidationEnabled = {}", trail.validation))
    })
}

pub(super) fn organization(view: &View<'_>) -> Judged {
    if !view.control.trail.organization {
        return not_applicable("the control asks for one account");
    }
    with(view, |trail| {
        judged(trail.organization, format!("DescribeTrails: IsOrganizationTrail = {}", trail.organization))
    })
}

pub(super) fn encrypted(view: &View<'_>) -> Judged {
    if !view.control.key.enabled {
        return not_applicable("the control asks for no key");
    }
    with(view, |trail| match (&view.snapshot.key, trail.key.as_str()) {
        (_, "") => fail("DescribeTrails: no KmsKeyId"),
        (Fact::Present(key), there) if !view.foreign && key.arn != there => {
            fail(format!("DescribeTrails: KmsKeyId = {there}, not {}", key.arn))
        }
        (_, there) => pass(format!("DescribeTrails: KmsKeyId = {there}")),
    })
}

pub(super) fn bucket(view: &View<'_>) -> Judged {
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    with(view, |trail| {
        judged(
            trail.bucket == view.control.bucket.name,
            format!("DescribeTrails: S3BucketName = {}", trail.bucket),
        )
    })
}

pub(super) fn prefix(view: &View<'_>) -> Judged {
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    with(view, |trail| {
        judged(
            trail.prefix == view.control.bucket.prefix,
            format!("DescribeTrails: S3KeyPrefix = `{}`", trail.prefix),
        )
    })
}

/// Digests that nobody checks prove nothing.
pub(super) fn validated(view: &View<'_>) -> Judged {
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    let days = view.control.trail.validated_days;
    match &view.snapshot.validated {
        Fact::Unreadable(why) if why.unsupported => not_applicable("the service keeps no Event history"),
        fact => of(fact, |validated| {
            let done = validated.copied().unwrap_or(false);
            let word = if done { "somebody" } else { "nobody" };
            judged(done, format!("LookupEvents: {word} asked for the public keys in the last {days} days"))
        }),
    }
}

fn delivery(name: &str, error: &str) -> Judged {
    judged(error.is_empty(), format!("GetTrailStatus: {name} = `{error}`"))
}

pub(super) fn delivering(view: &View<'_>) -> Judged {
    status(view, |status| delivery("LatestDeliveryError", &status.delivery_error))
}

pub(super) fn digests_delivering(view: &View<'_>) -> Judged {
    status(view, |status| delivery("LatestDigestDeliveryError", &status.digest_error))
}

pub(super) fn log_group_delivering(view: &View<'_>) -> Judged {
    if !view.control.log_group.enabled {
        return not_applicable("the control asks for no log group");
    }
    status(view, |status| delivery("LatestCloudWatchLogsDeliveryError", &status.log_group_error))
}

pub(super) fn log_group(view: &View<'_>) -> Judged {
    if !view.control.log_group.enabled {
        return not_applicable("the control asks for no log group");
    }
    with(view, |trail| {
        let name = trail.log_group.trim_end_matches(":*").rsplit(":log-group:").next().unwrap_or_default();
        let good = if view.foreign { !name.is_empty() } else { name == view.control.log_group.name };
        let would_work = [alarms::group_exists, alarms::role_trust, alarms::role_policy]
            .iter()
            .all(|judge| judge(view).verdict == Verdict::Pass);
        let unnamed = if trail.log_group.is_empty() && would_work {
            "; the group and its role are there and would do, but the trail names neither: \
             --cloud-watch-logs-log-group-arn and --cloud-watch-logs-role-arn are options of create-trail and update-trail alone"
        } else {
            ""
        };
        judged(good, format!("DescribeTrails: CloudWatchLogsLogGroupArn = `{}`{unnamed}", trail.log_group))
    })
}

pub(super) fn topic(view: &View<'_>) -> Judged {
    if !view.control.notifications.enabled {
        return not_applicable("the control asks for no notices");
    }
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    with(view, |trail| {
        let wanted = crate::plan::watch::notices_arn(view.control, view.snapshot);
        judged(trail.topic == wanted, format!("DescribeTrails: SnsTopicARN = `{}`", trail.topic))
    })
}

pub(super) fn notifying(view: &View<'_>) -> Judged {
    if !view.control.notifications.enabled {
        return not_applicable("the control asks for no notices");
    }
    status(view, |status| delivery("LatestNotificationError", &status.notification_error))
}

/// What of the wanted no trail of the account records. Two trails may share it, an organization's may have it all, and one
/// whose home is another Region counts.
pub(super) fn unrecorded(view: &View<'_>, wanted: &Wanted) -> Result<Missing, Judged> {
    if let Some(why) = view.snapshot.trails.unreadable() {
        return Err(unknown(why));
    }
    let mut all = Missing {
        reads: wanted.reads,
        writes: wanted.writes,
        objects: wanted.objects.clone(),
        lambda: wanted.lambda,
    };
    let mut unread = None;
    for trail in view.snapshot.trails() {
        let running = trail.status.present().is_some_and(|status| status.logging);
        // A trail of one Region records only there, which is not enough where every Region is asked for.
        let wide = trail.multi_region || !view.control.trail.multi_region;
        match (&trail.selectors, running && wide) {
            (Fact::Present(selectors), true) => all = all.by_both(&missing(selectors, wanted)),
            (Fact::Unreadable(why), _) => unread = Some(why),
            _ => {}
        }
        if let Some(why) = trail.status.unreadable() {
            unread = Some(why);
        }
    }
    match unread {
        Some(why) if !all.is_empty() => Err(unknown(why)),
        _ => Ok(all),
    }
}

fn recorded(view: &View<'_>, judge: impl FnOnce(&Missing) -> Judged) -> Judged {
    match unrecorded(view, &wanted(view.control, &view.snapshot.partition)) {
        Ok(missing) => judge(&missing),
        Err(judged) => judged,
    }
}

pub(super) fn writes(view: &View<'_>) -> Judged {
    recorded(view, |missing| {
        either(
            !(missing.writes),
            "GetEventSelectors: management events that write are recorded",
            "GetEventSelectors: no running trail records all management events that write",
        )
    })
}

pub(super) fn reads(view: &View<'_>) -> Judged {
    if view.control.events.management == crate::control::Management::Write {
        return not_applicable("the control asks for writes alone");
    }
    recorded(view, |missing| {
        either(
            !(missing.reads),
            "GetEventSelectors: management events that read are recorded",
            "GetEventSelectors: no running trail records all management events that read",
        )
    })
}

pub(super) fn objects(view: &View<'_>) -> Judged {
    let events = &view.control.events;
    if events.s3 == S3Events::None && events.s3_buckets.is_empty() {
        return not_applicable("the control asks for no data events of S3");
    }
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    recorded(view, |missing| match missing.objects.as_slice() {
        [] => pass("GetEventSelectors: data events of the control's buckets are recorded"),
        objects => fail(format!("GetEventSelectors: no data events of {}", objects.join(", "))),
    })
}

pub(super) fn lambda(view: &View<'_>) -> Judged {
    if !view.control.events.lambda {
        return not_applicable("the control asks for no data events of Lambda");
    }
    recorded(view, |missing| {
        judged(!missing.lambda, "GetEventSelectors: data events of AWS::Lambda::Function")
    })
}

pub(super) fn insights(view: &View<'_>) -> Judged {
    let wanted = &view.control.events.insights;
    if wanted.is_empty() {
        return not_applicable("the control asks for no Insights");
    }
    with(view, |trail| {
        of(&trail.insights, |there| {
            let there = there.cloned().unwrap_or_default();
            let good = wanted.iter().all(|kind| there.iter().any(|there| there == kind.aws()));
            judged(good, format!("GetInsightSelectors: {}", there.join(", ")))
        })
    })
}
