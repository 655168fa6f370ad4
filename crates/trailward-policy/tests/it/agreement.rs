//! The two evaluators must agree on two hundred thousand generated cases, in which everything overlaps everything.
//!
//! The seed is fixed. `TRAILWARD_POLICY_SEED` and `TRAILWARD_POLICY_CASES` set others, for longer searches.

use std::fmt::Write as _;

use trailward_policy::{
    CANONICAL_USER_KEY, Caller, Context, Decision, FEDERATED_PROVIDER_KEY, Policy, PolicyKind, Request, Test,
    evaluate, explain, spec,
};

use crate::cast::{AWAY, HOME, federated, root, session, user};

const CASES: u64 = 200_000;
const SEED: u64 = 0x7261_696c_7761_7264;
const THREADS: u64 = 2;
/// Requests made of each generated set of policies.
const REQUESTS: u64 = 20;

struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() >> 33).unwrap() % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const ACTIONS: &[&str] =
    &["s3:GetObject", "s3:PutObject", "s3:GetObjectAcl", "cloudtrail:StopLogging", "sts:AssumeRole"];
const ACTION_PATTERNS: &[&str] = &[
    "*",
    "*",
    "s3:*",
    "s3:Get*",
    "S3:gETobject",
    "s3:?etObject",
    "*:Stop*",
    "s3:*Object",
    "s3:*Object*",
    "sts:*",
    "cloudtrail:StopLogging",
    "sts:AssumeRole",
    "s3:G*O*t",
];
const RESOURCES: &[&str] = &[
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/ann/x",
    "arn:aws:s3:::logs/*/x",
    "arn:aws:s3:::logs/a:b",
    "arn:aws:cloudtrail:eu-west-1:111111111111:trail/t",
    "arn:aws:iam::222222222222:role/r",
    "*",
];
const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "*",
    "*",
    "arn:aws:s3:::logs*",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::logs/${aws:username}/*",
    "arn:aws:s3:::logs/${*}/x",
    "arn:aws:s3:::*/${k:one, 'ann'}/?",
    "arn:aws:s3:*",
    "arn:aws:*:*:*:trail/t",
    "arn:*",
    "arn:aws:s3",
    "arn:aws:cloudtrail:*:111111111111:trail/*",
    "arn:aws:i?m::*:role/r",
    "arn:aws:s3:::logs/${k:many}/x",
    "arn:aws*:b",
    "arn:aws:clo*il:*",
    "arn:aws:*:t",
    "arn:aws:s3:::logs/a?b",
];
/// What random ARNs are made of.
const ATOMS: &[&str] = &["a", "a", "b", ":", ":", "*", "?", "/", "é", "ab"];
const PRINCIPALS: &[&str] = &[
    r#""*""#,
    r#""*""#,
    r#"{"AWS": "*"}"#,
    r#"{"AWS": "111111111111"}"#,
    r#"{"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::111111111111:user/ann"]}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:user/ann"}"#,
    r#"{"AWS": "arn:aws:iam::111111111111:role/r"}"#,
    r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/r/s"}"#,
    r#"{"AWS": "arn:aws:sts::111111111111:federated-user/fed"}"#,
    r#"{"AWS": ["AIDA0000000000000ANN", "AROA000000000000000R"]}"#,
    r#"{"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:role/r", "arn:aws:sts::111111111111:assumed-role/r/s"]}"#,
    r#"{"AWS": ["111111111111", "arn:aws:sts::111111111111:federated-user/fed"], "Service": "s3.amazonaws.com"}"#,
    r#"{"Service": ["cloudtrail.amazonaws.com", "s3.amazonaws.com"]}"#,
    r#"{"Service": "cloudtrail.amazonaws.com", "AWS": "222222222222"}"#,
    r#"{"Federated": "arn:aws:iam::111111111111:saml-provider/idp"}"#,
    r#"{"CanonicalUser": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
];
const CANONICAL: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const KEYS: &[&str] = &[
    "aws:username",
    "AWS:PrincipalArn",
    "aws:principalaccount",
    "aws:userid",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "k:arn",
    "k:one",
    "k:many",
    "K:Many",
    "k:empty",
    "k:missing",
];
const TEXTS: &[&str] = &[
    "ann",
    "Ann",
    "*",
    "a*",
    "?nn",
    "a",
    "",
    "${aws:username}",
    "${*}",
    "${k:one}",
    "${k:missing}",
    "x${k:many, 'n'}",
    "${k:missing, 'ann'}",
    "true",
    "*n*n",
];
const NUMBERS: &[&str] = &["1", "1.0", "2", "-3", "1e1", "10"];
const DATES: &[&str] = &[
    "2026-11-21",
    "2026-11-21T00:00:00Z",
    "2026-11-21T01:00:00+01:00",
    "1795219200",
    "2026",
    "2026-11-20T23:59:59.5Z",
    "-5",
    "1795219200.5",
    "2026-11",
];
const BOOLEANS: &[&str] = &["true", "false", "TRUE"];
const BINARIES: &[&str] = &["QUJD", "", "QQ=="];
const RANGES: &[&str] =
    &["10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "2001:db8::/33", "::/0", "10.1.2.3/31", "192.0.2.0/24"];
const ARNS: &[&str] = &[
    "*",
    "arn:aws:iam::111111111111:user/ann",
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::111111111111:role/r",
    "arn:aws:s3:::*",
    "arn:*:*:*:*:*",
    "arn:aws:*",
    "${aws:PrincipalArn}",
    "arn:aws:iam::${aws:PrincipalAccount}:*",
    "arn:aws:i?m::111111111111:*/${aws:username}",
    "${k:one}:*",
    "${k:arn}*",
    "${k:arn}:?",
    "arn:aws:s3:::${k:many}",
    "arn:a*s:iam::1*1:*e*",
];
const HAVE_ARNS: &[&str] = &[
    "arn:aws:iam::111111111111:user/ann",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a:b",
    "arn:aws:s3:::a:bc",
    "arn:aws:s3",
];
const HAVE: &[&str] = &[
    "ann",
    "ANN",
    "a",
    "*",
    "",
    "true",
    "1",
    "10",
    "2026-11-21",
    "1795219200",
    "10.1.2.3",
    "2001:db8::1",
    "::ffff:10.1.2.3",
    "QUJD",
    "arn:aws:iam::111111111111:user/ann",
    "arn:aws:s3:::logs",
    "arn:aws:s3:::a:b",
    "nonsense",
];

fn list(dice: &mut Dice, from: &[&str]) -> String {
    let count = if dice.one_in(12) { 0 } else { 1 + dice.below(2) };
    let items: Vec<String> = (0..count).map(|_| format!("{:?}", dice.of(from))).collect();
    if count == 1 && dice.one_in(2) { items[0].clone() } else { format!("[{}]", items.join(", ")) }
}

fn random_arn(dice: &mut Dice, wild: bool) -> String {
    let mut text = String::from(dice.of(&["arn:aws:", "arn:aws:s3:a:b:", "arn:aws:s3:::"]));
    for _ in 0..dice.below(9) {
        let atom = dice.of(ATOMS);
        text.push_str(if !wild && atom == "?" { "a" } else { atom });
    }
    text
}

fn condition(dice: &mut Dice) -> String {
    let test = Test::ALL[dice.below(Test::ALL.len())];
    let name = test.name();
    let values = match name {
        _ if name.starts_with("String") => TEXTS,
        _ if name.starts_with("Numeric") => NUMBERS,
        _ if name.starts_with("Date") => DATES,
        _ if name.starts_with("Arn") => ARNS,
        "BinaryEquals" => BINARIES,
        "IpAddress" | "NotIpAddress" => RANGES,
        _ => BOOLEANS,
    };
    let keys = if name.starts_with("Arn") && dice.one_in(2) { &["k:arn", "aws:PrincipalArn"] } else { KEYS };
    let prefix = dice.of(&["", "", "ForAllValues:", "ForAnyValue:"]);
    let suffix = if test != Test::Null && dice.one_in(3) { "IfExists" } else { "" };
    format!(r#""{prefix}{name}{suffix}": {{"{}": {}}}"#, dice.of(keys), list(dice, values))
}

fn statement(dice: &mut Dice, kind: PolicyKind) -> String {
    let deny = dice.one_in(5);
    let mut text = format!(r#"{{"Effect": "{}""#, if deny { "Deny" } else { "Allow" });
    let not = |dice: &mut Dice, odds| if dice.one_in(odds) { "Not" } else { "" };
    match kind {
        PolicyKind::Resource | PolicyKind::Trust => {
            let not = if deny && kind == PolicyKind::Resource { not(dice, 2) } else { "" };
            write!(text, r#", "{not}Principal": {}"#, dice.of(PRINCIPALS)).unwrap();
        }
        PolicyKind::Rcp => text.push_str(r#", "Principal": "*""#),
        PolicyKind::Identity | PolicyKind::Scp => {}
    }
    let action = if kind == PolicyKind::Trust { "sts:Assume*" } else { dice.of(ACTION_PATTERNS) };
    write!(text, r#", "{}Action": ["{action}"]"#, not(dice, 6)).unwrap();
    if kind != PolicyKind::Trust {
        let pattern =
            if dice.one_in(3) { random_arn(dice, true) } else { dice.of(RESOURCE_PATTERNS).to_owned() };
        write!(text, r#", "{}Resource": "{pattern}""#, not(dice, 6)).unwrap();
    }
    if dice.one_in(2) {
        let first = condition(dice);
        let both = if dice.one_in(3) { format!("{first}, {}", condition(dice)) } else { first };
        write!(text, r#", "Condition": {{{both}}}"#).unwrap();
    }
    text + "}"
}

/// A document that parses; the few that do not, such as those whose two conditions share an operator, are thrown again.
fn policy(dice: &mut Dice, kind: PolicyKind) -> Policy {
    loop {
        let version = if dice.one_in(8) { "2008-10-17" } else { "2012-10-17" };
        let count = 1 + dice.below(3);
        let statements: Vec<String> = (0..count).map(|_| statement(dice, kind)).collect();
        let text = format!(r#"{{"Version": "{version}", "Statement": [{}]}}"#, statements.join(",\n"));
        match Policy::parse(&text, kind) {
            Ok(policy) => return policy,
            Err(e) => assert!(e.message() == "occurs twice", "{e}\n{text}"),
        }
    }
}

fn policies(dice: &mut Dice, kind: PolicyKind, most: usize) -> Vec<Policy> {
    (0..dice.below(most + 1)).map(|_| policy(dice, kind)).collect()
}

fn everything(kind: PolicyKind) -> Policy {
    let principal = if kind == PolicyKind::Rcp { r#""Principal": "*", "# } else { "" };
    let text =
        format!(r#"{{"Statement": {{"Effect": "Allow", {principal}"Action": "*", "Resource": "*"}}}}"#);
    Policy::parse(&text, kind).unwrap()
}

/// The levels over an account of an organization: the root, up to five units under each other, the account itself. Most
/// have a policy that allows everything, as AWS attaches it.
fn levels(dice: &mut Dice, kind: PolicyKind) -> Vec<Vec<Policy>> {
    let count = if dice.one_in(2) { 0 } else { 1 + dice.below(7) };
    let mut levels: Vec<Vec<Policy>> = (0..count).map(|_| policies(dice, kind, 1)).collect();
    for level in &mut levels {
        if !dice.one_in(16) {
            level.insert(dice.below(level.len() + 1), everything(kind));
        }
    }
    levels
}

/// The policies that surround twenty requests.
struct World {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    scps: Vec<Vec<Policy>>,
    rcps: Vec<Vec<Policy>>,
    resource: Option<Policy>,
}

impl World {
    fn new(dice: &mut Dice) -> Self {
        let kind = if dice.one_in(6) { PolicyKind::Trust } else { PolicyKind::Resource };
        Self {
            identity: policies(dice, PolicyKind::Identity, 2),
            boundary: dice.one_in(3).then(|| policy(dice, PolicyKind::Identity)),
            session: dice.one_in(3).then(|| policies(dice, PolicyKind::Identity, 2)),
            scps: levels(dice, PolicyKind::Scp),
            rcps: levels(dice, PolicyKind::Rcp),
            resource: (!dice.one_in(4)).then(|| policy(dice, kind)),
        }
    }

    fn caller(&self, dice: &mut Dice) -> Caller {
        let account = if dice.one_in(4) { AWAY } else { HOME };
        let mut caller = match dice.below(9) {
            0 => Caller::anonymous(),
            1 => Caller::service(dice.of(&["cloudtrail.amazonaws.com", "s3.amazonaws.com"]), Context::new()),
            2 => root(account),
            3 => federated(account, dice.of(&["fed", "*"])),
            4 | 5 => session(account, dice.of(&["r", "q"]), dice.of(&["s", "t"])),
            _ => user(account, dice.of(&["ann", "*", "bo"])),
        };
        caller.identity.clone_from(&self.identity);
        if dice.one_in(2) {
            caller.boundary.clone_from(&self.boundary);
        }
        if dice.one_in(2) {
            caller.session.clone_from(&self.session);
        }
        if dice.one_in(3) {
            caller.identity.push(everything(PolicyKind::Identity));
        }
        caller.scps.clone_from(&self.scps);
        caller.context = keys(dice);
        if dice.one_in(2) {
            caller.context.set("aws:PrincipalOrgID", dice.of(&["o-one", "ann"]));
            caller.context.set_multi("aws:PrincipalOrgPaths", ["o-one/r-ab12/", "a"]);
        }
        if dice.one_in(4) {
            caller.context.set(CANONICAL_USER_KEY, CANONICAL);
            caller.context.set(FEDERATED_PROVIDER_KEY, "arn:aws:iam::111111111111:saml-provider/idp");
        }
        caller
    }
}

fn keys(dice: &mut Dice) -> Context {
    let mut context = Context::new();
    if dice.one_in(2) {
        context.set("k:one", dice.of(HAVE));
    }
    if dice.one_in(2) {
        context.set("k:arn", dice.of(HAVE_ARNS));
    }
    if dice.one_in(2) {
        let count = dice.below(4);
        let values: Vec<&str> = (0..count).map(|_| dice.of(HAVE)).collect();
        context.set_multi("k:many", values);
    }
    if dice.one_in(2) {
        context.set_multi("K:Empty", ["", ""]);
    }
    context
}

fn describe(request: &Request<'_>) -> String {
    let text = |policy: &Policy| policy.text().to_owned();
    let texts = |policies: &[Policy]| policies.iter().map(text).collect::<Vec<_>>();
    let context = |context: &Context| {
        context.iter().map(|(key, values)| (key.to_owned(), values.into())).collect::<serde_json::Map<_, _>>()
    };
    let caller = request.caller;
    let json = serde_json::json!({
        "principal": format!("{:?}", caller.principal),
        "identity": texts(&caller.identity),
        "boundary": caller.boundary.as_ref().map(text),
        "session": caller.session.as_deref().map(texts),
        "scps": caller.scps.iter().map(|level| texts(level)).collect::<Vec<_>>(),
        "rcps": request.rcps.iter().map(|level| texts(level)).collect::<Vec<_>>(),
        "resourcePolicy": request.resource_policy.map(text),
        "resourcePolicyRequired": request.resource_policy_required,
        "callerContext": context(&caller.context),
        "context": context(request.context),
        "action": request.action,
        "resource": request.resource,
        "resourceAccount": request.resource_account,
    });
    format!("{json:#}")
}

fn search(seed: u64, cases: u64) -> [u64; 3] {
    let mut dice = Dice(seed);
    let mut tally = [0_u64; 3];
    for _ in 0..cases.div_ceil(REQUESTS) {
        let world = World::new(&mut dice);
        for _ in 0..REQUESTS {
            let caller = world.caller(&mut dice);
            let context = keys(&mut dice);
            let random = random_arn(&mut dice, false);
            let request = Request {
                caller: &caller,
                action: dice.of(ACTIONS),
                resource: if dice.one_in(3) { &random } else { dice.of(RESOURCES) },
                resource_account: [Some(HOME), Some(HOME), Some(AWAY), None][dice.below(4)],
                resource_policy: world.resource.as_ref(),
                resource_policy_required: dice.one_in(4),
                rcps: &world.rcps,
                context: &context,
            };
            let decision = evaluate(&request);
            let plain = spec::evaluate(&request);
            assert!(
                decision == plain,
                "seed {seed}: {decision:?}, but plainly {plain:?}\n{}",
                describe(&request)
            );
            let explanation = explain(&request);
            assert!(
                explanation.decision == decision
                    && explanation.denied_because().is_empty() == decision.is_allowed(),
                "seed {seed}: {explanation:?}\n{}",
                describe(&request)
            );
            tally[match decision {
                Decision::Allow => 0,
                Decision::ExplicitDeny => 1,
                Decision::ImplicitDeny => 2,
            }] += 1;
        }
    }
    tally
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect(name))
}

#[test]
fn two_evaluators_agree() {
    let seed = setting("TRAILWARD_POLICY_SEED", SEED);
    let cases = setting("TRAILWARD_POLICY_CASES", CASES);
    println!("seed {seed}, {cases} cases");
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            std::thread::spawn(move || search(seed.wrapping_add(thread).max(1), cases.div_ceil(THREADS)))
        })
        .collect();
    let mut total = [0_u64; 3];
    for thread in threads {
        let part = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        for (total, part) in total.iter_mut().zip(part) {
            *total += part;
        }
    }
    println!("allow, explicit deny, implicit deny: {total:?}");
    // A generator that always refuses proves nothing.
    assert!(total.iter().all(|seen| *seen * 20 > cases), "too one-sided: {total:?}");
}
