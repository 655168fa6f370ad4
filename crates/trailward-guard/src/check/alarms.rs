//! Items of the log group, its role, alarms and their topic.

use super::item::{Judged, fail, judged, not_applicable, of, pass};
use super::view::View;
use crate::account::{Fact, Topic};
use crate::benchmark::Filter;
use crate::plan::{policy, watch};
use serde_json::Value;

pub(super) fn group_exists(view: &View<'_>) -> Judged {
    of(&view.snapshot.log_group, |group| match group {
        None => fail(format!("DescribeLogGroups: there is no {}", view.control.log_group.name)),
        Some(group) => pass(format!("DescribeLogGroups: {}", group.arn)),
    })
}

pub(super) fn group_retention(view: &View<'_>) -> Judged {
    let wanted = view.control.log_group.retention_days;
    of(&view.snapshot.log_group, |group| match group.map(|group| group.retention_days) {
        None => fail(format!("DescribeLogGroups: there is no {}", view.control.log_group.name)),
        Some(0) => pass("DescribeLogGroups: events stay for ever"),
        Some(days) => {
            judged(days >= wanted, format!("DescribeLogGroups: retentionInDays = {days}, of {wanted}"))
        }
    })
}

pub(super) fn role_trust(view: &View<'_>) -> Judged {
    of(&view.snapshot.log_role, |role| match role {
        None => fail(format!("GetRole: there is no {}", view.control.log_group.role)),
        Some(role) => judged(
            policy::same(&role.trust, &policy::log_role_trust()),
            "GetRole: AssumeRolePolicyDocument, compared with CloudTrail alone, without conditions, which would shut it out",
        ),
    })
}

pub(super) fn role_policy(view: &View<'_>) -> Judged {
    of(&view.snapshot.log_role, |role| match role {
        None => fail(format!("GetRole: there is no {}", view.control.log_group.role)),
        Some(role) => of(&role.policy, |text| {
            let wanted = policy::log_role_policy(view.control, view.snapshot);
            judged(
                text.is_some_and(|text| policy::same(text, &wanted)),
                "GetRolePolicy: compared with writing to this group alone",
            )
        }),
    })
}

pub(super) fn filter(view: &View<'_>, filter: &Filter) -> Judged {
    if !view.control.alarms.enabled {
        return not_applicable("the control asks for no alarms");
    }
    let found = of(&view.snapshot.filters, |filters| {
        let Some(filters) = filters.filter(|filters| !filters.is_empty()) else {
            return fail(format!("DescribeMetricFilters: {} has none", view.control.log_group.name));
        };
        let there = filters.get(filter.name);
        let wanted = watch::wanted_filter(view.control, filter);
        match there {
            None => fail(format!("DescribeMetricFilters: there is no {}", filter.name)),
            Some(there) => judged(
                *there == wanted,
                format!("DescribeMetricFilters: {} has filterPattern `{}`", filter.name, there.pattern),
            ),
        }
    });
    if found.verdict != super::Verdict::Pass {
        return found;
    }
    of(&view.snapshot.alarms, |alarms| {
        let name = format!("{}-{}", view.control.alarms.namespace, filter.name);
        let topic = watch::topic_arn(view.control, view.snapshot);
        let wanted = watch::wanted_alarm(view.control, filter, &topic);
        match alarms.and_then(|alarms| alarms.get(&name)) {
            None => fail(format!("DescribeAlarms: there is no {name}")),
            Some(there) => judged(
                watch::alarm_fits(there, &wanted),
                format!(
                    "DescribeAlarms: {name}: ActionsEnabled = {}, AlarmActions = [{}], Threshold = {}/1000",
                    there.enabled,
                    there.actions.join(", "),
                    there.threshold_milli
                ),
            ),
        }
    })
}

pub(super) fn topic(view: &View<'_>) -> Judged {
    let wanted = policy::topic_statement(view.control, view.snapshot);
    admits(&view.snapshot.topic, &view.control.alarms.topic, wanted, "this account's alarms")
}

/// The topic that the trail tells of log files.
pub(super) fn notices(view: &View<'_>) -> Judged {
    let wanted = policy::notices_statement(view.control, view.snapshot);
    admits(&view.snapshot.notices, &view.control.notifications.topic, wanted, "the trail, and it alone,")
}

/// Whether a topic is there, with the statement that lets somebody publish.
fn admits(topic: &Fact<Topic>, name: &str, wanted: Value, whom: &str) -> Judged {
    of(topic, |topic| match topic {
        None => fail(format!("GetTopicAttributes: there is no {name}")),
        Some(topic) => match policy::merged(Some(&topic.policy), &[wanted]) {
            Ok(None) => pass(format!("GetTopicAttributes: Policy lets {whom} publish")),
            Ok(Some(_)) => fail(format!("GetTopicAttributes: Policy does not let {whom} publish")),
            Err(problem) => fail(format!("GetTopicAttributes: Policy: {problem}")),
        },
    })
}

pub(super) fn subscribers(view: &View<'_>) -> Judged {
    of(&view.snapshot.topic, |topic| match topic {
        None => fail(format!("GetTopicAttributes: there is no {}", view.control.alarms.topic)),
        Some(topic) => of(&topic.subscribers, |subscribers| {
            let confirmed = subscribers.map_or(0, |all| all.values().filter(|confirmed| **confirmed).count());
            judged(confirmed > 0, format!("ListSubscriptionsByTopic: {confirmed} confirmed"))
        }),
    })
}
