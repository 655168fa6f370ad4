//! Items of the bucket and of the bucket that its access log goes to.

use super::item::{Judged, either, fail, judged, not_applicable, of, pass};
use super::policies::{bound, denied, escapes, open_to_all, parse};
use super::view::View;
use crate::account::{Block, Bucket, Fact, LifecycleRule, Lock};
use crate::control::{LockMode, Protection};
use crate::plan::bucket::{LIFECYCLE_RULE, facts, proposals, too_early};
use crate::plan::policy::{CHANGES, DELETES};
use crate::preflight::{Subject, preflight};
use trailward_policy::Policy;

/// Judges the bucket, if it is there and this account's to judge.
fn with(view: &View<'_>, judge: impl FnOnce(&Bucket) -> Judged) -> Judged {
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    of(&view.bucket().region, |region| {
        region.map_or_else(|| nothing(&view.control.bucket.name), |_| judge(view.bucket()))
    })
}

fn nothing(bucket: &str) -> Judged {
    fail(format!("GetBucketLocation: there is no bucket {bucket}"))
}

/// The same of the access log's bucket.
fn with_log(view: &View<'_>, judge: impl FnOnce(&Bucket) -> Judged) -> Judged {
    if view.foreign || !view.control.bucket.access_log.enabled {
        return not_applicable("the control asks for no access log here");
    }
    let bucket = &view.snapshot.access_log;
    of(&bucket.region, |region| {
        region.map_or_else(|| nothing(&view.control.bucket.access_log.bucket), |_| judge(bucket))
    })
}

pub(super) fn exists(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        pass(format!("GetBucketLocation: {}", bucket.region.present().map_or("", String::as_str)))
    })
}

fn block_of(bucket: &Bucket) -> Judged {
    of(&bucket.block, block_judged)
}

fn block_judged(block: Option<&Block>) -> Judged {
    match block {
        None => fail("GetPublicAccessBlock: there is none"),
        Some(block) => {
            let off: Vec<&str> = [
                (block.block_public_acls, "BlockPublicAcls"),
                (block.ignore_public_acls, "IgnorePublicAcls"),
                (block.block_public_policy, "BlockPublicPolicy"),
                (block.restrict_public_buckets, "RestrictPublicBuckets"),
            ]
            .into_iter()
            .filter_map(|(on, name)| (!on).then_some(name))
            .collect();
            judged(*block == Block::ALL, format!("GetPublicAccessBlock: off are [{}]", off.join(", ")))
        }
    }
}

pub(super) fn account_block(view: &View<'_>) -> Judged {
    of(&view.snapshot.account_block, block_judged)
}

pub(super) fn block(view: &View<'_>) -> Judged {
    with(view, block_of)
}

fn ownership_of(bucket: &Bucket) -> Judged {
    of(&bucket.ownership, |ownership| {
        let there = ownership.map_or("none", String::as_str);
        judged(
            there == "BucketOwnerEnforced",
            format!("GetBucketOwnershipControls: ObjectOwnership = {there}"),
        )
    })
}

pub(super) fn ownership(view: &View<'_>) -> Judged {
    with(view, ownership_of)
}

pub(super) fn versioning(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        of(&bucket.versioning, |versioning| {
            let on = versioning.is_some_and(|v| v.enabled);
            judged(on, format!("GetBucketVersioning: Status is {}Enabled", if on { "" } else { "not " }))
        })
    })
}

pub(super) fn mfa_delete(view: &View<'_>) -> Judged {
    if view.control.bucket.protection != Protection::MfaDelete {
        return not_applicable("the control does not ask for MFA delete");
    }
    with(view, |bucket| {
        of(&bucket.versioning, |versioning| {
            let on = versioning.is_some_and(|v| v.mfa_delete);
            either(
                on,
                "GetBucketVersioning: MFADelete is Enabled",
                "GetBucketVersioning: MFADelete is not Enabled; the root user alone switches it on, with its own device: \
                 S3 refuses an IAM user's",
            )
        })
    })
}

fn lock_of(view: &View<'_>, judge: impl FnOnce(&Lock) -> Judged) -> Judged {
    if view.control.bucket.protection != Protection::Lock {
        return not_applicable("the control does not ask for Object Lock");
    }
    with(view, |bucket| {
        of(&bucket.lock, |lock| {
            lock.map_or_else(|| fail("GetObjectLockConfiguration: Object Lock is off"), judge)
        })
    })
}

pub(super) fn lock(view: &View<'_>) -> Judged {
    lock_of(view, |lock| {
        judged(lock.days > 0, format!("GetObjectLockConfiguration: DefaultRetention of {} days", lock.days))
    })
}

