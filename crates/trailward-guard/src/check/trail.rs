//! Items of the trail and of what it records.

use super::alarms;
use super::item::{Judged, Verdict, either, fail, judged, not_applicable, of, pass, unknown};
use super::view::View;
use crate::account::{Fact, Status, Trail};
use crate::control::S3Events;
use crate::plan::selectors::{Missing, Wanted, missing_by, wanted};

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

/// What of the wanted is recorded nowhere in some Region.
pub(super) struct Unrecorded {
    pub missing: Missing,
    /// Which Regions those are; empty for all.
    regions: Vec<String>,
}

impl Unrecorded {
    /// ` in eu-west-1, …`, where it is not so everywhere.
    pub(super) fn place(&self) -> String {
        match self.regions.as_slice() {
            [] => String::new(),
            regions => format!(" in {}", regions.join(", ")),
        }
    }
}

/// What of the wanted no trail of the account records. Two trails may share it, an organization's may have it all, one whose
/// home is another Region counts, and so do trails of single Regions if every Region has them.
pub(super) fn unrecorded(view: &View<'_>, wanted: &Wanted) -> Result<Unrecorded, Judged> {
    let snapshot = view.snapshot;
    if let Some(why) = snapshot.trails.unreadable() {
        return Err(unknown(why));
    }
    let regions =
        if view.control.trail.multi_region { snapshot.regions() } else { vec![snapshot.region.as_str()] };
    let mut found = Unrecorded { missing: Missing::default(), regions: Vec::new() };
    let mut unread = None;
    for region in &regions {
        let here = || snapshot.trails().iter().filter(|trail| trail.multi_region || trail.home == *region);
        let missing = missing_by(here(), wanted);
        if missing.is_empty() {
            continue;
        }
        found.missing = found.missing.or(missing);
        found.regions.push((*region).to_owned());
        // What is not known of a trail may be what is missing.
        let unknown = here().find_map(|trail| trail.status.unreadable().or(trail.selectors.unreadable()));
        unread = unread.or(unknown).or(snapshot.elsewhere.get(*region).and_then(Fact::unreadable));
    }
    if found.regions.len() == regions.len() {
        found.regions.clear();
    }
    match unread {
        Some(why) => Err(unknown(why)),
        None => Ok(found),
    }
}

/// Judges what of the control's events `part` leaves is recorded nowhere in some Region.
fn recorded(
    view: &View<'_>,
    part: impl FnOnce(Wanted) -> Wanted,
    judge: impl FnOnce(&Missing, &str) -> Judged,
) -> Judged {
    match unrecorded(view, &part(wanted(view.control, &view.snapshot.partition))) {
        Ok(found) => judge(&found.missing, &found.place()),
        Err(judged) => judged,
    }
}

pub(super) fn writes(view: &View<'_>) -> Judged {
    let writes = |all| Wanted { reads: false, objects: Vec::new(), lambda: false, ..all };
    recorded(view, writes, |missing, place| {
        either(
            missing.is_empty(),
            "GetEventSelectors: management events that write are recorded",
            &format!("GetEventSelectors: no running trail records all management events that write{place}"),
        )
    })
}

