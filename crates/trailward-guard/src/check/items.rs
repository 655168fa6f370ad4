//! Every item that `check` judges, but the benchmark's filters, which are a table of their own.

use super::item::{Item, Judged, Severity};
use super::view::View;
use super::{alarms, bucket, further_trails, key, organization, trail};
use Severity::{Critical, High, Low, Medium};

const fn item(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    benchmarks: &'static [&'static str],
    remedy: &'static str,
    steps: &'static [&'static str],
    judge: fn(&View<'_>) -> Judged,
) -> Item {
    Item { id, title, severity, benchmarks, remedy, steps, judge }
}

const SETTINGS: &[&str] = &["trail.exists", "trail.settings"];
const POLICY: &[&str] = &["bucket.exists", "bucket.policy"];
const DATA_TRAILS: &[&str] = &["data-trail.*.exists", "data-trail.*.settings"];
const ACTIONS: &[&str] = &["bucket.policy", "guard-policy.content", "log-role.policy", "log-role.trust"];
const SELECTORS: &[&str] = &["trail.exists", "trail.selectors", "trail.logging", "trail.settings"];

/// All of them.
#[rustfmt::skip]
pub const ITEMS: &[Item] = &[
    item("trail.exists", Critical, "There is a trail", &["CloudTrail.3", "ACCT.07"],
        "make the trail", &["trail.exists"], trail::exists),
    item("trail.logging", Critical, "The trail is running", &["CIS 3.1", "CloudTrail.1"],
        "start it: aws cloudtrail start-logging", &["trail.exists", "trail.logging"], trail::logging),
    item("trail.multi-region", High, "The trail records every Region", &["CIS 3.1", "CloudTrail.1"],
        "make it a multi-Region trail", SETTINGS, trail::multi_region),
    item("trail.global-events", High, "The trail records global services' events", &["CIS 3.1"],
        "include global service events", SETTINGS, trail::global_events),
    item("trail.organization", High, "The trail records every account of the organization", &["CloudTrail.1"],
        "make it an organization's trail", SETTINGS, trail::organization),
    item("trail.validation", High, "The trail delivers signed digests", &["CIS 3.2", "CloudTrail.4"],
        "switch on log file validation", SETTINGS, trail::validation),
    item("trail.encrypted", Medium, "Log files are encrypted under the trail's KMS key", &["CIS 3.5", "CloudTrail.2"],
        "name the key in the trail", SETTINGS, trail::encrypted),
    item("trail.bucket", Critical, "The trail delivers to the protected bucket", &["ACCT.07"],
        "point the trail at the bucket again, and look at who pointed it away", SETTINGS, trail::bucket),
    item("trail.prefix", Medium, "The trail delivers where readers look", &[],
        "set the prefix again", SETTINGS, trail::prefix),
    item("trail.delivering", Critical, "Log files arrive", &["CloudTrail.1"],
        "run `trailward preflight`, which names the statement in the way", &["bucket.policy", "key.policy", "key.state"], trail::delivering),
    item("trail.digests", High, "Digests arrive", &["CIS 3.2", "CloudTrail.4"],
        "run `trailward preflight`, which names the statement in the way", &["bucket.policy", "key.policy", "key.state"], trail::digests_delivering),
    item("trail.validated", Medium, "Somebody validates the archive regularly", &[],
        "schedule `trailward validate`", &[], trail::validated),
    item("trail.log-group", Medium, "Events go to the log group", &["CloudTrail.5"],
        "name the log group and its role in the trail", SETTINGS, trail::log_group),
    item("trail.log-group-delivering", Medium, "Events arrive in the log group", &["CloudTrail.5"],
        "look at the role that CloudTrail writes with", &["log-role.policy", "log-role.trust", "log-group.exists"], trail::log_group_delivering),
    item("trail.topic", Low, "The trail tells the topic of each log file", &[],
        "name the topic in the trail", SETTINGS, trail::topic),
    item("trail.topic-delivering", Low, "The topic takes the trail's notices", &[],
        "look at the topic's policy: `trailward preflight` names the statement in the way", &["notices.exists", "notices.policy"], trail::notifying),
    item("trail.insights", Low, "Insights looks at the events", &[],
        "switch Insights on", &["trail.exists", "trail.insights"], trail::insights),

    item("events.writes", Critical, "Every management event that writes is recorded", &["CIS 3.1", "CloudTrail.1"],
        "complete the trail's selectors", SELECTORS, trail::writes),
    item("events.reads", High, "Every management event that reads is recorded", &["CIS 3.1", "CloudTrail.1"],
        "complete the trail's selectors", SELECTORS, trail::reads),
    item("events.objects", High, "Data events of the chosen buckets are recorded", &["CIS 3.8", "CIS 3.9", "S3.22", "S3.23"],
        "complete the trail's selectors", SELECTORS, trail::objects),
    item("events.lambda", Low, "Invocations of Lambda functions are recorded", &[],
        "complete the trail's selectors", SELECTORS, trail::lambda),

    item("data-trails.exist", High, "The further trails, of data events, are there", &["S3.22", "S3.23"],
        "make them", &["data-trail.*.exists"], further_trails::exist),
    item("data-trails.logging", High, "They are running", &["S3.22", "S3.23"],
        "start them: aws cloudtrail start-logging", &["data-trail.*.exists", "data-trail.*.logging"], further_trails::logging),
    item("data-trails.settings", High, "They deliver where the first trail does, as wide and as sealed as it", &["CloudTrail.2", "CloudTrail.4"],
        "give them the first trail's settings", DATA_TRAILS, further_trails::settings),
    item("data-trails.delivering", High, "Their log files and digests arrive", &[],
        "run `trailward preflight`, which names the statement in the way", &["bucket.policy", "key.policy", "key.state"], further_trails::delivering),
    item("data-trails.events", High, "Their data events are recorded", &["S3.22", "S3.23"],
        "complete their selectors", &["data-trail.*.exists", "data-trail.*.selectors", "data-trail.*.logging", "data-trail.*.settings"], further_trails::events),
    item("data-trails.copies", Low, "They record no management events, which the first trail does and a second copy costs", &[],
        "leave management events out of their selectors: `trailward apply --allow-weaken` does", &["data-trail.*.selectors"], further_trails::no_copies),

    item("key.exists", Medium, "There is a KMS key for the trail", &["CloudTrail.2", "S3.17"],
        "make the key, or give it its alias again", &["key.exists", "key.alias"], key::exists),
    item("key.enabled", Critical, "The key is enabled", &["KMS.3"],
        "cancel its deletion, and enable it", &["key.exists", "key.state"], key::enabled),
    item("key.rotation", Low, "The key's material is renewed every year", &["CIS 3.6", "KMS.4"],
        "switch on rotation", &["key.exists", "key.rotation", "key.state"], key::rotation),
    item("key.admits", Critical, "The key's policy lets CloudTrail encrypt", &["CloudTrail.2"],
        "put CloudTrail's statements back into the key's policy", &["key.exists", "key.policy"], key::admits),
    item("key.bound", Medium, "The key's policy lets CloudTrail in for this trail alone", &[],
        "give CloudTrail's statements the condition aws:SourceArn", &["key.exists", "key.policy"], key::bound_to_trail),
    item("key.closed", Critical, "Strangers may not use the key", &[],
        "remove the statement that lets everybody in", &["key.exists"], key::closed),

    item("bucket.exists", Critical, "There is a bucket for log files", &["ACCT.07"],
        "make the bucket", &["bucket.exists"], bucket::exists),
    item("bucket.block", Critical, "Block Public Access is on for the bucket", &["CloudTrail.6", "S3.8"],
        "switch on all four", &["bucket.exists", "bucket.block"], bucket::block),
    item("bucket.ownership", Medium, "ACLs are off", &["S3.12"],
        "set BucketOwnerEnforced", &["bucket.exists", "bucket.ownership"], bucket::ownership),
    item("bucket.versioning", Critical, "The bucket keeps versions", &["S3.14"],
        "enable versioning", &["bucket.exists", "bucket.versioning"], bucket::versioning),
    item("bucket.lock", High, "Log files are locked from the moment they arrive", &["S3.15"],
        "set a default retention", &["bucket.exists", "bucket.lock"], bucket::lock),
    item("bucket.lock-days", High, "Log files are locked for as long as they have to be kept", &["S3.15"],
        "lengthen the default retention; files that arrived meanwhile have the shorter one", &["bucket.exists", "bucket.lock"], bucket::lock_days),
    item("bucket.lock-mode", High, "The lock's mode is the one asked for, or compliance", &["S3.15"],
        "use compliance: governance is one permission away from no lock", &["bucket.exists", "bucket.lock"], bucket::lock_mode),
    item("bucket.bypass", High, "Nobody passes over a governance lock", &[],
        "deny s3:BypassGovernanceRetention in the bucket's policy, or use compliance", POLICY, bucket::bypass),
    item("bucket.mfa-delete", High, "Deleting a version takes the root user's MFA device", &["CIS 2.1.2", "S3.20"],
        "only the root user can switch it on: the plan has the command", &["bucket.exists"], bucket::mfa_delete),
    item("bucket.encryption", Medium, "Objects are encrypted by default, under the trail's key where there is one", &["S3.17"],
        "set the default encryption", &["bucket.exists", "bucket.encryption"], bucket::encryption),
    item("bucket.admits", Critical, "The bucket's policy lets CloudTrail deliver", &["CloudTrail.1"],
        "run `trailward preflight`, which names the statement in the way", POLICY, bucket::admits),
    item("bucket.bound", High, "The bucket's policy lets CloudTrail in for this trail alone", &[],
        "give CloudTrail's statements the condition aws:SourceArn; a statement of others has to be changed by hand", POLICY, bucket::bound_to_trail),
    item("bucket.closed", Critical, "Strangers may not read, write or list", &["CloudTrail.6", "S3.2", "S3.3"],
        "remove the statement that lets everybody in", &["bucket.exists"], bucket::closed),
    item("bucket.transport", Medium, "Requests without TLS are denied", &["CIS 2.1.1", "S3.5"],
        "deny them in the bucket's policy", POLICY, bucket::transport),
    item("bucket.deletes", High, "Nobody may delete log files or the bucket", &["S3.6", "ACCT.07"],
        "deny it in the bucket's policy", POLICY, bucket::deletes),
    item("bucket.escape", Medium, "No role escapes the deny of deleting", &[],
        "deny deleting to everybody: lifecycle rules are not bound by the policy, and nobody else needs it", POLICY, bucket::escape),
    item("bucket.changes", High, "Nobody but the break-glass role changes the bucket", &["S3.6"],
        "deny it in the bucket's policy", POLICY, bucket::changes),
    item("bucket.lifecycle", Low, "Files get colder with age", &["S3.10", "S3.13"],
        "put the control's rule back", &["bucket.exists", "bucket.lifecycle"], bucket::lifecycle),
    item("bucket.lifecycle-early", High, "No lifecycle rule removes files before their time", &["S3.10"],
        "change the rule: noncurrent versions are what lies under a delete marker, and have to stay as long as current ones", &["bucket.lifecycle"], bucket::lifecycle_early),
    item("bucket.lifecycle-and-mfa", Medium, "MFA delete and lifecycle rules are not on one bucket", &[],
        "use Object Lock, which goes together with lifecycle rules", &["bucket.exists"], bucket::lifecycle_and_mfa),
    item("bucket.access-log", Medium, "The bucket has an access log, in another bucket", &["CIS 3.4", "CloudTrail.7", "S3.9"],
        "switch on server access logging", &["bucket.exists", "bucket.access-log"], bucket::access_log),
    item("bucket.replication", Medium, "The bucket is copied", &["S3.7"],
        "copy it, with a role that may", &["bucket.exists", "bucket.replication"], bucket::replication),

    item("access-log.exists", Medium, "There is a bucket for the access log", &["CloudTrail.7"],
        "make the bucket", &["access-log.exists"], bucket::log_exists),
    item("access-log.block", High, "Block Public Access is on for the access log's bucket", &["S3.8"],
        "switch on all four", &["access-log.exists", "access-log.block"], bucket::log_block),
    item("access-log.ownership", Low, "ACLs are off in the access log's bucket", &["S3.12"],
        "set BucketOwnerEnforced", &["access-log.exists", "access-log.ownership"], bucket::log_ownership),
    item("access-log.lock", Medium, "The access log's bucket has no default retention, under which S3 writes no log", &[],
        "remove the default retention, or use another bucket", &["access-log.exists"], bucket::log_lock),
    item("access-log.encryption", Medium, "The access log's bucket encrypts under S3's own key, as S3 needs it", &[],
        "set SSE-S3", &["access-log.exists", "access-log.encryption"], bucket::log_encryption),
    item("access-log.policy", Medium, "S3 may write the access log, of this bucket alone", &["CloudTrail.7"],
        "put the statement back", &["access-log.exists", "access-log.policy"], bucket::log_policy),

    item("log-group.exists", Medium, "There is a log group", &["CloudTrail.5"],
        "make the log group", &["log-group.exists"], alarms::group_exists),
    item("log-group.retention", Low, "The log group keeps events long enough", &["CloudWatch.16"],
        "set the retention", &["log-group.exists", "log-group.retention"], alarms::group_retention),
    item("log-group.role", Medium, "CloudTrail, and nobody else, may take the log group's role", &[],
        "put the trust policy back", &["log-role.exists", "log-role.trust"], alarms::role_trust),
    item("log-group.role-policy", Medium, "CloudTrail's role may write events to this group alone", &["CloudTrail.5"],
        "put the role's policy back", &["log-role.exists", "log-role.policy"], alarms::role_policy),
    item("alarms.topic", Medium, "Alarms may publish to the topic", &["CloudWatch.15"],
        "put the topic and its policy back", &["topic.exists", "topic.policy"], alarms::topic),
    item("alarms.subscribers", Medium, "Somebody hears the alarms", &["CloudWatch.15"],
        "subscribe to the topic, and confirm", &[], alarms::subscribers),

    item("notices.topic", Low, "There is a topic for log files, and the trail alone may publish to it", &[],
        "put the topic and its policy back", &["notices.exists", "notices.policy"], alarms::notices),

    item("organization.trust", High, "CloudTrail is trusted in the organization", &[],
        "enable service access for cloudtrail.amazonaws.com", &["organization.trust"], organization::trust),
    item("organization.guard", High, "A service control policy guards the trail in every member account", &[],
        "attach the policy to the root", &["organization.policies", "guard-policy.exists", "guard-policy.attached"], organization::guard),
    item("organization.guard-whole", High, "That policy names lifecycle, versions, lock, encryption, replication and the key, too", &[],
        "put the policy back as the control has it", &["guard-policy.exists", "guard-policy.content"], organization::guard_is_whole),
    item("organization.bucket-apart", Medium, "The bucket is not in the management account, which no service control policy binds", &[],
        "keep the bucket in a log archive account", &[], organization::bucket_apart),
    item("account.block", Medium, "Block Public Access is on for the whole account", &["S3.1", "CIS 2.1.4"],
        "switch on all four for the account", &["account.block"], bucket::account_block),
    item("account.root-keys", Critical, "The root user has no access keys", &["CIS 1.4", "IAM.4"],
        "delete them", &[], organization::root_keys),
    item("account.root-mfa", Critical, "The root user has an MFA device", &["CIS 1.5", "IAM.9"],
        "register one in the console, as the root user", &[], organization::root_mfa),
    item("policies.actions", Medium, "Every action that the policies name exists", &[],
        "name the action: an API operation's name is not always one", ACTIONS, organization::actions_exist),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_told() {
        let mut ids: Vec<&str> = ITEMS.iter().map(|item| item.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ITEMS.len());
        assert!(ITEMS.iter().all(|item| item.title.len() > 10 && item.remedy.len() > 5));
    }
}