pub(super) fn lock_days(view: &View<'_>) -> Judged {
    let days = view.control.bucket.lock.days;
    lock_of(view, |lock| {
        judged(lock.days >= days, format!("GetObjectLockConfiguration: Days = {}, of {days}", lock.days))
    })
}

pub(super) fn lock_mode(view: &View<'_>) -> Judged {
    lock_of(view, |lock| {
        let wanted = view.control.bucket.lock.mode;
        let good = lock.mode == "COMPLIANCE" || (wanted == LockMode::Governance && lock.mode == "GOVERNANCE");
        judged(good, format!("GetObjectLockConfiguration: Mode = `{}`", lock.mode))
    })
}

/// A governance lock is as strong as the deny of its bypass.
pub(super) fn bypass(view: &View<'_>) -> Judged {
    lock_of(view, |lock| {
        if lock.mode != "GOVERNANCE" {
            return not_applicable("the lock is no governance lock");
        }
        policy_of(view, |policy| {
            let place = place(view);
            either(
                denied(policy, "s3:BypassGovernanceRetention", &object(view), (place.0, place.1), true),
                "GetBucketPolicy: nobody may pass over the lock",
                "GetBucketPolicy: whoever has s3:BypassGovernanceRetention passes over the lock",
            )
        })
    })
}

pub(super) fn encryption(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        of(&bucket.encryption, |there| match (there, view.control.key.enabled) {
            (None, _) => fail("GetBucketEncryption: there is none"),
            (Some(there), false) => pass(format!("GetBucketEncryption: SSEAlgorithm = {}", there.algorithm)),
            (Some(there), true) => {
                let key = view.snapshot.key.present().map_or("", |key| key.arn.as_str());
                let good = there.algorithm.starts_with("aws:kms") && there.key == key && !key.is_empty();
                judged(
                    good,
                    format!(
                        "GetBucketEncryption: SSEAlgorithm = {}, KMSMasterKeyID = `{}`",
                        there.algorithm, there.key
                    ),
                )
            }
        })
    })
}

fn place<'a>(view: &View<'a>) -> (&'a str, &'a str) {
    (&view.snapshot.partition, &view.control.bucket.account)
}

fn arn(view: &View<'_>) -> String {
    format!("arn:{}:s3:::{}", view.snapshot.partition, view.control.bucket.name)
}

/// A log file as good as any.
fn object(view: &View<'_>) -> String {
    let prefix = &view.control.bucket.prefix;
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!(
        "{}/{prefix}{slash}AWSLogs/{}/CloudTrail/us-east-1/2026/01/01/log.json.gz",
        arn(view),
        crate::plan::trail_owner(view.control, view.snapshot)
    )
}

fn policy_of(view: &View<'_>, judge: impl FnOnce(&Policy) -> Judged) -> Judged {
    with(view, |bucket| {
        of(&bucket.policy, |text| match text.map(|text| parse(text)) {
            None => fail("GetBucketPolicy: there is none"),
            Some(Err(problem)) => fail(format!("GetBucketPolicy: {problem}")),
            Some(Ok(policy)) => judge(&policy),
        })
    })
}

/// The same of what a policy says, where there is one; that there is none is another item's.
fn policy_if_any(view: &View<'_>, judge: impl FnOnce(&Policy) -> Judged) -> Judged {
    match &view.bucket().policy {
        Fact::Absent if !view.foreign => not_applicable("GetBucketPolicy: there is none"),
        _ => policy_of(view, judge),
    }
}

pub(super) fn admits(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        of(&bucket.policy, |text| {
            let mut facts = facts(view.control, view.snapshot, text.cloned());
            // The key is another item's. What it changes of CloudTrail's requests stays.
            if let Some(key) = &mut facts.key {
                key.found = None;
            }
            for proposal in proposals(view.control, view.snapshot) {
                let report = match preflight(&proposal, &facts) {
                    Ok(report) => report,
                    Err(error) => return fail(format!("GetBucketPolicy: {error}")),
                };
                let mut about = report.findings.iter().filter(|finding| match &finding.place {
                    Some(place) => place.subject == Subject::Bucket,
                    None => finding.cannot.iter().any(|cannot| cannot.contains("s3:")),
                });
                if let Some(finding) = about.next() {
                    return fail(format!(
                        "GetBucketPolicy: CloudTrail cannot {}: {}",
                        finding.cannot.first().map_or("deliver", String::as_str),
                        finding.because
                    ));
                }
            }
            pass("GetBucketPolicy: CloudTrail may deliver for the control's trails")
        })
    })
}

pub(super) fn bound_to_trail(view: &View<'_>) -> Judged {
    policy_if_any(view, |policy| {
        let partition = &view.snapshot.partition;
        let writes = bound(policy, "s3:PutObject", &object(view), partition);
        let asks = bound(policy, "s3:GetBucketAcl", &arn(view), partition);
        either(
            writes && asks,
            "GetBucketPolicy: CloudTrail is let in with aws:SourceArn alone",
            "GetBucketPolicy: CloudTrail may write for any account's trail",
        )
    })
}

