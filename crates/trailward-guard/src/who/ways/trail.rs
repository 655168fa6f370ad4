//! Ways through the trail itself, its organization, its log group and its topic.
//!
//! SPEC Service Authorization Reference, "AWS CloudTrail", "AWS Organizations", "Amazon CloudWatch Logs", "Amazon
//! CloudWatch", "Amazon SNS".

use super::{On, Ways};
use crate::who::report::{Effect, Severity};
use crate::who::snapshot::Snapshot;
use Effect::{Destroys, Hides, Opens, Starves, Stops};
use Severity::{Critical, High, Low, Medium};

const CONTROL: &str = "deny it in a service control policy, with the break-glass role as the one exception; in the management account, \
                       which no control policy binds, take the permission away";
const ALARMS: &str = "take the permission away; alarm on CloudTrail's own record of the call";

pub(super) fn ways(snapshot: &Snapshot, ways: &mut Ways) {
    trail(snapshot, ways);
    organization(snapshot, ways);
    watch(snapshot, ways);
}

fn trail(snapshot: &Snapshot, ways: &mut Ways) {
    let mut add = |id, title, action: &'static str, outcome| {
        ways.add(id, title, On::Trail, &[action], outcome, CONTROL);
    };
    add("stop-logging", "stop the trail", "cloudtrail:StopLogging", (Stops, Critical));
    add("delete-trail", "delete the trail", "cloudtrail:DeleteTrail", (Stops, Critical));
    let title = "send the trail to another bucket, or switch off validation, Regions or encryption";
    add("update-trail", title, "cloudtrail:UpdateTrail", (Stops, Critical));
    let title = "have the trail select next to nothing";
    add("event-selectors", title, "cloudtrail:PutEventSelectors", (Hides, Critical));
    if snapshot.trail.insights != Some(false) {
        let title = "switch Insights off";
        add("insight-selectors", title, "cloudtrail:PutInsightSelectors", (Hides, Medium));
    }
    if snapshot.trail.organization {
        let title = "take a delegated administrator's hands off the trail";
        let action = "cloudtrail:DeregisterOrganizationDelegatedAdmin";
        ways.add("delegated-administrator", title, On::Organization, &[action], (Hides, Low), CONTROL);
    }
}

const CLOSING: &str = "deny account:CloseAccount in a service control policy over the archive's account, and \
                       organizations:CloseAccount to everybody but a break-glass role";

fn organization(snapshot: &Snapshot, ways: &mut Ways) {
    let title = "close the account of the archive: after 90 days all of it is gone, Object Lock or not";
    let whole = (Destroys, Critical);
    ways.add("close-account", title, On::Archive, &["account:CloseAccount"], whole, CLOSING);
    // An organization that could not be read may be there.
    if matches!(snapshot.organization.known(), Some(None)) {
        return;
    }
    let title = "close the archive's account from the management account";
    let close = &["organizations:CloseAccount"];
    ways.add("close-member", title, On::Organization, close, whole, CLOSING);
    let title = "keep CloudTrail out of the bucket with a resource control policy: nothing more is delivered";
    let attach = &["organizations:CreatePolicy", "organizations:AttachPolicy"];
    ways.add("starving-policy", title, On::Organization, attach, (Starves, High), CONTROL);
    if snapshot.trail.organization {
        let title = "make an account a delegated administrator, which may then stop and change the trail";
        for (id, action) in [
            ("register-delegate", "organizations:RegisterDelegatedAdministrator"),
            ("register-trail-delegate", "cloudtrail:RegisterOrganizationDelegatedAdmin"),
        ] {
            ways.add(id, title, On::Organization, &[action], (Opens, High), CONTROL);
        }
    }
    let mut add = |id, title, on, action: &'static str, outcome| {
        ways.add(id, title, on, &[action], outcome, CONTROL);
    };
    if snapshot.trail.organization {
        let title = "end CloudTrail's access to the organization: members are recorded no more";
        let action = "organizations:DisableAWSServiceAccess";
        add("service-access", title, On::Organization, action, (Stops, Critical));
    }
    let title = "detach a control policy";
    add("detach-policy", title, On::Organization, "organizations:DetachPolicy", (Opens, High));
    let title = "rewrite a control policy";
    add("update-policy", title, On::Organization, "organizations:UpdatePolicy", (Opens, High));
    let title = "switch control policies off";
    add("policy-type", title, On::Organization, "organizations:DisablePolicyType", (Opens, High));
    let title = "move an account from under its control policies";
    add("move-account", title, On::Organization, "organizations:MoveAccount", (Opens, High));
    let title = "put an account out of the organization: its trail and control policies no longer reach it";
    let action = "organizations:RemoveAccountFromOrganization";
    add("remove-account", title, On::Organization, action, (Opens, High));
    let title = "leave the organization: its trail and control policies no longer reach the account";
    let action = "organizations:LeaveOrganization";
    add("leave-organization", title, On::Membership, action, (Opens, High));
}

fn watch(snapshot: &Snapshot, ways: &mut Ways) {
    if snapshot.log_group.is_some() {
        let mut add = |id, title, on, action: &'static str, severity| {
            ways.add(id, title, on, &[action], (Hides, severity), ALARMS);
        };
        let group = On::LogGroup;
        add("delete-log-group", "delete the trail's log group", group, "logs:DeleteLogGroup", High);
        add("delete-log-streams", "delete the log group's streams", group, "logs:DeleteLogStream", High);
        let title = "shorten how long the log group keeps";
        add("log-retention", title, group, "logs:PutRetentionPolicy", Medium);
        let title = "delete the filters behind the alarms";
        add("metric-filters", title, group, "logs:DeleteMetricFilter", High);
        let title = "rewrite the filters behind the alarms";
        add("rewrite-filters", title, group, "logs:PutMetricFilter", High);
        add("delete-alarms", "delete alarms", On::Alarms, "cloudwatch:DeleteAlarms", High);
        let title = "take alarms their actions";
        add("alarm-actions", title, On::Alarms, "cloudwatch:DisableAlarmActions", High);
        add("rewrite-alarms", "rewrite alarms", On::Alarms, "cloudwatch:PutMetricAlarm", High);
    }
    if snapshot.trail.log_role.is_some() {
        let mut add = |id, title, action: &'static str| {
            ways.add(id, title, On::LogRole, &[action], (Starves, Medium), ALARMS);
        };
        let title = "take the role that writes to the log group its inline policy";
        add("log-role-policy", title, "iam:DeleteRolePolicy");
        let title = "take the role that writes to the log group its managed policy";
        add("log-role-attachment", title, "iam:DetachRolePolicy");
        let title = "shut CloudTrail out of the role that writes to the log group";
        add("log-role-trust", title, "iam:UpdateAssumeRolePolicy");
        add("log-role", "delete the role that writes to the log group", "iam:DeleteRole");
    }
    if snapshot.topic.is_some() {
        let mut add = |id, title, action: &'static str| {
            ways.add(id, title, On::Topic, &[action], (Hides, Medium), ALARMS);
        };
        let title = "replace the topic's policy: CloudTrail can notify no more";
        add("topic-policy", title, "sns:SetTopicAttributes");
        add("delete-topic", "delete the topic", "sns:DeleteTopic");
    }
}
