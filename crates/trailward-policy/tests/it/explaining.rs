//! What an explanation says, word for word where AWS's messages carry it.

use trailward_policy::{Caller, Effect, Explanation, PolicyKind, Source, explain};

use crate::cast::{AWAY, HOME, Scene, allows, identity, policy, resource, session, user};

fn why(scene: &Scene<'_>, caller: &Caller) -> Explanation {
    scene.decide(caller);
    explain(&scene.request(caller))
}

fn stop() -> Scene<'static> {
    Scene {
        action: "cloudtrail:StopLogging",
        resource: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main",
        ..Scene::default()
    }
}

const DENY: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Sid": "No", "Effect": "Deny", "Action": "cloudtrail:Stop*", "Resource": "*"}"#;

#[test]
fn explicit_denies_name_their_policy() {
    let ann = || Caller { identity: vec![allows("*")], ..user(HOME, "ann") };
    let deny = || identity(DENY);
    for (caller, source, level, tail) in [
        (
            Caller { identity: vec![allows("*"), deny()], ..ann() },
            Source::Identity,
            None,
            "an identity-based policy",
        ),
        (Caller { boundary: Some(deny()), ..ann() }, Source::Boundary, None, "a permissions boundary"),
        (Caller { session: Some(vec![deny()]), ..ann() }, Source::Session, None, "a session policy"),
        (
            Caller { scps: vec![vec![allows("*")], vec![deny()]], ..ann() },
            Source::Scp,
            Some(1),
            "a service control policy",
        ),
    ] {
        let explanation = why(&stop(), &caller);
        assert_eq!(explanation.denied_because(), format!("with an explicit deny in {tail}"));
        assert_eq!(explanation.refused_by, Some(source));
        let [deciding] = explanation.deciding.as_slice() else { panic!("{explanation:?}") };
        assert_eq!((deciding.source, deciding.level, deciding.statement), (source, level, 1));
        assert_eq!(deciding.policy, usize::from(source == Source::Identity));
        assert_eq!((deciding.sid.as_deref(), deciding.effect), (Some("No"), Effect::Deny));
    }
    let statement = r#"{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let bucket = Scene { policy: Some(resource(statement)), ..stop() };
    assert_eq!(why(&bucket, &ann()).denied_because(), "with an explicit deny in a resource-based policy");
    assert_eq!(
        why(&bucket, &ann()).to_string(),
        "explicit deny: resource-based policy 0, statement 0 (No), denies"
    );
    let rcp = Scene { rcps: vec![vec![policy(PolicyKind::Rcp, statement)]], ..stop() };
    assert_eq!(why(&rcp, &ann()).denied_because(), "with an explicit deny in a resource control policy");
    let trust = r#"{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}"#;
    let role = Scene { action: "sts:AssumeRole", policy: Some(policy(PolicyKind::Trust, trust)), ..stop() };
    assert_eq!(why(&role, &ann()).denied_because(), "with an explicit deny in the role trust policy");
}

#[test]
fn implicit_denies_name_what_is_missing() {
    let ann = || Caller { identity: vec![allows("*")], ..user(HOME, "ann") };
    let other = || allows("sqs:*");
    for (caller, what) in [
        (user(HOME, "ann"), "identity-based policy"),
        (Caller { boundary: Some(other()), ..ann() }, "permissions boundary"),
        (Caller { session: Some(vec![other()]), ..ann() }, "session policy"),
        (Caller { scps: vec![vec![other()]], ..ann() }, "service control policy"),
        (Caller::anonymous(), "resource-based policy"),
        (Caller { identity: vec![allows("*")], ..user(AWAY, "ann") }, "resource-based policy"),
    ] {
        let explanation = why(&stop(), &caller);
        let tail = format!("because no {what} allows the cloudtrail:StopLogging action");
        assert_eq!(explanation.denied_because(), tail);
    }
    let level = Caller { scps: vec![vec![allows("*")], vec![other()]], ..ann() };
    let explanation = why(&stop(), &level);
    assert_eq!(explanation.level, Some(1));
    assert_eq!(
        explanation.to_string(),
        "implicit deny: no service control policy at level 1 allows cloudtrail:StopLogging"
    );
    let key = Scene { required: true, ..stop() };
    assert_eq!(why(&key, &ann()).refused_by, Some(Source::Resource));
    let trust = r#"{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "sts:AssumeRole"}"#;
    let role = Scene {
        action: "sts:AssumeRole",
        policy: Some(policy(PolicyKind::Trust, trust)),
        required: true,
        ..stop()
    };
    assert_eq!(
        why(&role, &ann()).denied_because(),
        "because no role trust policy allows the sts:AssumeRole action"
    );
}

#[test]
fn allows_name_every_policy_they_rest_on() {
    let named = |sid: &str| {
        identity(&format!(r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#))
    };
    let mut caller = session(HOME, "auditor", "mon");
    caller.identity = vec![allows("sqs:*"), named("I")];
    caller.boundary = Some(named("B"));
    caller.session = Some(vec![named("S")]);
    caller.scps = vec![vec![named("C0")], vec![named("C1")]];
    let explanation = why(&stop(), &caller);
    assert_eq!(explanation.denied_because(), "");
    assert_eq!(explanation.refused_by, None);
    let sids: Vec<_> = explanation.deciding.iter().filter_map(|deciding| deciding.sid.as_deref()).collect();
    assert_eq!(sids, ["C0", "C1", "I", "B", "S"]);
    assert!(
        explanation
            .to_string()
            .starts_with("allow: service control policy 0 at level 0, statement 0 (C0), allows;")
    );
}
