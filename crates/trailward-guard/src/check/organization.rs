//! Items of the organization, of the root user, and of the guides' own faults.

use super::actions::no_actions;
use super::item::{Judged, fail, judged, not_applicable, of, pass, unknown};
use super::view::View;
use crate::account::{ControlPolicy, Fact, Organization};
use crate::control::Protection;
use crate::plan::policy::{self, CHANGES, DELETES, KEY_ACTIONS, TRAIL_ACTIONS};

/// How many faults are told of at once.
const SHOWN: usize = 5;

fn with(view: &View<'_>, judge: impl FnOnce(&Organization) -> Judged) -> Judged {
    if !view.control.trail.organization {
        return not_applicable("the control asks for one account");
    }
    of(&view.snapshot.organization, |organization| match organization {
        None => fail("DescribeOrganization: the account is in none"),
        Some(organization) if organization.management != view.snapshot.account => {
            not_applicable("the management account is judged by itself")
        }
        Some(organization) => judge(organization),
    })
}

pub(super) fn trust(view: &View<'_>) -> Judged {
    with(view, |organization| {
        of(&organization.trusts_cloudtrail, |trusted| {
            let trusted = trusted == Some(&true);
            judged(
                trusted,
                format!("ListAWSServiceAccessForOrganization: cloudtrail.amazonaws.com = {trusted}"),
            )
        })
    })
}

/// Judges the control's service control policy, if it is there.
fn with_guard(view: &View<'_>, judge: impl FnOnce(&Organization, &ControlPolicy) -> Judged) -> Judged {
    if !view.control.guard_policies.enabled {
        return not_applicable("the control asks for no service control policy");
    }
    with(view, |organization| {
        of(&organization.policy, |guard| match guard {
            Some(guard) => judge(organization, guard),
            None => fail(format!("ListPolicies: there is no {}", view.control.guard_policies.name)),
        })
    })
}

pub(super) fn guard(view: &View<'_>) -> Judged {
    with_guard(view, |organization, guard| {
        of(&organization.root, |root| {
            let Some(root) = root else { return fail("ListRoots: there is none") };
            if !root.control_policies {
                return fail("ListRoots: SERVICE_CONTROL_POLICY is not enabled");
            }
            judged(
                guard.targets.contains(&root.id),
                format!("ListTargetsForPolicy: [{}]", guard.targets.join(", ")),
            )
        })
    })
}

/// Whether the policy denies all that the guides' own forgets: lifecycle, versions, lock, encryption, replication, the key.
pub(super) fn guard_is_whole(view: &View<'_>) -> Judged {
    with_guard(view, |_, guard| {
        let wanted = policy::guard_document(view.control, view.snapshot);
        if policy::same(&guard.content, &wanted) {
            return pass("DescribePolicy: it is as the control has it");
        }
        let text = guard.content.to_lowercase();
        let all = DELETES.iter().chain(CHANGES).chain(TRAIL_ACTIONS).chain(KEY_ACTIONS);
        let gone: Vec<&str> = all.filter(|action| !text.contains(&action.to_lowercase())).copied().collect();
        fail(format!(
            "DescribePolicy: it is not as the control has it; it does not name [{}]",
            gone.join(", ")
        ))
    })
}

/// Service control policies never bind the management account.
pub(super) fn bucket_apart(view: &View<'_>) -> Judged {
    with(view, |organization| {
        let apart = view.control.bucket.account != organization.management;
        judged(
            apart,
            format!(
                "DescribeOrganization: MasterAccountId = {}, the bucket's account is {}",
                organization.management, view.control.bucket.account
            ),
        )
    })
}

pub(super) fn root_keys(view: &View<'_>) -> Judged {
    of(&view.snapshot.root, |root| {
        let keys = root.is_some_and(|root| root.keys);
        judged(!keys, format!("GetAccountSummary: AccountAccessKeysPresent = {}", u8::from(keys)))
    })
}

pub(super) fn root_mfa(view: &View<'_>) -> Judged {
    of(&view.snapshot.root, |root| {
        let mfa = root.is_some_and(|root| root.mfa);
        let evidence = format!("GetAccountSummary: AccountMFAEnabled = {}", u8::from(mfa));
        match view.control.bucket.protection {
            Protection::MfaDelete if !mfa => {
                fail(format!("{evidence}; MFA delete takes the root user's own device, never an IAM user's"))
            }
            _ => judged(mfa, evidence),
        }
    })
}

/// Names of actions that do not exist: the statement does less than it says.
pub(super) fn actions_exist(view: &View<'_>) -> Judged {
    if view.foreign {
        return not_applicable("the organization's trail is judged in its own account");
    }
    let (mut seen, mut faults, mut unread) = (Vec::new(), Vec::new(), None);
    for (whose, text) in policies(view) {
        match text {
            Fact::Present(text) => {
                faults.extend(no_actions(text).iter().map(|found| format!("{whose} names {found}")));
                seen.push(whose);
            }
            Fact::Unreadable(why) => unread = unread.or(Some(why)),
            Fact::Absent | Fact::NotAsked => {}
        }
    }
    match (faults.as_slice(), unread) {
        ([], Some(why)) => unknown(&why),
        ([], None) if seen.is_empty() => not_applicable("there is no policy"),
        ([], None) => pass(format!("{}: each action exists", seen.join(", "))),
        (faults, _) => {
            let more = faults.len().saturating_sub(SHOWN);
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            fail(faults.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("; ") + &more)
        }
    }
}

/// Every policy that is read, with the name of what it is of.
fn policies<'a>(view: &View<'a>) -> Vec<(&'static str, Fact<&'a str>)> {
    fn within<'a, T>(fact: &'a Fact<T>, text: impl FnOnce(&'a T) -> Fact<&'a str>) -> Fact<&'a str> {
        match fact {
            Fact::Present(value) => text(value),
            Fact::Absent => Fact::Absent,
            Fact::Unreadable(why) => Fact::Unreadable(why.clone()),
            Fact::NotAsked => Fact::NotAsked,
        }
    }
    fn whole(text: &str) -> Fact<&str> {
        Fact::Present(text)
    }
    let snapshot = view.snapshot;
    let of_text = |fact: &'a Fact<String>| within(fact, |text| whole(text));
    let mut all = vec![
        ("the bucket's policy", of_text(&snapshot.bucket.policy)),
        ("the access log bucket's policy", of_text(&snapshot.access_log.policy)),
        ("the key's policy", within(&snapshot.key, |key| of_text(&key.policy))),
        ("the log role's trust policy", within(&snapshot.log_role, |role| whole(&role.trust))),
        ("the log role's policy", within(&snapshot.log_role, |role| of_text(&role.policy))),
        ("the alarms' topic's policy", within(&snapshot.topic, |topic| whole(&topic.policy))),
        ("the notices' topic's policy", within(&snapshot.notices, |topic| whole(&topic.policy))),
    ];
    if view.control.trail.organization && view.control.guard_policies.enabled {
        let guard = within(&snapshot.organization, |organization| {
            within(&organization.policy, |guard| whole(&guard.content))
        });
        all.push(("the service control policy", guard));
    }
    all
}