pub(super) fn reads(view: &View<'_>) -> Judged {
    if view.control.events.management == crate::control::Management::Write {
        return not_applicable("the control asks for writes alone");
    }
    let reads = |all| Wanted { writes: false, objects: Vec::new(), lambda: false, ..all };
    recorded(view, reads, |missing, place| {
        either(
            missing.is_empty(),
            "GetEventSelectors: management events that read are recorded",
            &format!("GetEventSelectors: no running trail records all management events that read{place}"),
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
    let objects = |all| Wanted { reads: false, writes: false, lambda: false, ..all };
    recorded(view, objects, |missing, place| match missing.objects.as_slice() {
        [] => pass("GetEventSelectors: data events of the control's buckets are recorded"),
        objects => fail(format!("GetEventSelectors: no data events of {}{place}", objects.join(", "))),
    })
}

pub(super) fn lambda(view: &View<'_>) -> Judged {
    if !view.control.events.lambda {
        return not_applicable("the control asks for no data events of Lambda");
    }
    let lambda = |all| Wanted { reads: false, writes: false, objects: Vec::new(), ..all };
    recorded(view, lambda, |missing, place| {
        judged(missing.is_empty(), format!("GetEventSelectors: data events of AWS::Lambda::Function{place}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{EventSelector, Selectors, Snapshot, Unreadable};
    use crate::check::Verdict;
    use crate::control::Control;

    fn trail(home: &str, read_write_type: &str) -> Trail {
        let selector = EventSelector {
            read_write_type: read_write_type.into(),
            include_management_events: true,
            ..EventSelector::default()
        };
        Trail {
            name: "each".into(),
            home: home.into(),
            status: Fact::Present(Status { logging: true, ..Status::default() }),
            selectors: Fact::Present(Selectors { event_selectors: vec![selector], ..Selectors::default() }),
            ..Trail::default()
        }
    }

    fn snapshot(trails: Vec<Trail>) -> Snapshot {
        Snapshot {
            partition: "aws".into(),
            region: "us-east-1".into(),
            trails: Fact::Present(trails),
            ..Snapshot::default()
        }
    }

    fn judged(snapshot: &Snapshot) -> (Verdict, String) {
        let control = Control::default().names("111122223333", "us-east-1");
        let judged = writes(&View::new(&control, snapshot));
        (judged.verdict, judged.evidence)
    }

    #[test]
    fn trails_of_single_regions_count_where_every_region_has_one() {
        let each: Vec<Trail> =
            trailward_model::DEFAULT_REGIONS.iter().map(|region| trail(region, "All")).collect();
        assert_eq!(judged(&snapshot(each.clone())).0, Verdict::Pass);
        let all_but = |region: &str| each.iter().filter(|trail| trail.home != region).cloned().collect();
        let (verdict, evidence) = judged(&snapshot(all_but("eu-west-1")));
        assert!(verdict == Verdict::Fail && evidence.ends_with(" in eu-west-1"), "{evidence}");
        let (verdict, evidence) = judged(&snapshot(Vec::new()));
        assert!(verdict == Verdict::Fail && evidence.ends_with("that write"), "{evidence}");
        // Of a Region that cannot be read, nothing is known.
        let mut blind = snapshot(all_but("eu-west-1"));
        let why = Unreadable {
            action: "cloudtrail:DescribeTrails".into(),
            denied: true,
            unsupported: false,
            problem: "no".into(),
        };
        blind.elsewhere.insert("eu-west-1".into(), Fact::Unreadable(why));
        assert_eq!(judged(&blind).0, Verdict::Unknown);
        // What is not there need not be recorded.
        let mut without = snapshot(all_but("eu-west-1"));
        without.elsewhere.insert("eu-west-1".into(), Fact::Absent);
        assert_eq!(judged(&without).0, Verdict::Pass);
        blind.trails = Fact::Present(each);
        assert_eq!(judged(&blind).0, Verdict::Pass);
    }

    #[test]
    fn single_regions_complete_what_a_trail_of_every_region_lacks() {
        let wide = Trail { multi_region: true, ..trail("us-east-1", "ReadOnly") };
        let mut trails: Vec<Trail> =
            trailward_model::DEFAULT_REGIONS.iter().map(|region| trail(region, "WriteOnly")).collect();
        trails.push(wide);
        assert_eq!(judged(&snapshot(trails)).0, Verdict::Pass);
    }

    #[test]
    fn another_partition_has_other_regions() {
        let mut china = snapshot(vec![trail("us-east-1", "All")]);
        assert_eq!(judged(&china).0, Verdict::Fail);
        china.partition = "aws-cn".into();
        assert_eq!(judged(&china).0, Verdict::Pass);
    }
}
