//! Random trees with random policies: what binds an account is what a plain walk from it to the root says.

use proptest::prelude::*;
use trailward_organization::{ControlPolicy, Features, PolicyType, Standing, Tree};
use trailward_policy::{Caller, Context, Decision, Policy, PolicyKind, Principal, Request, evaluate};

pub(crate) const MANAGEMENT: &str = "111122223333";
const ACCOUNTS: [&str; 3] = ["444455556666", "777788889999", "000011112222"];
const ACTIONS: [&str; 4] = ["s3:GetObject", "s3:PutObject", "cloudtrail:StopLogging", "kms:RetireGrant"];

/// What somebody does to the tree. Numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    Unit(usize),
    Move(usize, usize),
    Policy(PolicyType, bool, usize),
    Attach(usize, usize),
    Detach(usize, usize),
    Enable(PolicyType),
    Disable(PolicyType),
    Leave(usize),
    Close(usize),
}

fn kinds() -> impl Strategy<Value = PolicyType> {
    prop_oneof![Just(PolicyType::ServiceControl), Just(PolicyType::ResourceControl)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any = || 0..64_usize;
    let step = prop_oneof![
        3 => any().prop_map(Step::Unit),
        3 => (any(), any()).prop_map(|(a, b)| Step::Move(a, b)),
        4 => (kinds(), proptest::bool::ANY, any()).prop_map(|(kind, deny, action)| Step::Policy(kind, deny, action)),
        8 => (any(), any()).prop_map(|(a, b)| Step::Attach(a, b)),
        4 => (any(), any()).prop_map(|(a, b)| Step::Detach(a, b)),
        3 => kinds().prop_map(Step::Enable),
        1 => kinds().prop_map(Step::Disable),
        1 => any().prop_map(Step::Leave),
        1 => any().prop_map(Step::Close),
    ];
    proptest::collection::vec(step, 0..60)
}

pub(crate) fn new_tree() -> Tree {
    let ids = ("o-exampleorg".to_owned(), "r-ab12".to_owned());
    Tree::new(ids, Features::All, (MANAGEMENT, "main", "main@example.com"), 0)
}

fn chosen<T: Clone>(from: &[T], at: usize) -> Option<T> {
    from.get(at.checked_rem(from.len())?).cloned()
}

/// Does a step as far as the rules let it.
fn take(tree: &mut Tree, made: &mut usize, step: &Step) {
    let parents = |tree: &Tree| -> Vec<String> {
        std::iter::once(tree.organization.root.clone()).chain(tree.units.keys().cloned()).collect()
    };
    let targets = |tree: &Tree| tree.targets().map(str::to_owned).collect::<Vec<_>>();
    let policies = |tree: &Tree| -> Vec<String> {
        let aws = PolicyType::ALL.iter().map(|kind| kind.full_access().to_owned());
        aws.chain(tree.policies.keys().cloned()).collect()
    };
    *made += 1;
    // What a rule refuses leaves the tree as it was; that is part of what is tested.
    let before = tree.clone();
    let outcome = match step {
        Step::Unit(parent) => chosen(&parents(tree), *parent).map(|parent| {
            tree.create_unit(&format!("ou-ab12-{made:08}"), &parent, &format!("unit {made}"), Vec::new()).map(drop)
        }),
        Step::Move(account, to) => {
            let account = chosen(&ACCOUNTS, *account).unwrap_or_default();
            let from = tree.members.get(account).map(|member| member.parent.clone());
            from.zip(chosen(&parents(tree), *to)).map(|(from, to)| tree.move_account(account, &from, &to))
        }
        Step::Policy(kind, deny, action) => chosen(&ACTIONS, *action).map(|action| {
            let effect = if *deny || *kind == PolicyType::ResourceControl { "Deny" } else { "Allow" };
            let principal = if *kind == PolicyType::ResourceControl { r#""Principal": "*", "# } else { "" };
            let content = format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", {principal}"Action": "{action}", "Resource": "*"}}}}"#
            );
            tree.create_policy(ControlPolicy {
                id: format!("p-{made:010}"),
                kind: *kind,
                name: format!("policy {made}"),
                description: String::new(),
                content,
                tags: Vec::new(),
            })
        }),
        Step::Attach(policy, target) => chosen(&policies(tree), *policy)
            .zip(chosen(&targets(tree), *target))
            .map(|(policy, target)| tree.attach(&policy, &target)),
        Step::Detach(policy, target) => chosen(&targets(tree), *target).and_then(|target| {
            let attached: Vec<String> = tree.attached(&target)?.iter().cloned().collect();
            chosen(&attached, *policy).map(|policy| tree.detach(&policy, &target))
        }),
        Step::Enable(kind) => Some(tree.enable("r-ab12", *kind)),
        Step::Disable(kind) => Some(tree.disable("r-ab12", *kind)),
        Step::Leave(account) => chosen(&ACCOUNTS, *account).map(|account| tree.leave(account, 0)),
        Step::Close(account) => chosen(&ACCOUNTS, *account).map(|account| tree.close(account, 0)),
    };
    if let Some(Err(_)) = outcome {
        assert_eq!(*tree, before, "{step:?}");
    }
}

/// Whether the policies of a type attached to one thing let an action pass: none denies, one allows.
fn passes(tree: &Tree, target: &str, kind: PolicyType, action: &str) -> (bool, bool) {
    let (mut allowed, mut denied) = (false, false);
    for id in tree.attached(target).into_iter().flatten() {
        let Some(policy) = tree.policy(id).filter(|policy| policy.kind == kind) else { continue };
        let about = policy.content.contains(r#""Action": "*""#) || policy.content.contains(action);
        allowed |= about && policy.content.contains("Allow");
        denied |= about && policy.content.contains("Deny");
    }
    (allowed, denied)
}

/// The plain answer: a walk from the account up to the root.
fn plain(tree: &Tree, account: &str, kind: PolicyType, action: &str) -> Decision {
    if account == MANAGEMENT || !tree.organization.enabled.contains(&kind) {
        return Decision::Allow;
    }
    let (mut allowed, mut denied) = passes(tree, account, kind, action);
    let mut at = tree.members[account].parent.clone();
    loop {
        let (here_allowed, here_denied) = passes(tree, &at, kind, action);
        allowed &= here_allowed;
        denied |= here_denied;
        match tree.units.get(&at) {
            Some(unit) => at.clone_from(&unit.parent),
            None => break,
        }
    }
    match (denied, allowed) {
        (true, _) => Decision::ExplicitDeny,
        (false, true) => Decision::Allow,
        (false, false) => Decision::ImplicitDeny,
    }
}

fn decide(standing: &Standing, account: &str, kind: PolicyType, action: &str) -> Decision {
    let everything = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let mut caller = Caller::new(Principal::Root { account: account.to_owned() });
    caller.identity.push(Policy::parse(everything, PolicyKind::Identity).unwrap());
    if kind == PolicyType::ServiceControl {
        caller.scps.clone_from(&standing.scps);
    }
    let rcps = if kind == PolicyType::ResourceControl { standing.rcps_for(action) } else { &[] };
    evaluate(&Request {
        caller: &caller,
        action,
        resource: "*",
        resource_account: Some(account),
        resource_policy: None,
        resource_policy_required: false,
        rcps,
        context: &Context::new(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_binds_an_account_is_what_a_walk_to_the_root_says(steps in steps()) {
        let mut tree = new_tree();
        for account in ACCOUNTS {
            tree.joined((account, account, ""), Vec::new(), 0).unwrap();
        }
        let mut made = 0;
        for step in &steps {
            take(&mut tree, &mut made, step);
            // Everything under the root always has a policy of a type that is enabled, at most five.
            for kind in PolicyType::ALL {
                for target in tree.targets() {
                    let count = tree.policies_on(target, kind).unwrap().len();
                    prop_assert_eq!(count > 0, tree.is_enabled(kind));
                    prop_assert!(count <= 5);
                }
            }
            prop_assert!(tree.units.keys().all(|unit| tree.path(unit).len() <= 6));
        }
        for account in tree.members.keys() {
            let standing = Standing::of(&tree, account).unwrap().unwrap();
            prop_assert_eq!(standing.is_closed, tree.members[account].closed.is_some());
            for kind in PolicyType::ALL {
                for action in ACTIONS {
                    let bound = kind == PolicyType::ServiceControl || action.starts_with("s3:");
                    let wanted =
                        if bound { plain(&tree, account, kind, action) } else { Decision::Allow };
                    prop_assert_eq!(decide(&standing, account, kind, action), wanted, "{} {:?} {}", account, kind, action);
                }
            }
        }
    }
}
