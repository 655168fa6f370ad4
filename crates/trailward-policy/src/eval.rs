//! The decision, as the IAM User Guide tells it in "How AWS enforcement code logic evaluates requests".

use crate::ast::Effect;
use crate::context::Context;
use crate::explain::Source;
use crate::policy::{Policy, Rule};
use crate::principal::{Keys, Principal};
use crate::who::Grant;

/// A caller with every policy that travels with it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who calls.
    pub principal: Principal,
    /// The identity policies of the user and its groups, or of the role. They grant nothing to services and
    /// anonymous callers, and an account's root user needs none.
    pub identity: Vec<Policy>,
    /// The permissions boundary.
    pub boundary: Option<Policy>,
    /// Session policies, of which one must allow; `None` for a caller without a restricted session. An empty list
    /// allows nothing, as for `GetFederationToken` without policies.
    pub session: Option<Vec<Policy>>,
    /// Service control policies from the root of the organization down to the account, each level by itself. Empty
    /// where none apply: no organization, the management account, a service-linked role.
    pub scps: Vec<Vec<Policy>>,
    /// Condition keys that hold for every request of this caller.
    pub context: Context,
}

impl Caller {
    /// A caller without any policy.
    pub fn new(principal: Principal) -> Self {
        Self {
            principal,
            identity: Vec::new(),
            boundary: None,
            session: None,
            scps: Vec::new(),
            context: Context::new(),
        }
    }

    /// Somebody who did not sign.
    pub fn anonymous() -> Self {
        Self::new(Principal::Anonymous)
    }

    /// A service such as `cloudtrail.amazonaws.com`, with what it says of the resource it works for
    /// (`aws:SourceArn`, `aws:SourceAccount`).
    pub fn service(name: impl Into<String>, context: Context) -> Self {
        Self { context, ..Self::new(Principal::Service(name.into())) }
    }
}

/// One action on one resource, and what bears on it on the resource's side.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Such as `cloudtrail:StopLogging`; compared without regard to case.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that has none.
    pub resource: &'a str,
    /// The account that owns the resource; `None` counts as the caller's own.
    pub resource_account: Option<&'a str>,
    /// The policy attached to the resource.
    pub resource_policy: Option<&'a Policy>,
    /// Whether the resource policy must allow even in the same account, as for KMS keys and role trust.
    pub resource_policy_required: bool,
    /// Resource control policies over the resource's account, level by level; empty where none apply.
    pub rcps: &'a [Vec<Policy>],
    /// The request's condition keys, looked up before [`Caller::context`].
    pub context: &'a Context,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// It may go on.
    Allow,
    /// A statement refuses it.
    ExplicitDeny,
    /// Nothing that would have to allow it does.
    ImplicitDeny,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(self) -> bool {
        self == Self::Allow
    }
}

/// Decides a request: an explicit deny wins, the default is deny (invariant P1), and it always ends (P2).
pub fn evaluate(request: &Request<'_>) -> Decision {
    decide(request).decision
}

/// A statement, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) source: Source,
    pub(crate) level: Option<usize>,
    pub(crate) policy: usize,
    pub(crate) statement: usize,
}

/// A decision with what it rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) decision: Decision,
    /// The statement that denies.
    pub(crate) denied_by: Option<Site>,
    /// What should have allowed and did not, with its level.
    pub(crate) lacking: Option<(Source, Option<usize>)>,
    /// Statements that allow: of the resource policy, identity policies, boundary and session policies.
    pub(crate) allowed_by: [Option<Site>; 4],
}

/// What one set of policies says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Found {
    pub(crate) allow: Option<Site>,
    pub(crate) grant: Option<Grant>,
    pub(crate) deny: Option<Site>,
}

impl Request<'_> {
    pub(crate) fn keys(&self) -> Keys<'_> {
        Keys { request: self.context, caller: &self.caller.context, principal: &self.caller.principal }
    }
}

/// Looks through policies that must allow as one.
pub(crate) fn scan<'a>(
    request: &Request<'_>,
    policies: impl IntoIterator<Item = &'a Policy>,
    source: Source,
    level: Option<usize>,
) -> Found {
    let keys = request.keys();
    let by_resource = matches!(source, Source::Resource | Source::Trust);
    let mut found = Found::default();
    for (policy, document) in policies.into_iter().enumerate() {
        for (statement, rule) in document.rules().iter().enumerate() {
            let allows = rule.effect == Effect::Allow;
            let enough = if by_resource { found.grant == Some(Grant::Direct) } else { found.allow.is_some() };
            if allows && enough || !rule.covers(request.action, request.resource, &keys) {
                continue;
            }
            let reach = reach(rule, request, &keys, by_resource);
            let site = Some(Site { source, level, policy, statement });
            match (allows, reach) {
                (_, None) => {}
                (false, _) => return Found { deny: site, ..found },
                (true, reach) if found.grant < reach => {
                    found.grant = reach;
                    found.allow = site;
                }
                (true, _) => {}
            }
        }
    }
    found
}

