//! Judging the log group and the role that CloudTrail writes there with.
//!
//! SPEC CloudTrail user guide, "Sending events to CloudWatch Logs" and "Role policy document for CloudTrail to use
//! CloudWatch Logs for monitoring"; `CreateTrail` in the API reference.

use super::because::{allows_not, denies};
use super::judge::{Obstacle, judge, note, plain};
use super::need::{Need, Subject};
use super::patch::{Edit, add, push, statement_mut};
use super::report::{Finding, Patch, Place, Report};
use super::{FoundRole, InvalidPolicy, LogFacts, Proposal, RolePolicy, SERVICE};
use serde_json::{Value, json};
use trailward_model::Arn;
use trailward_policy::{
    Caller, Context, Decision, Effect, Policy, PolicyKind, Principal, Request, Scope, Source, Statement,
    evaluate, explain,
};

const ROLE_REFUSAL: &str = "InvalidCloudWatchLogsRoleArnException";
const GROUP_REFUSAL: &str = "InvalidCloudWatchLogsLogGroupArnException";
/// What the role has to be allowed.
const ACTIONS: [(&str, &str); 2] =
    [("make log streams", "logs:CreateLogStream"), ("write events", "logs:PutLogEvents")];
/// The inline policy of a patch for a role that has none.
const NEW_POLICY: &str = "write-events";

/// Says what would make `CreateTrail` refuse the log group or the role.
pub(super) fn judge_log(
    proposal: &Proposal,
    log: &LogFacts,
    report: &mut Report,
) -> Result<(), InvalidPolicy> {
    report.findings.extend(unfit(proposal, log));
    let Some(role) = &log.found else {
        report.findings.push(plain(
            ROLE_REFUSAL,
            format!("there is no role {}", log.role),
            "create the role, or name the right one",
        ));
        return Ok(());
    };
    // CloudTrail does not say for which trail it takes the role: a condition on `aws:SourceArn` or `aws:SourceAccount`
    // shuts it out.
    let mut context = Context::new();
    context.set("aws:PrincipalIsAWSService", "true");
    context.set("aws:SecureTransport", "true");
    let service = Caller::service(SERVICE, context);
    judge(&service, Subject::Trust, &[&trust_need(&log.role)], Some(&role.trust), report)?;
    permissions(proposal, log, role, report)
}

/// What no policy can help.
fn unfit(proposal: &Proposal, log: &LogFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let trail = &proposal.trail;
    let group = log.group.parse::<Arn>().ok();
    let role = log.role.parse::<Arn>().ok();
    // A delegated administrator's trail belongs to the management account, its log group does not.
    let strange = |arn: &Arn| arn.account != trail.account && proposal.organization.is_none();
    if !log.group.ends_with(":*") {
        findings.push(plain(
            GROUP_REFUSAL,
            format!("{} does not end in `:*`, as the ARN of a log group has to here", log.group),
            "give the ARN with `:*` at its end, as `aws logs describe-log-groups` shows it under `arn`",
        ));
    }
    if let Some(group) = &group {
        if group.region != trail.region {
            findings.push(plain(
                GROUP_REFUSAL,
                format!(
                    "the log group lies in {}, the trail's home Region is {}",
                    group.region, trail.region
                ),
                "use a log group of the trail's home Region",
            ));
        }
        if strange(group) {
            findings.push(plain(
                GROUP_REFUSAL,
                format!("the log group is account {}'s, the trail is {}'s", group.account, trail.account),
                "use a log group of the trail's own account",
            ));
        }
    }
    if log.exists == Some(false) {
        findings.push(plain(
            GROUP_REFUSAL,
            format!("there is no log group {}", log.group),
            "create it: aws logs create-log-group",
        ));
    }
    if let Some(role) = role.filter(strange) {
        findings.push(plain(
            ROLE_REFUSAL,
            format!("the role is account {}'s, the trail is {}'s", role.account, trail.account),
            "use a role of the trail's own account",
        ));
    }
    findings
}

