//! Limits that take many things to reach.

use crate::trees::{MANAGEMENT, new_tree};
use trailward_model::Tag;
use trailward_organization::{CLOUDTRAIL, Features, MAX_ACCOUNTS, MIN_AGE_SECONDS, Refusal, Tree};

fn reason(outcome: Result<(), Refusal>) -> &'static str {
    outcome.unwrap_err().reason.unwrap()
}

#[test]
fn an_organization_has_room_for_so_many() {
    let mut tree = new_tree();
    for n in 1..MAX_ACCOUNTS {
        let id = format!("{n:012}");
        tree.created((&id, "a", ""), Vec::new(), 0, 0).unwrap();
    }
    let one_more = tree.created(("999999999999", "a", ""), Vec::new(), 0, 0);
    assert_eq!(reason(one_more), "ACCOUNT_NUMBER_LIMIT_EXCEEDED");
    // Closed accounts count, and so do open invitations.
    tree.close("000000000001", 0).unwrap();
    assert_eq!(reason(tree.check_room(0)), "ACCOUNT_NUMBER_LIMIT_EXCEEDED");
    tree.leave("000000000002", MIN_AGE_SECONDS).unwrap();
    tree.check_room(0).unwrap();
    assert_eq!(reason(tree.check_room(1)), "ACCOUNT_NUMBER_LIMIT_EXCEEDED");
    // A month has its closures: the greater of 250 and a fifth of the accounts.
    for n in 3..=251 {
        tree.close(&format!("{n:012}"), 0).unwrap();
    }
    assert_eq!(reason(tree.clone().close("000000000252", 0)), "CLOSE_ACCOUNT_QUOTA_EXCEEDED");
    tree.close("000000000252", 30 * 86_400).unwrap();
}

#[test]
fn created_accounts_stay_seven_days() {
    let mut tree = new_tree();
    tree.created(("444455556666", "a", ""), Vec::new(), 0, 100).unwrap();
    assert_eq!(reason(tree.leave("444455556666", 99 + MIN_AGE_SECONDS)), "WAIT_PERIOD_ACTIVE");
    tree.leave("444455556666", 100 + MIN_AGE_SECONDS).unwrap();
    tree.joined(("444455556666", "a", ""), Vec::new(), 0).unwrap();
    tree.leave("444455556666", 0).unwrap();
    assert_eq!(tree.leave("444455556666", 0).unwrap_err().code, "AccountNotFoundException");
    assert_eq!(tree.leave(MANAGEMENT, 0).unwrap_err().code, "MasterCannotLeaveOrganizationException");
}

#[test]
fn three_administer_cloudtrail() {
    let mut tree = new_tree();
    tree.trust(CLOUDTRAIL, 0).unwrap();
    for n in 0..4 {
        let id = format!("{n:012}");
        tree.joined((&id, "a", ""), Vec::new(), 0).unwrap();
        let outcome = tree.delegate(&id, CLOUDTRAIL, 0);
        if n < 3 {
            outcome.unwrap();
        } else {
            assert_eq!(reason(outcome), "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED");
        }
    }
    let billing = Tree::new(
        ("o-billing000".into(), "r-ab12".into()),
        Features::ConsolidatedBilling,
        (MANAGEMENT, "", ""),
        0,
    );
    assert_eq!(reason(billing.check_all_features()), "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE");
}

#[test]
fn fifty_tags() {
    let mut tree = new_tree();
    let tags = |from: usize, to: usize| {
        (from..to).map(|n| Tag { key: format!("k{n}"), value: String::new() }).collect::<Vec<_>>()
    };
    tree.tag("r-ab12", tags(0, 50)).unwrap();
    tree.tag("r-ab12", tags(0, 50)).unwrap();
    assert_eq!(reason(tree.tag("r-ab12", tags(50, 51))), "MAX_TAG_LIMIT_EXCEEDED");
    assert_eq!(tree.tags("r-zzzz").unwrap_err().code, "TargetNotFoundException");
}
