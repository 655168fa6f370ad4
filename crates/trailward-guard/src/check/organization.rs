//! Items of the organization, of the root user, and of the guides' own faults.

use super::item::{Judged, fail, judged, not_applicable, of, pass};
use super::policies::no_actions;
use super::view::View;
use crate::account::{Fact, Organization};
use crate::control::Protection;
use crate::plan::policy::{self, CHANGES, DELETES, KEY_ACTIONS, TRAIL_ACTIONS};

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

pub(super) fn guard(view: &View<'_>) -> Judged {
    if !view.control.guard_policies.enabled {
        return not_applicable("the control asks for no service control policy");
    }
    with(view, |organization| {
        of(&organization.policy, |guard| {
            let Some(guard) = guard else {
                return fail(format!("ListPolicies: there is no {}", view.control.guard_policies.name));
            };
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
    })
}

/// Whether the policy denies all that the guides' own forgets: lifecycle, versions, lock, encryption, replication, the key.
pub(super) fn guard_is_whole(view: &View<'_>) -> Judged {
    if !view.control.guard_policies.enabled {
        return not_applicable("the control asks for no service control policy");
    }
    with(view, |organization| {
        of(&organization.policy, |guard| {
            let Some(guard) = guard else {
                return fail(format!("ListPolicies: there is no {}", view.control.guard_policies.name));
            };
            let wanted = policy::guard_document(view.control, view.snapshot);
            if policy::same(&guard.content, &wanted) {
                return pass("DescribePolicy: it is as the control has it");
            }
            let text = guard.content.to_lowercase();
            let all = DELETES.iter().chain(CHANGES).chain(TRAIL_ACTIONS).chain(KEY_ACTIONS);
            let gone: Vec<&str> =
                all.filter(|action| !text.contains(&action.to_lowercase())).copied().collect();
            fail(format!(
                "DescribePolicy: it is not as the control has it; it does not name [{}]",
                gone.join(", ")
            ))
        })
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
    let policies = [
        ("the bucket's policy", &view.snapshot.bucket.policy),
        ("the access log bucket's policy", &view.snapshot.access_log.policy),
    ];
    let key = view.snapshot.key.present().map(|key| ("the key's policy", &key.policy));
    let mut seen = Vec::new();
    for (whose, text) in policies.into_iter().chain(key) {
        match text {
            Fact::Present(text) => {
                if let Some((action, meant)) = no_actions(text).first() {
                    return fail(format!("{whose} names {action}, which is no action: {meant} is"));
                }
                seen.push(whose);
            }
            Fact::Unreadable(why) => return super::item::unknown(why),
            Fact::Absent | Fact::NotAsked => {}
        }
    }
    let guard = view.snapshot.organization.present().and_then(|organization| organization.policy.present());
    if let Some((action, meant)) = guard.and_then(|guard| no_actions(&guard.content).into_iter().next()) {
        return fail(format!("the service control policy names {action}, which is no action: {meant} is"));
    }
    pass(format!("{}: no name of an API operation stands for an action", seen.join(", ")))
}