/// How a statement reaches the caller. One without a principal belongs to the caller already; should such a
/// statement stand in a resource policy, it may refuse but not grant.
fn reach(rule: &Rule, request: &Request<'_>, keys: &Keys<'_>, by_resource: bool) -> Option<Grant> {
    match &rule.who {
        Some(who) => who.reach(keys, request.caller.boundary.is_some()),
        None if by_resource && rule.effect == Effect::Allow => None,
        None => Some(Grant::Direct),
    }
}

/// What levels of control policies say: the first deny, and the first level that does not allow.
fn scan_levels(
    request: &Request<'_>,
    levels: &[Vec<Policy>],
    source: Source,
) -> (Option<Site>, Option<usize>) {
    let mut lacking = None;
    for (level, policies) in levels.iter().enumerate() {
        let found = scan(request, policies, source, Some(level));
        if found.deny.is_some() {
            return (found.deny, None);
        }
        if found.allow.is_none() && lacking.is_none() {
            lacking = Some(level);
        }
    }
    (None, lacking)
}

pub(crate) fn resource_source(request: &Request<'_>) -> Source {
    match request.resource_policy.map(Policy::kind) {
        Some(crate::ast::PolicyKind::Trust) => Source::Trust,
        _ => Source::Resource,
    }
}

pub(crate) fn decide(request: &Request<'_>) -> Outcome {
    let caller = request.caller;
    let deny = |site| Outcome {
        decision: Decision::ExplicitDeny,
        denied_by: Some(site),
        lacking: None,
        allowed_by: [None; 4],
    };
    let (rcp_deny, rcp_lacking) = scan_levels(request, request.rcps, Source::Rcp);
    if let Some(site) = rcp_deny {
        return deny(site);
    }
    let (scp_deny, scp_lacking) = scan_levels(request, &caller.scps, Source::Scp);
    if let Some(site) = scp_deny {
        return deny(site);
    }
    let resource = scan(request, request.resource_policy, resource_source(request), None);
    let identity = scan(request, &caller.identity, Source::Identity, None);
    let boundary = scan(request, &caller.boundary, Source::Boundary, None);
    let session = scan(request, caller.session.iter().flatten(), Source::Session, None);
    let found = [resource, identity, boundary, session];
    if let Some(site) = found.iter().find_map(|found| found.deny) {
        return deny(site);
    }
    let control = rcp_lacking
        .map(|level| (Source::Rcp, Some(level)))
        .or_else(|| scp_lacking.map(|level| (Source::Scp, Some(level))));
    let lacking = control.or_else(|| lacking(request, &found).map(|source| (source, None)));
    Outcome {
        decision: if lacking.is_none() { Decision::Allow } else { Decision::ImplicitDeny },
        denied_by: None,
        lacking,
        allowed_by: found.map(|found| found.allow),
    }
}

/// What should have allowed and did not, once nothing denies and the control policies let pass.
fn lacking(request: &Request<'_>, found: &[Found; 4]) -> Option<Source> {
    let caller = request.caller;
    let [resource, identity, boundary, session] = found;
    let by_resource = resource_source(request);
    let Some(account) = caller.principal.account() else {
        // Services and anonymous callers have no account whose policies could grant.
        return resource.grant.is_none().then_some(by_resource);
    };
    let is_root = matches!(caller.principal, Principal::Root { .. });
    let same_account = request.resource_account.is_none_or(|owner| owner == account);
    if same_account && resource.grant == Some(Grant::Direct) {
        return None;
    }
    let granted_here = same_account && resource.grant == Some(Grant::Limited);
    if same_account && request.resource_policy_required && resource.grant.is_none() {
        return Some(by_resource);
    }
    if !is_root && !granted_here && identity.allow.is_none() {
        return Some(Source::Identity);
    }
    if !is_root && caller.boundary.is_some() && boundary.allow.is_none() {
        return Some(Source::Boundary);
    }
    if caller.session.is_some() && session.allow.is_none() {
        return Some(Source::Session);
    }
    (!same_account && resource.grant.is_none()).then_some(by_resource)
}