fn trust_need(role: &str) -> Need {
    Need {
        purpose: "take the role",
        subject: Subject::Trust,
        action: "sts:AssumeRole",
        resource: role.to_owned(),
        pattern: role.to_owned(),
        refusal: Some(ROLE_REFUSAL),
        context: Context::new(),
        statement: json!({ "Sid": "CloudTrailTakesTheRole", "Effect": "Allow", "Principal": { "Service": SERVICE },
            "Action": "sts:AssumeRole" }),
    }
}

/// What is asked of the role: streams of the account and, for an organization's trail, of its members.
fn needs(proposal: &Proposal, log: &LogFacts) -> Vec<Need> {
    let group = log.group.trim_end_matches(":*");
    let (account, region) = (&proposal.trail.account, &proposal.trail.region);
    let own = format!("{account}_CloudTrail_{region}");
    let mut streams = vec![(own.clone(), own)];
    if let Some(organization) = &proposal.organization {
        // Which accounts there will be is not known; this one stands for them.
        streams
            .push((format!("{organization}_000000000000_CloudTrail_{region}"), format!("{organization}_")));
    }
    let each = streams.iter().flat_map(|stream| ACTIONS.iter().map(move |action| (stream, action)));
    each.map(|((example, begins), (purpose, action))| {
        let pattern = format!("{group}:log-stream:{begins}*");
        let mut context = Context::new();
        context.set("aws:SecureTransport", "true");
        context.set("aws:RequestedRegion", region.clone());
        Need {
            purpose,
            subject: Subject::Role,
            action,
            resource: format!("{group}:log-stream:{example}"),
            refusal: Some(GROUP_REFUSAL),
            context,
            statement: json!({ "Sid": "CloudTrailWritesEvents", "Effect": "Allow", "Action": [action],
                "Resource": [pattern] }),
            pattern,
        }
    })
    .collect()
}

/// One of the role's policies, as it is or as it is mended.
struct Held<'a> {
    named: &'a RolePolicy,
    document: Value,
    /// `None` for a policy without a statement yet.
    policy: Option<Policy>,
}

struct Permissions<'a> {
    role: &'a str,
    policies: Vec<Held<'a>>,
    boundary: Option<(&'a RolePolicy, Policy)>,
}

fn parse(policy: &RolePolicy, text: &str) -> Result<Policy, InvalidPolicy> {
    Policy::parse(text, PolicyKind::Identity).map_err(|error| InvalidPolicy {
        subject: Subject::Role,
        problem: format!("{}: {error}", policy.name),
    })
}

impl<'a> Permissions<'a> {
    fn read(arn: &'a str, role: &'a FoundRole) -> Result<Self, InvalidPolicy> {
        let mut policies = Vec::new();
        for named in &role.policies {
            let policy = Some(parse(named, &named.document)?);
            // What could be parsed as a policy is JSON.
            let document = serde_json::from_str(&named.document).unwrap_or_default();
            policies.push(Held { named, document, policy });
        }
        let boundary = role.boundary.as_ref();
        let boundary = boundary.map(|policy| Ok((policy, parse(policy, &policy.document)?))).transpose()?;
        Ok(Self { role: arn, policies, boundary })
    }

    /// The role as CloudTrail has taken it.
    fn caller(&self) -> Caller {
        let arn = self.role.parse::<Arn>().ok();
        let account = arn.as_ref().map_or("", |arn| arn.account.as_str()).to_owned();
        let partition = arn.as_ref().map_or("aws", |arn| arn.partition.as_str());
        let name = self.role.rsplit('/').next().unwrap_or_default();
        let mut caller = Caller::new(Principal::RoleSession {
            session_arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/CloudTrail"),
            account,
            role_arn: self.role.to_owned(),
            role_id: String::new(),
            session_name: "CloudTrail".to_owned(),
        });
        caller.identity = self.policies.iter().filter_map(|held| held.policy.clone()).collect();
        caller.boundary = self.boundary.as_ref().map(|(_, policy)| policy.clone());
        caller
    }