pub(super) fn closed(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        of(&bucket.policy, |text| {
            let Some(policy) = text.and_then(|text| parse(text).ok()) else {
                return pass("GetBucketPolicy: it lets nobody in");
            };
            let object = object(view);
            let open = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
                .into_iter()
                .find(|action| open_to_all(&policy, action, &object));
            match open
                .or_else(|| open_to_all(&policy, "s3:ListBucket", &arn(view)).then_some("s3:ListBucket"))
            {
                Some(action) => fail(format!("GetBucketPolicy: everybody may {action}")),
                None => pass("GetBucketPolicy: strangers are not let in"),
            }
        })
    })
}

pub(super) fn transport(view: &View<'_>) -> Judged {
    if !view.control.bucket.policy.deny_insecure_transport {
        return not_applicable("the control does not ask for it");
    }
    policy_of(view, |policy| {
        let object = object(view);
        either(
            denied(policy, "s3:GetObject", &object, place(view), false)
                && denied(policy, "s3:ListBucket", &arn(view), place(view), false),
            "GetBucketPolicy: requests without TLS are denied",
            "GetBucketPolicy: requests without TLS are not denied",
        )
    })
}

/// The actions of these that an administrator is not denied.
fn open<'n>(view: &View<'_>, policy: &Policy, actions: &[&'n str]) -> Vec<&'n str> {
    let (arn, object) = (arn(view), object(view));
    let of_objects = |action: &str| {
        action.contains("Object") && !action.contains("BucketObjectLock")
            || action.contains("Bypass")
            || action.starts_with("s3:Replicate")
    };
    actions
        .iter()
        .filter(|action| {
            let resource = if of_objects(action) { &object } else { &arn };
            !denied(policy, action, resource, place(view), true)
        })
        .copied()
        .collect()
}

pub(super) fn deletes(view: &View<'_>) -> Judged {
    if !view.control.bucket.policy.deny_delete {
        return not_applicable("the control does not ask for it");
    }
    policy_of(view, |policy| {
        let open = open(view, policy, DELETES);
        judged(
            open.is_empty(),
            format!("GetBucketPolicy: not denied to administrators are [{}]", open.join(", ")),
        )
    })
}

pub(super) fn escape(view: &View<'_>) -> Judged {
    if !view.control.bucket.policy.deny_delete {
        return not_applicable("the control does not ask for a deny");
    }
    policy_if_any(view, |policy| {
        let whole = |action: &str| {
            let exempt = escapes(policy, action);
            let all = policy.statements().iter().filter(|s| {
                s.effect == trailward_policy::Effect::Deny
                    && !exempt.iter().any(|e| std::ptr::eq(*e, *s))
                    && s.conditions.is_empty()
                    && s.action
                        .values()
                        .iter()
                        .any(|a| a.eq_ignore_ascii_case(action) || a == "s3:*" || a == "*")
            });
            exempt.is_empty() || all.count() > 0
        };
        match ["s3:DeleteObject", "s3:DeleteObjectVersion"].into_iter().find(|action| !whole(action)) {
            Some(action) => fail(format!("GetBucketPolicy: the deny of {action} lets some principals pass")),
            None => pass("GetBucketPolicy: no principal escapes the deny"),
        }
    })
}

pub(super) fn changes(view: &View<'_>) -> Judged {
    if view.control.bucket.policy.break_glass.is_empty() {
        return not_applicable("the control names no break-glass role");
    }
    policy_of(view, |policy| {
        let open = open(view, policy, CHANGES);
        judged(
            open.is_empty(),
            format!("GetBucketPolicy: not denied to administrators are [{}]", open.join(", ")),
        )
    })
}

fn rules(bucket: &Bucket) -> &[LifecycleRule] {
    bucket.lifecycle.present().map_or(&[], |lifecycle| lifecycle.rules.as_slice())
}

pub(super) fn lifecycle(view: &View<'_>) -> Judged {
    if !view.control.bucket.lifecycle.enabled {
        return not_applicable("the control asks for no lifecycle rules");
    }
    with(view, |bucket| {
        of(&bucket.lifecycle, |_| {
            let ours = rules(bucket).iter().find(|rule| rule.id.as_deref() == Some(LIFECYCLE_RULE));
            match ours {
                None => fail(format!("GetBucketLifecycleConfiguration: there is no rule {LIFECYCLE_RULE}")),
                Some(rule) if rule.status != "Enabled" => {
                    fail(format!("GetBucketLifecycleConfiguration: {LIFECYCLE_RULE} is {}", rule.status))
                }
                Some(rule) if !crate::plan::bucket::is_ours(view.control, rule) => fail(format!(
                    "GetBucketLifecycleConfiguration: {LIFECYCLE_RULE} is not as the control has it"
                )),
                Some(_) => pass(format!("GetBucketLifecycleConfiguration: {LIFECYCLE_RULE}")),
            }
        })
    })
}

pub(super) fn lifecycle_early(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        of(&bucket.lifecycle, |_| {
            let problem = rules(bucket).iter().find_map(|rule| {
                // The control's own is judged by what it does, too, in case somebody changed it.
                let plain = LifecycleRule { id: None, ..rule.clone() };
                Some((rule.id.clone().unwrap_or_default(), too_early(view.control, &plain)?))
            });
            match problem {
                Some((name, problem)) => {
                    fail(format!("GetBucketLifecycleConfiguration: `{name}`: {problem}"))
                }
                None => pass("GetBucketLifecycleConfiguration: no rule removes files early"),
            }
        })
    })
}

