//! The callers and documents that the tests share.

use trailward_policy::{
    Caller, Context, Decision, Policy, PolicyKind, Principal, Request, evaluate, explain, spec,
};

pub(crate) const HOME: &str = "111111111111";
pub(crate) const AWAY: &str = "222222222222";

pub(crate) fn root(account: &str) -> Caller {
    Caller::new(Principal::Root { account: account.into() })
}

pub(crate) fn user(account: &str, name: &str) -> Caller {
    Caller::new(Principal::User {
        account: account.into(),
        arn: format!("arn:aws:iam::{account}:user/{name}"),
        user_id: format!("AIDA{:0>16}", name.to_uppercase()),
    })
}

pub(crate) fn session(account: &str, role: &str, name: &str) -> Caller {
    Caller::new(Principal::RoleSession {
        account: account.into(),
        role_arn: format!("arn:aws:iam::{account}:role/{role}"),
        session_arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
        role_id: format!("AROA{:0>16}", role.to_uppercase()),
        session_name: name.into(),
    })
}

pub(crate) fn federated(account: &str, name: &str) -> Caller {
    Caller::new(Principal::FederatedUser {
        account: account.into(),
        arn: format!("arn:aws:sts::{account}:federated-user/{name}"),
        name: name.into(),
    })
}

pub(crate) fn policy(kind: PolicyKind, statements: &str) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&text, kind).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

pub(crate) fn identity(statements: &str) -> Policy {
    policy(PolicyKind::Identity, statements)
}

pub(crate) fn resource(statements: &str) -> Policy {
    policy(PolicyKind::Resource, statements)
}

/// Allows one action pattern on everything.
pub(crate) fn allows(action: &str) -> Policy {
    identity(&format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#))
}

pub(crate) fn context(pairs: &[(&str, &str)]) -> Context {
    pairs.iter().copied().collect()
}

/// Everything about a request but who makes it, with what most tests do not care about.
#[derive(Clone)]
pub(crate) struct Scene<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) owner: &'a str,
    pub(crate) policy: Option<Policy>,
    pub(crate) required: bool,
    pub(crate) rcps: Vec<Vec<Policy>>,
    pub(crate) context: Context,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Self {
            action: "s3:GetObject",
            resource: "arn:aws:s3:::logs/key",
            owner: HOME,
            policy: None,
            required: false,
            rcps: Vec::new(),
            context: Context::new(),
        }
    }
}

impl Scene<'_> {
    pub(crate) fn request<'r>(&'r self, caller: &'r Caller) -> Request<'r> {
        Request {
            caller,
            action: self.action,
            resource: self.resource,
            resource_account: Some(self.owner),
            resource_policy: self.policy.as_ref(),
            resource_policy_required: self.required,
            rcps: &self.rcps,
            context: &self.context,
        }
    }

    /// The decision, on which both evaluators and the explanation must agree.
    pub(crate) fn decide(&self, caller: &Caller) -> Decision {
        let request = self.request(caller);
        let decision = evaluate(&request);
        assert_eq!(decision, spec::evaluate(&request), "the plain evaluator disagrees: {request:?}");
        assert_eq!(decision, explain(&request).decision, "the explanation disagrees");
        decision
    }

    pub(crate) fn allows(&self, caller: &Caller) -> bool {
        self.decide(caller).is_allowed()
    }
}