    /// What stands in a need's way.
    fn hindrance(&self, caller: &Caller, need: &Need) -> Option<Hindrance> {
        let request = request(caller, need);
        let (decision, explained) = (evaluate(&request), explain(&request));
        let boundary = explained.refused_by == Some(Source::Boundary);
        match decision {
            Decision::Allow => None,
            Decision::ExplicitDeny => {
                let deciding = explained.deciding.first();
                let (policy, statement) = deciding.map_or((0, 0), |found| (found.policy, found.statement));
                Some(Hindrance { boundary, policy: Some(policy), obstacle: Obstacle::Denied(statement) })
            }
            Decision::ImplicitDeny => {
                let looked =
                    if boundary { self.boundary.iter().map(|(_, p)| p).collect() } else { self.own() };
                let (policy, obstacle) = nearest(&looked, &request);
                Some(Hindrance { boundary, policy, obstacle })
            }
        }
    }

    fn own(&self) -> Vec<&Policy> {
        self.policies.iter().filter_map(|held| held.policy.as_ref()).collect()
    }

    fn finding(&self, caller: &Caller, need: &Need, hindrance: &Hindrance) -> Finding {
        let found = match (hindrance.boundary, hindrance.policy) {
            (true, _) => self.boundary.as_ref().map(|(named, policy)| (*named, policy)),
            (false, Some(at)) => {
                self.policies.get(at).and_then(|held| Some((held.named, held.policy.as_ref()?)))
            }
            (false, None) => None,
        };
        let statement = |at: usize| found.and_then(|(_, policy)| policy.statements().get(at));
        let place = |at: usize, denies: bool| Place {
            subject: Subject::Role,
            policy: found.map(|(named, _)| named.name.clone()),
            statement: at,
            sid: statement(at).and_then(|statement| statement.sid.clone()),
            denies,
        };
        let (place, because) = match &hindrance.obstacle {
            Obstacle::Denied(at) => {
                (Some(place(*at, true)), statement(*at).map(|statement| denies(statement, caller, need)))
            }
            Obstacle::Nearly(at, unmet) => (
                Some(place(*at, false)),
                statement(*at).map(|statement| allows_not(statement, unmet, caller, need)),
            ),
            Obstacle::Nothing if hindrance.boundary => {
                (None, Some("no statement of the role's permissions boundary allows this".to_owned()))
            }
            Obstacle::Nothing => (None, Some("no statement of the role's policies allows this".to_owned())),
        };
        let remedy = match (&hindrance.obstacle, hindrance.boundary) {
            (_, true) => Some("change the permissions boundary, or use a role without one"),
            (Obstacle::Denied(_), _) => Some("let the statement spare the log group, or use another role"),
            _ => None,
        };
        Finding {
            refusal: need.refusal,
            cannot: vec![format!("{} ({} on {})", need.purpose, need.action, need.resource)],
            place,
            because: because.unwrap_or_default(),
            remedy: remedy.map(str::to_owned),
        }
    }
}

/// What stands in the way, and in which policy.
struct Hindrance {
    boundary: bool,
    policy: Option<usize>,
    obstacle: Obstacle,
}

fn request<'a>(caller: &'a Caller, need: &'a Need) -> Request<'a> {
    Request {
        caller,
        action: need.action,
        resource: &need.resource,
        resource_account: None,
        resource_policy: None,
        resource_policy_required: false,
        rcps: &[],
        context: &need.context,
    }
}

/// The statement that would allow if one or two parts of it were different. One about other services is meant for
/// something else.
fn nearest(policies: &[&Policy], request: &Request<'_>) -> (Option<usize>, Obstacle) {
    let statements = policies.iter().enumerate().flat_map(|(policy, document)| {
        let allowing = document.statements().iter().enumerate().filter(|(_, s)| s.effect == Effect::Allow);
        allowing.map(move |(at, statement)| (policy, document, at, statement))
    });
    let near = statements.filter_map(|(policy, document, at, statement)| {
        let unmet = document.unmet(at, request)?;
        (!unmet.action || about_logs(statement)).then_some((policy, at, unmet))
    });
    let first = near.min_by_key(|(_, _, unmet)| (unmet.action, unmet.count()));
    first.map_or((None, Obstacle::Nothing), |(policy, at, unmet)| (Some(policy), Obstacle::Nearly(at, unmet)))
}

fn about_logs(statement: &Statement) -> bool {
    statement.action.values().iter().any(|action| {
        let lower = action.to_lowercase();
        lower.starts_with("logs:") && !statement.action.is_negated()
    })
}