pub(super) fn lifecycle_and_mfa(view: &View<'_>) -> Judged {
    with(view, |bucket| {
        of(&bucket.versioning, |versioning| {
            let both = versioning.is_some_and(|v| v.mfa_delete) && !rules(bucket).is_empty();
            judged(
                !both,
                "GetBucketVersioning, GetBucketLifecycleConfiguration: MFA delete together with rules: "
                    .to_owned()
                    + if both { "yes" } else { "no" },
            )
        })
    })
}

pub(super) fn access_log(view: &View<'_>) -> Judged {
    let log = &view.control.bucket.access_log;
    if !log.enabled {
        return not_applicable("the control asks for no access log");
    }
    with(view, |bucket| {
        of(&bucket.logging, |there| match there {
            None => fail("GetBucketLogging: there is no LoggingEnabled"),
            Some(there) if there.bucket == bucket.name => {
                fail("GetBucketLogging: the bucket logs into itself")
            }
            Some(there) => judged(
                there.bucket == log.bucket && there.prefix == log.prefix,
                format!(
                    "GetBucketLogging: TargetBucket = {}, TargetPrefix = `{}`",
                    there.bucket, there.prefix
                ),
            ),
        })
    })
}

pub(super) fn log_exists(view: &View<'_>) -> Judged {
    with_log(view, |bucket| {
        pass(format!("GetBucketLocation: {}", bucket.region.present().map_or("", String::as_str)))
    })
}

pub(super) fn log_block(view: &View<'_>) -> Judged {
    with_log(view, block_of)
}

pub(super) fn log_ownership(view: &View<'_>) -> Judged {
    with_log(view, ownership_of)
}

pub(super) fn log_lock(view: &View<'_>) -> Judged {
    with_log(view, |bucket| match &bucket.lock {
        Fact::Present(Lock { days: 1.., .. }) => {
            fail("GetObjectLockConfiguration: there is a DefaultRetention")
        }
        other => of(other, |_| pass("GetObjectLockConfiguration: there is no default retention")),
    })
}

pub(super) fn log_encryption(view: &View<'_>) -> Judged {
    with_log(view, |bucket| {
        of(&bucket.encryption, |there| {
            let algorithm = there.map_or("none", |there| there.algorithm.as_str());
            judged(algorithm == "AES256", format!("GetBucketEncryption: SSEAlgorithm = {algorithm}"))
        })
    })
}

pub(super) fn log_policy(view: &View<'_>) -> Judged {
    with_log(view, |bucket| {
        of(&bucket.policy, |text| {
            let ours = crate::plan::policy::access_log_statements(view.control, view.snapshot);
            let ours: Vec<_> =
                ours.into_iter().filter(|s| s.get("Effect").is_some_and(|e| e == "Allow")).collect();
            match crate::plan::policy::merged(text.map(String::as_str), &ours) {
                Ok(None) => pass("GetBucketPolicy: S3 may write this bucket's access log"),
                Ok(Some(_)) => {
                    fail("GetBucketPolicy: it does not let S3 write this bucket's access log, and that alone")
                }
                Err(problem) => fail(format!("GetBucketPolicy: {problem}")),
            }
        })
    })
}

pub(super) fn replication(view: &View<'_>) -> Judged {
    let copy = &view.control.bucket.replication;
    if !copy.enabled {
        return not_applicable("the control asks for no copy");
    }
    with(view, |bucket| {
        of(&bucket.replication, |targets| {
            let none = Vec::new();
            let targets = targets.unwrap_or(&none);
            let wanted = format!("arn:{}:s3:::{}", view.snapshot.partition, copy.bucket);
            judged(
                targets.contains(&wanted),
                format!("GetBucketReplication: enabled rules copy to [{}]", targets.join(", ")),
            )
        })
    })
}
