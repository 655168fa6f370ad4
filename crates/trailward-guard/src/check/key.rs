//! Items of the key.

use super::item::{Judged, either, fail, judged, not_applicable, of, pass};
use super::policies::{bound, open_to_all, parse};
use super::view::View;
use crate::account::Key;
use crate::plan::bucket::{facts, proposals};
use crate::preflight::{Subject, preflight};
use trailward_policy::Policy;

fn with(view: &View<'_>, judge: impl FnOnce(&Key) -> Judged) -> Judged {
    if !view.control.key.enabled {
        return not_applicable("the control asks for no key");
    }
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    of(&view.snapshot.key, |key| {
        key.map_or_else(|| fail(format!("DescribeKey: there is no {}", view.control.key.alias)), judge)
    })
}

pub(super) fn exists(view: &View<'_>) -> Judged {
    with(view, |key| judged(key.named, format!("DescribeKey: {} is {}", view.control.key.alias, key.arn)))
}

pub(super) fn enabled(view: &View<'_>) -> Judged {
    with(view, |key| judged(key.state == "Enabled", format!("DescribeKey: KeyState = {}", key.state)))
}

pub(super) fn rotation(view: &View<'_>) -> Judged {
    if !view.control.key.rotation {
        return not_applicable("the control asks for no rotation");
    }
    with(view, |key| {
        of(&key.rotation, |on| {
            let on = on.copied().unwrap_or(false);
            judged(on, format!("GetKeyRotationStatus: KeyRotationEnabled = {on}"))
        })
    })
}

pub(super) fn admits(view: &View<'_>) -> Judged {
    with(view, |key| {
        of(&key.policy, |_| {
            let mut facts = facts(view.control, view.snapshot, None);
            facts.bucket = None;
            for proposal in proposals(view.control, view.snapshot) {
                let report = match preflight(&proposal, &facts) {
                    Ok(report) => report,
                    Err(error) => return fail(format!("GetKeyPolicy: {error}")),
                };
                let mut about = report.findings.iter().filter(|f| {
                    f.place.as_ref().is_some_and(|p| p.subject == Subject::Key)
                        || f.cannot.iter().any(|cannot| cannot.contains("kms:"))
                });
                if let Some(finding) = about.next() {
                    return fail(format!("GetKeyPolicy: {}", finding.because));
                }
            }
            pass("GetKeyPolicy: CloudTrail may encrypt for the control's trails")
        })
    })
}

/// Judges the key by its policy.
fn with_policy(view: &View<'_>, judge: impl FnOnce(&Key, &Policy) -> Judged) -> Judged {
    with(view, |key| {
        of(&key.policy, |text| match parse(text.map_or("", String::as_str)) {
            Ok(policy) => judge(key, &policy),
            Err(problem) => fail(format!("GetKeyPolicy: {problem}")),
        })
    })
}

pub(super) fn bound_to_trail(view: &View<'_>) -> Judged {
    with_policy(view, |key, policy| {
        either(
            bound(policy, "kms:GenerateDataKey", &key.arn, &view.snapshot.partition),
            "GetKeyPolicy: CloudTrail is let in with aws:SourceArn alone",
            "GetKeyPolicy: CloudTrail may use the key for any account's trail",
        )
    })
}

pub(super) fn closed(view: &View<'_>) -> Judged {
    with_policy(view, |key, policy| {
        either(
            !open_to_all(policy, "kms:Decrypt", &key.arn),
            "GetKeyPolicy: strangers may not use it",
            "GetKeyPolicy: everybody may decrypt with it",
        )
    })
}
