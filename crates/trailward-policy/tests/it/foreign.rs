//! Foreign bytes: whatever arrives, parsing and evaluating end without a panic (invariant P2).

use trailward_policy::{Caller, Context, Policy, PolicyKind, evaluate, explain};

use crate::cast::{HOME, Scene, session, user};

const SEED: u64 = 0x0070_6f6c_6963_7921;
const ROUNDS: usize = 30_000;

const KINDS: [PolicyKind; 5] =
    [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust, PolicyKind::Scp, PolicyKind::Rcp];

const DOCUMENTS: [&str; 3] = [
    r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:Get*","*"],"NotResource":"arn:aws:s3:::logs/${aws:username, 'x'}/*","Condition":{"ForAllValues:StringLikeIfExists":{"aws:PrincipalTag/x":["a*","${*}"]},"DateLessThan":{"aws:CurrentTime":"2026-11-21T00:00:00.5+01:00"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:role/r"],"Service":"s3.amazonaws.com"},"NotAction":"s3:?et*","Resource":["arn:aws:s3:::l*gs","*"],"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"NumericLessThan":{"s3:max-keys":10},"BinaryEquals":{"k:b":"QUJD"}}}}"#,
    r#"{"Statement":[{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"},"Null":{"k:x":"true"},"Bool":{"k:y":false}}}]}"#,
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

/// Uses a document in every place there is.
fn use_it(text: &str, kind: PolicyKind) -> bool {
    let Ok(policy) = Policy::parse(text, kind) else { return false };
    let mut context = Context::new();
    context.set_multi("k:x", ["", "a"]);
    context.set("aws:SourceIp", "10.1.2.3");
    for mut caller in [user(HOME, "ann"), session(HOME, "r", "s"), Caller::anonymous()] {
        caller.identity = vec![policy.clone()];
        caller.session = Some(vec![policy.clone()]);
        caller.scps = vec![vec![policy.clone()]];
        let rcps = vec![vec![policy.clone()]];
        let scene =
            Scene { policy: Some(policy.clone()), context: context.clone(), rcps, ..Scene::default() };
        let request = scene.request(&caller);
        assert_eq!(evaluate(&request), explain(&request).decision, "{text}");
    }
    let _ = (policy.is_public(), policy.resources().count(), policy.principals().count());
    true
}

#[test]
fn damaged_documents_are_refused_or_work() {
    println!("seed {SEED}");
    let mut dice = Dice(SEED);
    let mut accepted = 0_usize;
    for round in 0..ROUNDS {
        let mut bytes = DOCUMENTS[round % DOCUMENTS.len()].as_bytes().to_vec();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len());
            let to = at + dice.below(12).min(bytes.len() - at);
            match dice.below(5) {
                0 => bytes[at] = b"{}[]\":,*?$'\\ a0/\x00\xff"[dice.below(18)],
                1 => drop(bytes.drain(at..to)),
                2 => bytes.insert(at, b"{}[]\":,*?$'"[dice.below(11)]),
                3 => bytes.splice(at..at, bytes[at..to].to_vec()).for_each(drop),
                _ => bytes.truncate(bytes.len() - dice.below(4)),
            }
            if bytes.is_empty() {
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        accepted += usize::from(use_it(&text, KINDS[dice.below(KINDS.len())]));
    }
    assert!(accepted > ROUNDS / 100, "damage should not always be fatal: {accepted}");
}

#[test]
fn noise_is_refused() {
    let mut dice = Dice(SEED);
    for _ in 0..ROUNDS {
        let noise: Vec<u8> =
            (0..dice.below(60)).map(|_| b"{}[]\":,0-9.eE truefalsn\\u\xc3\xa9"[dice.below(26)]).collect();
        assert!(!use_it(&String::from_utf8_lossy(&noise), PolicyKind::Identity));
    }
}

#[test]
fn depth_and_length_are_bounded() {
    for open in ["[", "{\"a\":", "{\"Statement\":[", "{\"Statement\":{\"Condition\":{\"Bool\":"] {
        assert!(Policy::parse(&open.repeat(4000), PolicyKind::Resource).is_err());
    }
    let keys: Vec<String> = (0..3000).map(|n| format!("\"k:{n}\":1")).collect();
    let text = format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"NumericEquals":{{{}}}}}}}}}"#,
        keys.join(",")
    );
    assert!(Policy::parse_within(&text, PolicyKind::Identity, usize::MAX).is_ok());
}