fn permissions(
    proposal: &Proposal,
    log: &LogFacts,
    role: &FoundRole,
    report: &mut Report,
) -> Result<(), InvalidPolicy> {
    let needs = needs(proposal, log);
    let mut state = Permissions::read(&log.role, role)?;
    let mut findings = Vec::new();
    let caller = state.caller();
    for need in &needs {
        if let Some(hindrance) = state.hindrance(&caller, need) {
            note(&mut findings, state.finding(&caller, need, &hindrance));
        }
    }
    let fresh = RolePolicy { name: NEW_POLICY.to_owned(), document: String::new(), inline: true };
    let mut changed: Option<(usize, Vec<Edit>)> = None;
    // A change can open the way for several, or lay bare another obstacle behind the first.
    let mut turns = 4 * needs.len();
    let helped = loop {
        let caller = state.caller();
        let next = needs.iter().find_map(|need| Some((need, state.hindrance(&caller, need)?)));
        let Some((need, hindrance)) = next else { break true };
        turns = turns.saturating_sub(1);
        let lacks = !hindrance.boundary && !matches!(hindrance.obstacle, Obstacle::Denied(_));
        if !lacks || turns == 0 {
            note(&mut findings, state.finding(&caller, need, &hindrance));
            break false;
        }
        let at = match &changed {
            Some((at, _)) => *at,
            None => inline(&mut state, &hindrance, &fresh),
        };
        let Some(held) = state.policies.get_mut(at) else { break false };
        let edit = widen(held, &caller, need, log).unwrap_or_else(|| add(&mut held.document, need));
        held.policy = Some(parse(held.named, &held.document.to_string())?);
        changed.get_or_insert_with(|| (at, Vec::new())).1.push(edit);
    };
    if let (true, Some((at, edits))) = (helped, changed)
        && let Some(held) = state.policies.get(at)
    {
        let name = Some(held.named.name.clone());
        report.patches.push(Patch { subject: Subject::Role, name, edits, policy: held.document.clone() });
    }
    report.findings.extend(findings);
    Ok(())
}

/// The inline policy to change: the one with the nearest statement, else the first; a new one where there is none, since a
/// managed policy may be others' too.
fn inline<'a>(state: &mut Permissions<'a>, hindrance: &Hindrance, fresh: &'a RolePolicy) -> usize {
    let is_inline = |at: &usize| state.policies.get(*at).is_some_and(|held| held.named.inline);
    let near = hindrance.policy.filter(is_inline);
    if let Some(at) = near.or_else(|| (0..state.policies.len()).find(is_inline)) {
        return at;
    }
    let document = json!({ "Version": "2012-10-17", "Statement": [] });
    state.policies.push(Held { named: fresh, document, policy: None });
    state.policies.len() - 1
}

/// Adds a value to the one element that does not match, in a statement that allows nothing but what CloudTrail needs of
/// this log group: what is given to it gives nothing else away.
fn widen(held: &mut Held<'_>, caller: &Caller, need: &Need, log: &LogFacts) -> Option<Edit> {
    let group = log.group.trim_end_matches(":*");
    let policy = held.policy.as_ref()?;
    let needed = |action: &String| ACTIONS.iter().any(|(_, needed)| action.eq_ignore_ascii_case(needed));
    let within = |resource: &String| {
        resource.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    let (mut more_resources, mut more_actions) = (None, None);
    for (at, written) in policy.statements().iter().enumerate() {
        let Some(unmet) = policy.unmet(at, &request(caller, need)).filter(|unmet| unmet.count() == 1) else {
            continue;
        };
        let (Scope::Only(actions), Some(Scope::Only(resources))) = (&written.action, &written.resource)
        else {
            continue;
        };
        if written.effect != Effect::Allow || !actions.iter().all(needed) {
            continue;
        }
        if unmet.resource {
            more_resources = more_resources.or(Some((at, "Resource", need.pattern.as_str())));
        } else if unmet.action && resources.iter().all(within) {
            more_actions = more_actions.or(Some((at, "Action", need.action)));
        }
    }
    let (at, element, value) = more_resources.or(more_actions)?;
    push(statement_mut(&mut held.document, at)?, &format!("Statement[{at}]"), element, value)
}
