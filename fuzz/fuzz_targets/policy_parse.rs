//! Any text as a policy of any kind: it is refused or it works, and never panics (invariant P2).
//!
//! The first byte chooses the kind, the second the caller; the rest is the document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailward_policy::{Caller, Context, Policy, PolicyKind, Principal, Request, evaluate, explain};

const HOME: &str = "111111111111";

fn principal(choice: u8) -> Principal {
    match choice % 5 {
        0 => Principal::Anonymous,
        1 => Principal::Service("cloudtrail.amazonaws.com".into()),
        2 => Principal::Root { account: HOME.into() },
        3 => Principal::User {
            account: HOME.into(),
            arn: "arn:aws:iam::111111111111:user/ann".into(),
            user_id: "AIDA0000000000000ANN".into(),
        },
        _ => Principal::RoleSession {
            account: HOME.into(),
            role_arn: "arn:aws:iam::111111111111:role/r".into(),
            session_arn: "arn:aws:sts::111111111111:assumed-role/r/s".into(),
            role_id: "AROA000000000000000R".into(),
            session_name: "s".into(),
        },
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, who, document @ ..] = bytes else { return };
    let Ok(text) = std::str::from_utf8(document) else { return };
    let kinds =
        [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust, PolicyKind::Scp, PolicyKind::Rcp];
    let Ok(policy) = Policy::parse(text, kinds[usize::from(*kind) % kinds.len()]) else { return };

    let mut caller = Caller::new(principal(*who));
    caller.identity = vec![policy.clone()];
    caller.boundary = Some(policy.clone());
    caller.session = Some(vec![policy.clone()]);
    caller.scps = vec![vec![policy.clone()]];
    let mut context = Context::new();
    context.set("aws:SourceIp", "10.1.2.3");
    context.set("aws:CurrentTime", "2026-11-21T00:00:00Z");
    context.set_multi("aws:TagKeys", ["a", "*", ""]);
    let rcps = [vec![policy.clone()]];
    let request = Request {
        caller: &caller,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::logs/AWSLogs/111111111111/x:y",
        resource_account: Some(HOME),
        resource_policy: Some(&policy),
        resource_policy_required: false,
        rcps: &rcps,
        context: &context,
    };
    assert_eq!(evaluate(&request), explain(&request).decision);
    let _ = (policy.is_public(), policy.resources().count(), policy.actions().count());
});
